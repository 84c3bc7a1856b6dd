"""Two-person approvals: one person fills in the whole request, another approves exactly that and nothing else (threats F03, F04).

    made = proposals.propose(work, sealer, command="unfreeze", card=ref, revision=7, request=request, articles=("CQ-20b",), actor=clerk, at=now)
    approved = proposals.approve(work, sealer, made.ref, digest=made.digest, actor=supervisor, at=now)     # approved.proposal.request is to be done

A proposal is bound by its digest to the exact request, to the revision of the card that the proposer saw, and to who proposed it. It is approved once, by
another *person* than the proposer, whatever their accounts are called, at another device; it ends after a day. Until then the request lies sealed, and then
it is destroyed: what was done stands in the chains.

For commands of the record, `ecard.access.approving` does both steps and the command itself in one transaction.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NewType

import sqlalchemy as sa

from codes import cbor
from codes.errors import InputError, SetupError, StateError
from ecard import faults, officechain, schema
from ecard.access.accounts import SERVICE, check_person
from ecard.model import Actor, CardRef, Role, draw_ref
from ecard.persons import same_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.access.sealing import Sealer
    from ecard.store import Work

ProposalRef = NewType("ProposalRef", str)
LIFE = 24 * 3600
"""Seconds until a proposal that nobody decided has ended."""
LONGEST = 64 * 1024
"""Bytes of a request."""
DESK_ROLES = frozenset({Role.CLERK, Role.SUPERVISOR})
"""Who proposes and approves; before a witness, an intake desk too."""


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
    """What is to be done, in its one encoding; None in lists, and once decided."""
    digest: bytes
    """Of all of the above and of who proposed it when: what the approver signs for."""
    proposed: int
    proposed_by: str
    proposed_person: str
    proposed_role: Role
    device: str | None
    """Where it was proposed, as a digest."""
    expires: int
    outcome: Outcome | None = None
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None

    @property
    def proposer(self) -> Actor:
        """Who proposed it, as the record names them."""
        return Actor(ref=self.proposed_by, person=self.proposed_person, role=self.proposed_role, region=self.region)


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

    Raises `InputError` proposal-size; `StateError`: not-permitted, other-region, card-unknown, stale-revision, same-person (one's own witness),
    operator-person-differs.
    """
    if len(request) > LONGEST:
        raise InputError(faults.PROPOSAL_SIZE, bytes=len(request), most=LONGEST)
    region = _may(actor, command, witness)
    check_person(work, actor)
    if witness is not None and same_person(witness, actor.person):
        raise StateError(faults.SAME_PERSON, role=actor.role)
    if card is not None:
        dossier = work.dossier(card, expected=revision)
        revision = dossier.card.revision
        if dossier.card.region != region:
            raise StateError(faults.OTHER_REGION, command=command, region=dossier.card.region, desk_region=region)
    made = Proposal(
        ref=ProposalRef(draw_ref(sealer.entropy)),
        command=str(command),
        region=region,
        card=card,
        revision=revision,
        articles=tuple(articles),
        witness=witness,
        request=request,
        digest=b"",
        proposed=at,
        proposed_by=actor.ref,
        proposed_person=actor.person,
        proposed_role=actor.role,
        device=device,
        expires=at + LIFE,
    )
    made = replace(made, digest=digest_of(made, request))
    row = {name: getattr(made, name) for name in Proposal.__slots__ if name != "request"}
    row |= {"articles": " ".join(made.articles), "proposed_role": made.proposed_role.value, "sealed": sealer.seal(request, place=_place(made.ref))}
    work.connection.execute(sa.insert(schema.proposal).values(row))
    officechain.enter_row(work, schema.proposal, row, desk=made.ref, act="propose", actor=actor, at=at)
    return made


def approve(work: Work, sealer: Sealer, ref: ProposalRef, *, digest: bytes, actor: Actor, at: int, device: str | None = None) -> Approved:
    """Approve it, once: whoever calls does it now, in this transaction.

    Raises `StateError`: proposal-unknown (also of another region), proposal-over (decided or expired), proposal-differs (another digest), not-permitted,
    same-person, same-device, operator-person-differs, stale-revision; `SetupError` proposal-broken (what is stored is not what was proposed).
    """
    found = _open(work, sealer, ref, actor, at)
    _may(actor, found.command, found.witness)
    check_person(work, actor)
    if found.request is None or not hmac.compare_digest(found.digest, digest):
        raise StateError(faults.PROPOSAL_DIFFERS)
    if same_person(actor.person, found.proposed_person) or (found.witness is not None and not same_person(actor.person, found.witness)):
        raise StateError(faults.SAME_PERSON, role=actor.role, witness=found.witness)
    if device is not None and device == found.device:
        raise StateError(faults.SAME_DEVICE)
    if found.card is not None:
        work.dossier(found.card, expected=found.revision)
    decided = _decide(work, found, Outcome.APPROVED, actor=actor, at=at)
    return Approved(proposal=decided, request=found.request)


