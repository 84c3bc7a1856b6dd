"""Cards of older schemes that this card takes over: whose they are, and from when on they no longer count (HZ-18, ZS-24, ZZ-9a)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from ecard import faults, lifecycle, schema
from ecard.lifecycle import Command
from ecard.model import LegacyCard
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

LEGACY = Shelf(schema.legacy_card, LegacyCard)
_SCHEME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Z-]{1,32}", re.ASCII)


def take_over(
    premises: Premises,
    ref: CardRef,
    *,
    scheme: str,
    number: str,
    retires: int,
    actor: Actor,
    shown: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Dossier:
    """Note that an older card belongs to the holder of this card, until it retires. The same again: no change."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.TAKE_OVER, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        if not (_SCHEME.fullmatch(scheme) and _NUMBER.fullmatch(number) and retires >= now):
            raise InputError(faults.LEGACY_TAKEN, wrong="entry")
        known = _find(work, scheme, number)
        if known is not None:
            if work.dossier(known.card).card.holder != before.card.holder or known.retires != retires:
                raise StateError(faults.LEGACY_TAKEN, wrong="registered otherwise")
            return before
        LEGACY.add(work, LegacyCard(scheme=scheme, number=number, card=ref, registered=now, registered_by=actor.ref, retires=retires))
        return work.record(before, before, command=Command.TAKE_OVER, actor=actor, evidence=shown, purpose="older-card", at=now)


def resolve(work: Work, scheme: str, number: str, *, now: int) -> CardRef:
    """The living card of whoever holds this older card, while that still counts.

    Raises `StateError`: legacy-unknown, legacy-retired, wrong-state (the person has no living card).
    """
    known = _find(work, scheme, number)
    if known is None:
        raise StateError(faults.LEGACY_UNKNOWN)
    if now >= known.retires:
        raise StateError(faults.LEGACY_RETIRED, retired=known.retires)
    living = work.cards_of(work.dossier(known.card).card.holder)
    if not living:
        raise StateError(faults.WRONG_STATE, state="ended", article="HZ-18")
    return known.card if known.card in living else living[0]


def _find(work: Work, scheme: str, number: str) -> LegacyCard | None:
    return LEGACY.one(work, (schema.legacy_card.c.scheme == scheme) & (schema.legacy_card.c.number == number))
