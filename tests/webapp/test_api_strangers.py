"""Two holders, two terminals, two desks: whatever belongs to somebody else is answered like what does not exist, in body, headers and time (threat G06)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from codes.claims import Profile
from ecard.lifecycle import Command
from ecard.model import CardRef
from tests.webapp.phonehouse import fresh_signer
from tests.webapp.residenthouse import opened
from tests.webapp.test_api_regions import FREEZES, peer
from tests.webapp.test_api_terminal import clinic
from tests.webapp.test_office import founded, shell
from webapp.auth.callers import Kind
from webapp.auth.permissions import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Phone
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
NOBODYS = "0" * 32
Call = tuple[str, str, Any]


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


def another(shell: Shell, serial: int) -> str:
    """A card of somebody else, with a chip of its own."""
    for name in ("chip.img", "pin.txt"):
        (shell.home / name).unlink()
    return shell.active(serial)


def calls(mine: Phone, own: str, *, card: str, phone: str, enrolment: str, challenge: str) -> dict[str, Call]:
    """Every call of a phone that names something, with these names in it; the proofs are the caller's own, over a card of its own."""
    act = mine.act(Command.LOCK, own, "card") | {"card": card}
    body, _ = mine.renewal(own, Profile.GENERAL)
    return {
        "enrolments.prove": ("POST", f"/v1/enrolments/{enrolment}/proof", {"proof": "AAAA"}),
        "enrolments.look": ("GET", f"/v1/enrolments/{enrolment}", None),
        "cards.timeline": ("GET", f"/v1/cards/{card}/timeline", None),
        "cards.receipts": ("GET", f"/v1/cards/{card}/receipts", None),
        "credentials.renew": ("POST", "/v1/credentials", body | {"card": card, "phone": phone}),
        "reports.report": ("POST", "/v1/reports", {"card": card, "of": "card", "phone": None}),
        "reports.withdraw": ("POST", "/v1/reports/withdraw", {**act, "of": "card", "phone": None}),
        "locks.lock": ("POST", "/v1/locks", {**act, "groups": []}),
        "locks.lift": ("POST", "/v1/locks/lift", {**act, "groups": []}),
        "locks.unbind": ("POST", f"/v1/phones/{phone}/unbind", act),
        "spoken.begin": ("POST", "/v1/spoken", {"card": card, "venue": "12345678"}),
        "challenges.look": ("GET", f"/v1/challenges/{challenge}", None),
    }


@pytest.mark.threat("F06", "G06")
def test_somebody_elses_card_phone_and_enrolment_are_nowhere(hall: Hall, shell: Shell) -> None:
    own, card = shell.active(1), another(shell, 2)
    mine, other = hall.phone(own), hall.phone(card)
    before = hall.desk.card(CardRef(card)).card.revision
    foreign = calls(mine, own, card=card, phone=other.this(card), enrolment=other.enrolment["enrolment"], challenge="A" * 43)
    absent = calls(mine, own, card=NOBODYS, phone=NOBODYS, enrolment=NOBODYS, challenge="A" * 42 + "E")
    named = {endpoint for (endpoint, _), who in joined().items() if who.kind is Kind.PHONE} - {"cards.me", "enrolments.begin"}
    assert foreign.keys() == named  # a new call has to be listed here
    for endpoint in foreign:
        answers = [mine.ask(*call) for call in (foreign[endpoint], absent[endpoint])]
        assert [(answer.status, answer.code) for answer in answers] == [(404, "nothing-of-yours")] * 2, endpoint
        assert answers[0].body == answers[1].body, endpoint
        assert set(answers[0].headers) == set(answers[1].headers), endpoint
    assert hall.desk.card(CardRef(card)).card.revision == before


@pytest.mark.threat("G06")
def test_somebody_elses_phone_is_nowhere_also_on_ones_own_card(hall: Hall, shell: Shell) -> None:
    own, card = shell.with_phone(), another(shell, 2)
    mine, other = hall.twin(own), hall.phone(card)
    gone = other.this(card)
    for phone in (gone, NOBODYS):
        body = mine.act(Command.UNBIND_PHONE, own, phone)
        assert mine.ask("POST", f"/v1/phones/{phone}/unbind", body).code == "nothing-of-yours"
        report = mine.ask("POST", "/v1/reports", {"card": own, "of": "phone", "phone": phone})
        assert (report.status, report.code) == (404, "nothing-of-yours")
    assert other.me()["cards"][0]["carriers"]


@pytest.mark.threat("G06")
def test_another_terminals_visits_and_challenges_help_nobody(hall: Hall) -> None:
    first, second = clinic(hall), clinic(hall, "T-2", 0x7E13)
    first.done("POST", "/v1/challenges", {"challenge": first.challenge()})
    assert second.ask("POST", "/v1/challenges", {"challenge": first.challenge()}).code == "challenge-shape"


@pytest.mark.threat("G06")
def test_another_desks_request_is_nowhere(hall: Hall, shell: Shell) -> None:
    card = CardRef(shell.active())
    desk = peer(hall)
    body = {"card_number": hall.desk.card(card).card.number, "ground": "theft", "until": hall.now + 86_400, "person": "sc-1"}
    asked = desk.done("POST", FREEZES, body)
    signer = fresh_signer()
    key = cbor.encode(signer.public_key.to_cbor()).hex()
    shell.done("office", "region", "gz-desk", "--region", "CN-GZ", "--key", key, "--as", "sup-1")
    other = type(desk)(desk.line, signer)
    answers = [other.ask("GET", f"{FREEZES}/{card}/{ref}") for ref in (asked["request"], NOBODYS)]
    assert [(answer.status, answer.code) for answer in answers] == [(404, "nothing-of-yours")] * 2


@pytest.mark.threat("F06")
def test_there_is_no_telling_by_time(hall: Hall, shell: Shell) -> None:
    """Two sorts of answers, taken in turn: neither median lies outside the middle half of the other's times."""
    card, own = shell.active(1), another(shell, 2)
    phone = hall.phone(own)
    hall.phone(card)
    times: dict[str, list[float]] = {card: [], NOBODYS: []}
    for _ in range(60):
        for ref, taken in times.items():
            taken.append(_timed(phone, f"/v1/cards/{ref}/receipts"))
    first, second = (sorted(each) for each in times.values())
    for one, other in ((first, second), (second, first)):
        assert other[len(other) // 4] / 2 <= one[len(one) // 2] <= other[3 * len(other) // 4] * 2


def _timed(phone: Phone, path: str) -> float:
    begun = time.perf_counter()
    assert phone.ask("GET", path).status == 404
    return time.perf_counter() - begun
