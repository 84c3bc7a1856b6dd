"""`ecard chip personalise | resume | void`: a chip is made, a making that broke off is gone on with, or the chip is given up.

The initial PIN goes into a letter of its own, readable by its owner only. A chip that is gone on with gets a new one, and the letter before is void.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.errors import StateError
from ecard import CardRef, NoncePurpose
from ecard import faults as record
from physical import personalising
from physical.image import create_image
from physical.opening import opened
from physical.personalising import Contents
from webapp.chipdesk import card_file, holder_file
from webapp.office.doing import save
from webapp.phones.pin import draw_pin

if TYPE_CHECKING:
    from ecard import CardOffice
    from ecard.chips.making import ChipOrder
    from physical.transport import Transport
    from webapp.office.doing import Ready


def make(ready: Ready, desk: CardOffice) -> Any:
    """A blank chip, in a reader or in an image that is made here, to a finished one."""
    image = ready.options.image
    if image is not None and not image.exists():
        create_image(image)
    return resume(ready, desk)


def resume(ready: Ready, desk: CardOffice) -> Any:
    """A chip whose making broke off anywhere, to a finished one. One that is finished proves itself and is left as it is."""
    options, ref = ready.options, ready.card.card.ref
    order = desk.chip_order(ref, actor=ready.actor, at=ready.at)
    with opened(options) as transport:
        if personalising.is_finished(transport):
            return _prove(ready, desk, transport, order)
        contents = Contents(card=card_file(order), holder=holder_file(order.person), keys=order.keys, pin=draw_pin(), tries=order.tries)
        save(options.pin_letter, f"{contents.pin}\n".encode("ascii"))
        key = personalising.prepare(transport, contents)
        nonce = desk.nonce(ref, NoncePurpose.PERSONALISE, at=ready.at)
        answer = personalising.prove(transport, nonce.value)
        made = desk.personalise(ref, chip_key=key, challenge=nonce.value, answer=answer, actor=ready.actor, at=ready.at)
        personalising.finish(transport, made.credential.raw)
        return _prove(ready, desk, transport, order)


def _prove(ready: Ready, desk: CardOffice, transport: Transport, order: ChipOrder) -> Any:
    """A finished chip says so itself, and only then is it called made."""
    if not any(file.chip.card_code == order.code and file.chip.key is not None for file in desk.chips(ready.card.card.ref)):
        raise StateError(record.CHIP_NOT_PERSONALISED)
    nonce = desk.begin_tap(order.code, at=ready.at)
    answer = personalising.prove(transport, nonce.value)
    return desk.note_chip_status(order.code, challenge=nonce.value, answer=answer, reader=ready.actor.ref, at=ready.at).dossier


def void(ready: Ready, desk: CardOffice) -> Any:
    """Give up the chip that is being made."""
    return desk.void_chip(CardRef(ready.card.card.ref), actor=ready.actor, at=ready.at)
