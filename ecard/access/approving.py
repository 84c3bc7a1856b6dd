"""Class-A commands of the record by two people: proposed as a whole, and done by the approval, in its transaction, with the record's own command.

    proposal = approving.propose(office, Command.CANCEL, card, {"decision": Decision.ACCEPTED, "settled": settled, "evidence": papers}, revision=7,
                                 actor=clerk, at=at)
    result = approving.approve(office, proposal.ref, digest=proposal.digest, actor=supervisor, at=at)             # what `office.cancel(...)` returns

Both are commands: `office.once(key)` in place of `office` makes them safe to send again. What is done is what lay sealed, never what the approver sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard.access.proposals import Proposal, ProposalRef
    from ecard.lifecycle import Command
    from ecard.model import Actor, CardRef
    from ecard.office import CardOffice


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

    Raises what `proposals.propose` raises, and what the table says of the proposer: not-permitted, other-region, wrong-state, evidence-missing.
    """
    raise NotImplementedError


def approve(office: CardOffice, ref: ProposalRef, *, digest: bytes, actor: Actor, at: datetime, device: str | None = None) -> Any:
    """Approve what was proposed, and do it: what the record's command returns. A refusal of the command leaves the proposal open.

    Raises what `proposals.approve` and the command raise.
    """
    raise NotImplementedError


def decline(office: CardOffice, ref: ProposalRef, *, actor: Actor, at: datetime) -> Proposal:
    """Turn a proposal down, or take one's own back. Raises `StateError`: proposal-unknown, proposal-over."""
    raise NotImplementedError


def show(office: CardOffice, ref: ProposalRef, *, actor: Actor) -> tuple[Proposal, Mapping[str, Any]]:
    """A proposal of the actor's region with what is asked, member by member, as `propose` was given it: what the approver reads before signing."""
    raise NotImplementedError


def waiting(office: CardOffice, *, actor: Actor, at: datetime) -> list[Proposal]:
    """What waits for a second person in the actor's region, oldest first."""
    raise NotImplementedError
