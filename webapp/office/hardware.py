"""Commands that a chip or a phone takes part in: the chip as a soft card in a file, the phone as a folder, both twins of the real ones.

PINs come from a file or are typed unseen; an initial PIN goes into a letter of its own, readable by its owner only.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, bind_challenge
from codes.claims import Profile
from codes.errors import InputError
from ecard import CardRef, Endorsement, NoncePurpose, lifecycle
from ecard.lifecycle import Command
from physical.binding import PIN_DIGITS, BindingSession
from physical.image import create_image, inserted
from webapp import faults
from webapp.office import holder
from webapp.office.answering import FOUND
from webapp.office.doing import Issued, Ready, actor_for, save
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.phones.phone import Phone
from webapp.phones.pin import draw_pin

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from codes.keys import CoseKey
    from ecard import CardOffice, Nonce

    Body = Callable[[Ready, CardOffice], Any]

WANTED = (Profile.GENERAL, Profile.IDENTITY)
"""What a phone asks for when nobody says otherwise."""


def personalise(options: argparse.Namespace) -> int:
    """Make the chip in `--image`, or go on with it, and write its credential."""
    return _with_card(Command.PERSONALISE, options, _personalise)


def bind(options: argparse.Namespace) -> int:
    """Bind the phone in `--phone-folder`, which is made when it does not exist; with `--image` the chip endorses it."""
    return _with_card(Command.BIND_PHONE, options, _bind)


def stand_in(options: argparse.Namespace) -> int:
    """Let the phone in `--phone-folder` stand in while the card is remade."""
    return _with_card(Command.GRANT_TEMPORARY, options, _stand_in)


def renew(options: argparse.Namespace) -> int:
    """Give the phone in `--phone-folder` fresh credentials: the holder's own act, which its key proves."""
    options.actor = holder.HOLDER
    return _with_card(Command.RENEW, options, _renew)


def _with_card(command: Command, options: argparse.Namespace, body: Body) -> int:
    at = options.clock()
    with open_office(options.office, at=at) as office:
        before = office.desk.card(CardRef(options.card))
        rule = lifecycle.RULES[command]
        actor = actor_for(office, before, rule, options)
        endorsed = command is Command.BIND_PHONE and options.image is not None
        needed = frozenset() if endorsed else rule.papers(actor.role)
        ready = Ready(office=office, rule=rule, before=before, actor=actor, region=before.card.region, needed=needed, options=options, at=at)
        if not ready.confirmed(command):
            return FOUND
        return ready.finish(lambda desk: body(ready, desk))


def _personalise(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card
    chip = card.chip_in_making
    nonce = desk.nonce(card.card.ref, NoncePurpose.PERSONALISE, at=ready.at)
    key, answer = _make_chip(options.image, chip.card_code if chip is not None and chip.card_code else b"", nonce.value, letter=options.pin_letter)
    made = desk.personalise(card.card.ref, chip_key=key, challenge=nonce.value, answer=answer, actor=ready.actor, at=ready.at)
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        session.write_credential(made.credential.raw)
        session.activate()
    return made.dossier


def _make_chip(image: Path, card_code: bytes, challenge: bytes, *, letter: Path) -> tuple[CoseKey, bytes]:
    """The key of a new chip, or of one whose making was interrupted, and its answer to the office's challenge."""
    fresh = not image.exists()
    if fresh:
        pin = draw_pin()
        save(letter, f"{pin}\n".encode("ascii"))
        create_image(image)
    with inserted(image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        if fresh:
            key = session.generate_key()
            session.write_card_id(card_code)
            session.write_initial_pin(pin)
        else:
            key = session.read_public_key()
        return key, session.authenticate(ChipPurpose.STATUS, challenge)


def _bind(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card.card
    phone = _phone(options.phone_folder)
    nonce = desk.nonce(card.ref, NoncePurpose.BIND, at=ready.at)
    proof = phone.prove_enrolment(nonce.value, region=card.region, at=ready.at)
    endorsement = None if options.image is None else _endorse(options, phone, nonce, card.number)
    given = {"actor": ready.actor, "evidence": frozenset(options.evidence), "at": ready.at, "expected": options.expected}
    bound = desk.bind_phone(card.ref, nonce=nonce.value, proof=proof, endorsement=endorsement, **given)
    return bound.dossier


def _endorse(options: argparse.Namespace, phone: Phone, nonce: Nonce, number: str) -> Endorsement:
    """The chip's word for the phone's key. At first use the holder's new PIN takes the place of the initial one."""
    pin, new = _pins(options.pin_file)
    thumbprint = phone.enrolment.public_key.thumbprint()
    challenge = bind_challenge(reader_id=options.reader, nonce=nonce.value, thumbprint=thumbprint, card_number=number, expires=nonce.expires)
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        if new is not None:
            session.change_pin(pin, new)
        session.verify_pin(new or pin)
        return Endorsement(reader=options.reader, answer=session.endorse(challenge))


def _pins(file: Path | None) -> tuple[str, str | None]:
    if file is not None:
        pins = read_input(file).decode("ascii", "replace").split()
    elif sys.stdin.isatty():
        pins = [getpass.getpass("现用密码 / present PIN: "), getpass.getpass("新密码，已改过的直接回车 / new PIN, Enter if it was changed before: ")]
        pins = [pin for pin in pins if pin]
    else:
        pins = []
    if not 1 <= len(pins) <= 2 or not all(len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit() for pin in pins):
        raise InputError(faults.OFFICE_PIN, lines=len(pins))
    return pins[0], pins[1] if len(pins) == 2 else None


def _stand_in(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card.card
    phone = _phone(options.phone_folder)
    nonce = desk.nonce(card.ref, NoncePurpose.BIND, at=ready.at).value
    proof = phone.prove_enrolment(nonce, region=card.region, at=ready.at)
    evidence = frozenset(options.evidence)
    return desk.grant_temporary(card.ref, nonce=nonce, proof=proof, actor=ready.actor, evidence=evidence, at=ready.at, expected=options.expected)


def _renew(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card.card
    phone = Phone(options.phone_folder)
    carrier = holder.carrier_of(ready.card, phone)
    nonce = desk.nonce(card.ref, NoncePurpose.RENEW, at=ready.at).value
    asked = phone.ask(options.profile or WANTED, nonce, region=card.region, at=ready.at)
    issued = desk.renew_credentials(carrier.ref, nonce=nonce, proof=asked.proof, requests=asked.requests, at=ready.at)
    phone.keep(issued, asked)
    return Issued(profile=tuple(item.says.profile for item in issued), until=min(item.says.exp for item in issued))


def _phone(folder: Path) -> Phone:
    return Phone(folder) if folder.exists() else Phone.create(folder)
