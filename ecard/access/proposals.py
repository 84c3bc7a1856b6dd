"""Two-person approvals: one person fills in the whole request, another approves exactly that and nothing else (threats F03, F04).

    proposal = proposals.propose(work, command=Command.UNFREEZE, card=ref, revision=7, request=request, articles=("CQ-20b",), actor=clerk, at=now)
    approved = proposals.approve(work, proposal.ref, digest=proposal.digest, actor=supervisor, at=now)          # approved.request is what was proposed

A proposal is bound by its digest to the exact request, to the revision of the card that the proposer saw, and to who proposed it. It is approved once, by
another *person* than the proposer, whatever their accounts are called, at another device; it ends after a day. The request lies sealed until then.

For commands of the record, `ecard.access.approving` does both steps and the command itself in one transaction.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.access.sealing import Sealer
    from ecard.model import Actor, CardRef
    from ecard.store import Work

ProposalRef = NewType("ProposalRef", str)
LIFE = 24 * 3600
"""Seconds until a proposal that nobody decided has ended."""


class Outcome(enum.StrEnum):
    """How a proposal ended."""

    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one person asks another to approve."""

    ref: ProposalRef
    command: str
    """A command of the table, or another act that needs two people, by its word."""
    region: str
    card: CardRef | None
    revision: int | None
    """Of the card, as the proposer saw it."""
    articles: tuple[str, ...]
    witness: str | None
    """The person who alone may approve, where the act was done before a witness; else None."""
    request: bytes | None
    """What is to be done, in its one encoding; None once decided or over."""
    digest: bytes
    """Of all of the above: what the approver signs for."""
    proposed: int
    proposed_by: str
    proposed_person: str
    expires: int
    outcome: Outcome | None = None
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A proposal that was approved in this transaction, with the request that may now be done, once."""

    proposal: Proposal
    request: bytes


def propose(
    work: Work,
    sealer: Sealer,
    *,
    command: str,
    card: CardRef | None,
    revision: int | None,
    request: bytes,
    articles: Sequence[str],
    actor: Actor,
    at: int,
    witness: str | None = None,
    device: str | None = None,
) -> Proposal:
    """Ask for another person's approval of exactly this. `device` is `SignedIn.device`; the same device cannot approve.

    Raises `StateError`: card-unknown, stale-revision, not-permitted (no region); `InputError` proposal-size.
    """
    raise NotImplementedError


def approve(work: Work, sealer: Sealer, ref: ProposalRef, *, digest: bytes, actor: Actor, at: int, device: str | None = None) -> Approved:
    """Approve it, once: whoever calls does it now, in this transaction.

    Raises `StateError`: proposal-unknown (also of another region), proposal-over (decided or expired), proposal-differs (another digest), same-person,
    same-device, stale-revision; `SetupError` proposal-broken (what is stored is not what was proposed).
    """
    raise NotImplementedError


def decline(work: Work, ref: ProposalRef, *, actor: Actor, at: int) -> Proposal:
    """Turn it down; the proposer may take it back in the same way. Raises `StateError`: proposal-unknown, proposal-over."""
    raise NotImplementedError


def proposal(work: Work, sealer: Sealer, ref: ProposalRef, *, region: str) -> Proposal:
    """One proposal with its request, for whoever is to decide it. Raises `StateError` proposal-unknown; `SetupError` proposal-broken."""
    raise NotImplementedError


def open_proposals(work: Work, region: str, *, at: int) -> list[Proposal]:
    """What waits for a decision in a region, oldest first; without the requests."""
    raise NotImplementedError
