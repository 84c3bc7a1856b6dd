from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import postgresql

from ecard import faults, schema
from ecard.lifecycle import Evidence
from ecard.making import intake
from ecard.model import ApplicationRef, ApplicationRow, ApplicationState, CardState, PointKind, Role
from tests.ecard.city import CLERK, CQ, SC_CLERK, SECOND_CLERK, SUPERVISOR, City, refused
from tests.ecard.counters import FORM, INTAKE, OTHER_POINT, POINT, open_point

if TYPE_CHECKING:
    from collections.abc import Iterator


def taken(city: City, order: int = 1) -> ApplicationRow:
    return city.office.take_in(city.form(order), point=POINT, actor=INTAKE, evidence=FORM, at=city.at)


@pytest.mark.article("ZS-15")
@pytest.mark.article("CQ-12a")
def test_a_person_applies_at_a_service_point_is_checked_by_one_and_approved_by_another(city: City) -> None:
    open_point(city)
    application = taken(city)
    assert (application.state, application.card, set(application.evidence)) == (ApplicationState.CHECKED, None, set(FORM))
    decided = city.office.approve_application(application.ref, actor=CLERK, at=city.later(hours=1))
    assert decided.dossier is not None
    assert decided.dossier.card.state is CardState.PENDING
    assert (decided.application.taken_person, decided.application.decided_person) == (INTAKE.person, CLERK.person)
    again = city.office.approve_application(application.ref, actor=SECOND_CLERK, at=city.at)
    assert (again.application.card, again.dossier) == (decided.application.card, decided.dossier)


@pytest.mark.article("ZS-6")
@pytest.mark.error("same-person")
def test_a_village_takes_in_and_decides_nothing_and_nobody_approves_their_own(city: City) -> None:
    open_point(city)
    application = taken(city)
    other_village = replace(INTAKE, ref="village-2", person="staff-10")
    for act in (
        lambda actor: city.office.approve_application(application.ref, actor=actor, at=city.at),
        lambda actor: city.office.refuse_application(application.ref, code="person-differs", actor=actor, at=city.at),
    ):
        with refused(faults.NOT_PERMITTED, role="intake", article="ZS-6"):
            act(other_village)
        with refused(faults.SAME_PERSON):
            act(replace(CLERK, person=INTAKE.person))
        with refused(faults.OTHER_REGION):
            act(SC_CLERK)
    with refused(faults.NOT_PERMITTED):
        city.office.apply(city.form(2), actor=INTAKE, evidence=FORM, at=city.at)
    with refused(faults.NOT_PERMITTED):
        city.office.take_in(city.form(2), point=POINT, actor=replace(CLERK, role=Role.PRODUCTION), evidence=FORM, at=city.at)


def test_every_paper_that_there_is_can_be_shown_at_once(city: City) -> None:
    open_point(city)
    application = city.office.take_in(city.form(1), point=POINT, actor=INTAKE, evidence=frozenset(Evidence), at=city.at)
    assert application.evidence == tuple(sorted(Evidence))
    decided = city.office.approve_application(application.ref, actor=CLERK, at=city.later(hours=1))
    assert decided.application.evidence == tuple(sorted(Evidence))


@pytest.mark.parametrize("table", ["application", "stock_entry", "cancellation", "correction", "operator_reset", "activation"])
def test_wherever_papers_are_listed_there_is_room_for_all_of_them(table: str) -> None:
    column = schema.METADATA.tables[table].c.evidence
    kept = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call] # because SQLAlchemy has left its dialects without types
    assert int(kept.removeprefix("VARCHAR(").removesuffix(")")) >= len(" ".join(Evidence))


@pytest.mark.article("HZ-9a")
@pytest.mark.article("CQ-11a")
@pytest.mark.error("service-point-unknown")
def test_applications_are_taken_in_at_designated_points_only(city: City) -> None:
    with refused(faults.POINT_UNKNOWN, point=POINT):
        taken(city)
    open_point(city)
    assert taken(city).point == POINT
    with refused(faults.POINT_UNKNOWN):
        city.office.take_in(city.form(2, region="CN-SC"), point=POINT, actor=SC_CLERK, evidence=FORM, at=city.at)
    ended = city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)
    assert ended.ended_by == SUPERVISOR.ref
    with refused(faults.POINT_UNKNOWN):
        taken(city, 2)
    with refused(faults.POINT_UNKNOWN):
        city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)


