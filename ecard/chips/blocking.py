"""Signed lists of blocking scripts for desks without a line, made from the record each time; and the receipts that such desks bring back.

On a list stand the chips of a region that were suspended or frozen within the last days and have not proved that they know. Nothing else is ever made
beforehand: what lifts a block or cancels works live only. A list that is lost does no harm; one that is old blocks nothing that was opened since, because
a chip takes no version twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.blocklists import MOST_BLOCKS, SALT_BYTES, BlockList, blinded
from codes.chipproof import CHALLENGE_BYTES, ChipState
from codes.errors import CardError, InputError
from ecard import faults, rows, schema
from ecard.chips import proofs, tapping
from ecard.chips.scripting import sealed
from ecard.chips.targets import TARGETS
from ecard.model import ProofKind
from ecard.policy import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.claims import Region
    from codes.keys import Signer
    from ecard.model import Carrier, ChipTarget
    from ecard.premises import Premises
    from ecard.store import Work

COVERED = 30 * DAY
"""How long a block stays on the lists after it was ordered."""
LIFE = 3 * DAY
"""How long a list is good for."""
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a desk brought back: how many proofs were noted, and what became of the others."""

    noted: int
    refused: tuple[tuple[int, str], ...]
    """Line and code of the fault."""


def make(premises: Premises, region: Region, signer: Signer, *, now: int) -> BlockList:
    """The list of one region as it should stand published now. Raises `InputError` region-unknown."""
    premises.issuer(region)
    salt = premises.entropy(SALT_BYTES)
    with premises.store.reading() as work:
        blocks = {}
        for chip, target in _stopped(work, region, now=now):
            code = proofs.identity_of(chip)
            if chip.key is not None:
                blocks[blinded(salt, code, chip.key.thumbprint())] = sealed(premises, region, code, target, challenge=None).apdu
    return BlockList.issue(region, blocks, signer, salt=salt, iat=now, exp=now + LIFE)


def _stopped(work: Work, region: Region, *, now: int) -> Iterator[tuple[Carrier, ChipTarget]]:
    """Chips that are to be stopped and do not know it, as far as they have proved; the latest first, as many as a list may hold."""
    target, newer, note, card, chip = schema.chip_target, schema.chip_target.alias(), schema.chip_note, schema.card, schema.carrier
    last = ~sa.exists().where((newer.c.carrier == target.c.carrier) & (newer.c.seq > target.c.seq))
    knows = sa.exists().where((note.c.carrier == target.c.carrier) & (note.c.seq >= target.c.seq))
    blocking = target.c.state.in_([int(ChipState.SUSPENDED), int(ChipState.FROZEN)]) & (target.c.at > now - COVERED)
    joined = target.join(chip, chip.c.ref == target.c.carrier).join(card, card.c.ref == target.c.card)
    wanted = sa.select(target.c.carrier, target.c.seq, chip).select_from(joined).where(blocking & last & ~knows & (card.c.region == region))
    for row in work.connection.execute(wanted.order_by(target.c.at.desc(), target.c.carrier).limit(MOST_BLOCKS)).all():
        found = TARGETS.one(work, (target.c.carrier == row.carrier) & (target.c.seq == row.seq))
        if found is not None:
            yield rows.carrier_of(row), found


def take(premises: Premises, content: bytes, *, now: int) -> Brought:
    """Note the proofs in a file of JSON lines, each by itself; the same file again notes nothing new.

    A line is `{"card_id", "reader", "script", "receipt"}` or `{"card_id", "reader", "challenge", "answer"}`, bytes in hexadecimal. Raises `InputError`
    block-receipts for a file that is no such thing.
    """
    try:
        lines = [line for line in content.decode("ascii").splitlines() if line.strip()]
        pages = [json.loads(line) for line in lines]
        told = [{name: str(value) for name, value in page.items()} for page in pages]
        given = [(bytes.fromhex(page["card_id"]), page["reader"][:64], page) for page in told]
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise InputError(faults.BLOCK_RECEIPTS) from None
    refused = []
    for number, (code, reader, page) in enumerate(given, start=1):
        try:
            _note(premises, code, reader, page, now=now)
        except CardError as error:
            refused.append((number, error.code))
    return Brought(noted=len(given) - len(refused), refused=tuple(refused))


def _note(premises: Premises, code: bytes, reader: str, page: dict[str, str], *, now: int) -> None:
    try:
        parts = {name: bytes.fromhex(page[name]) for name in page.keys() & {"script", "receipt", "challenge", "answer"}}
    except ValueError:
        raise InputError(faults.BLOCK_RECEIPTS) from None
    if parts.keys() == {"script", "receipt"}:
        tapping.note_receipt(premises, code, script=parts["script"], answer=parts["receipt"], reader=reader, now=now)
    elif parts.keys() == {"challenge", "answer"} and len(parts["challenge"]) == CHALLENGE_BYTES:
        tapping.note_carried(
            premises,
            code,
            lambda _office, _dossier, chip: [proofs.signed(chip, ProofKind.PRESENCE, challenge=parts["challenge"], answer=parts["answer"])],
            reader=reader,
            now=now,
        )
    else:
        raise InputError(faults.BLOCK_RECEIPTS)
