"""What is done to a chip at a counter: looked at, its PIN changed, set anew or unblocked, a phone unbound through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, unbind_challenge
from codes.errors import InputError, StateError
from codes.receipts import mask_card_number
from ecard import CardRef, CarrierRef, Endorsement, NoncePurpose, lifecycle
from ecard import faults as record
from ecard.lifecycle import Command, Evidence
from ecard.model import seconds
from physical import faults as chips
from physical.binding import BindingSession
from physical.opening import opened
from webapp.office import holder
from webapp.office.answering import DONE, say
from webapp.office.chipmaking import resume, void
from webapp.office.doing import save
from webapp.office.hardware import inserted_chip, pins, with_card
from webapp.office.opening import open_office
from webapp.office.telling import local, to_json
from webapp.office.words import CHIP_STATES, INCIDENTS, STATUSES, both
from webapp.phones.pin import draw_pin

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ecard import CardOffice
    from ecard.model import ChipFile
    from webapp.office.doing import Ready


def show(options: argparse.Namespace) -> int:
    """Every chip of a card: what it is to be, what it has proved, what is not settled."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        found = office.desk.chips(CardRef(options.card))
        page = [_page(office.desk, file, seconds(at)) for file in found]
        say(options, {"chips": page}, (line for file in found for line in _lines(file, seconds(at))))
        return DONE


def _page(desk: CardOffice, file: ChipFile, now: int) -> dict[str, Any]:
    proofs = [to_json(proof) for proof in desk.chip_proofs(file.chip.ref)]
    parts = {"target": to_json(file.target), "note": to_json(file.note), "incidents": to_json(file.incidents), "proofs": proofs}
    return {"chip": file.chip.ref, "status": lifecycle.status_of(file.dossier, file.chip, now).value, **parts}


def _lines(file: ChipFile, now: int) -> Iterator[str]:
    yield f"芯片    {file.chip.ref}  {mask_card_number(file.dossier.card.number)}"
    yield f"档案    {both(STATUSES[lifecycle.status_of(file.dossier, file.chip, now)])}"
    if file.target is not None:
        yield f"应为    {both(CHIP_STATES[file.target.state])}  · 版本 / version {file.target.seq}  {local(file.target.at)}"
    if file.note is None:
        yield "已证明  尚无 / nothing yet"
    else:
        state = both(CHIP_STATES[file.note.state])
        yield f"已证明  {state}  · 版本 / version {file.note.seq}  · 计数 / counter {file.note.counter}  {local(file.note.seen)}  {file.note.reader}"
        if file.note.pin_blocked:
            yield "密码    已锁定 / the PIN is blocked"
    if file.target is not None and (file.note is None or (file.note.seq, file.note.state) != (file.target.seq, file.target.state)):
        yield "同步    档案已生效，芯片待同步：下次读卡时送达 / effective in the record; the chip is told at its next tap"
    for incident in file.incidents:
        yield f"不符    {both(INCIDENTS[incident.kind])}  {local(incident.at)}"


def go_on(options: argparse.Namespace) -> int:
    """Go on with a chip whose making broke off."""
    return with_card(Command.PERSONALISE, options, resume)


def give_up(options: argparse.Namespace) -> int:
    """Give up a chip that is being made."""
    return with_card(Command.REMAKE_CHIP, options, void)


def change_pin(options: argparse.Namespace) -> int:
    """The holder replaces the PIN at a counter; the change stands on record once the chip has made it."""
    return with_card(Command.CHANGE_PIN, options, _change)


def _change(ready: Ready, desk: CardOffice) -> Any:
    old, new = pins(ready.options.pin_file)
    ref = ready.card.card.ref
    with opened(ready.options) as transport:
        session = BindingSession(transport)
        session.select()
        _this_chip(ready, desk, session)
        session.change_pin(old, new or "")
    evidence = frozenset(ready.options.evidence)
    return desk.note_pin_act(ref, Command.CHANGE_PIN, actor=ready.actor, evidence=evidence, at=ready.at, expected=ready.options.expected)


def reset_pin(options: argparse.Namespace) -> int:
    """Put a new initial PIN in the place of a forgotten one."""
    return with_card(Command.RESET_PIN, options, lambda ready, desk: _script(ready, desk, Command.RESET_PIN))


def unblock_pin(options: argparse.Namespace) -> int:
    """Give a blocked PIN its tries back."""
    return with_card(Command.UNBLOCK_PIN, options, lambda ready, desk: _script(ready, desk, Command.UNBLOCK_PIN))


def _script(ready: Ready, desk: CardOffice, act: Command) -> Any:
    options, ref = ready.options, ready.card.card.ref
    evidence: frozenset[Evidence] = frozenset(options.evidence)
    with opened(options) as transport:
        session = BindingSession(transport)
        session.select()
        _this_chip(ready, desk, session)
        pin = draw_pin() if act is Command.RESET_PIN else None
        if pin is not None:
            save(options.pin_letter, f"{pin}\n".encode("ascii"))
        script = desk.pin_script(ref, act, challenge=session.challenge(), pin=pin, actor=ready.actor, evidence=evidence, at=ready.at)
        answer = session.apply_pin_script(script)
    file = desk.confirm_pin_script(ref, script=script, answer=answer, reader=ready.actor.ref, at=ready.at)
    if file.note is not None and file.note.pin_blocked:  # it answered, and has not obeyed
        raise StateError(chips.PIN_BLOCKED)
    return file.dossier


def _this_chip(ready: Ready, desk: CardOffice, session: BindingSession) -> None:
    """Return when the chip in front of us has proved that it is the card's: no other is to hear a PIN, or to be believed that it took one."""
    chip = ready.card.chip
    if chip is None or chip.card_code is None:
        raise StateError(record.CHIP_NOT_PERSONALISED)
    if session.read_card_id() != chip.card_code:
        raise InputError(chips.CHIP_OTHER)
    nonce = desk.begin_tap(chip.card_code, at=ready.at)
    answer = session.authenticate(ChipPurpose.STATUS, nonce.value)
    desk.note_chip_status(chip.card_code, challenge=nonce.value, answer=answer, reader=ready.actor.ref, at=ready.at)


def unbind(options: argparse.Namespace) -> int:
    """End a phone by the word of the chip and its PIN, at a registered reader: the holder's own act."""
    options.actor, options.phone_folder = holder.HOLDER, options.office
    return with_card(Command.UNBIND_PHONE, options, _unbind)


def _unbind(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card.card
    phone = ready.card.carrier(CarrierRef(options.phone))
    if phone is None or phone.key is None:
        raise StateError(record.CARRIER_UNKNOWN)
    pin, _ = pins(options.pin_file)
    nonce = desk.nonce(card.ref, NoncePurpose.UNBIND, at=ready.at)
    challenge = unbind_challenge(
        reader_id=options.reader, nonce=nonce.value, thumbprint=phone.key.thumbprint(), card_number=card.number, expires=nonce.expires
    )
    with inserted_chip(options) as transport:
        session = BindingSession(transport)
        session.select()
        session.verify_pin(pin)
        answer = session.authenticate(ChipPurpose.UNBIND, challenge)
    given = Endorsement(reader=options.reader, answer=answer)
    return desk.unbind_through_chip(card.ref, phone.ref, nonce=nonce.value, endorsement=given, actor=ready.actor, at=ready.at)
