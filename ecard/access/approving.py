"""Class-A commands of the record by two people: proposed as a whole, and done by the approval, in its transaction, with the record's own command.

    asked = {"decision": Decision.ACCEPTED, "settled": settled, "evidence": papers}                       # as `office.cancel` takes it
    made = approving.propose(office, Command.CANCEL, card, asked, revision=7, actor=clerk, at=at)
    result = approving.approve(office, made.ref, digest=made.digest, actor=supervisor, at=at)             # what `office.cancel(...)` returns

`office.once(key)` in place of `office` makes all of them safe to send again. What is done is what lay sealed, never what the approver sends. The record's own
rule stays in force beside: who took the step before, a freeze or a request to cancel, may propose and never approve. A destruction is done by the proposer
before a witness, so it is recorded as the proposer's, and the witness alone approves it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from codes.errors import InputError
from ecard import answers, faults, lifecycle
from ecard.access import proposals
from ecard.access.sealing import Sealer
from ecard.lifecycle import Command
from ecard.model import CardRef, seconds
from ecard.requests import command as once_command
from ecard.requests import joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard.access.proposals import Proposal, ProposalRef
    from ecard.model import Actor
    from ecard.office import CardOffice

METHODS: Mapping[Command, str] = {
    Command.UNFREEZE: "unfreeze",
    Command.DECIDE_CASE: "decide_case",
    Command.CANCEL: "cancel",
    Command.DESTROY: "record_destruction",
    Command.DECIDE_CORRECTION: "decide_correction",
    Command.DESTROY_STOCK: "destroy_stock",
}
"""Which method of the office gives each class-A command."""
WITNESSED = frozenset({Command.DESTROY, Command.DESTROY_STOCK})
CITED = "cited"
"""Among what is asked: references of the papers, by kind, as `office.citing` takes them."""


@once_command
def propose(
    office: CardOffice,
    command: Command,
    card: CardRef,
    asked: Mapping[str, Any],
    *,
    revision: int,
    actor: Actor,
    at: datetime,
    device: str | None = None,
) -> Proposal:
    """Propose a class-A command with all of its arguments but actor, time, card and revision; `asked` as the method of the office takes them.

    A witness is named by staff number. Raises `InputError`: proposal-command (it needs no second person), proposal-size; what `proposals.propose` raises; and
    what the table says of the proposer: not-permitted, other-region, wrong-state, evidence-missing.
    """
    if command not in METHODS:
        raise InputError(faults.PROPOSAL_COMMAND, command=command)
    witness = asked["witness"] if command in WITNESSED else None
    now = seconds(at)
    takes = inspect.signature(getattr(office, METHODS[command]))
    takes.bind(card, **{name: value for name, value in asked.items() if name != CITED}, actor=actor, at=at)
    with office.store.writing() as work:
        before = work.dossier(card, expected=revision)
        shown = asked.get("evidence", ())
        rule = lifecycle.permit(command, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        return proposals.propose(
            work,
            _sealer(office),
            command=command,
            card=card,
            revision=revision,
            request=answers.encode(dict(asked)),
            articles=rule.articles,
            actor=actor,
            at=now,
            witness=witness,
            device=device,
        )


@once_command
def approve(office: CardOffice, ref: ProposalRef, *, digest: bytes, actor: Actor, at: datetime, device: str | None = None) -> Any:
    """Approve what was proposed, and do it: what the record's command returns. A refusal of the command leaves the proposal open.

    Raises what `proposals.approve` and the command raise; `InputError` proposal-command for a proposal that no method of the record does.
    """
    with office.store.writing() as work:
        approved = proposals.approve(work, _sealer(office), ref, digest=digest, actor=actor, at=seconds(at), device=device)
        said = approved.proposal
        if said.command not in METHODS or said.card is None:
            raise InputError(faults.PROPOSAL_COMMAND, command=said.command)
        command = Command(said.command)
        asked = answers.decode(approved.request)
        within = joined(office, work).citing(asked.pop(CITED, {}))
        doer = actor
        if command in WITNESSED:
            doer = said.proposer
            asked["witness"] = actor if command is Command.DESTROY_STOCK else actor.person
        return getattr(within, METHODS[command])(said.card, **asked, actor=doer, at=at)


@once_command
def decline(office: CardOffice, ref: ProposalRef, *, actor: Actor, at: datetime) -> Proposal:
    """Turn a proposal down, or take one's own back. Raises `StateError`: proposal-unknown, proposal-over, not-permitted."""
    with office.store.writing() as work:
        return proposals.decline(work, _sealer(office), ref, actor=actor, at=seconds(at))


def show(office: CardOffice, ref: ProposalRef, *, actor: Actor) -> tuple[Proposal, Mapping[str, Any]]:
    """A proposal of the actor's region, with what `propose` was given, member by member, until it is decided: what the approver reads before signing.

    Raises `StateError` proposal-unknown; `SetupError`: proposal-broken, vault-key.
    """
    with office.store.reading() as work:
        found = proposals.proposal(work, _sealer(office), ref, region=actor.region or "")
    return found, {} if found.request is None else answers.decode(found.request)


def waiting(office: CardOffice, *, actor: Actor, at: datetime) -> list[Proposal]:
    """What waits for a second person in the actor's region, oldest first."""
    with office.store.reading() as work:
        return proposals.open_proposals(work, actor.region or "", at=seconds(at))


def _sealer(office: CardOffice) -> Sealer:
    return Sealer(office.vault.wrapper, office.entropy)
