from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ecard import faults, schema
from ecard.lifecycle import Evidence
from ecard.making import batches, sheet
from ecard.model import CardState, Eligibility, PointKind
from tests.ecard.city import CLERK, CQ, NOW, SC_CLERK, SECOND_CLERK, WORKSHOP, City, refused
from tests.ecard.counters import (
    EMPLOYER,
    FORM,
    INTAKE,
    OTHER_POINT,
    POINT,
    as_csv,
    as_xlsx,
    filled,
    open_point,
    preview,
    take_in,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard.making.batches import BatchReport

GOOD = [filled(1), filled(2), filled(3)]


def counts(city: City) -> dict[str, int]:
    """Rows of every table but the chains of those who were looked up."""
    with city.office.store.reading() as work:
        tables = [table for table in schema.METADATA.sorted_tables if table.name not in {"vault_access", "unsealed"}]
        return {table.name: work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables}


@pytest.mark.article("ZS-15")
@pytest.mark.article("CQ-5b")
@pytest.mark.parametrize(
    "content",
    [as_csv(GOOD), as_csv(GOOD, encoding="utf-8"), as_csv(GOOD, encoding="gbk"), as_xlsx(GOOD)],
    ids=["utf-8 with mark", "utf-8", "gbk", "xlsx"],
)
def test_an_employer_applies_for_many_in_one_file_and_another_person_approves(city: City, content: bytes) -> None:
    open_point(city)
    assert [row.row for row in preview(city, content).rows] == [2, 3, 4]
    report = take_in(city, content)
    assert report.batch is not None
    assert wrong(report) == []
    assert all(row.application and row.application.card is None for row in report.rows)
    done = city.office.approve_batch(report.batch.ref, actor=SECOND_CLERK, at=city.at)
    assert (done.approved, done.refused) == (3, 0)
    with city.office.store.reading() as work:
        cards = work.connection.exec_driver_sql("SELECT card FROM application").scalars().all()
    for ref in cards:
        card = city.office.card(ref)
        assert (card.card.state, card.chip is not None) == (CardState.PENDING, True)
        assert [event.person for event in city.office.events(ref)] == [SECOND_CLERK.person]


@pytest.mark.article("ZS-6")
@pytest.mark.article("ZS-15")
def test_an_intake_desk_takes_in_but_never_approves_nor_does_whoever_took_it_in(city: City) -> None:
    open_point(city)
    by_intake = take_in(city, as_csv(GOOD[:1]))
    by_clerk = take_in(city, as_csv(GOOD[1:]), actor=CLERK)
    assert by_intake.batch
    assert by_clerk.batch
    with refused(faults.NOT_PERMITTED, role="intake", article="ZS-6"):
        city.office.approve_batch(by_intake.batch.ref, actor=INTAKE, at=city.at)
    with refused(faults.SAME_PERSON, article="ZS-15"):
        city.office.approve_batch(by_clerk.batch.ref, actor=CLERK, at=city.at)
    with refused(faults.OTHER_REGION):
        city.office.approve_batch(by_clerk.batch.ref, actor=SC_CLERK, at=city.at)
    assert city.office.approve_batch(by_clerk.batch.ref, actor=SECOND_CLERK, at=city.at).approved == 2
    assert city.office.approve_batch(by_clerk.batch.ref, actor=SECOND_CLERK, at=city.at).approved == 2


@pytest.mark.parametrize("look", [preview, take_in])
def test_only_those_who_take_in_may_look_a_file_through(city: City, look: Callable[..., object]) -> None:
    open_point(city)
    for actor, fault in ((WORKSHOP, faults.NOT_PERMITTED), (SC_CLERK, faults.OTHER_REGION)):
        with refused(fault):
            look(city, as_csv(GOOD), actor=actor)
    with refused(faults.EVIDENCE_MISSING, missing="portrait"):
        city.office.preview_batch(as_csv(GOOD), region=CQ, actor=INTAKE, evidence={paper for paper in FORM if paper != "portrait"}, at=city.at)


def test_a_preview_writes_nothing_and_the_look_at_a_known_person_stays_on_record(city: City) -> None:
    open_point(city)
    known = city.apply(1)
    before = counts(city)
    report = preview(city, as_csv(GOOD))
    assert wrong(report) == [(2, "person-has-card", sheet.NUMBER)]
    assert [row.accepted for row in report.rows] == [False, True, True]
    assert counts(city) == before
    with city.office.store.reading() as work:
        assert [link.actor for link in city.office.vault.accesses(work, known.card.holder)][-1] == INTAKE.ref


@pytest.mark.article("CQ-5a")
@pytest.mark.error("application-open")
def test_one_person_has_one_card_and_one_open_application_against_the_record(city: City) -> None:
    open_point(city)
    city.apply(1)
    take_in(city, as_csv([filled(2)]))
    refusals = [(2, "person-has-card", sheet.NUMBER), (3, "application-open", sheet.NUMBER)]
    assert wrong(preview(city, as_csv(GOOD))) == refusals
    assert wrong(take_in(city, as_csv(GOOD))) == refusals


def test_a_former_holder_under_another_name_is_refused(city: City) -> None:
    open_point(city)
    city.card(1)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE card SET state = 'ended', end_reason = 'cancelled', revision = revision + 1")
    content = as_csv([filled(1, **{sheet.NAME: "江大鱼"})])
    assert wrong(preview(city, content)) == wrong(take_in(city, content)) == [(2, "person-differs", sheet.NAME)]
    assert wrong(preview(city, as_csv([filled(1)]))) == []


def test_whoever_got_a_card_while_the_batch_waited_gets_no_second_one(city: City) -> None:
    open_point(city)
    report = take_in(city, as_csv(GOOD))
    city.apply(2)
    assert report.batch
    done = city.office.approve_batch(report.batch.ref, actor=SECOND_CLERK, at=city.at)
    assert (done.approved, done.refused) == (2, 1)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_run_that_was_interrupted_at_any_row_goes_on_and_does_nothing_twice(city: City, after: int) -> None:
    open_point(city)
    content = as_csv([filled(1), filled(2, **{sheet.NAME: ""}), filled(3)])
    seen: list[tuple[int, int]] = []

    def stop(done: int, rows: int) -> None:
        seen.append((done, rows))
        if done == after:
            raise StoppedError

    def run(progress: Callable[[int, int], None] | None = None) -> BatchReport:
        return city.office.take_in_batch(
            content,
            employer=EMPLOYER,
            point=POINT,
            region=CQ,
            actor=INTAKE,
            evidence=FORM,
            at=city.at,
            progress=progress,
        )

    with pytest.raises(StoppedError):
        run(stop)
    assert seen == [(done, 3) for done in range(1, after + 1)]
    first, second = run(), run()
    assert first == second
    assert counts(city) | {"application": 3, "batch": 1, "holder": 2} == counts(city)
    assert first.batch
    batch = first.batch.ref
    with pytest.raises(StoppedError):
        city.office.approve_batch(
            batch, actor=SECOND_CLERK, at=city.at, progress=lambda done, _rows: (_ for _ in ()).throw(StoppedError) if done else None
        )
    assert counts(city)["card"] == 1
    heard: list[int] = []
    done = city.office.approve_batch(batch, actor=SECOND_CLERK, at=city.at, progress=lambda number, _rows: heard.append(number))
    assert (done.approved, done.refused, heard) == (2, 1, [1])


@pytest.mark.error("batch-differs")
def test_the_same_file_belongs_to_one_employer_and_one_point(city: City) -> None:
    open_point(city)
    open_point(city, OTHER_POINT, PointKind.CENTRE)
    take_in(city, as_csv(GOOD))
    for other in ({"employer": "someone else"}, {"point": OTHER_POINT}):
        with refused(faults.BATCH_DIFFERS):
            take_in(city, as_csv(GOOD), **other)
    with refused(faults.POINT_UNKNOWN):
        take_in(city, as_csv(GOOD[:1]), point="nowhere")  # type: ignore[arg-type]  # because a test makes a reference up


@pytest.mark.error("batch-unknown")
def test_a_batch_that_nobody_took_in_cannot_be_approved(city: City) -> None:
    with refused(faults.BATCH_UNKNOWN):
        city.office.approve_batch("nothing", actor=CLERK, at=city.at)  # type: ignore[arg-type]  # because a test makes a reference up


def test_two_desks_that_run_the_same_file_at_once_take_each_row_in_once(city: City) -> None:
    open_point(city)
    content = as_csv([filled(order) for order in range(1, 9)])
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: take_in(city, content), range(2))
    assert first == second
    assert counts(city) | {"application": 8, "holder": 8, "batch": 1} == counts(city)


