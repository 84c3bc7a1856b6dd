"""Enrolling a phone: a code redeemed, the key provisional at once or pending until the chip has endorsed it, and nobody else's code guessed."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.claims import Audience, Profile
from codes.errors import StateError
from ecard import answers, schema
from ecard.model import CardRef
from ecard.residents.activating import Grade
from tests.webapp.phonehouse import InProcess, Phone, decoded, fresh_signer
from tests.webapp.residenthouse import CLERK, PAPERS, opened
from tests.webapp.test_office import founded, shell
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Answer
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
CHIP = ("--evidence", "in-person", "--evidence", "identity-document-checked")


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


def test_a_phone_walks_from_a_code_over_provisional_to_full(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    asked = shell.done("card", "activation", card, "--as", "clerk-1", *CHIP, "--provisional")
    assert "code" not in asked
    assert shell.refused("card", "activation", card, "--as", "clerk-1", "--approve", asked["activation"]) == (1, "same-person")
    made = shell.done("card", "activation", card, "--as", "clerk-2", "--approve", asked["activation"])
    phone = Phone.over(hall.client)
    enrolled = phone.enrol(made["code"])
    assert (enrolled["state"], enrolled["card"]) == ("provisional", card)
    phone.renew(card, Profile.GENERAL)
    body, _ = phone.renewal(card, Profile.IDENTITY)
    assert phone.ask("POST", "/v1/credentials", body).code == "phone-provisional"

    endorse(shell, card, phone)
    assert phone.poll()["state"] == "active"
    phone.renew(card, Profile.IDENTITY)
    assert phone.code(Audience.IDENTITY, at=hall.now).startswith("SC1:")


def endorse(shell: Shell, card: str, phone: Phone) -> None:
    """The chip at the desk, while the phone's page is open."""
    pins = shell.home / "pins"
    pins.write_text((shell.home / "pin.txt").read_text("ascii") + "135790\n", "ascii")
    words = ["--image", str(shell.home / "chip.img"), "--reader", "reader-1", "--pin-file", str(pins), "--as", "clerk-2"]
    done = threading.Event()
    found: list[str] = []

    def look() -> None:
        while not done.wait(0.2):
            found.append(phone.poll()["state"])

    watching = threading.Thread(target=look)
    watching.start()
    try:
        page = shell.done("card", "endorse", card, *words)
    finally:
        done.set()
        watching.join()
    assert page["fingerprint"] == phone.enrolment["fingerprint"]


