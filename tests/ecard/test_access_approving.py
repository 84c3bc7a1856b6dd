"""What an approval does: exactly what lay sealed, with the record's own command, or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, schema
from ecard.access import approving, proposals
from ecard.access.proposals import Outcome
from ecard.access.sealing import Sealer
from ecard.cancelling import Cancelled
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Affair, Applicant, CancelGround, CarrierRef, CarrierState, Decision, DestructionMethod
from tests.ecard.city import CLERK, CQ, SECOND_CLERK, SUPERVISOR, City, refused
from tests.ecard.stops import UNFREEZE, Case
from tests.ecard.test_access_proposals import approve, case, propose
from tests.ecard.test_access_signing_in import bad

__all__ = ["case"]


def test_a_refusal_of_the_command_leaves_the_proposal_open_and_nothing_done(city: City) -> None:
    case = Case(city)
    case.freeze(until=city.at + timedelta(hours=1))
    made, before = propose(case), len(city.office.events(case.ref))
    city.later(hours=2)  # the freeze has lapsed by itself
    with refused(faults.NOT_FROZEN):
        approve(case, made)
    assert (len(city.office.events(case.ref)), [each.ref for each in approving.waiting(city.office, actor=CLERK, at=city.at)]) == (before, [made.ref])
    assert bad(city) == set()


def test_what_the_table_or_the_command_would_not_take_is_not_proposed(case: Case) -> None:
    with refused(faults.EVIDENCE_MISSING):
        propose(case, asked={"evidence": frozenset()})
    with refused(faults.PROPOSAL_COMMAND):
        approving.propose(case.city.office, Command.FREEZE, case.ref, {}, revision=1, actor=CLERK, at=case.city.at)
    with pytest.raises(TypeError):
        propose(case, asked={"evidence": UNFREEZE, "nonsense": 1})
    assert approving.waiting(case.city.office, actor=CLERK, at=case.city.at) == []


def test_a_cancellation_is_done_with_the_affairs_and_papers_that_were_proposed(city: City) -> None:
    card, _ = city.card()
    shown = RULES[Command.REQUEST_CANCEL].evidence | {Evidence.NATIONALITY_PROOF}
    city.office.request_cancel(
        card.card.ref, CancelGround.SETTLED_ABROAD, Applicant.HOLDER, actor=CLERK, evidence=shown | {Evidence.IN_PERSON}, at=city.at
    )
    asked = {
        "decision": Decision.ACCEPTED,
        "settled": tuple(Affair),
        "evidence": frozenset({Evidence.REVIEW}),
        "cited": {Evidence.REVIEW: "2026-0417"},
    }
    revision = city.office.card(card.card.ref).card.revision
    made = approving.propose(city.office, Command.CANCEL, card.card.ref, asked, revision=revision, actor=CLERK, at=city.at)
    done = approving.approve(city.office, made.ref, digest=made.digest, actor=SECOND_CLERK, at=city.at)
    assert isinstance(done, Cancelled)
    assert (done.dossier.card.state, done.cancellation.settled, done.cancellation.decided_person) == ("ended", tuple(sorted(Affair)), "staff-2")
    assert (city.office.events(card.card.ref)[-1].evidence or ("",))[0].startswith("review:")
    destroyed_before_its_witness(city, card.card.ref)


def destroyed_before_its_witness(city: City, ref: Any) -> None:
    """A destruction is the proposer's act; nobody approves it but the witness that was named."""
    now = city.office.card(ref)
    chip = next(carrier for carrier in now.carriers if carrier.state is CarrierState.ENDED)
    asked = {"chip": CarrierRef(chip.ref), "method": next(iter(DestructionMethod)), "witness": "staff-5"}
    with refused(faults.SAME_PERSON):
        approving.propose(city.office, Command.DESTROY, ref, {**asked, "witness": "staff-1"}, revision=now.card.revision, actor=CLERK, at=city.at)
    made = approving.propose(city.office, Command.DESTROY, ref, asked, revision=now.card.revision, actor=CLERK, at=city.at)
    with refused(faults.SAME_PERSON):
        approving.approve(city.office, made.ref, digest=made.digest, actor=SECOND_CLERK, at=city.at)
    done = approving.approve(city.office, made.ref, digest=made.digest, actor=SUPERVISOR, at=city.at)
    assert (done.destruction.destroyed_person, done.destruction.witness) == ("staff-1", "staff-5")