def decline(work: Work, sealer: Sealer, ref: ProposalRef, *, actor: Actor, at: int) -> Proposal:
    """Turn it down; the proposer may take it back in the same way. Raises `StateError`: proposal-unknown, proposal-over, not-permitted."""
    found = _open(work, sealer, ref, actor, at)
    _may(actor, found.command, found.witness)
    return _decide(work, found, Outcome.DECLINED, actor=actor, at=at)


def proposal(work: Work, sealer: Sealer, ref: ProposalRef, *, region: str) -> Proposal:
    """One proposal with its request, for whoever is to decide it. Raises `StateError` proposal-unknown; `SetupError`: proposal-broken, vault-key."""
    row = work.connection.execute(sa.select(schema.proposal).where(schema.proposal.c.ref == ref)).mappings().one_or_none()
    if row is None or row["region"] != region:
        raise StateError(faults.PROPOSAL_UNKNOWN)
    found = _proposal(row)
    if row["sealed"] is None:
        return found
    request = sealer.unseal(row["sealed"], place=_place(ref))
    if not hmac.compare_digest(found.digest, digest_of(found, request)):
        raise SetupError(faults.PROPOSAL_BROKEN, proposal=ref)
    return replace(found, request=request)


def open_proposals(work: Work, region: str, *, at: int) -> list[Proposal]:
    """What waits for a decision in a region, oldest first; without the requests."""
    table = schema.proposal
    waiting = (table.c.region == region) & table.c.outcome.is_(None) & (table.c.expires > at)
    found = work.connection.execute(sa.select(table).where(waiting).order_by(table.c.proposed, table.c.ref)).mappings()
    return [_proposal(row) for row in found]


def expire(work: Work, *, at: int, limit: int) -> int:
    """Close what nobody decided in time, and destroy the requests; how many, at most `limit`."""
    table = schema.proposal
    over = sa.select(table).where(table.c.outcome.is_(None) & (table.c.expires <= at)).order_by(table.c.expires).limit(limit)
    found = [_proposal(row) for row in work.connection.execute(over).mappings()]
    for each in found:
        _decide(work, each, Outcome.EXPIRED, actor=SERVICE, at=at)
    return len(found)


def _open(work: Work, sealer: Sealer, ref: ProposalRef, actor: Actor, at: int) -> Proposal:
    found = proposal(work, sealer, ref, region=actor.region or "")
    if found.outcome is not None or at >= found.expires:
        raise StateError(faults.PROPOSAL_OVER, outcome=found.outcome or Outcome.EXPIRED)
    return found


def _decide(work: Work, found: Proposal, outcome: Outcome, *, actor: Actor, at: int) -> Proposal:
    table = schema.proposal
    said = {"outcome": outcome.value, "decided": at, "decided_by": actor.ref, "decided_person": actor.person, "sealed": None}
    if work.connection.execute(sa.update(table).where((table.c.ref == found.ref) & table.c.outcome.is_(None)).values(said)).rowcount != 1:
        raise StateError(faults.PROPOSAL_OVER)
    row = dict(work.connection.execute(sa.select(table).where(table.c.ref == found.ref)).mappings().one())
    officechain.enter_row(work, table, row, desk=found.ref, act=f"proposal-{outcome}", actor=actor, at=at)
    return _proposal(row)


def _may(actor: Actor, command: str, witness: str | None) -> str:
    roles = DESK_ROLES if witness is None else DESK_ROLES | {Role.INTAKE}
    if actor.role not in roles or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role)
    return actor.region


def digest_of(said: Proposal, request: bytes) -> bytes:
    """Of everything that an approver answers for."""
    parts: list[cbor.Value] = [said.ref, said.command, said.region, said.card or "", said.revision or 0, *said.articles]
    who: list[cbor.Value] = [
        said.witness or "",
        said.proposed,
        said.proposed_by,
        said.proposed_person,
        said.proposed_role.value,
        said.expires,
        request,
    ]
    return hashlib.sha256(b"ecard proposal\n" + cbor.encode([parts, who])).digest()


def _place(ref: str) -> str:
    return f"proposal|sealed|{ref}"


def _proposal(row: Any) -> Proposal:
    said = {name: row[name] for name in Proposal.__slots__ if name != "request"}
    said |= {"articles": tuple(row["articles"].split()), "proposed_role": Role(row["proposed_role"])}
    return Proposal(**said | {"outcome": None if row["outcome"] is None else Outcome(row["outcome"])}, request=None)