def test_a_code_that_needs_the_chip_leaves_the_phone_pending_until_then(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    code = shell.done("card", "activation", card, "--as", "clerk-1", *CHIP)["code"]
    phone = Phone.over(hall.client)
    assert phone.enrol(code)["state"] == "pending"
    assert phone.me()["cards"] == []
    endorse(shell, card, phone)
    assert phone.poll()["state"] == "active"
    (mine,) = phone.me()["cards"]
    assert (mine["masked_name"], mine["state"]) == ("嘉*晴", "active")
    assert [carrier["status"] for carrier in mine["carriers"]] == ["valid", "valid"]


@pytest.mark.error("activation-unusable")
@pytest.mark.threat("F06")
def test_whatever_is_wrong_with_a_code_the_answer_is_the_same(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    used, spoilt, late = hall.code(card), hall.code(card), hall.code(card)
    Phone.over(hall.client).enrol(used)
    for _ in range(5):
        wrong = spoilt[:4] + f"{(int(spoilt[4:]) + 1) % 10_000:04}"
        assert Phone.over(hall.client).ask("POST", "/v1/enrolments", {"code": wrong}).code == "activation-unusable"
    unknown = next(f"{number:08}" for number in range(0, 10**8, 10_000) if f"{number:08}"[:4] not in {code[:4] for code in (used, spoilt, late)})
    bodies = [Phone.over(hall.client).ask("POST", "/v1/enrolments", {"code": code}) for code in (used, spoilt, unknown)]
    hall.clock.on(minutes=11)
    bodies.append(Phone.over(hall.client).ask("POST", "/v1/enrolments", {"code": late}))
    assert {(answer.status, answer.code) for answer in bodies} == {(409, "activation-unusable")}
    assert len({str(answer.body) for answer in bodies}) == 1
    assert len({frozenset(answer.headers) for answer in bodies}) == 1


@pytest.mark.threat("G20")
def test_codes_are_not_guessed_from_one_key_or_one_address(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    phone = Phone.over(hall.client)
    for _ in range(5):
        assert phone.ask("POST", "/v1/enrolments", {"code": "00000000"}).code == "activation-unusable"
    answer = phone.ask("POST", "/v1/enrolments", {"code": hall.code(card)})
    assert (answer.status, answer.code) == (429, "tried-too-often")
    for number in range(15):
        at = f"2001:db8:1:2:{number:x}::1"  # a subscriber turns through addresses; all of them are one
        assert guessed(hall, at).code == "activation-unusable"
    assert guessed(hall, "2001:db8:1:2:ffff::1").code == "activation-unusable"
    for _ in range(4):
        guessed(hall, "2001:0DB8:0001:0002::9")
    assert guessed(hall, "2001:db8:1:2::1").code == "tried-too-often"
    assert guessed(hall, "2001:db8:1:3::1").code == "activation-unusable"
    hall.clock.on(minutes=11)
    assert phone.enrol(hall.code(card))["state"] == "pending"


def guessed(hall: Hall, address: str) -> Answer:
    """A wrong code from an address."""
    phone = Phone(From(hall.client, address), fresh_signer())
    return phone.ask("POST", "/v1/enrolments", {"code": "00000000"})


class From(InProcess):
    """Requests from an address of the network."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        super().__init__(client)
        client.environ_base["REMOTE_ADDR"] = address


def test_a_code_serves_one_phone_and_that_one_again(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    code = hall.code(card, provisional=True)
    phone = Phone.over(hall.client)
    first = phone.done("POST", "/v1/enrolments", {"code": code})
    hall.clock.on(minutes=2)
    phone.enrolment = first
    assert phone.ask("POST", f"/v1/enrolments/{first['enrolment']}/proof", {"proof": "AAAA"}).code == "nonce-unusable"
    again = phone.enrol(code)
    assert (again["enrolment"], again["state"]) == (first["enrolment"], "provisional")
    assert Phone.over(hall.client).ask("POST", "/v1/enrolments", {"code": code}).code == "activation-unusable"
    assert {"zh": "绑定手机", "en": "Bind a phone"} in [
        entry["title"] for entry in phone.done("GET", f"/v1/cards/{card}/timeline")["entries"] if entry["kind"] == "act"
    ]


def test_every_other_carrier_is_told_of_a_new_phone(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    hall.phone(card)
    with hall.desk.store.reading() as work:
        messages = [answers.decode(row.body) for row in work.connection.execute(sa.select(schema.outbox).where(schema.outbox.c.topic == "push"))]
    assert "phone-bound" in {message.get("what") for message in messages}


def test_a_key_proof_must_be_the_same_phones(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    phone, other = Phone.over(hall.client), Phone.over(hall.client)
    begun = phone.done("POST", "/v1/enrolments", {"code": hall.code(card)})
    proof = encode(other.key_proof(decoded(begun["nonce"])))
    assert phone.ask("POST", f"/v1/enrolments/{begun['enrolment']}/proof", {"proof": proof}).code == "key-in-use"
    assert other.ask("GET", f"/v1/enrolments/{begun['enrolment']}").code == "nothing-of-yours"


@pytest.mark.error("enrolment-none")
@pytest.mark.error("enrolment-several")
@pytest.mark.error("enrolment-silent")
@pytest.mark.error("activation-unknown")
def test_a_desk_is_told_what_is_missing(hall: Hall, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    card = shell.active()
    chip = ("--image", str(shell.home / "chip.img"), "--reader", "reader-1", "--pin-file", str(shell.home / "pin.txt"), "--as", "clerk-2")
    assert shell.refused("card", "endorse", card, *chip) == (1, "enrolment-none")
    first, second = hall.phone(card, provisional=False), hall.phone(card, provisional=False)
    assert shell.refused("card", "endorse", card, *chip) == (1, "enrolment-several")
    monkeypatch.setattr("webapp.office.enrolverbs.LONGEST_WAIT_S", 0)
    mark = first.enrolment["fingerprint"]
    assert shell.refused("card", "endorse", card, *chip, "--fingerprint", mark) == (1, "enrolment-silent")
    assert first.poll()["nonce"] is None
    assert second.poll()["state"] == "pending"
    assert shell.refused("card", "activation", card, "--as", "clerk-2", "--approve", "0" * 32) == (1, "activation-unknown")
    told = shell("card", "activation", card, "--as", "clerk-1", *CHIP, "--provisional").out
    assert "须另一人同意" in told
    told = shell("card", "activation", card, "--as", "desk-1", "--evidence", "hotline-identity-check").out
    assert "激活码" in told
    assert shell.refused("card", "activation", card, "--as", "desk-1", "--provisional", "--evidence", "hotline-identity-check")[0] == 1
    assert shell.refused("card", "activation", card, "--as", "shop-1", *CHIP) == (1, "not-permitted")


@pytest.mark.error("activations-full")
def test_two_living_codes_never_begin_alike(hall: Hall, shell: Shell) -> None:
    card = CardRef(shell.active())
    desk = replace(hall.desk, entropy=bytes)
    given: dict[str, Any] = {"actor": CLERK, "evidence": PAPERS}
    assert desk.ask_activation(card, Grade.CHIP, **given, at=hall.clock()).code == "00000000"
    with pytest.raises(StateError) as refused:
        desk.ask_activation(card, Grade.CHIP, **given, at=hall.clock())
    assert refused.value.code == "activations-full"