def test_a_row_that_another_desk_took_in_first_keeps_its_answer(city: City) -> None:
    open_point(city)
    content = as_csv([filled(1)])
    report = take_in(city, content)
    assert report.batch
    entry = sheet.Refusal(fault=faults.ROW_DATE)
    again = batches._take_row(city.office, report.batch, 2, entry, Eligibility.RESIDENT, actor=CLERK, evidence=FORM, now=NOW)
    assert again == report.rows[0].application


@pytest.mark.article("ZS-4")
def test_a_card_from_a_batch_says_why_its_holder_may_have_it_and_what_proved_it(city: City) -> None:
    open_point(city)

    def insured(evidence: frozenset[Evidence]) -> BatchReport:
        return city.office.take_in_batch(
            as_csv(GOOD), employer=EMPLOYER, point=POINT, region=CQ, actor=INTAKE, category=Eligibility.INSURED, evidence=evidence, at=city.at
        )

    with refused(faults.EVIDENCE_MISSING, missing="insurance-record", article="ZS-4"):
        insured(FORM)
    report = insured(FORM | {Evidence.INSURANCE_RECORD})
    assert report.batch is not None
    city.office.approve_batch(report.batch.ref, actor=SECOND_CLERK, at=city.at)
    with city.office.store.reading() as work:
        notes = work.connection.execute(sa.select(schema.eligibility)).all()
        events = work.connection.execute(sa.select(schema.card_event.c.evidence)).scalars().all()
    assert {(note.category, note.evidence) for note in notes} == {("insured", "insurance-record")}
    assert len(notes) == len(GOOD)
    assert all("insurance-record" in event.split() for event in events)
