"""Venues with what stands there, and staff with what they have signed and learnt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from codes.errors import CardError
from ecard import faults, schema
from ecard.check.office import check_office
from ecard.items import Step
from ecard.itemseed import SEED
from ecard.model import Actor, Role, seconds
from ecard.policy import StaffPapers
from ecard.residents.resolving import FIELDS, item_of
from ecard.terminals.registering import terminal
from ecard.venues import staff
from ecard.venues.places import ACCESS, FOR_DISABLED, FOR_ELDERLY, GAPS, Access, Equipment, Gap
from ecard.venues.staff import PaperKind
from tests.ecard.city import CLERK, CQ, SC, SUPERVISOR, City, refused
from tests.ecard.gates import gate
from tests.ecard.reception import Reception

OTHER_LEAD = Actor(ref="lead-2", person="staff-6", role=Role.SUPERVISOR, region=CQ)
SC_LEAD = Actor(ref="lead-3", person="staff-7", role=Role.SUPERVISOR, region=SC)
FULL = Equipment(readers=2, scanners=3, access=frozenset({Access.SEATS, Access.STEP_FREE}))


def signed(city: City, kind: PaperKind = PaperKind.UNDERTAKING, **changes: Any) -> staff.StaffPaper:
    given = {"operator": "clerk-1", "person": CLERK.person, "document": "保密〔2026〕7号", "signed": city.at, "actor": SUPERVISOR, "at": city.at}
    return city.office.note_staff_paper(kind, **{**given, **changes})


def look(city: City, ref: str = "library-1", equipment: Equipment = FULL, **changes: Any) -> Any:
    return city.office.look_at_venue(ref, **{"name": "市图书馆", "equipment": equipment, "actor": SUPERVISOR, "at": city.at, **changes})


def gaps(city: City, ref: str = "library-1") -> tuple[Gap, ...]:
    found = {report.venue.ref: report.gaps for report in city.office.venue_reports(region=CQ, at=city.at)}
    return found[ref]


def listed(city: City, *idents: str) -> None:
    for item in (item for item in SEED if item.id in idents):
        city.office.draft_item(item, by="市人社局", document="拟稿", actor=SUPERVISOR, at=city.at)
        for step, by in ((Step.DECIDE, CQ), (Step.DECIDE, SC), (Step.PUBLISH, CQ)):
            if step is Step.PUBLISH or by in item.regions:
                city.office.take_item_step(item.id, step, by=by, document="公告", actor=SUPERVISOR, at=city.at)


# ------------------------------------------------------------------------------------------------------------ staff


@pytest.mark.article("ID-9a")
@pytest.mark.article("ZZ-13a")
@pytest.mark.error("undertaking-missing")
@pytest.mark.error("training-missing")
def test_where_the_policy_says_so_nobody_works_who_has_not_signed_and_was_not_trained(city: City) -> None:
    city.office.may_work("clerk-1", at=city.at)
    with city.office.store.reading() as work, refused(faults.UNDERTAKING_MISSING):
        staff.may_work(work, "clerk-1", city.at)
    city.with_policy(staff_papers=StaffPapers.REQUIRED)
    with refused(faults.UNDERTAKING_MISSING, operator="clerk-1"):
        city.office.may_work("clerk-1", at=city.at)
    paper = signed(city)
    with refused(faults.TRAINING_MISSING):
        city.office.may_work("clerk-1", at=city.at)
    signed(city, PaperKind.TRAINING, document="培训签到〔2026〕3号")
    city.office.may_work("clerk-1", at=city.at)
    with refused(faults.UNDERTAKING_MISSING):
        city.office.may_work("clerk-2", at=city.at)
    ended = city.office.end_staff_paper(paper.ref, actor=OTHER_LEAD, at=city.at)
    assert ended == city.office.end_staff_paper(paper.ref, actor=SUPERVISOR, at=city.later(days=1))
    with refused(faults.UNDERTAKING_MISSING):
        city.office.may_work("clerk-1", at=city.at)


@pytest.mark.article("ID-9a")
@pytest.mark.article("CQ-21b")
def test_where_the_policy_says_so_nobody_signs_in_who_has_not_signed_and_was_not_trained(city: City) -> None:
    city.with_policy(staff_papers=StaffPapers.REQUIRED)
    reception = Reception.of(city).everybody()
    code = reception.code("clerk-1")
    with refused(faults.UNDERTAKING_MISSING, operator="clerk-1"):
        reception.sign_in("clerk-1", code=code)
    with refused(faults.SIGN_IN_REFUSED):
        reception.sign_in("clerk-1", password="wrong", code=code)
    signed(city)
    with refused(faults.TRAINING_MISSING):
        reception.sign_in("clerk-1", code=code)
    signed(city, PaperKind.TRAINING)
    assert reception.is_in(reception.sign_in("clerk-1", code=code)), "nothing was spent by being sent away"


@pytest.mark.article("CQ-21b")
def test_a_training_runs_out_and_who_lacks_one_stands_on_the_list(city: City) -> None:
    city.with_policy(staff_papers=StaffPapers.REQUIRED)
    signed(city)
    training = signed(city, PaperKind.TRAINING)
    assert training.until == seconds(city.at) + city.office.policy.training_life
    assert [(each.operator, each.kinds) for each in city.office.lacking_papers(["clerk-1", "clerk-2"], at=city.at)] == [("clerk-2", tuple(PaperKind))]
    city.later(seconds=city.office.policy.training_life)
    with refused(faults.TRAINING_MISSING):
        city.office.may_work("clerk-1", at=city.at)
    assert [(each.operator, each.kinds) for each in city.office.lacking_papers(["clerk-1"], at=city.at)] == [("clerk-1", (PaperKind.TRAINING,))]
    signed(city, PaperKind.TRAINING)
    city.office.may_work("clerk-1", at=city.at)


@pytest.mark.error("staff-paper")
def test_a_paper_is_entered_by_another_person_once_and_never_from_tomorrow(city: City) -> None:
    wrong: list[dict[str, Any]] = [
        {"person": SUPERVISOR.person},
        {"signed": city.at + timedelta(days=1)},
        {"document": ""},
        {"operator": "nobody here"},
        {"kind": PaperKind.TRAINING, "signed": city.at - timedelta(days=731)},
    ]
    for changes in wrong:
        with refused(faults.STAFF_PAPER):
            signed(city, **changes)
    with refused(faults.NOT_PERMITTED, article="ID-9a"):
        signed(city, actor=CLERK)
    with refused(faults.VENUE_UNKNOWN):
        signed(city, PaperKind.TRAINING, venue="nowhere")
    assert signed(city) == signed(city, at=city.later(hours=1), signed=city.at - timedelta(hours=1))
    assert len(city.office.staff_papers(region=CQ)) == 1
    for ref, actor in (("0" * 32, SUPERVISOR), (city.office.staff_papers(region=CQ)[0].ref, SC_LEAD)):
        with refused(faults.STAFF_PAPER):
            city.office.end_staff_paper(ref, actor=actor, at=city.at)


def test_the_database_itself_refuses_a_paper_of_oneself_and_one_that_comes_back(city: City) -> None:
    paper = signed(city)
    with pytest.raises(CardError), city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.staff_paper).values(noted_person=CLERK.person))
    city.office.end_staff_paper(paper.ref, actor=SUPERVISOR, at=city.at)
    for change in ({"ended": None, "ended_by": None}, {"person": "staff-99"}):
        with pytest.raises(CardError), city.office.store.writing() as work:
            work.connection.execute(sa.update(schema.staff_paper).values(change))


# ------------------------------------------------------------------------------------------------------------ venues


@pytest.mark.article("CQ-15b")
@pytest.mark.parametrize(
    ("equipment", "gap"),
    [
        (replace(FULL, readers=0), Gap.READER),
        (replace(FULL, scanners=0), Gap.SCANNER),
        (replace(FULL, access=frozenset({Access.STEP_FREE})), Gap.ELDERLY),
        (replace(FULL, access=frozenset({Access.SEATS})), Gap.DISABLED),
    ],
)
def test_a_venue_without_reader_scanner_or_facilities_stands_in_the_report_until_it_has_them(city: City, equipment: Equipment, gap: Gap) -> None:
    look(city, equipment=equipment)
    assert gaps(city) == (gap, Gap.TRAINED)
    signed(city, PaperKind.TRAINING, operator="librarian-1", person="lib-1", venue="library-1")
    assert gaps(city) == (gap,)
    look(city)
    assert gaps(city) == ()
    city.later(days=365)
    assert gaps(city) == (Gap.LOOK,)
    look(city)
    assert gaps(city) == ()
    city.later(days=366)
    assert gaps(city) == (Gap.TRAINED, Gap.LOOK)


@pytest.mark.error("venue-shape")
@pytest.mark.error("venue-unknown")
def test_a_venue_is_a_supervisors_of_its_region_to_register_and_once_ended_is_gone(city: City) -> None:
    for changes in ({"ref": "two words"}, {"name": " "}, {"equipment": replace(FULL, readers=-1)}, {"equipment": replace(FULL, scanners=10_000)}):
        with refused(faults.VENUE_SHAPE):
            look(city, **changes)
    for actor in (CLERK, replace(SUPERVISOR, region=None)):
        with refused(faults.NOT_PERMITTED, article="CQ-15b"):
            look(city, actor=actor)
    look(city)
    with refused(faults.VENUE_UNKNOWN):
        look(city, actor=SC_LEAD)
    assert city.office.end_venue("library-1", actor=SUPERVISOR, at=city.at).ended == seconds(city.at)
    assert city.office.venue_reports(region=CQ, at=city.at) == ()
    for again in (lambda: look(city), lambda: city.office.end_venue("library-1", actor=SUPERVISOR, at=city.at)):
        with refused(faults.VENUE_UNKNOWN):
            again()


@pytest.mark.article("ZZ-8b")
@pytest.mark.error("venue-item")
def test_one_terminal_serves_several_items_of_the_list_and_no_other(city: City) -> None:
    gate(city, "T-1")
    look(city)
    listed(city, "clinic-registration", "libraries-and-sights", "campus")
    wanted = ("clinic-registration", "libraries-and-sights")
    report = city.office.serve_items("T-1", "library-1", wanted, actor=SUPERVISOR, at=city.at)
    assert report.terminals == (("T-1", wanted),)
    assert city.office.served_items(region=CQ) == {"T-1": set(wanted)}
    assert city.office.served_items(region=SC) == {}
    more = city.office.serve_items("T-1", "library-1", (*wanted, "campus"), actor=SUPERVISOR, at=city.later(seconds=1))
    assert more.terminals == (("T-1", ("campus", *wanted)),)
    with city.office.store.reading() as work:
        shared = terminal(work, "T-1")
        told = {ident: FIELDS[item_of(work, ident, shared, now=seconds(city.at)).group] for ident in ("clinic-registration", "campus")}
    assert told["clinic-registration"] != told["campus"], "one terminal, and each service is told its own fields"
    gate(city, "T-3")
    city.office.serve_items("T-3", "library-1", ("campus",), actor=SUPERVISOR, at=city.at)
    with city.office.store.reading() as work, refused(faults.RESOLUTION_ITEM):
        item_of(work, "clinic-registration", terminal(work, "T-3"), now=seconds(city.at))
    for none in ((), ("selling-insurance",), ("bus-and-metro",)):
        with refused(faults.VENUE_ITEM):
            city.office.serve_items("T-1", "library-1", none, actor=SUPERVISOR, at=city.at)
    with refused(faults.TERMINAL_UNKNOWN):
        city.office.serve_items("T-9", "library-1", wanted, actor=SUPERVISOR, at=city.at)
    with refused(faults.VENUE_UNKNOWN):
        city.office.serve_items("T-1", "nowhere", wanted, actor=SUPERVISOR, at=city.at)


def test_the_register_of_venues_and_papers_fits_its_acts_and_a_change_by_hand_does_not(city: City) -> None:
    gate(city, "T-1")
    look(city)
    listed(city, "campus")
    city.office.serve_items("T-1", "library-1", ("campus",), actor=SUPERVISOR, at=city.at)
    signed(city)
    look(city, name="市图书馆新馆", at=city.later(days=1))

    def found() -> list[str]:
        with city.office.store.reading() as work:
            return [finding.subject for finding in check_office(work.connection)]

    assert found() == []
    with city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.venue).values(scanners=9))
        work.connection.execute(sa.update(schema.venue_terminal).values({"items": "campus tax-refunds"}))
    assert sorted(found()) == ["venue/library-1", "venue_terminal/T-1"]


def test_every_facility_and_every_gap_has_a_name_and_serves_somebody() -> None:
    assert set(ACCESS) == set(Access) == FOR_ELDERLY | FOR_DISABLED
    assert set(GAPS) == set(Gap)
