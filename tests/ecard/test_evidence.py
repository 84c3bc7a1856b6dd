"""What was shown stands in the event: the kinds of paper, a keyed digest of what they are filed under, and nothing of what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.errors import SetupError
from ecard import chain, enclosures, faults, rows, schema
from ecard.check import PublicKeys, check_record
from ecard.lifecycle import RULES, Command, Evidence
from ecard.stopping import LossOf
from tests.ecard.city import City, refused
from tests.ecard.desk import papers

if TYPE_CHECKING:
    from ecard.model import CardEvent, CardRef, Dossier

FILED = "2026-渝中-000417"


def last(city: City, card: Dossier) -> CardEvent:
    return city.office.events(card.card.ref)[-1]


@pytest.mark.article("ZS-17a")
@pytest.mark.article("CQ-12a")
def test_what_lay_on_the_desk_stands_in_the_event_of_every_command(city: City) -> None:
    card, _ = city.card()
    city.office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    opened, made, active, lost = city.office.events(card.card.ref)
    assert opened.evidence == ("application-form", "identity-document-checked", "portrait")
    assert made.evidence == ()
    assert active.evidence == tuple(sorted(RULES[Command.ACTIVATE].evidence))
    assert lost.evidence == ("identity-document-checked", "in-person", "written-loss-report")


@pytest.mark.article("ZS-17a")
def test_a_paper_is_known_again_by_its_reference_and_cannot_be_guessed_from_the_record(city: City) -> None:
    card, _ = city.card()
    office = city.office.citing({Evidence.WRITTEN_REPORT: FILED})
    office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    digest = city.office.vault.fingerprint(FILED.encode()).hex()
    assert last(city, card).evidence == ("identity-document-checked", "in-person", f"written-loss-report:{digest}")
    assert not any(FILED in str(row) for row in city.office.events(card.card.ref))


@pytest.mark.error("paper-not-shown")
def test_a_paper_that_is_cited_must_be_shown(city: City) -> None:
    card, _ = city.card()
    with refused(faults.PAPER_NOT_SHOWN, papers="proof-of-death"):
        city.office.citing({Evidence.DEATH_PROOF: FILED}).report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    assert city.office.card(card.card.ref) == card


def test_the_same_request_with_another_paper_is_another_request(city: City) -> None:
    card, _ = city.card()
    once = city.office.once("report of 21 November")
    once.citing({Evidence.WRITTEN_REPORT: FILED}).report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    with refused(faults.REQUEST_KEY_REUSED):
        once.citing({Evidence.WRITTEN_REPORT: "another"}).report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))


def first_form(city: City, ref: CardRef) -> None:
    """Write the one event of a card as it was written before there was a second form."""
    with city.office.store.writing() as work:
        (event,) = work.events(ref)
        old = replace(event, form=None, evidence=None, after=chain.dossier_digest(work.dossier(ref), None, b""))
        old = replace(old, hash=chain.seal(old))
        for name in ("card_event_never_changes",):
            work.connection.execute(sa.text(f"DROP TRIGGER {name}{' ON card_event' if work.connection.dialect.name == 'postgresql' else ''}"))
        work.connection.execute(sa.update(schema.card_event).where(schema.card_event.c.card == ref).values(rows.of_event(old)))


def bad(city: City) -> set[str]:
    with city.office.store.reading() as work:
        return {
            finding.code for finding in check_record(work.connection, PublicKeys(), at=1).findings if finding.code.startswith(("event", "record"))
        }


def test_a_chain_that_was_begun_in_the_first_form_stays_valid_and_goes_on_in_the_second(city: City) -> None:
    card = city.apply()
    first_form(city, card.card.ref)
    assert [event.form for event in city.office.events(card.card.ref)] == [None]
    assert bad(city) == set()
    city.office.report_loss(card.card.ref, of=LossOf.CARD, **papers(city, Command.REPORT_LOSS))
    assert [event.form for event in city.office.events(card.card.ref)] == [None, 2]
    assert bad(city) == set()


def test_a_chain_does_not_go_back_to_the_first_form(city: City) -> None:
    card, _ = city.card()
    with city.office.store.reading() as work:
        events, dossier = list(work.events(card.card.ref)), work.dossier(card.card.ref)
        enclosed = enclosures.digest_of(work.connection, card.card.ref)
    old = replace(events[-1], form=None, evidence=None, after=chain.dossier_digest(dossier, None, b""))
    events[-1] = replace(old, hash=chain.seal(old))
    with pytest.raises(SetupError):
        chain.verify(events, dossier, enclosed)


def test_the_database_takes_no_event_in_the_second_form_without_its_evidence(city: City) -> None:
    card, _ = city.card()
    event = rows.of_event(last(city, card))
    with refused(faults.CONFLICT), city.office.store.writing() as work:
        work.connection.execute(sa.insert(schema.card_event).values({**event, "seq": 9, "hash": bytes(32), "evidence": None}))