@pytest.mark.error("service-point-differs")
def test_service_points_are_registered_by_the_supervisor_and_by_nobody_they_supervise(city: City) -> None:
    open_point(city)
    assert open_point(city) == POINT
    with refused(faults.POINT_DIFFERS):
        city.office.register_point(POINT, name="别处", kind=PointKind.BANK, actor=SUPERVISOR, at=city.at)
    with refused(faults.POINT_DIFFERS):
        city.office.register_point(POINT, name=f"演示网点 {POINT}", kind=PointKind.TOWNSHIP, actor=replace(SUPERVISOR, region="CN-SC"), at=city.at)
    for role in (Role.CLERK, Role.INTAKE, Role.PRODUCTION, Role.HOLDER):
        for act in ("register", "end"):
            with refused(faults.NOT_PERMITTED, article="ZS-5"):
                actor = replace(SUPERVISOR, role=role)
                if act == "end":
                    city.office.end_point(POINT, actor=actor, at=city.at)
                else:
                    city.office.register_point(OTHER_POINT, name="x", kind=PointKind.CENTRE, actor=actor, at=city.at)


def test_a_person_has_one_open_application_and_one_card(city: City) -> None:
    open_point(city)
    application = taken(city)
    with refused(faults.APPLICATION_OPEN, article="CQ-5a"):
        taken(city)
    city.office.approve_application(application.ref, actor=CLERK, at=city.at)
    with refused(faults.PERSON_HAS_CARD):
        taken(city)


def test_an_application_overtaken_by_a_card_is_refused_and_says_why(city: City) -> None:
    open_point(city)
    application = taken(city)
    card = city.apply(1)
    decided = city.office.approve_application(application.ref, actor=CLERK, at=city.at)
    assert (decided.dossier, decided.application.code) == (None, "person-has-card")
    assert city.office.card(card.card.ref).card.revision == 1


@pytest.mark.error("application-unknown")
@pytest.mark.error("application-decided")
def test_what_was_decided_stays_decided(city: City) -> None:
    open_point(city)
    first, second = taken(city, 1), taken(city, 2)
    refusal = city.office.refuse_application(first.ref, code="row-portrait", actor=CLERK, at=city.at)
    assert city.office.refuse_application(first.ref, code="row-portrait", actor=CLERK, at=city.at) == refusal
    city.office.approve_application(second.ref, actor=CLERK, at=city.at)
    with refused(faults.APPLICATION_DECIDED, state="refused"):
        city.office.approve_application(first.ref, actor=CLERK, at=city.at)
    for ref in (first.ref, second.ref):
        with refused(faults.APPLICATION_DECIDED):
            city.office.refuse_application(ref, code="person-differs", actor=CLERK, at=city.at)
    with refused(faults.APPLICATION_UNKNOWN):
        city.office.approve_application(ApplicationRef("nothing"), actor=CLERK, at=city.at)
    assert taken(city, 1).state is ApplicationState.CHECKED


def test_the_day_of_an_application_is_the_local_one(city: City) -> None:
    form = city.form(1)
    assert intake.person_of(form, now=int(city.at.timestamp())).identity.number == form.identity_number
    assert form.region == CQ


@pytest.fixture
def hand(city: City) -> Iterator[sqlite3.Connection]:
    """Somebody with a database client, in front of an application that was approved."""
    open_point(city)
    city.office.approve_application(taken(city).ref, actor=CLERK, at=city.at)
    connection = sqlite3.connect(city.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


def twin(point: str, state: str, decided: str) -> str:
    """SQL that writes a second application from the first."""
    who = "holder, evidence"
    when = "taken, taken_by, taken_person"
    return (
        f"INSERT INTO application SELECT 'x', region, {point}, NULL, NULL, {who}, '{state}', NULL, NULL, {when}, {decided}, category FROM application"
    )


FORBIDDEN = [
    (
        "UPDATE application SET state = 'checked', card = NULL, decided = NULL, decided_by = NULL, decided_person = NULL",
        "application_decided_once",
    ),
    ("UPDATE application SET decided_person = 'somebody'", "application_decided_once"),
    (twin("point", "approved", "decided, decided_by, taken_person, card"), "approved_by_another"),
    (twin("point", "approved", "decided, decided_by, decided_person, NULL"), "approved_with_a_card"),
    (twin("point", "checked", "decided, decided_by, decided_person, NULL"), "decided_at_a_time"),
    (twin("point", "refused", "decided, decided_by, decided_person, NULL"), "refused_for_a_reason"),
    (twin("'nowhere'", "checked", "NULL, NULL, NULL, NULL"), "FOREIGN KEY"),
    ("DELETE FROM service_point", "service_point_is_kept"),
    ("UPDATE service_point SET region = 'CN-SC'", "service_point_stays_itself"),
]


@pytest.mark.threat("F02")
def test_the_database_refuses_what_two_people_never_decided(hand: sqlite3.Connection) -> None:
    for statement, guard in FORBIDDEN:
        with pytest.raises(sqlite3.IntegrityError, match=guard):
            hand.execute(statement)
