"""What terminals ask: spoken codes, challenges, who showed a code; once, for their own item, and with the holder's consent where it is all of a name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from codes.claims import Audience, Profile
from codes.keys import SoftwareSigner
from ecard.items import Step
from ecard.itemseed import SEED
from ecard.model import Actor, CardRef, Role
from ecard.residents import speaking
from tests.webapp.officehouse import NAME, number
from tests.webapp.phonehouse import Caller, InProcess, decoded, jws
from tests.webapp.residenthouse import opened
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Answer, Phone
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
CLINIC, CAMPUS, METRO = "clinic-registration", "campus", "bus-and-metro"
SUPERVISOR = {region: Actor(ref="sup-1", person="staff-1", role=Role.SUPERVISOR, region=region) for region in ("CN-CQ", "CN-SC")}


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


@dataclass
class Clinic(Caller):
    """A registered terminal at its desk."""

    hall: Hall | None = None
    name: str = "T-1"
    venue: str = ""

    def challenge(self, item: str = CLINIC, **instead: Any) -> str:
        """A challenge of this terminal."""
        assert self.hall is not None
        payload = {"terminal": self.name, "venue": self.venue, "item": item, "nonce": secrets.token_urlsafe(16), "time": self.hall.now} | instead
        return jws({"typ": "ecard-challenge+jwt", "alg": "ES256"}, payload, self.signer)

    def asks(self, code: str, item: str = CLINIC, *, visit: str = "visit-1", scanned: int | None = None, **more: Any) -> Answer:
        """Who showed this code?"""
        assert self.hall is not None
        body = {"code": code, "scanned": self.hall.now if scanned is None else scanned, "item": item, "visit": visit}
        return self.ask("POST", "/v1/resolutions", body | more)


def clinic(hall: Hall, name: str = "T-1", scalar: int = 0x7E12, scene: str = "hospital") -> Clinic:
    """A terminal of the hall, with the list of items in force."""
    signer = SoftwareSigner.from_scalar(scalar)
    key = cbor.encode(signer.public_key.to_cbor()).hex()
    hall.shell.done("terminal", "register", name, "--key", key, "--venue", "两路口站", "--scene", scene, "--as", "sup-1")
    found = Clinic(InProcess(hall.client), signer, hall=hall, name=name)
    found.venue = found.done("GET", "/v1/terminals/self")["venue"]
    if not hall.desk.item_lists():
        for item in SEED:
            for region in sorted(item.regions):
                given: dict[str, Any] = {"document": "文件 1", "actor": SUPERVISOR[region], "at": hall.clock()}
                if region == "CN-CQ":
                    hall.desk.draft_item(item, by="department", **given)
                hall.desk.take_item_step(item.id, Step.DECIDE, by=region, **given)
            hall.desk.take_item_step(item.id, Step.PUBLISH, by="CN-CQ", **given)
    return found


@pytest.fixture
def card(shell: Shell) -> str:
    return shell.with_phone()


@pytest.fixture
def phone(hall: Hall, card: str) -> Phone:
    phone = hall.twin(card)
    hall.clock.on(days=3)
    phone.renew(card, Profile.GENERAL, Profile.IDENTITY)
    return phone


def consented(terminal: Clinic, phone: Phone, item: str = CLINIC) -> str:
    """A code by which the holder agrees."""
    asked = terminal.done("POST", "/v1/challenges", {"challenge": terminal.challenge(item)})
    seen = phone.done("GET", f"/v1/challenges/{asked['qr'].removeprefix('SCQ1:')}")
    assert seen == asked
    assert terminal.hall is not None
    return phone.code(Audience.IDENTITY, at=terminal.hall.now, challenge=decoded(seen["cnonce"]))


@pytest.mark.error("resolution-done")
def test_a_clinic_is_told_exactly_what_it_needs_and_the_holder_sees_that_it_was(hall: Hall, phone: Phone, card: str) -> None:
    terminal = clinic(hall)
    code = consented(terminal, phone)
    told = terminal.asks(code)
    assert told.status == 200, told
    assert told.body["fields"] == {"name": NAME, "identity_number": number(1), "card_number": hall.desk.card(CardRef(card)).card.number}
    again = terminal.asks(code)
    assert again.body == told.body
    entries = phone.done("GET", f"/v1/cards/{card}/timeline")["entries"]
    (shown,) = (entry for entry in entries if entry["kind"] == "disclosure")
    assert shown["title"]["zh"] == "经您出示的码提供了姓名、证件号码、社保卡号"
    assert shown["by"]["zh"] == terminal.venue
    assert len([entry for entry in entries if entry["kind"] == "look" and entry["by"]["en"].startswith("the service")]) == 0
    assert terminal.asks(code, visit="visit-2").code == "resolution-done"
    assert terminal.asks(consented(terminal, phone)).code == "resolution-done"


@pytest.mark.error("consent-missing")
@pytest.mark.error("resolution-item")
def test_without_consent_nothing_whole_is_told_and_no_more_than_the_item_needs(hall: Hall, phone: Phone) -> None:
    terminal, other = clinic(hall), clinic(hall, "T-2", 0x7E13)
    plain = phone.code(Audience.IDENTITY, at=hall.now)
    assert terminal.asks(plain).code == "consent-missing"
    assert terminal.asks(plain, CAMPUS).body["fields"] == {"masked_name": "嘉*晴", "tail": number(1)[-4:]}
    assert terminal.asks(consented(other, phone), visit="v-3").code == "consent-missing"
    assert terminal.asks(consented(terminal, phone, CAMPUS), visit="v-4").code == "consent-missing"
    assert terminal.asks(consented(terminal, phone), visit="v-5", consent="A" * 42 + "E").code == "consent-missing"
    for item in (METRO, "no-such-item"):
        assert terminal.asks(phone.code(Audience.IDENTITY, at=hall.now), item, visit="v-6").code == "resolution-item"


def test_a_terminal_that_stands_where_nobody_is_identified_is_told_nothing(hall: Hall, phone: Phone, card: str) -> None:
    desk, gate = clinic(hall), clinic(hall, "T-2", 0x7E13, scene="metro")
    assert gate.asks(phone.code(Audience.IDENTITY, at=hall.now), CAMPUS).code == "resolution-item"
    assert gate.ask("POST", "/v1/challenges", {"challenge": gate.challenge()}).code == "resolution-item"
    assert desk.asks(phone.code(Audience.IDENTITY, at=hall.now), CAMPUS).status == 200
    given = spoken(phone, card, gate)
    body = {"locator": given["locator"], "code": speaking.number(decoded(given["secret"]), hall.now)}
    verdict = gate.done("POST", "/v1/spoken/checks", body)
    assert (verdict["verdict"], verdict["profile"], verdict["name"], verdict["tail"]) == ("accepted", 1, None, None)


@pytest.mark.error("resolution-code")
@pytest.mark.error("resolution-late")
def test_only_a_fresh_code_for_an_identity_serves_and_only_near_its_scan(hall: Hall, phone: Phone) -> None:
    terminal = clinic(hall)
    assert terminal.asks(phone.code(Audience.GENERAL, at=hall.now), CAMPUS).code == "resolution-code"
    old, fresh = phone.code(Audience.IDENTITY, at=hall.now - 400), phone.code(Audience.IDENTITY, at=hall.now)
    assert terminal.asks(old, CAMPUS).code == "resolution-code"
    assert terminal.asks(fresh[:-3] + "000", CAMPUS).code == "resolution-code"
    assert terminal.asks(fresh, CAMPUS, scanned=hall.now + 60).code == "resolution-late"
    scanned = hall.now
    hall.clock.on(minutes=9)
    assert terminal.asks(fresh, CAMPUS, scanned=scanned).status == 200
    hall.clock.on(minutes=2)
    assert terminal.asks(phone.code(Audience.IDENTITY, at=scanned), CAMPUS, scanned=scanned, visit="v-7").code == "resolution-late"


@pytest.mark.error("resolution-locked")
@pytest.mark.error("resolution-stopped")
def test_a_lock_and_a_report_are_kept_at_the_desk_too(hall: Hall, phone: Phone, card: str) -> None:
    terminal = clinic(hall)
    phone.lock(card, 8)
    assert terminal.asks(phone.code(Audience.IDENTITY, at=hall.now), CAMPUS).code == "resolution-locked"
    phone.unlock(card, 8)
    code = phone.code(Audience.IDENTITY, at=hall.now)
    phone.report(card)
    assert terminal.asks(code, CAMPUS).code == "resolution-stopped"


@pytest.mark.error("challenge-shape")
def test_a_challenge_is_its_terminals_own_and_of_now(hall: Hall, phone: Phone) -> None:
    terminal = clinic(hall)
    for wrong in ({"terminal": "T-9"}, {"venue": "elsewhere"}, {"nonce": "short"}, {"time": hall.now - 400}, {"time": "now"}, {"more": 1}):
        answer = terminal.ask("POST", "/v1/challenges", {"challenge": terminal.challenge(**wrong)})
        assert answer.code == "challenge-shape"
    forged = Clinic(terminal.line, SoftwareSigner.from_scalar(5), hall=hall, venue=terminal.venue).challenge()
    assert terminal.ask("POST", "/v1/challenges", {"challenge": forged}).code == "challenge-shape"
    assert terminal.ask("POST", "/v1/challenges", {"challenge": terminal.challenge(METRO)}).code == "resolution-item"
    assert phone.ask("GET", "/v1/challenges/AAAA").code == "nothing-of-yours"
    assert phone.ask("GET", "/v1/challenges/*").code == "nothing-of-yours"


@pytest.mark.error("caller-unknown")
def test_a_terminal_that_has_ended_is_nobody(hall: Hall) -> None:
    terminal = clinic(hall)
    stranger = Caller(terminal.line, SoftwareSigner.from_scalar(77))
    assert stranger.ask("GET", "/v1/terminals/self").code == "caller-unknown"
    hall.shell.done("terminal", "end", "T-1", "--as", "sup-1")
    assert terminal.ask("GET", "/v1/terminals/self").code == "caller-unknown"


def spoken(phone: Phone, card: str, terminal: Clinic) -> dict[str, Any]:
    """A pair for this terminal's venue."""
    venue = terminal.done("GET", "/v1/terminals/self")["venue_number"]
    given: dict[str, Any] = phone.done("POST", "/v1/spoken", {"card": card, "venue": venue})
    return given


