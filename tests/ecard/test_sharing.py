"""Data that is shared: from a grant by two people to a proof of deletion, and nothing outside of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from codes.claims import Audience, Profile
from codes.errors import CardError
from codes.presentation import Presentation
from ecard import faults, schema
from ecard.check.office import check_office
from ecard.items import Step
from ecard.itemseed import SEED
from ecard.lifecycle import RULES, Command
from ecard.model import Actor, Dossier, Role, seconds
from ecard.residents.resolving import Asked
from ecard.sharing import telling
from ecard.sharing.granting import PURPOSES, Approved, Grant, Purpose, SharedField, Terms
from ecard.sharing.telling import TELLING
from ecard.stopping import LossOf
from ecard.terminals.registering import terminal
from tests.ecard.city import CLERK, CQ, SC, SUPERVISOR, City, SoftPhone, refused
from tests.ecard.gates import gate

LEAD = Actor(ref="lead-2", person="staff-6", role=Role.SUPERVISOR, region=CQ)
ALL = frozenset(SharedField)
PROOF = hashlib.sha256("删除证明".encode()).digest()


def listed(city: City, *idents: str) -> None:
    for item in (item for item in SEED if item.id in idents):
        city.office.draft_item(item, by="市人社局", document="拟稿", actor=SUPERVISOR, at=city.at)
        for step in (Step.DECIDE, Step.PUBLISH):
            city.office.take_item_step(item.id, step, by=CQ, document="公告", actor=SUPERVISOR, at=city.at)


@pytest.fixture
def shown(city: City) -> Dossier:
    """A card that was shown for the item campus at a terminal; the items are on the list."""
    listed(city, "campus", "employer-access")
    gate(city, "T-1")
    return show(city, 1)


def show(city: City, order: int) -> Dossier:
    card, chip = city.card(order)
    phone = SoftPhone(f"phone {order}")
    (credential,) = city.renew(city.bind(card, phone, chip).phone, phone, Profile.IDENTITY)
    signer = phone.holders[credential.says.holder.x]
    code = Presentation.make(credential, signer, audience=Audience.IDENTITY, iat=seconds(city.at))
    with city.office.store.reading() as work:
        where = terminal(work, "T-1")
    city.office.resolve(where, Asked(code=code.to_text(), scanned=seconds(city.at), item="campus", visit=f"v-{order}"), at=city.at)
    return card


def terms(city: City, **changes: Any) -> Terms:
    said: dict[str, Any] = {
        "recipient": "university-1",
        "item": "campus",
        "purpose": Purpose.ONE_CARD_WORK,
        "basis": "一卡通条例第十八条",
        "fields": ALL,
        "agreement": "保密协议〔2026〕11号",
        "agreed": city.at - timedelta(days=1),
        "until": city.at + timedelta(days=90),
    }
    return Terms(**{**said, **changes})


def asked(city: City, **changes: Any) -> Grant:
    return city.office.ask_grant(terms(city, **changes), actor=SUPERVISOR, at=city.at)


def approved(city: City, **changes: Any) -> Approved:
    return city.office.approve_grant(asked(city, **changes).ref, approval="渝数共〔2026〕5号", actor=LEAD, at=city.at)


def changes(city: City, key: str, since: datetime | None = None) -> list[dict[str, Any]]:
    told = city.office.shared_changes(key, since=0 if since is None else seconds(since), at=city.at)
    return [dict(row) for row in told.rows]


def lose(city: City, card: Dossier) -> None:
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.at)


@pytest.mark.article("ZS-7b")
@pytest.mark.error("grant-not-in-force")
def test_nothing_is_told_before_two_people_have_granted_it_under_a_signed_agreement(city: City, shown: Dossier) -> None:
    assert shown.card.state == "active"
    waiting = asked(city)
    for key in ("", waiting.ref, "x" * 43):
        with refused(
            faults.GRANT_NOT_IN_FORCE,
        ):
            changes(city, key)
    with refused(faults.SAME_PERSON, article="ZS-7b"):
        city.office.approve_grant(waiting.ref, approval="渝数共〔2026〕5号", actor=replace(LEAD, person=SUPERVISOR.person), at=city.at)
    for unsigned in ({"agreement": ""}, {"agreed": city.at + timedelta(days=1)}):
        with refused(faults.GRANT_SHAPE, wrong="agreement"):
            asked(city, **unsigned)
    with refused(faults.GRANT_SHAPE, wrong="approval"):
        city.office.approve_grant(waiting.ref, approval="", actor=LEAD, at=city.at)
    done = city.office.approve_grant(waiting.ref, approval="渝数共〔2026〕5号", actor=LEAD, at=city.at)
    assert len(changes(city, done.key)) == 1
    with refused(faults.GRANT_NOT_IN_FORCE):
        city.office.approve_grant(waiting.ref, approval="渝数共〔2026〕5号", actor=LEAD, at=city.at)


@pytest.mark.article("CQ-18a")
@pytest.mark.article("ZZ-11a")
def test_a_card_that_is_stopped_is_known_to_be_so_the_next_moment_and_so_is_its_return(city: City, shown: Dossier) -> None:
    key = approved(city).key
    (row,) = changes(city, key)
    assert row["state"] == "valid"
    lose(city, shown)
    (stopped,) = changes(city, key, city.at)
    assert stopped == {"card": row["card"], "state": "stopped", "since": seconds(city.at)}
    city.later(minutes=5)
    assert changes(city, key, city.at) == []
    evidence = RULES[Command.WITHDRAW_LOSS].evidence
    city.office.withdraw_loss(shown.card.ref, of=LossOf.CARD, actor=CLERK, evidence=evidence, at=city.at)
    assert [each["state"] for each in changes(city, key, city.at)] == ["valid"]
    assert dict(city.office.shared_card(key, shown.card.number, at=city.at).rows[0])["state"] == "valid"


def test_more_changes_of_one_second_than_are_told_at_once_are_all_told_in_the_end(
    city: City, shown: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST", 2)
    key = approved(city).key
    cards = [shown, *(show(city, order) for order in (2, 3, 4, 5))]
    city.later(minutes=5)
    for card in cards:
        lose(city, card)
    first = city.office.shared_changes(key, since=seconds(city.at) - 120, at=city.later(seconds=10))
    assert len(first.rows) == 2
    second = city.office.shared_changes(key, since=first.upto, at=city.at)
    assert {row["card"] for row in (*first.rows, *second.rows)} == {row["card"] for row in second.rows}
    assert (len(second.rows), second.upto) == (5, seconds(city.at))


@pytest.mark.article("CQ-18b")
@pytest.mark.article("CQ-19c")
@pytest.mark.error("grant-shape")
def test_a_grant_names_one_of_two_purposes_an_item_of_the_list_and_its_basis_in_law(city: City, shown: Dossier) -> None:
    assert shown.card.region == CQ
    for wrong in (
        {"basis": ""},
        {"item": "selling-insurance"},
        {"item": "bus-and-metro"},
        {"recipient": "two words"},
        {"fields": frozenset({SharedField.STATE})},
        {"until": city.at},
        {"until": city.at + timedelta(days=366)},
    ):
        with refused(faults.GRANT_SHAPE):
            asked(city, **wrong)
    assert set(PURPOSES) == {Purpose.STATUTORY_DUTY, Purpose.ONE_CARD_WORK}
    grant = asked(city, purpose=Purpose.STATUTORY_DUTY)
    assert (grant.purpose, grant.basis) == (Purpose.STATUTORY_DUTY, "一卡通条例第十八条")
    for change in ({"purpose": "marketing"}, {"purpose": "one-card-work"}, {"basis": "另有他用"}, {"fields": "card since state name"}):
        with pytest.raises(CardError), city.office.store.writing() as work:
            work.connection.execute(sa.update(schema.sharing_grant).values(change))


@pytest.mark.article("CQ-18c")
def test_only_granted_fields_of_cards_that_were_shown_for_the_granted_item_are_told_and_no_reason_ever(city: City, shown: Dossier) -> None:
    city.card(2)
    lose(city, shown)
    narrow = approved(city, fields=frozenset({SharedField.CARD, SharedField.STATE})).key
    (row,) = changes(city, narrow)
    assert row.keys() == {"card", "state"}
    assert shown.card.ref not in str(row)
    other = approved(city, item="employer-access", recipient="factory-1").key
    assert changes(city, other) == []
    with refused(faults.CARD_UNKNOWN):
        city.office.shared_card(other, shown.card.number, at=city.at)
    assert {Command.BIND_PHONE, Command.CHANGE_PIN, Command.EXCHANGE, Command.OPEN_CASE}.isdisjoint(TELLING)


@pytest.mark.article("CQ-18d")
def test_every_recipient_knows_a_card_by_a_name_of_its_own_so_a_name_that_turns_up_elsewhere_says_from_whom(city: City, shown: Dossier) -> None:
    first, second = approved(city), approved(city, recipient="university-2")
    one, two = (changes(city, each.key)[0]["card"] for each in (first, second))
    assert one != two
    assert changes(city, approved(city).key)[0]["card"] == one
    for name, recipient in ((one, ("university-1",)), (two, ("university-2",)), ("0" * 32, ())):
        assert city.office.trace_shared(name, region=CQ, actor=SUPERVISOR) == recipient
    with refused(faults.NOT_PERMITTED, article="CQ-18d"):
        city.office.trace_shared(one, region=CQ, actor=CLERK)
    with pytest.raises(CardError), city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.sharing_grant).values(onward=1))
    assert shown.card.ref not in one


@pytest.mark.article("CQ-19a")
@pytest.mark.error("grant-deletion")
@pytest.mark.error("grant-unknown")
def test_shared_data_is_managed_from_the_grant_over_every_use_to_the_proof_of_its_deletion(city: City, shown: Dossier) -> None:
    done = approved(city)
    changes(city, done.key)
    city.office.shared_card(done.key, shown.card.number, at=city.later(minutes=1))
    assert city.office.grants(region=CQ) == ((done.grant, (2, 2)),)
    assert not done.grant.owes_deletion(seconds(city.at))
    note: dict[str, Any] = {"document": "删除证明〔2026〕1号", "digest": PROOF, "actor": SUPERVISOR}
    with refused(faults.GRANT_DELETION):
        city.office.note_deletion(done.grant.ref, **note, at=city.at)
    ended = city.office.end_grant(done.grant.ref, actor=LEAD, at=city.at)
    assert ended == city.office.end_grant(done.grant.ref, actor=LEAD, at=city.later(hours=1))
    assert ended.owes_deletion(seconds(city.at))
    with refused(faults.GRANT_NOT_IN_FORCE):
        changes(city, done.key)
    with refused(faults.GRANT_DELETION):
        city.office.note_deletion(done.grant.ref, **{**note, "digest": b"short"}, at=city.at)
    deleted = city.office.note_deletion(done.grant.ref, **note, at=city.at)
    assert (deleted.deletion, deleted.owes_deletion(seconds(city.at))) == ("删除证明〔2026〕1号", False)
    with refused(faults.GRANT_DELETION):
        city.office.note_deletion(done.grant.ref, **note, at=city.at)
    for ref, actor in (("0" * 32, SUPERVISOR), (done.grant.ref, replace(LEAD, region=SC))):
        with refused(faults.GRANT_UNKNOWN):
            city.office.end_grant(ref, actor=actor, at=city.at)
    with refused(faults.NOT_PERMITTED, article="ZS-7b"):
        city.office.end_grant(done.grant.ref, actor=CLERK, at=city.at)
    with city.office.store.reading() as work:
        assert list(check_office(work.connection)) == []


def test_a_grant_runs_out_and_then_owes_its_deletion_and_the_key_lies_nowhere(city: City, shown: Dossier) -> None:
    done = approved(city, until=city.at + timedelta(days=1))
    assert len(changes(city, done.key)) == 1
    with city.office.store.reading() as work:
        row = work.connection.execute(sa.select(schema.sharing_grant)).one()
    assert done.key.encode() not in row.key
    assert done.key not in repr(done)
    city.later(days=1)
    with refused(faults.GRANT_NOT_IN_FORCE):
        changes(city, done.key)
    ((grant, _),) = city.office.grants(region=CQ)
    assert grant.owes_deletion(seconds(city.at))
    assert shown.card.ref
