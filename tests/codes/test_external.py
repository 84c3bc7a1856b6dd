"""The test data of other projects: what we share with them we do as they do, and what we refuse we refuse by a named rule."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from codes import cbor, cose, keys, status
from codes.claims import StatusType
from codes.credential import Credential
from codes.errors import InputError
from codes.keys import CoseKey
from codes.presentation import Presentation
from codes.status import StatusList, StatusListToken
from tests.codes import external
from tests.codes.external import FOLDER, HAVE

pytestmark = external.needed

# ---------------------------------------------------------------------------------------------------------- SD-CWT


def pem(name: str) -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key((FOLDER / "sd-cwt" / name).read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_both_signatures_of_the_sd_cwt_example_verify() -> None:
    kbt = cbor2.loads((FOLDER / "sd-cwt" / "kbt.cbor").read_bytes())
    header = cbor2.loads(kbt.value[0])
    assert (header[cose.ALG], header[cose.TYP]) == (-7, 294)
    credential = header[cose.KCWT]
    assert cbor2.loads(credential.value[0])[cose.TYP] == 293
    assert external.verifies(credential, pem("issuer_public.pem"))
    assert external.verifies(kbt, pem("holder_public.pem"))
    assert not external.verifies(
        kbt,
        external.public_key(
            {
                "crv": "P-256",
                "x_hex": "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
                "y_hex": "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
            }
        ),
    )
    issued = cbor2.loads((FOLDER / "sd-cwt" / "issuer_cwt.cbor").read_bytes())
    assert external.verifies(issued, pem("issuer_public.pem"))


def test_the_holder_of_the_sd_cwt_example_is_named_by_its_confirmation_key() -> None:
    kbt = cbor2.loads((FOLDER / "sd-cwt" / "kbt.cbor").read_bytes())
    protected, _, payload, signature = kbt.value
    claims = cbor2.loads(cbor2.loads(protected)[cose.KCWT].value[2])
    confirmed = claims[8][1]
    holder = CoseKey(confirmed[-2], y_is_odd=bool(confirmed[-3][-1] & 1))
    assert holder == CoseKey.of(pem("holder_public.pem"))
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    low = r + min(s, keys.ORDER - s).to_bytes(32, "big")
    assert keys.verifies(holder.load(), keys.signature_der(low), cose.sig_structure(protected, payload))


def test_our_reader_refuses_the_sd_cwt_example_for_its_algorithms() -> None:
    for name, read in (("kbt.cbor", Presentation.from_bytes), ("issuer_cwt.cbor", Credential.from_bytes)):
        with pytest.raises(InputError) as refusal:
            read((FOLDER / "sd-cwt" / name).read_bytes())
        assert refusal.value.code == {"kbt.cbor": "cose-algorithm", "issuer_cwt.cbor": "cose-shape"}[name]  # ES256; a signature of 96 bytes


# ----------------------------------------------------------------------------------------------------- status lists

ONE_BIT = (1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1)
TWO_BITS = (1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)


def packed(values: tuple[int, ...], bits: int) -> bytes:
    """Entries of so many bits, least significant first (section 4.1 of the draft)."""
    whole = sum(value << bits * at for at, value in enumerate(values))
    return whole.to_bytes(len(values) * bits // 8, "little")


@pytest.mark.parametrize(("name", "values", "bits"), [("status_list_encoding_cbor.md", ONE_BIT, 1), ("status_list_encoding2_cbor.md", TWO_BITS, 2)])
def test_a_status_list_is_packed_and_compressed_byte_for_byte_like_the_draft(name: str, values: tuple[int, ...], bits: int) -> None:
    page = (FOLDER / "status-list" / name).read_text("utf-8")
    array = bytes(int(byte, 16) for byte in page.split("[")[1].split("]")[0].split(","))
    assert packed(values, bits) == array
    listing = external.hexadecimal(f"status-list/{name}")
    assert cbor2.loads(listing) == {"bits": bits, "lst": status.compress(array)}
    assert status.inflate(cbor2.loads(listing)["lst"], limit=len(array)) == array
    with pytest.raises(InputError) as refusal:
        cbor.decode(listing)
    assert refusal.value.code == "cbor-key-order"  # bytewise, "lst" comes before "bits"; the draft's example is not in deterministic order


def test_our_status_list_holds_the_values_of_the_draft() -> None:
    ours = StatusList.of_size(12).with_values((idx, StatusType(value)) for idx, value in enumerate(TWO_BITS))
    assert ours.to_bytes() == packed(TWO_BITS, 2) == bytes.fromhex("c944f9")
    assert [int(ours[idx]) for idx in range(12)] == list(TWO_BITS)


def draft_key() -> ec.EllipticCurvePublicKey:
    return external.public_key(
        {"crv": "P-256", "x": "I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo", "y": "6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M"}
    )


def test_the_status_list_token_of_the_draft_verifies_and_holds_its_list() -> None:
    data = external.hexadecimal("status-list/status_list_cwt.md")
    token = cbor2.loads(data)
    assert external.verifies(token, draft_key())
    protected, unprotected, payload, _ = token.value
    assert cbor2.loads(protected)[cose.TYP] == status.TYP_STATUS_LIST
    assert unprotected == {cose.KID: b"12"}
    claims = cbor2.loads(payload)
    assert claims.keys() == {2, 4, 6, status.TTL, status.STATUS_LIST}
    assert status.inflate(claims[status.STATUS_LIST]["lst"], limit=2) == packed(ONE_BIT, 1)
    with pytest.raises(InputError) as refusal:
        StatusListToken.from_bytes(data)
    assert refusal.value.code == "cose-unprotected"


def test_the_referenced_token_of_the_draft_verifies_and_names_its_index() -> None:
    token = cbor2.loads(external.hexadecimal("status-list/referenced_token_cwt.md"))
    assert external.verifies(token, draft_key())
    assert cbor2.loads(token.value[2])[65535]["status_list"] == {"idx": 0, "uri": "https://example.com/statuslists/1"}


# ------------------------------------------------------------------------------------------------------------ COSE

OUR_ANSWER = {
    "sign-fail-01": "cbor-tag",  # tag 998
    "sign-fail-02": "cose-unprotected",  # a key id outside the signature, as in all that follow
    "sign-fail-03": "cose-unprotected",
    "sign-fail-04": "cose-unprotected",
    "sign-fail-06": "cose-unprotected",
    "sign-fail-07": "cose-unprotected",
    "sign-pass-01": "cose-unprotected",
    "sign-pass-02": "cose-unprotected",
    "sign-pass-03": "cose-shape",  # without its tag
    "cwt-A_3": "cose-algorithm",  # ES256
    "cwt-A_4": "cbor-tag",  # a MAC
    "cwt-A_5": "cbor-tag",  # encrypted
    "cwt-A_6": "cbor-tag",  # signed, then encrypted
    "cwt-A_7": "cbor-tag",  # a MAC over a float
}
"""The rule of our profile by which each message of the working group is refused, its signature right or wrong."""


@pytest.mark.threat("B16")
@pytest.mark.parametrize("case", external.cases("cose", "sign-*.json"))
def test_a_signature_verifies_where_the_working_group_says_so(case: dict[str, Any]) -> None:
    signed = case["input"]["sign0"]
    message = cbor2.loads(bytes.fromhex(case["output"]["cbor"]))
    assert external.verifies(message, external.public_key(signed["key"]), bytes.fromhex(signed.get("external", ""))) is not case.get("fail", False)


def test_the_signed_structure_is_that_of_the_working_group() -> None:
    for path in sorted((FOLDER / "cose").glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        wanted = case["intermediates"].get("ToBeSign_hex")
        if wanted and "external" not in case["input"].get("sign0", {}):
            _, protected, _, payload = cbor2.loads(bytes.fromhex(wanted))
            assert cose.sig_structure(protected, payload) == bytes.fromhex(wanted)


@pytest.mark.parametrize("name", OUR_ANSWER)
def test_our_reader_refuses_each_message_by_a_named_rule(name: str) -> None:
    case = json.loads((FOLDER / "cose" / f"{name}.json").read_text("utf-8"))
    with pytest.raises(InputError) as refusal:
        cose.Sign1.parse(cbor.decode(bytes.fromhex(case["output"]["cbor"])), typ=0)
    assert refusal.value.code == OUR_ANSWER[name]


def test_the_table_of_our_answers_is_whole() -> None:
    assert {path.stem for path in (FOLDER / "cose").glob("*.json")} == OUR_ANSWER.keys()


def test_the_signed_cwt_of_rfc_8392_verifies_alone_and_inside_the_nested_one() -> None:
    case = json.loads((FOLDER / "cose" / "cwt-A_3.json").read_text("utf-8"))
    message = bytes.fromhex(case["output"]["cbor"])
    key = external.public_key(case["input"]["sign0"]["key"])
    assert external.verifies(cbor2.loads(message), key)
    nested = json.loads((FOLDER / "cose" / "cwt-A_6.json").read_text("utf-8"))
    assert external.verifies(cbor2.loads(bytes.fromhex(nested["input"]["plaintext_hex"])), key)
    claims = cbor.decode(bytes.fromhex(case["input"]["plaintext_hex"]))
    assert claims == cbor2.loads(cbor2.loads(message).value[2])
    assert cbor.encode(claims).hex() == case["input"]["plaintext_hex"]


def test_the_claims_with_a_float_of_rfc_8392_are_refused_as_such() -> None:
    case = json.loads((FOLDER / "cose" / "cwt-A_7.json").read_text("utf-8"))
    with pytest.raises(InputError) as refusal:
        cbor.decode(bytes.fromhex(case["input"]["plaintext_hex"]))
    assert refusal.value.code == "cbor-simple"


# ------------------------------------------------------------------------------------------------------------ CBOR

REFUSED = {
    "cbor-tag": (
        "no tag but 18: a bignum, a date, a URI and embedded CBOR each have a plainer spelling here",
        (
            "c249010000000000000000 c349010000000000000000 c074323031332d30332d32315432303a30343a30305a c11a514b67b0 c1fb41d452d9ec200000 d74401020304 "
            "d818456449455446 d82076687474703a2f2f7777772e6578616d706c652e636f6d"
        ),
    ),
    "cbor-simple": (
        "no floats, and of the simple values only true and false",
        (
            "f90000 f98000 f93c00 fb3ff199999999999a f93e00 f97bff fa47c35000 fa7f7fffff fb7e37e43c8800759c f90001 f90400 f9c400 fbc010666666666666 f97c00 "
            "f97e00 f9fc00 fa7f800000 fa7fc00000 faff800000 fb7ff0000000000000 fb7ff8000000000000 fbfff0000000000000 f6 f7 f0 f818 f8ff"
        ),
    ),
    "cbor-indefinite": (
        "definite lengths only",
        (
            "5f42010243030405ff 7f657374726561646d696e67ff 9fff 9f018202039f0405ffff 9f01820203820405ff 83018202039f0405ff 83019f0203ff820405 "
            "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff bf61610161629f0203ffff 826161bf61626163ff bf6346756ef563416d7421ff"
        ),
    ),
}
"""Every value of RFC 8949 appendix A that we refuse: the code, the rule (FORMATS section 1), the encodings."""
WHY = {spelling: code for code, (_, spellings) in REFUSED.items() for spelling in spellings.split()}


@pytest.mark.parametrize(
    "entry", json.loads((FOLDER / "cbor" / "appendix_a.json").read_text("utf-8")) if HAVE else [{}], ids=lambda entry: str(entry.get("hex"))
)
def test_a_value_of_appendix_a_is_read_as_it_is_or_refused_by_a_rule(entry: dict[str, Any]) -> None:
    data = bytes.fromhex(entry["hex"])
    if entry["hex"] in WHY:
        with pytest.raises(InputError) as refusal:
            cbor.decode(data)
        assert refusal.value.code == WHY[entry["hex"]]
        return
    value = cbor.decode(data)
    assert cbor.encode(value) == data
    assert entry["roundtrip"]
    if "decoded" in entry:
        assert value == entry["decoded"]
        assert type(value) is type(entry["decoded"])
    elif isinstance(value, bytes):
        assert entry["diagnostic"] == f"h'{value.hex()}'"
    else:
        assert entry["diagnostic"] == json.dumps(value).replace('"1"', "1").replace('"3"', "3")


def test_the_key_of_the_draft_is_what_its_text_says() -> None:
    assert draft_key().public_numbers().x.to_bytes(32, "big") == urlsafe_b64decode("I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo=")
