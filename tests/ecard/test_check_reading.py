"""The checker's own decoder: reads what the formats say, and gives one name to everything else."""

from __future__ import annotations

import pytest

from codes import cbor
from codes.receipts import Receipt
from ecard.check.encoding import point, read, take_apart, thumbprint, two_bits, write
from tests.codes.test_receipts import LOSS
from tests.ecard.city import key


def test_it_reads_and_writes_what_the_formats_write() -> None:
    value: cbor.Value = [0, -1, 23, 24, 255, 256, 65536, 1 << 32, b"bytes", "文字", True, False, {1: [], -65541: {"a": b""}}]
    encoded = cbor.encode(value)
    assert read(encoded) == value
    assert write(value) == encoded


@pytest.mark.parametrize("data", [b"", b"\x18", b"\x43ab", b"\x63ab", b"\x9f\xff", b"\xf6", b"\x01\x01", b"\xa1\x80\x01", b"\x1c", b"\x62\xff\xfe"])
def test_what_it_cannot_read_has_one_name(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)


@pytest.mark.parametrize("value", [1, [b"", {}, b"", b""], {1: 2}])
def test_what_is_no_signature_has_one_name(value: cbor.Value) -> None:
    with pytest.raises(ValueError):
        take_apart(cbor.encode(value))
    with pytest.raises(ValueError):
        take_apart(b"\xd2" + cbor.encode([b"\xa0", {}, 1, b""]))


def test_it_believes_the_signer_and_nobody_else() -> None:
    signer = key("region")
    signed = take_apart(Receipt.issue(LOSS, signer).raw)
    assert signed.by(signer.public_key.load())
    assert not signed.by(key("another").public_key.load())
    assert not signed.by(None)
    assert not signed._replace(signature=b"").by(signer.public_key.load())
    assert thumbprint(point(signer.public_key.x, signer.public_key.y_is_odd)) == signer.public_key.thumbprint()


def test_a_list_that_does_not_inflate_has_the_same_name() -> None:
    with pytest.raises(ValueError):
        two_bits(b"not compressed")