def test_two_numbers_read_aloud_serve_once_at_their_venue(hall: Hall, phone: Phone, card: str) -> None:
    terminal = clinic(hall)
    given = spoken(phone, card, terminal)
    body = {"locator": given["locator"], "code": speaking.number(decoded(given["secret"]), hall.now)}
    verdict = terminal.done("POST", "/v1/spoken/checks", body)
    assert (verdict["verdict"], verdict["name"], verdict["tail"]) == ("accepted", "嘉*晴", number(1)[-4:])
    again = terminal.done("POST", "/v1/spoken/checks", body)
    assert (again["verdict"], again["reason"], again["name"]) == ("refused", "code-expired", None)
    (use,) = (entry for entry in phone.done("GET", f"/v1/cards/{card}/timeline")["entries"] if entry["kind"] == "use")
    assert use["by"]["zh"] == terminal.venue


@pytest.mark.threat("A08")
@pytest.mark.error("tried-too-often")
def test_a_pair_is_guessed_five_times_and_no_more(hall: Hall, phone: Phone, card: str) -> None:
    terminal = clinic(hall)
    given = spoken(phone, card, terminal)
    right = speaking.number(decoded(given["secret"]), hall.now)
    wrong = f"{(int(right) + 1) % 10**8:08}"
    for _ in range(5):
        assert terminal.done("POST", "/v1/spoken/checks", {"locator": given["locator"], "code": wrong})["verdict"] == "refused"
    assert terminal.done("POST", "/v1/spoken/checks", {"locator": given["locator"], "code": right})["verdict"] == "refused"
    other = phone.done("POST", "/v1/spoken", {"card": card, "venue": "00000000"})
    body = {"locator": other["locator"], "code": speaking.number(decoded(other["secret"]), hall.now)}
    assert terminal.done("POST", "/v1/spoken/checks", body)["verdict"] == "refused"
    for serial in range(30 - 7):
        terminal.done("POST", "/v1/spoken/checks", {"locator": f"{serial:09}", "code": wrong})
    answer = terminal.ask("POST", "/v1/spoken/checks", {"locator": "000000000", "code": wrong})
    assert (answer.status, answer.code) == (429, "tried-too-often")
    assert 0 < int(answer.headers["Retry-After"]) <= 300


@pytest.mark.error("spoken-limit")
def test_pairs_are_given_out_sparingly_and_to_whole_phones_only(hall: Hall, phone: Phone, card: str) -> None:
    for _ in range(5):
        phone.done("POST", "/v1/spoken", {"card": card, "venue": "12345678"})
    assert phone.ask("POST", "/v1/spoken", {"card": card, "venue": "12345678"}).code == "spoken-limit"
    hall.clock.on(minutes=11)
    provisional = hall.phone(card)
    assert provisional.ask("POST", "/v1/spoken", {"card": card, "venue": "12345678"}).code == "phone-provisional"
    provisional.report(card)
    assert phone.ask("POST", "/v1/spoken", {"card": card, "venue": "12345678"}).code == "card-held"
