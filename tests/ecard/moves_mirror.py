"""The moves of the model's chapter of the mirror, as the office gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, ChipState
from ecard.lifecycle import Command
from ecard.model import Carrier, CarrierKind, CarrierRef, CarrierState
from tests.ecard import model_mirror as model
from tests.ecard.chips import DESK
from tests.ecard.city import WORKSHOP
from tests.ecard.moves_stopping import desk
from tests.ecard.stage import Move, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ecard.model_based import Model, World

AHEAD = 50
"""So many versions further than the record a chip says it is."""


def _shown(stage: Stage) -> Carrier | None:
    """The chip in use or, where there is none, the last that was made."""
    made = [carrier for carrier in stage.now.carriers if carrier.kind is CarrierKind.CHIP and carrier.key is not None]
    return max(made, key=lambda chip: (chip.state is CarrierState.ACTIVE, chip.created), default=None)


def _challenge(stage: Stage) -> tuple[CarrierRef | None, bytes]:
    """Of which chip, and what it is asked; nothing where there is none that can answer."""
    chip = _shown(stage)
    if chip is None or chip.card_code is None:
        return None, b""
    return chip.ref, stage.city.office.begin_tap(chip.card_code, at=stage.city.at).value


def _says(name: str, command: Command, said: Callable[[World, str], World], state: ChipState | None, ahead: int = 0) -> Move:
    def real(stage: Stage, asked: tuple[CarrierRef | None, bytes], _: dict[str, Any]) -> object:
        ref, nonce = asked
        found = stage.now.carrier(ref) if ref else _shown(stage) or stage.now.chip_in_making
        chip = stage.chip(found)
        if ref is None:
            nonce = stage.city.office.begin_tap(chip.code, at=stage.city.at).value
        if state is not None:
            chip.state = state
            if chip.seq + ahead:
                chip.set(chip.seq + ahead, state)
        answer = chip.answer(ChipPurpose.STATUS, nonce)
        return stage.city.office.note_chip_status(chip.code, challenge=nonce, answer=answer, reader=DESK, at=stage.city.at)

    def at_hand(world: World) -> Model:
        return model.shows_itself(said, model.shown(world))

    return Move(name, command, model.shows_itself(said), real, _challenge, looks=False, at_hand=at_hand)


MOVES = [
    _says("a chip is apart", Command.NOTE_DRIFT, model.apart, ChipState.ACTIVE, AHEAD),
    _says("a chip is in step", Command.RECONCILE, model.in_step, None),
    _says("a chip is dead", Command.NOTE_DEAD_CHIP, model.dead, ChipState.CANCELLED),
    Move("reconcile", Command.RECONCILE, model.reconcile, lambda s, _, e: s.city.office.reconcile_chip(s.ref, **desk(s, Command.RECONCILE), **e)),
    Move(
        "give the chip up",
        Command.REMAKE_CHIP,
        model.void,
        lambda s, _, __: s.city.office.void_chip(s.ref, actor=WORKSHOP, at=s.city.at),
        looks=False,
    ),
]
