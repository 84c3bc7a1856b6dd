"""Status lists: two bits an entry, one shard a token, nothing inflated beyond its size."""

from __future__ import annotations

import random
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import status
from codes.claims import StatusType
from codes.errors import InputError
from codes.status import SHARD_CAPACITY, StatusList, StatusListToken
from tests.codes import strategies
from tests.codes.refusing import refusal
from tests.vectors import cast

SHARD_BYTES = SHARD_CAPACITY // 4


@given(st.integers(1, 64).map(lambda quarter: 4 * quarter), st.data())
def test_every_entry_keeps_its_value_and_no_other(size: int, data: st.DataObject) -> None:
    wanted = data.draw(st.dictionaries(st.integers(0, size - 1), strategies.statuses))
    before = StatusList.of_size(size)
    after = before.with_values(wanted.items())
    assert [after[idx] for idx in range(size)] == [wanted.get(idx, StatusType.VALID) for idx in range(size)]
    assert before.to_bytes() == bytes(size // 4)
    assert len(after) == size
    back = after.with_values((idx, StatusType.VALID) for idx in wanted)
    assert back.to_bytes() == before.to_bytes()


@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=300), strategies.uris, st.integers(0, 1 << 40), st.integers(1, 1 << 20), st.integers(1, 1 << 20))
def test_a_token_says_what_was_published(packed: bytes, uri: str, iat: int, life: int, ttl: int) -> None:
    token = StatusListToken.issue(uri, StatusList(packed), cast.PUBLISHER, iat=iat, exp=iat + life, ttl=ttl)
    again = StatusListToken.from_bytes(token.raw)
    assert (again.uri, again.iat, again.exp, again.ttl, again.kid) == (uri, iat, iat + life, ttl, cast.PUBLISHER.public_key.kid())
    assert again.list().to_bytes() == packed
    assert again.raw == token.raw
    again.check(cast.PUBLISHER.public_key.load())
    with pytest.raises(InputError) as refusal:
        again.check(cast.ISSUER.public_key.load())
    assert refusal.value.code == "status-signature"


def test_a_whole_shard_that_does_not_compress_still_fits_its_token() -> None:
    packed = random.Random(1).randbytes(SHARD_BYTES)
    token = StatusListToken.issue("sl:c4k2", StatusList(packed), cast.PUBLISHER, iat=cast.NOW, exp=cast.NOW + 1, ttl=1)
    assert len(token.raw) <= status.MAX_TOKEN_BYTES
    assert token.list().to_bytes() == packed


@pytest.mark.parametrize("idx", [-1, 64, 1 << 60])
def test_an_index_outside_the_list_is_refused_both_ways(idx: int) -> None:
    with pytest.raises(InputError) as reading:
        cast.status_list()[idx]
    with pytest.raises(InputError) as writing:
        cast.status_list().with_values([(idx, StatusType.INVALID)])
    assert reading.value.code == writing.value.code == "status-index"


@pytest.mark.parametrize("size", [0, -4, 1, 3, 5, SHARD_CAPACITY + 4])
def test_a_shard_has_a_whole_number_of_bytes_and_a_largest_size(size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        StatusList.of_size(size)


@given(st.binary(max_size=2000))
def test_a_list_comes_back_from_its_compression(packed: bytes) -> None:
    assert status.inflate(status.compress(packed), limit=2000) == packed


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_inflated_or_refused_with_a_code(data: bytes) -> None:
    code = refusal(lambda: status.inflate(data, limit=1000))
    assert code == "status-list" if code else len(status.inflate(data, limit=1000)) <= 1000


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_no_token(data: bytes) -> None:
    with pytest.raises(InputError):
        StatusListToken.from_bytes(data)


@pytest.mark.threat("B12")
def test_a_stream_is_refused_truncated_at_every_byte_and_with_any_byte_after_it() -> None:
    stream = status.compress(cast.status_list().to_bytes() * 40)
    for end in range(len(stream)):
        with pytest.raises(InputError) as refusal:
            status.inflate(stream[:end], limit=SHARD_BYTES)
        assert refusal.value.code == "status-list"
    for extra in (b"\0", stream, b"x" * 64):
        with pytest.raises(InputError) as refusal:
            status.inflate(stream + extra, limit=SHARD_BYTES)
        assert refusal.value.facts["wrong"] == "trailing"


@pytest.mark.threat("B12")
@pytest.mark.parametrize("size", [SHARD_BYTES + 1, 50_000_000])
def test_a_bomb_is_never_inflated_beyond_the_shard(size: int) -> None:
    bomb = zlib.compress(bytes(size), 9)
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as refusal:
            status.inflate(bomb, limit=SHARD_BYTES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refusal.value.code == "status-list"
    assert peak < 2 << 20


@pytest.mark.threat("B08")
@pytest.mark.parametrize("unit", [b"\x80", b"\xa0", b"\xa1\x00" * 6 + b"\xa0", b"\x81" * 6 + b"\x80", b"\xd2" * 6 + b"\x80"])
def test_no_token_up_to_64_kib_takes_more_than_4_mib(unit: bytes) -> None:
    data = b"\x99\x20\x00" + unit * (65_000 // len(unit))
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            StatusListToken.from_bytes(data)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
