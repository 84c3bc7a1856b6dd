"""First secrets, and new ones for whoever lost theirs: two people, a day, and a message (threat F12)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, schema
from ecard.access import resets
from ecard.lifecycle import Evidence
from ecard.model import Role
from tests.ecard.city import City, refused
from tests.ecard.reception import PASSWORD, Reception
from tests.ecard.test_access_signing_in import acts, bad

if TYPE_CHECKING:
    from ecard.access.resets import Reset

NEW = "another 口令 altogether"


@pytest.fixture
def reception(city: City) -> Reception:
    reception = Reception.of(city).everybody()
    reception.sign_in("clerk-1")
    city.later(seconds=30)
    return reception


def ask(reception: Reception, by: str = "admin-1", subject: str = "clerk-1") -> Reset:
    return reception.desk.ask_reset(reception.staff[subject], evidence=resets.PROOF, actor=reception.staff[by].acting(), at=reception.city.at)


def approve(reception: Reception, by: str = "lead-1") -> Reset:
    return reception.desk.approve_reset("clerk-1", actor=reception.staff[by].acting(), at=reception.city.at)


def told(city: City) -> set[str]:
    with city.office.store.reading() as work:
        return {mark.split("/")[0] for mark in work.connection.execute(sa.select(schema.outbox.c.mark)).scalars()}


@pytest.mark.threat("F12")
@pytest.mark.error("reset-waits")
def test_new_secrets_come_by_two_people_after_a_day_and_everybody_is_told(reception: Reception, city: City) -> None:
    open_one = reception.sign_in("clerk-1")
    old = reception.given["clerk-1"]
    with refused(faults.OPERATOR_ENROLLED):
        reception.enrol("clerk-1", password=NEW)
    ask(reception)
    for hours in (0, 23.99):
        city.later(hours=hours)
        with refused(faults.RESET_WAITS):
            reception.enrol("clerk-1", password=NEW)
    assert approve(reception).due == approve(reception).due == int(city.at.timestamp()) + resets.DELAY
    with refused(faults.RESET_WAITS):
        reception.enrol("clerk-1", password=NEW)
    city.later(seconds=resets.DELAY - 1)
    with refused(faults.RESET_WAITS, due=int(city.at.timestamp()) + 1):
        reception.enrol("clerk-1", password=NEW)
    city.later(seconds=1)
    reception.enrol("clerk-1", password=NEW)
    assert told(city) >= {"operator-reset-asked", "operator-reset-approved", "operator-enrolled"}
    assert not reception.is_in(open_one)
    with refused(faults.SIGN_IN_REFUSED):
        reception.sign_in("clerk-1", code=old.recovery[0])
    with refused(faults.SIGN_IN_REFUSED):
        reception.sign_in("clerk-1", code=old.recovery[0], password=NEW)
    reception.sign_in("clerk-1", password=NEW)
    assert bad(city) == set()
    with refused(faults.OPERATOR_ENROLLED):  # once
        reception.enrol("clerk-1", password=NEW)


@pytest.mark.threat("F12")
def test_neither_the_one_who_asked_nor_the_operator_approves_under_whatever_account(reception: Reception, city: City) -> None:
    for name, person in (("boss-1", "staff-9"), ("boss-2", "STAFF-9"), ("boss-3", "staff-1"), ("boss-4", "ｓtaff-1 ")):
        reception.staff[name] = replace(reception.staff["lead-2"], ref=name, person=person)
    ask(reception)
    for name in ("boss-1", "boss-2", "boss-3", "boss-4"):
        with refused(faults.SAME_PERSON):
            approve(reception, name)
    with refused(faults.NOT_PERMITTED):
        approve(reception, "clerk-2")
    with refused(faults.OTHER_REGION):
        approve(reception, "lead-3")
    reception.staff["lead-2"] = replace(reception.staff["lead-2"], person="staff-8")  # an account that was another person's
    with refused(faults.OPERATOR_PERSON):
        approve(reception, "lead-2")
    approve(reception)
    city.later(seconds=resets.DELAY)
    with refused(faults.SAME_PERSON):
        reception.enrol("clerk-1", by="boss-3", password=NEW)


@pytest.mark.threat("F12")
def test_nobody_asks_without_having_seen_the_operator_and_their_document(reception: Reception, city: City) -> None:
    admin = reception.staff["admin-1"].acting()
    for shown in (set(), {Evidence.IN_PERSON}, {Evidence.IDENTITY_DOCUMENT}, {Evidence.HOTLINE_CHECK}):
        with refused(faults.EVIDENCE_MISSING):
            reception.desk.ask_reset(reception.staff["clerk-1"], evidence=shown, actor=admin, at=city.at)
    with refused(faults.SAME_PERSON):
        ask(reception, by="lead-1", subject="lead-1")
    with refused(faults.NOT_PERMITTED):
        ask(reception, by="clerk-2")
    with refused(faults.OTHER_REGION):
        ask(reception, by="lead-3")


@pytest.mark.threat("F12")
def test_whoever_signs_in_meanwhile_has_lost_nothing_and_the_reset_is_void(reception: Reception, city: City) -> None:
    ask(reception)
    approve(reception)
    assert [reset.operator for reset in reception.desk.resets("CN-CQ")] == ["clerk-1"]
    reception.sign_in("clerk-1")
    assert list(reception.desk.resets("CN-CQ")) == []
    assert "operator-reset-needless" in told(city)
    city.later(seconds=resets.DELAY)
    with refused(faults.OPERATOR_ENROLLED):
        reception.enrol("clerk-1", password=NEW)
    assert bad(city) == set()


@pytest.mark.error("reset-missing")
@pytest.mark.error("reset-open")
@pytest.mark.error("operator-not-enrolled")
def test_one_reset_at_a_time_which_can_be_declined_and_is_over_after_a_week(reception: Reception, city: City) -> None:
    with refused(faults.RESET_MISSING):
        approve(reception)
    with refused(faults.OPERATOR_NOT_ENROLLED):
        ask(reception, by="lead-3", subject="clerk-3")
    ask(reception)
    with refused(faults.RESET_OPEN):
        ask(reception, by="lead-2")
    with refused(faults.NOT_PERMITTED):
        reception.desk.decline_reset("clerk-1", actor=reception.staff["clerk-2"].acting(), at=city.at)
    assert reception.desk.decline_reset("clerk-1", actor=reception.staff["clerk-1"].acting(), at=city.at).outcome == "declined"
    first = ask(reception)
    approve(reception)
    city.later(seconds=resets.LIFE)
    with refused(faults.OPERATOR_ENROLLED):
        reception.enrol("clerk-1", password=NEW)
    with refused(faults.RESET_MISSING):
        approve(reception, "lead-2")
    assert ask(reception).ref != first.ref
    assert bad(city) == set()


@pytest.mark.error("operator-enrolled")
@pytest.mark.error("operator-person-differs")
def test_only_the_first_operator_of_a_region_enrols_themselves_and_an_account_is_one_persons_for_ever(city: City) -> None:
    reception = Reception.of(city)
    with refused(faults.NOT_PERMITTED):
        reception.enrol("clerk-1", by="clerk-1")
    reception.enrol("admin-1")
    reception.enrol("admin-1")  # nobody has signed in with it yet
    with refused(faults.SAME_PERSON):
        reception.enrol("lead-1", by="lead-1")
    reception.enrol("lead-1")
    reception.enrol("lead-3", by="lead-3")
    with refused(faults.PASSWORD_WEAK):
        reception.enrol("clerk-1", password="clerk-1 clerk-1")
    for change in ({"person": "staff-8"}, {"person": "staff-10", "roles": (Role.SUPERVISOR,)}):
        reception.staff["lead-1"] = replace(reception.staff["lead-1"], **change)
        with refused(faults.OPERATOR_PERSON):
            reception.enrol("lead-1")
        with refused(faults.OPERATOR_PERSON):
            ask(reception, subject="lead-1")
    assert acts(reception, "lead-1") == ["enrol"]


def test_an_admin_ends_every_session_of_somebody(reception: Reception, city: City) -> None:
    opened = reception.sign_in("clerk-1")
    for by, fault in (("clerk-2", faults.NOT_PERMITTED), ("lead-3", faults.OTHER_REGION)):
        with refused(fault):
            reception.desk.end_sessions(reception.staff["clerk-1"], actor=reception.staff[by].acting(), at=city.at)
    admin = reception.staff["admin-1"].acting()
    assert [reception.desk.end_sessions(reception.staff["clerk-1"], actor=admin, at=city.at) for _ in range(2)] == [2, 0]
    assert not reception.is_in(opened)
    assert acts(reception, "clerk-1")[-1] == "end-sessions"


@pytest.mark.threat("F12")
@pytest.mark.parametrize(
    "by_hand",
    [
        {"approved": 1, "approved_by": "x", "approved_person": "staff-9", "due": 10**10},
        {"approved": 1, "approved_by": "x", "approved_person": "staff-1", "due": 10**10},
        {"approved": 1, "approved_by": "x", "approved_person": "staff-5", "due": 2},
        {"outcome": "done", "closed": 1, "closed_by": "x"},
        {"asked_person": "staff-4"},
    ],
)
def test_not_even_by_hand_does_a_reset_go_faster_or_by_one_person(reception: Reception, by_hand: dict[str, object]) -> None:
    ask(reception)
    with pytest.raises(StateError) as caught, reception.city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.operator_reset).values(by_hand))
    assert caught.value.code == "record-conflict"


@pytest.mark.threat("F03")
def test_not_even_by_hand_does_an_account_go_to_another_person(reception: Reception) -> None:
    for statement in (
        sa.update(schema.operator_secret).values(person="staff-8"),
        sa.update(schema.operator_secret).values(step=0),
        sa.delete(schema.operator_secret),
        sa.delete(schema.operator_reset),
    ):
        if statement.table is schema.operator_reset:
            ask(reception)
        with pytest.raises(StateError), reception.city.office.store.writing() as work:
            work.connection.execute(statement)
    assert reception.is_in(reception.sign_in("clerk-1", password=PASSWORD))
