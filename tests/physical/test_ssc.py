"""Reading social security cards: both generations, by tag and by number, rare characters intact, and nothing guessed."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from codes.errors import CardError, InputError, SetupError, StateError
from physical import faults
from physical.generation3 import AuthenticationRequest, KeyService, Psam, card_key, cryptogram
from physical.softcard import InProcess, SoftCard, TZeroCard
from physical.ssc import Addressing, SscSession
from physical.sscfields import Generation
from physical.sscrecords import File
from physical.transport import whole
from tests.physical.chips import CARD_ID, Entropy, blank
from tests.physical.sscchips import LONG, MASTER, RARE, SoftPsam, holder_file, issuer_file, ssc_card
from tests.physical.test_transport import Scripted


def session(card: SoftCard) -> SscSession:
    opened = SscSession(InProcess(card))
    opened.select()
    return opened


@pytest.mark.parametrize("by", Addressing)
@pytest.mark.parametrize("flavour", ["T=1", "T=0"])
def test_a_card_of_generation_two_is_read_freely(by: Addressing, flavour: str) -> None:
    card = ssc_card()
    card.reset()
    opened = SscSession(InProcess(card) if flavour == "T=1" else whole(Bare(TZeroCard(card))))
    assert opened.select()
    assert opened.issuer_file(by=by) == issuer_file(Generation.SECOND)
    assert opened.holder_file(by=by) == holder_file(RARE)


class Bare:
    """A card without a reader in between."""

    def __init__(self, card: TZeroCard) -> None:
        self.card = card

    def transmit(self, command: bytes) -> bytes:
        return self.card.apdu(command)


@pytest.mark.parametrize("by", Addressing)
def test_the_short_file_identifier_leads_to_the_same_records(by: Addressing) -> None:
    opened = session(ssc_card())
    for file in File:
        assert opened.records(file, by=by, through_sfi=True) == opened.records(file, by=by)


@pytest.mark.error("ssc-locked")
def test_a_card_of_generation_three_shows_little_before_external_authentication() -> None:
    opened = session(ssc_card(Generation.THIRD))
    assert opened.issuer_file() == replace(issuer_file(Generation.THIRD), card_number=None)
    with pytest.raises(StateError) as locked:
        opened.holder_file()
    assert locked.value.fault is faults.SSC_LOCKED


@pytest.mark.parametrize("by", Addressing)
def test_a_psam_opens_a_card_of_generation_three(by: Addressing) -> None:
    opened = session(ssc_card(Generation.THIRD, LONG))
    opened.authenticate_by(Psam(SoftPsam(), Entropy("reader")), CARD_ID)
    assert opened.issuer_file(by=by) == issuer_file(Generation.THIRD)
    assert opened.holder_file(by=by) == holder_file(LONG)


@pytest.mark.error("ssc-refused")
def test_a_psam_of_another_region_does_not_open_it() -> None:
    opened = session(ssc_card(Generation.THIRD))
    with pytest.raises(StateError) as refused:
        opened.authenticate_by(Psam(SoftPsam(bytes(16)), Entropy("reader")), CARD_ID)
    assert refused.value.fault is faults.SSC_REFUSED
    with pytest.raises(StateError):
        opened.holder_file()


@pytest.mark.threat("E02")
def test_a_recorded_authentication_opens_nothing() -> None:
    opened = session(ssc_card(Generation.THIRD))
    request = opened.authentication_request(CARD_ID)
    good = cryptogram(card_key(MASTER, CARD_ID), request.challenge, bytes(8))
    opened.authenticate(request, good)
    for _ in range(2):  # its challenge is used up; and a fresh one is another
        with pytest.raises(StateError):
            opened.authenticate(request, good)
        opened.authentication_request(CARD_ID)


@pytest.mark.error("psam-unfit")
@pytest.mark.parametrize("answers", [["6A82"], ["9000", "6A88"], ["9000", "9000", "6985"], ["9000", "9000", "11229000"]])
def test_a_card_that_is_no_psam_is_named(answers: list[str]) -> None:
    with pytest.raises(SetupError) as unfit:
        Psam(Scripted(answers), Entropy("reader")).cryptogram(AuthenticationRequest(card_id=CARD_ID, challenge=bytes(8)))
    assert unfit.value.fault is faults.PSAM_UNFIT


SERVICE = """
import json, sys
from physical.generation3 import card_key, cryptogram
asked = json.load(sys.stdin)
assert asked["region"] == "500000" and asked["key"] == 10
key = card_key(bytes.fromhex(sys.argv[1]), bytes.fromhex(asked["card_id"]))
print(json.dumps({"cryptogram": cryptogram(key, bytes.fromhex(asked["challenge"]), bytes(8)).hex()}))
"""


def test_a_key_service_answers_in_two_steps() -> None:
    opened = session(ssc_card(Generation.THIRD))
    opened.authenticate_by(KeyService([sys.executable, "-c", SERVICE, MASTER.hex()], seconds=30), CARD_ID)
    assert opened.holder_file() == holder_file()


@pytest.mark.error("hsm-unfit")
@pytest.mark.parametrize(
    "program",
    [
        ["/nowhere/at/all"],
        [sys.executable, "-c", "raise SystemExit(4)"],
        [sys.executable, "-c", "print('{}')"],
        [sys.executable, "-c", "print('[]')"],
        [sys.executable, "-c", "print('not json')"],
        [sys.executable, "-c", 'print(\'{"cryptogram": "00"}\')'],
        [sys.executable, "-c", "print('{\"cryptogram\": 7}')"],
    ],
)
def test_a_key_service_that_fails_is_named(program: list[str]) -> None:
    with pytest.raises(SetupError) as unfit:
        KeyService(program, seconds=30).cryptogram(AuthenticationRequest(card_id=CARD_ID, challenge=bytes(8)))
    assert unfit.value.fault is faults.HSM_UNFIT


def test_a_key_service_that_hangs_is_given_up() -> None:
    with pytest.raises(SetupError) as unfit:
        KeyService([sys.executable, "-c", "import threading; threading.Event().wait()"], seconds=0.2).cryptogram(
            AuthenticationRequest(card_id=CARD_ID, challenge=bytes(8))
        )
    assert unfit.value.facts == {"seconds": 0.2}


def test_a_cryptogram_is_what_pboc_says() -> None:
    """Under a key of two equal halves 3DES is DES, whose textbook pair is 0123456789ABCDEF and 85E813540F0AB405."""
    key, challenge, random = bytes.fromhex("133457799BBCDFF1") * 2, bytes.fromhex("0123456789ABCDEF"), bytes(range(8))
    session_key = bytes.fromhex("85E813540F0AB405")
    expected = Cipher(TripleDES(session_key * 3), modes.ECB()).encryptor().update(random)
    assert cryptogram(key, challenge, random) == expected + random


@pytest.mark.parametrize("wrong", [(b"", CARD_ID), (MASTER, b"")])
def test_keys_and_codes_have_their_sizes(wrong: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        card_key(*wrong)
    with pytest.raises(ValueError, match="8 bytes"):
        cryptogram(MASTER, wrong[0], b"")
    with pytest.raises(ValueError, match="16 bytes"):
        session(ssc_card()).authenticate(AuthenticationRequest(card_id=CARD_ID, challenge=bytes(8)), b"")


# ------------------------------------------------------------------------------------------------------- wrong cards


@pytest.mark.error("ssc-foreign")
@pytest.mark.error("ssc-blocked")
@pytest.mark.parametrize(
    ("sw", "fault"),
    [
        ("6A82", faults.SSC_FOREIGN),
        ("6A81", faults.SSC_BLOCKED),
        ("6D00", faults.CHIP_COMMAND),
        ("6985", faults.CHIP_CONDITIONS),
        ("01", faults.CHIP_ANSWER),
    ],
)
def test_another_card_is_named(sw: str, fault: object) -> None:
    with pytest.raises(CardError) as refused:
        SscSession(Scripted([sw])).select()
    assert refused.value.fault is fault


def test_a_blocked_card_says_so_and_a_blank_one_has_nothing_to_say() -> None:
    assert not SscSession(Scripted(["6283"])).select()
    opened = session(SoftCard(blank(), Entropy("blank")))
    with pytest.raises(InputError) as nothing:
        opened.issuer_file()
    assert dict(nothing.value.facts) == {"field": "card_id", "size": 0}


def test_a_card_without_the_file() -> None:
    with pytest.raises(StateError) as missing:
        SscSession(Scripted(["6A82"])).records(File.ISSUER)
    assert missing.value.fault is faults.CHIP_FILE


@pytest.mark.parametrize("records", [["9000", "0201319000"], ["9000", "070131 9000"], ["9000", "010231 9000"]])
def test_a_record_other_than_asked_for_is_refused(records: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        SscSession(Scripted(records)).records(File.ISSUER)
    assert refused.value.fault is faults.TLV_SHAPE


def test_two_records_of_one_tag_are_refused() -> None:
    with pytest.raises(InputError):
        SscSession(Scripted(["9000", "0201319000", "0201329000"])).records(File.ISSUER, by=Addressing.NUMBER)


def test_a_challenge_has_eight_bytes() -> None:
    with pytest.raises(InputError) as short:
        SscSession(Scripted(["11229000"])).authentication_request(CARD_ID)
    assert short.value.fault is faults.CHIP_ANSWER


def test_nothing_is_written_once_personalisation_is_over() -> None:
    with pytest.raises(StateError) as over:
        session(ssc_card()).write(File.HOLDER, holder_file().items(Generation.SECOND))
    assert over.value.fault is faults.CHIP_CONDITIONS


def test_what_the_card_is_asked_is_what_real_readers_ask() -> None:
    """The bytes of CHIP 1.2, as ten public programs send them."""
    sent = Scripted(["9000", "9000", *["6A83"] * 7, "9000", *["6A83"] * 7])
    opened = SscSession(sent)
    opened.select()
    opened.records(File.ISSUER)
    opened.records(File.HOLDER, by=Addressing.NUMBER)
    assert sent.asked[0] == "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"
    assert sent.asked[1] == "00A4020002EF05"
    assert sent.asked[8] == "00B2070000"
    assert sent.asked[9:11] == ["00A4020002EF06", "00B2010400"]
