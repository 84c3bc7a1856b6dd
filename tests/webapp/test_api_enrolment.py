"""Enrolling a phone: a code redeemed, the key provisional at once or pending until the chip has endorsed it, and nobody else's code guessed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from codes.claims import Audience, Profile
from tests.webapp.phonehouse import Phone
from tests.webapp.residenthouse import opened
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
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
