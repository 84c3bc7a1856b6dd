"""Keys and signatures: one curve, one spelling."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import cbor, keys
from codes.errors import InputError
from codes.keys import HALF_ORDER, ORDER, CoseKey, SoftwareSigner
from tests.codes import strategies
from tests.codes.refusing import refusal
from tests.vectors import cast


@settings(max_examples=50)
@given(strategies.scalars)
def test_a_key_comes_back_from_the_wire(scalar: int) -> None:
    key = SoftwareSigner.from_scalar(scalar).public_key
    again = CoseKey.parse(cbor.decode(cbor.encode(key.to_cbor())))
    assert again == key
    assert CoseKey.of(again.load()) == key


def test_the_thumbprint_is_that_of_rfc_9679() -> None:
    x = bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")
    y = bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
    key = CoseKey(x, y_is_odd=bool(y[-1] & 1))
    assert key.thumbprint().hex() == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    assert key.kid() == key.thumbprint()[:8]


def test_a_key_of_another_curve_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="secp384r1 is not P-256"):
        CoseKey.of(ec.generate_private_key(ec.SECP384R1()).public_key())


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_a_signature_is_low_deterministic_and_verifies(message: bytes) -> None:
    signature = cast.HOLDER.sign(message)
    assert signature == cast.HOLDER.sign(message)
    assert len(signature) == 64
    assert int.from_bytes(signature[32:], "big") <= HALF_ORDER
    key = cast.HOLDER.public_key.load()
    assert keys.verifies(key, keys.signature_der(signature), message)
    assert not keys.verifies(key, keys.signature_der(signature), message + b"x")
    assert not keys.verifies(cast.STRANGER.public_key.load(), keys.signature_der(signature), message)


@pytest.mark.threat("B01")
def test_the_twin_of_a_signature_verifies_in_the_library_and_is_refused_here() -> None:
    refused = 0
    key = cast.HOLDER.public_key.load()
    for number in range(100):
        message = number.to_bytes(2, "big")
        twin = cast.high_s(cast.HOLDER.sign(message))
        r, s = int.from_bytes(twin[:32], "big"), int.from_bytes(twin[32:], "big")
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InputError) as refusal:
            keys.signature_der(twin)
        refused += refusal.value.code == "signature-high-s"
    assert refused == 100


@pytest.mark.threat("B01")
@pytest.mark.threat("B18")
def test_of_a_hundred_thousand_signatures_exactly_the_low_half_is_read() -> None:
    state = b"twins"
    for _ in range(100_000):
        state = hashlib.sha256(state).digest()
        s = int.from_bytes(state, "big") % (ORDER - 1) + 1
        low, high = min(s, ORDER - s), max(s, ORDER - s)
        assert keys.signature_der(state[:16].rjust(32, b"\1") + low.to_bytes(32, "big"))
        with pytest.raises(InputError):
            keys.signature_der(state[:16].rjust(32, b"\1") + high.to_bytes(32, "big"))


@pytest.mark.threat("B18")
@given(
    st.sampled_from([0, 1, HALF_ORDER, HALF_ORDER + 1, ORDER - 1, ORDER, ORDER + 1, (1 << 256) - 1]),
    st.sampled_from([0, 1, HALF_ORDER, ORDER, (1 << 256) - 1]),
)
def test_the_numbers_of_a_signature_have_their_range(r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if 0 < r < ORDER and 0 < s <= HALF_ORDER:
        assert utils.decode_dss_signature(keys.signature_der(signature)) == (r, s)
    else:
        with pytest.raises(InputError) as refusal:
            keys.signature_der(signature)
        assert refusal.value.code == ("signature-range" if not (0 < r < ORDER and 0 < s < ORDER) else "signature-high-s")


@pytest.mark.threat("B18")
@given(st.binary(min_size=32, max_size=32), st.booleans())
def test_a_point_is_on_the_curve_or_refused(x: bytes, y_is_odd: bool) -> None:
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    number = int.from_bytes(x, "big")
    on_curve = number < p and pow((number**3 - 3 * number + b) % p, (p - 1) // 2, p) in (0, 1)
    key = CoseKey(x, y_is_odd)
    assert refusal(key.load) == (None if on_curve else "key-point")
    if on_curve:
        assert key.load().public_numbers().x == number
        assert key.load().public_numbers().y % 2 == y_is_odd


@given(strategies.values)
def test_anything_else_is_no_key(value: cbor.Value) -> None:
    with pytest.raises(InputError) as refusal:
        CoseKey.parse(value)
    assert refusal.value.code == "key-shape"
