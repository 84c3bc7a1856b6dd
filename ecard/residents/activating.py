"""Activation codes: eight digits that let one phone enrol for one card, handed out after an identity check (RECORD.md, WEB.md A).

code      4 digits that find it ‖ 4 digits that prove it, drawn at random; the record keeps the first half and a keyed digest of all
life      ten minutes, one phone, five wrong tries; whatever is wrong with a code, the answer is the same
grade     chip          the phone stays pending until the card's chip has endorsed its key
          provisional   the phone may have general credentials at once: one person asks for it, another agrees (class A)
"""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, lifecycle, officechain, schema
from ecard.access.accounts import check_person
from ecard.lifecycle import Command, Evidence
from ecard.model import Actor, CardRef, Role, draw_ref
from ecard.persons import same_person
from ecard.residents import limits
from ecard.residents.keyed import keyed
from ecard.residents.limits import Limit

if TYPE_CHECKING:
    from ecard.model import Dossier
    from ecard.premises import Premises
    from ecard.rows import SqlRow
    from ecard.store import Work

CODE_LIFE = 600
MOST_TRIES = 5
HALF = 4
PER_ADDRESS = Limit("activation-address", 20, 600)
PER_KEY = Limit("activation-key", 5, 600)
_TRIES = Limit("activation-code", MOST_TRIES, CODE_LIFE)
_DRAWS = 64


