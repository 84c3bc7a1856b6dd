"""`ecard tap`: the one place where the record and a reader meet. The desk that a tap talks to is this office; the bytes go through `physical.mirror`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipState
from codes.errors import Text
from codes.receipts import mask_card_number
from ecard.lifecycle import status_of
from ecard.model import seconds
from physical.mirror import Action, Held, tap
from physical.opening import opened
from webapp.chipdesk import OfficeDesk
from webapp.office.answering import DONE, FOUND, say
from webapp.office.opening import open_office
from webapp.office.words import CHIP_STATES, INCIDENTS, STATUSES, both

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ecard.model import ChipFile
    from physical.mirror import Tapped

_NEXT = {
    "in-step": Text("芯片与档案一致，可以从读卡器取出。", "Chip and record agree; the card may be taken out of the reader."),
    "stopped": Text(
        "此卡已停用，芯片已知：请先核对来人与证件；停用缘由见 ecard card show。",
        "The card is stopped and its chip knows: look at who brings it, and at papers, first; ecard card show says why it is stopped.",
    ),
    "dead": Text("芯片已永久锁定，请为持卡人办理换领。", "The chip is blocked for ever; exchange the card for its holder."),
    "clerk": Text(
        "芯片已暂停；请核对本人、证件和卡片，查明后办理 ecard card reconcile。",
        "The chip is held; look at holder, papers and card, find out why, then settle it with: ecard card reconcile.",
    ),
    "pin": Text("芯片密码已锁定：可在本柜台办理 ecard chip unblock-pin。", "The chip's PIN is blocked: unblock it here with ecard chip unblock-pin."),
}


def run(options: argparse.Namespace) -> int:
    """One tap. 0: chip and record agree now; 1: they do not, and what to do about it is said."""
    with open_office(options.office, at=options.clock()) as office, opened(options) as transport:
        done = tap(transport, OfficeDesk(office.desk, options.desk, options.clock))
        file = office.desk.chip(done.card_id)
        now = seconds(options.clock())
        say(options, _page(done, file, now), _lines(done, file, now))
        return DONE if done.action is Action.NOTHING and not done.apart else FOUND


def _page(done: Tapped, file: ChipFile, now: int) -> dict[str, Any]:
    note = file.note
    return {
        "card": file.dossier.card.ref,
        "chip": file.chip.ref,
        "status": status_of(file.dossier, file.chip, now).value,
        "before": _held(done.before),
        "after": _held(done.after),
        "scripts": [_held(told) for told in done.scripts],
        "counter": done.counter,
        "pin_blocked": None if note is None else note.pin_blocked,
        "in_step": done.action is Action.NOTHING,
        "apart": list(done.apart),
        "next": [text._asdict() for text in _next(done, file)],
    }


def _held(held: Held) -> dict[str, Any]:
    return {"seq": held.seq, "state": held.state.name.lower()}


def _lines(done: Tapped, file: ChipFile, now: int) -> Iterator[str]:
    card = file.dossier.card
    yield f"卡      {mask_card_number(card.number)}  {card.region}  {card.ref}"
    yield f"档案    {both(STATUSES[status_of(file.dossier, file.chip, now)])}"
    yield f"芯片    {both(CHIP_STATES[done.before.state])}  · 版本 / version {done.before.seq}  · 计数 / counter {done.counter}"
    for told in done.scripts:
        yield f"已送达  {both(CHIP_STATES[told.state])}  · 版本 / version {told.seq}，芯片已出具回执 / the chip gave its receipt"
    for kind in done.apart:
        yield f"不符    {both(INCIDENTS[kind])}"
    for text in _next(done, file):
        yield f"下一步  {text.zh}"
        yield f"        {text.en}"


def _next(done: Tapped, file: ChipFile) -> Iterator[Text]:
    if done.action is not Action.NOTHING or "chip-cancelled" in done.apart:
        yield _NEXT["dead"] if done.after.state is ChipState.CANCELLED else _NEXT["clerk"]
    elif done.apart:
        yield _NEXT["clerk"]
    else:
        yield _NEXT["in-step" if done.after.state is ChipState.ACTIVE else "stopped"]
    if file.note is not None and file.note.pin_blocked:
        yield _NEXT["pin"]
