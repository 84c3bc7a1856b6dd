"""A phone at home: credentials, losses, locks, other phones, the timeline; nothing of anybody else, nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.claims import Audience, Profile
from codes.receipts import Receipt
from ecard.lifecycle import Command
from ecard.model import CardRef
from ecard.policybook import day_of
from tests.webapp.phonehouse import decoded
from tests.webapp.residenthouse import CLERK, opened
from tests.webapp.test_office import founded, shell
from webapp import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


def test_credentials_come_once_for_a_request_however_often_it_is_sent(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    phone = hall.phone(card)
    body, _ = phone.renewal(card, Profile.GENERAL)
    first, again = (phone.ask("POST", "/v1/credentials", body, key="the same request, sent again") for _ in range(2))
    assert first.status == again.status == 201
    assert first.body == again.body
    assert len(hall.desk.credentials(CardRef(card))) == 2  # the chip's and this one
    assert phone.ask("POST", "/v1/credentials", body).code == "nonce-unusable"


def test_a_loss_is_reported_and_withdrawn_from_another_phone(hall: Hall, shell: Shell) -> None:
    card = shell.active()
    lost, kept = hall.phone(card), hall.phone(card)
    told = kept.report(card, of="phone", phone=lost.this(card))
    assert told["gates"]["connected_s"] == 3
    assert told["gates"]["offline_s"] > 3
    assert Receipt.from_bytes(decoded(told["receipt"]["token"])).says.number == told["receipt"]["number"]
    assert told["due"] > told["receipt"]["effective"]
    body, _ = lost.renewal(card, Profile.GENERAL)
    assert lost.ask("POST", "/v1/credentials", body).code == "card-held"
    assert lost.withdraw(card, of="phone", phone=lost.this(card)).code == "phone-reported-lost"
    assert kept.withdraw(card, of="phone", phone=lost.this(card)).code == "phone-provisional"


def test_a_holder_locks_the_card_and_groups_and_lifts_both(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    phone = hall.twin(card)
    assert phone.lock(card) == {"card": card, "revision": phone.me()["cards"][0]["revision"], "locked": True, "locked_groups": []}
    (mine,) = phone.me()["cards"]
    assert [hold["kind"] for hold in mine["holds"]] == ["self-lock"]
    assert phone.unlock(card)["locked"] is False
    assert phone.lock(card, 3, 1)["locked_groups"] == [1, 3]
    assert phone.unlock(card, 1)["locked_groups"] == [3]


@pytest.mark.error("nothing-of-yours")
def test_a_phone_is_unbound_by_another_and_sees_nothing_afterwards(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    phone, other = hall.twin(card), hall.phone(card)
    gone = other.this(card)
    phone.done("POST", f"/v1/phones/{gone}/unbind", phone.act(Command.UNBIND_PHONE, card, gone))
    assert other.me()["cards"] == []
    assert other.ask("GET", f"/v1/cards/{card}/timeline").code == "nothing-of-yours"


@pytest.mark.error("precondition-failed")
def test_what_was_seen_has_not_changed_and_a_change_is_not_overwritten(hall: Hall, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    card = shell.with_phone()
    phone = hall.twin(card)
    seen = phone.ask("GET", "/v1/me")
    etag = seen.headers["ETag"]
    assert phone.ask("GET", "/v1/me", headers={"If-None-Match": etag}).status == 304
    office = hall.app.extensions[SERVICES].office
    policy = replace(hall.desk.policy, spares=hall.desk.policy.spares + 1)
    with monkeypatch.context() as changed:
        changed.setattr(office, "_open", replace(office.opened(), desk=replace(hall.desk, policy=policy)))
        told = phone.ask("GET", "/v1/me", headers={"If-None-Match": etag})
        assert (told.status, told.body["policy"]["spares"]) == (200, seen.body["policy"]["spares"] + 1)
    revision = seen.body["cards"][0]["revision"]
    body = phone.act(Command.LOCK, card, "card", groups=[])
    assert phone.ask("POST", "/v1/locks", body, headers={"If-Match": f'"{revision - 1}"'}).code == "stale-revision"
    assert phone.ask("POST", "/v1/locks", body, headers={"If-Match": '"x"'}).code == "precondition-failed"
    assert phone.ask("POST", "/v1/locks", body, headers={"If-Match": f'"{revision}"'}).status == 200
    assert phone.ask("GET", "/v1/me", headers={"If-None-Match": etag}).status == 200


def test_a_service_that_runs_over_midnight_works_under_the_edition_of_the_new_day(hall: Hall, shell: Shell) -> None:
    phone = hall.phone(shell.active())
    spares = phone.me()["policy"]["spares"]
    (first,) = (shell.folder / "policies").iterdir()
    until = day_of(hall.clock()) + timedelta(days=1)
    text = first.read_text().replace('name = "2026-1"', 'name = "next"').replace("since = 2026-01-01", f"since = {until}")
    (first.parent / "next.toml").write_text(text.replace(f"spares = {{ value = {spares} }}", f"spares = {{ value = {spares - 1} }}"))
    assert phone.me()["policy"]["spares"] == spares
    hall.clock.on(days=1)
    assert phone.me()["policy"]["spares"] == spares - 1


def test_where_somebody_goes_is_not_told_to_whoever_has_found_their_phone(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    phone, found = hall.twin(card), hall.phone(card)
    path = f"/v1/cards/{card}/timeline"
    assert found.ask("GET", path).status == 200
    phone.report(card, of="phone", phone=found.this(card))
    assert (found.ask("GET", path).code, phone.ask("GET", path).status) == ("phone-reported-lost", 200)
    phone.report(card, of="chip")
    assert phone.ask("GET", path).status == 200


@pytest.mark.error("cursor-unknown")
def test_the_timeline_tells_what_was_done_and_who_looked(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    with hall.desk.store.writing() as work:
        holder = work.dossier(CardRef(card)).card.holder
        hall.desk.vault.read(work, holder, purpose="compare-with-document", actor=CLERK, at=hall.now)
    phone = hall.twin(card)
    page = phone.done("GET", f"/v1/cards/{card}/timeline")
    kinds = {entry["kind"] for entry in page["entries"]}
    assert kinds == {"act", "look"}
    assert page["entries"] == sorted(page["entries"], key=lambda entry: -entry["at"])
    acts = [entry["title"]["zh"] for entry in page["entries"] if entry["kind"] == "act"]
    assert acts[-1] == "申领"
    look = next(entry for entry in page["entries"] if entry["kind"] == "look")
    assert look["title"]["zh"] == "查看了您的姓名和证件号码"
    assert look["by"] == {"zh": "服务网点", "en": "a service point"}
    for _ in range(30):
        phone.lock(card)
        phone.unlock(card)
    first = phone.done("GET", f"/v1/cards/{card}/timeline")
    second = phone.done("GET", f"/v1/cards/{card}/timeline?cursor={first['next']}")
    assert (len(first["entries"]), second["next"]) == (50, None)
    assert second["entries"][-1]["title"]["zh"] == "申领"
    assert phone.ask("GET", f"/v1/cards/{card}/timeline?cursor=none").code == "cursor-unknown"
    assert [receipt["command"] for receipt in phone.done("GET", f"/v1/cards/{card}/receipts")["receipts"]][:2] == ["apply", "personalise"]


def test_a_code_of_its_own_credential(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    phone = hall.twin(card)
    hall.clock.on(days=3)
    phone.renew(card, Profile.GENERAL, Profile.IDENTITY)
    assert phone.code(Audience.IDENTITY, at=hall.now) != phone.code(Audience.IDENTITY, at=hall.now)
