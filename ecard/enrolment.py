"""Freshness and place of what phones and chips prove: nonces that serve once, the office's and those that phones make, and readers that are registered."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.chipproof import CHALLENGE_BYTES
from codes.errors import InputError, StateError
from codes.keyproof import NONCE_BYTES
from ecard import faults, moments, officechain, questions, schema
from ecard.moments import Moments

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef
    from ecard.premises import Premises
    from ecard.store import Work


MOST_NONCES = 16
"""Nonces for one purpose that one card may have open at a time: more than any phone needs, however often it tries again within a minute."""


class NoncePurpose(enum.StrEnum):
    """What a nonce makes fresh."""

    PERSONALISE = "personalise"
    BIND = "bind"
    RENEW = "renew"
    ACT = "act"
    TAP = "tap"
    UNBIND = "unbind"


_CLEARED = 500
"""Expired nonces that go with each fresh one."""
_CHALLENGES = frozenset({NoncePurpose.PERSONALISE, NoncePurpose.TAP})
OF_PHONES = frozenset({NoncePurpose.RENEW, NoncePurpose.ACT})
"""What phones do all day. They make these nonces themselves, each of a nonce of the moment, so that nobody has to be asked for one first; it is written down
when it is used, not before."""
OWN_BYTES = 8
"""What a phone draws at random for a nonce of its own."""
_JUDGED = 60
"""Seconds for which what was signed for a request that was let in at the last second can still be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonce:
    """A nonce that serves once. For personalisation and for a tap its value is the chip's challenge itself; for what phones do all day, the phone made it."""

    value: bytes
    card: CardRef
    purpose: NoncePurpose
    expires: int


def issue_nonce(premises: Premises, work: Work, card: CardRef, purpose: NoncePurpose, *, now: int) -> Nonce:
    """A fresh nonce; those that have expired are cleared away. Raises `StateError` nonces-outstanding: nobody fills the record with them."""
    if purpose in OF_PHONES:
        own = Moments.of(premises.vault).give(now) + premises.entropy(OWN_BYTES)
        return Nonce(value=own, card=card, purpose=purpose, expires=_end(now))
    over = now - premises.policy.nonce_life  # kept for once as long as it lived: whose clock is behind must still find what was used
    work.connection.execute(questions.OLD_NONCES, {"now": over, "most": _CLEARED})
    if work.connection.execute(questions.WAITING, {"of": card, "for": purpose.value, "now": now}).scalar_one() >= MOST_NONCES:
        raise StateError(faults.NONCES_OUTSTANDING, purpose=purpose, most=MOST_NONCES)
    size = CHALLENGE_BYTES if purpose in _CHALLENGES else NONCE_BYTES
    nonce = Nonce(value=premises.entropy(size), card=card, purpose=purpose, expires=now + premises.policy.nonce_life)
    row = {"value": nonce.value, "card": card, "purpose": purpose.value, "issued": now, "expires": nonce.expires}
    work.connection.execute(sa.insert(schema.nonce), row)
    return nonce


def opened(premises: Premises, value: bytes, card: CardRef, purpose: NoncePurpose, *, now: int) -> Nonce | None:
    """The nonce that a phone made of one that this office gave it, if its time is not over. Whether it was used, only the record knows."""
    given = Moments.of(premises.vault).given(value[:-OWN_BYTES])
    if given is None or not given <= now < _end(given):
        return None
    return Nonce(value=value, card=card, purpose=purpose, expires=_end(given))


def _end(given: int) -> int:
    """When a phone's nonce loses its life."""
    return given + moments.LIFE + _JUDGED


def used(nonce: Nonce, *, now: int) -> dict[str, bytes | str | int]:
    """The row of a nonce that is written down as it is used. Its key lets it be written once."""
    return {"value": nonce.value, "card": nonce.card, "purpose": nonce.purpose.value, "issued": now, "expires": nonce.expires, "used": now}


def use_up(premises: Premises, work: Work, value: bytes, card: CardRef, purpose: NoncePurpose, *, now: int) -> Nonce:
    """Use up a nonce that a phone made. A command that fails afterwards gives it back with everything else.

    Raises `InputError` nonce-unusable: not made of one of ours, used, or expired.
    """
    nonce = opened(premises, value, card, purpose, now=now)
    if nonce is None or work.connection.execute(questions.USED_NONCE, {"nonce": value}).first() is not None:
        raise InputError(faults.NONCE_UNUSABLE, purpose=purpose)
    work.connection.execute(sa.insert(schema.nonce), used(nonce, now=now))
    return nonce


def take_nonce(work: Work, value: bytes, card: CardRef, purpose: NoncePurpose, *, now: int) -> Nonce:
    """Use a nonce up. A command that fails afterwards gives it back with everything else.

    Raises `InputError` nonce-unusable: unknown, used, expired, or given for another card or purpose.
    """
    expires = work.connection.execute(questions.TAKE_NONCE, {"nonce": value, "of": card, "for": purpose.value, "now": now}).scalar_one_or_none()
    if expires is None:
        raise InputError(faults.NONCE_UNUSABLE, purpose=purpose)
    return Nonce(value=value, card=card, purpose=purpose, expires=expires)


def register_reader(work: Work, reader: str, *, region: str, actor: Actor, now: int) -> None:
    """Register an enrolment reader. Registering it again is no error."""
    if work.connection.execute(sa.select(schema.reader.c.ref).where(schema.reader.c.ref == reader)).first() is None:
        row = {"ref": reader, "region": region, "registered": now, "registered_by": actor.ref}
        work.connection.execute(sa.insert(schema.reader).values(row))
        officechain.enter_row(work, schema.reader, row, desk=region, act="register-reader", actor=actor, at=now)


def check_reader(work: Work, reader: str) -> None:
    """Return if a chip may endorse at this reader. Raises `InputError` reader-unknown."""
    registered = (schema.reader.c.ref == reader) & schema.reader.c.ended.is_(None)
    if work.connection.execute(sa.select(schema.reader.c.ref).where(registered)).first() is None:
        raise InputError(faults.READER_UNKNOWN, reader=reader)