class Grade(enum.StrEnum):
    """What a phone becomes that redeems the code."""

    CHIP = "chip"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A code that was asked for; `code` only for whoever hands it out, once."""

    ref: str
    card: CardRef
    grade: Grade
    code: str | None = None
    expires: int | None = None


def ask(
    premises: Premises, ref: CardRef, grade: Grade, *, actor: Actor, evidence: frozenset[Evidence], now: int, device: str | None = None
) -> Activation:
    """Ask for a code after an identity check: one that needs the chip is made at once, one that does not waits for a second person.

    The hotline hears a voice and sees no papers, so its codes always need the chip.
    """
    with premises.writing() as work:
        dossier = work.dossier(ref)
        _permit(dossier, grade, actor, evidence, now=now)
        row: dict[str, Any] = {
            "ref": draw_ref(premises.entropy),
            "card": ref,
            "grade": grade.value,
            "evidence": " ".join(sorted(evidence)),
            "asked": now,
            "asked_by": actor.ref,
            "asked_person": actor.person,
            "region": dossier.card.region,
            "device": device,
        }
        code = _make(premises, work, row, actor, now=now) if grade is Grade.CHIP else None
        work.connection.execute(sa.insert(schema.activation).values(row))
        officechain.enter_row(work, schema.activation, row, desk=ref, act="ask-activation", actor=actor, at=now)
    return Activation(ref=row["ref"], card=ref, grade=grade, code=code, expires=row.get("expires"))


def approve(premises: Premises, ref: str, *, actor: Actor, now: int, device: str | None = None) -> Activation:
    """Agree, as another person at another device, that a phone may be enrolled without the chip; makes the code."""
    with premises.writing() as work:
        found = work.connection.execute(sa.select(schema.activation).where(schema.activation.c.ref == ref)).mappings().one_or_none()
        if found is None or found["approved"] is not None or now >= found["asked"] + CODE_LIFE:
            raise StateError(faults.ACTIVATION_UNKNOWN)
        row = dict(found)
        dossier = work.dossier(CardRef(row["card"]))
        _permit(dossier, Grade.PROVISIONAL, actor, _evidence(row["evidence"]), now=now)
        check_person(work, actor)
        if same_person(actor.person, row["asked_person"]):
            raise StateError(faults.SAME_PERSON, role=actor.role)
        if device is not None and device == row["device"]:
            raise StateError(faults.SAME_DEVICE)
        code = _make(premises, work, row, actor, now=now)
        work.connection.execute(sa.update(schema.activation).where(schema.activation.c.ref == ref).values(row))
        officechain.enter_row(work, schema.activation, row, desk=row["card"], act="approve-activation", actor=actor, at=now)
    return Activation(ref=ref, card=dossier.card.ref, grade=Grade.PROVISIONAL, code=code, expires=row["expires"])


def waiting(work: Work, region: str, *, now: int) -> tuple[Activation, ...]:
    """What waits for a second person in a region, oldest first."""
    table = schema.activation
    open_ = (table.c.region == region) & table.c.approved.is_(None) & (table.c.asked > now - CODE_LIFE)
    found = work.connection.execute(sa.select(table.c.ref, table.c.card, table.c.grade).where(open_).order_by(table.c.asked, table.c.ref))
    return tuple(Activation(ref=row.ref, card=CardRef(row.card), grade=Grade(row.grade)) for row in found)


def find(premises: Premises, work: Work, code: str, *, now: int) -> SqlRow | None:
    """The living activation of a code; a wrong try counts against the one that its first half names. A code of nobody costs the same work."""
    table = schema.activation
    alive = (table.c.locator == code[:HALF]) & (table.c.expires > now)
    row = work.connection.execute(sa.select(table).where(alive).order_by(table.c.expires.desc()).limit(1)).one_or_none()
    subject = "nobody" if row is None else row.ref
    try:
        limits.check(premises, work, _TRIES, subject, now=now)
    except StateError:
        row = None
    if not hmac.compare_digest(_digest(premises, code), bytes(32) if row is None else bytes(row.code)):
        if row is not None:
            limits.note(premises, work, _TRIES, subject, now=now)
        return None
    return row


def actor_of(row: SqlRow) -> tuple[Actor, frozenset[Evidence]]:
    """Who answers for a code, and what they had before them."""
    actor = Actor(ref=row.approved_by, person=row.approved_person, role=Role(row.approved_role), region=row.region)
    return actor, _evidence(row.evidence)


def _permit(dossier: Dossier, grade: Grade, actor: Actor, evidence: frozenset[Evidence], *, now: int) -> None:
    """Return if this actor may hand a phone to this card now. Raises as `lifecycle.permit`."""
    region = dossier.card.region
    if actor.role is Role.HOTLINE and grade is Grade.CHIP:
        if Evidence.HOTLINE_CHECK not in evidence:
            raise StateError(faults.EVIDENCE_MISSING, missing=Evidence.HOTLINE_CHECK)
        actor, evidence = (
            Actor(ref=actor.ref, person=actor.person, role=Role.CLERK, region=actor.region),
            lifecycle.RULES[Command.BIND_PHONE].evidence,
        )
    if actor.role is Role.HOLDER:
        raise StateError(faults.NOT_PERMITTED, command=Command.BIND_PHONE, role=actor.role)
    lifecycle.permit(Command.BIND_PHONE, dossier, region=region, actor=actor, evidence=evidence, now=now)


def _make(premises: Premises, work: Work, row: dict[str, Any], actor: Actor, *, now: int) -> str:
    """Draw a code whose first half finds nothing else, and put it into the row."""
    table = schema.activation
    for _ in range(_DRAWS):
        code = f"{int.from_bytes(premises.entropy(8)) % 10 ** (2 * HALF):0{2 * HALF}}"
        taken = sa.select(table.c.ref).where((table.c.locator == code[:HALF]) & (table.c.expires > now))
        if work.connection.execute(taken.limit(1)).first() is None:
            row |= {"approved": now, "approved_by": actor.ref, "approved_person": actor.person, "approved_role": actor.role.value}
            row |= {"locator": code[:HALF], "code": _digest(premises, code), "expires": now + CODE_LIFE}
            return code
    raise StateError(faults.ACTIVATIONS_FULL)


def _digest(premises: Premises, code: str) -> bytes:
    return keyed(premises.vault, "activation code", code.encode())


def _evidence(text: str) -> frozenset[Evidence]:
    return frozenset(map(Evidence, text.split()))