# ------------------------------------------------------------------------------------------------------------- at rest


@pytest.mark.error("proposal-size")
@pytest.mark.error("proposal-command")
@pytest.mark.error("proposal-broken")
def test_a_request_lies_sealed_and_one_put_in_its_place_is_not_approved(case: Case) -> None:
    office = case.city.office
    sealer, now = Sealer(office.vault.wrapper, office.entropy), int(case.city.at.timestamp())
    said: dict[str, Any] = {"command": "bind-provisional", "card": None, "revision": None, "articles": (), "actor": CLERK, "at": now}
    with office.store.writing() as work:
        made = proposals.propose(work, sealer, request=b"for these eyes only", **said)
        with refused(faults.PROPOSAL_SIZE):
            proposals.propose(work, sealer, request=bytes(proposals.LONGEST + 1), **said)
    with office.store.reading() as work:
        kept = bytes(work.connection.execute(sa.select(schema.proposal.c.sealed)).scalar_one())
        assert b"eyes" not in kept
        assert proposals.proposal(work, sealer, made.ref, region=CQ).request == b"for these eyes only"
    with refused(faults.PROPOSAL_COMMAND):  # nothing of the record does it: whoever proposed it does
        approving.approve(office, made.ref, digest=made.digest, actor=SECOND_CLERK, at=case.city.at)
    other = sealer.seal(b"something else", place=f"proposal|sealed|{made.ref}")
    for sealed, fault in (
        (other, faults.PROPOSAL_BROKEN),
        (kept[:-1] + b"\0", faults.VAULT_FIELD),
        (b"", faults.VAULT_FIELD),
        (b"\2" + kept[1:], faults.VAULT_FIELD),
    ):
        with office.store.writing() as work:
            work.connection.execute(sa.update(schema.proposal).values(sealed=sealed))
        with refused(fault), office.store.writing() as work:
            proposals.approve(work, sealer, made.ref, digest=made.digest, actor=SECOND_CLERK, at=now)
    elsewhere = Sealer(type(office.vault.wrapper)(b"k" * 32), office.entropy)  # type: ignore[call-arg] # because the protocol says nothing of how one is made
    with office.store.writing() as work:
        work.connection.execute(sa.update(schema.proposal).values(sealed=kept))
        with refused(faults.VAULT_KEY):
            proposals.proposal(work, elsewhere, made.ref, region=CQ)
        done = proposals.approve(work, sealer, made.ref, digest=made.digest, actor=SECOND_CLERK, at=now)
    assert (done.request, done.proposal.outcome) == (b"for these eyes only", Outcome.APPROVED)


@pytest.mark.threat("F03")
@pytest.mark.threat("F04")
def test_not_even_by_hand_is_a_proposal_changed_decided_twice_or_approved_by_its_proposer(case: Case) -> None:
    propose(case)
    whole = {"decided": int(case.city.at.timestamp()), "decided_by": "x", "sealed": None}
    by_hand = [
        sa.update(schema.proposal).values(outcome="approved", decided_person="staff-1", **whole),
        sa.update(schema.proposal).values(outcome="approved", decided_person="staff-2", **{**whole, "decided": 10**10}),
        *(
            sa.update(schema.proposal).values({name: value})
            for name, value in {"digest": bytes(32), "revision": 1, "proposed_person": "x", "expires": 10**10}.items()
        ),
        sa.delete(schema.proposal),
    ]
    decline = sa.update(schema.proposal).values(outcome="declined", decided_person="staff-2", **whole)
    for statement in by_hand:
        with pytest.raises(StateError), case.city.office.store.writing() as work:
            work.connection.execute(statement)
    with case.city.office.store.writing() as work:
        work.connection.execute(decline)
    with pytest.raises(StateError), case.city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.proposal).values(outcome="expired"))
    assert "office-differs" in bad(case.city)
