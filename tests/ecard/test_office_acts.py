"""What the office itself did stands in chains of its own: who registered, took in, decided, ordered, and what it left."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ecard import faults, officechain, schema
from ecard.check import PublicKeys, check_record
from ecard.making import handing
from ecard.model import ApplicationRef, HandedTo
from tests.ecard.city import CQ, READER, SECOND_CLERK, SUPERVISOR, City, refused
from tests.ecard.counters import FORM, INTAKE, POINT, in_stock, open_point


def acts(city: City, desk: str) -> list[tuple[str, str]]:
    with city.office.store.reading() as work:
        return [(act.act, act.actor) for act in officechain.acts_of(work, desk)]


def bad(city: City) -> set[str]:
    with city.office.store.reading() as work:
        report = check_record(work.connection, PublicKeys(), at=1)
    return {finding.code for finding in report.findings if finding.code.startswith("office")}


@pytest.mark.article("HZ-17b")
def test_who_registered_a_reader_or_a_point_and_who_closed_it_can_be_shown(city: City) -> None:
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    open_point(city)
    city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)
    assert acts(city, CQ) == [("register-reader", "lead-1"), ("register-point", "lead-1"), ("end-point", "lead-1")]
    assert bad(city) == set()


@pytest.mark.article("ZS-15")
def test_who_took_an_application_in_and_who_decided_it_can_be_shown(city: City) -> None:
    open_point(city)
    taken = city.office.take_in(city.form(), point=POINT, actor=INTAKE, evidence=FORM, at=city.at)
    city.office.approve_application(taken.ref, actor=SECOND_CLERK, at=city.at)
    assert acts(city, taken.ref) == [("take-in", "village-1"), ("approved-application", "clerk-2")]
    refused_one = city.office.take_in(city.form(2), point=POINT, actor=INTAKE, evidence=FORM, at=city.at)
    city.office.refuse_application(refused_one.ref, code="person-differs", actor=SECOND_CLERK, at=city.at)
    assert acts(city, refused_one.ref)[-1] == ("refused-application", "clerk-2")
    assert bad(city) == set()


def test_an_application_decided_by_hand_is_found(city: City) -> None:
    open_point(city)
    taken = city.office.take_in(city.form(), point=POINT, actor=INTAKE, evidence=FORM, at=city.at)
    decided = {"state": "refused", "code": "person-differs", "decided": 1, "decided_by": "x", "decided_person": "x"}
    with city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.application).where(schema.application.c.ref == ApplicationRef(taken.ref)).values(decided))
    assert bad(city) == {"office-differs"}


@pytest.mark.article("CQ-25(3)-(5)")
def test_every_movement_of_a_piece_of_plastic_is_an_act_and_one_entered_by_hand_is_found(city: City) -> None:
    order, (item,) = in_stock(city, 1)
    city.office.hand_out(item.card, to=HandedTo.SELF, point=POINT, actor=INTAKE, evidence=handing.PAPERS[HandedTo.SELF], at=city.at)
    assert [act for act, _ in acts(city, order)] == ["place-order", "order-piece", "piece-made", "take-return", "piece-handed"]
    assert bad(city) == set()
    with city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.stock_item).values(state="uncollected", keep_until=9))
    assert bad(city) == {"office-differs"}


def test_a_clock_behind_the_desks_last_act_enters_nothing(city: City) -> None:
    open_point(city)
    city.later(minutes=-1)
    with refused(faults.CLOCK_BEHIND, behind_s=60):
        city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)


def test_of_two_acts_at_one_desk_the_one_that_began_first_may_be_entered_last(city: City) -> None:
    open_point(city)
    city.later(seconds=-officechain.OVERLAP - 1)
    with refused(faults.CLOCK_BEHIND, behind_s=officechain.OVERLAP + 1):
        city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)
    city.later(seconds=1)
    city.office.end_point(POINT, actor=SUPERVISOR, at=city.at)
    assert bad(city) == set()
