"""Commands that a chip or a phone takes part in: the chip as a soft card in a file, the phone as a folder, both twins of the real ones.

PINs come from a file or are typed unseen; an initial PIN goes into a letter of its own, readable by its owner only.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import TYPE_CHECKING, Any

from codes.chipproof import bind_challenge
from codes.claims import Profile
from codes.errors import InputError
from ecard import CardRef, Endorsement, NoncePurpose, lifecycle
from ecard.lifecycle import Command
from physical import pcsc
from physical.binding import PIN_DIGITS, BindingSession
from physical.image import inserted
from webapp import faults
from webapp.office import chipmaking, holder
from webapp.office.answering import FOUND
from webapp.office.doing import Issued, Ready, actor_for
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.phones.phone import Phone

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ecard import CardOffice, Nonce
    from physical.transport import Transport

    Body = Callable[[Ready, CardOffice], Any]

WANTED = (Profile.GENERAL, Profile.IDENTITY)
"""What a phone asks for when nobody says otherwise."""


def personalise(options: argparse.Namespace) -> int:
    """Make the chip in a reader, or in `--image`, or go on with it."""
    return with_card(Command.PERSONALISE, options, chipmaking.make)


def bind(options: argparse.Namespace) -> int:
    """Bind the phone in `--phone-folder`, which is made when it does not exist; with a chip, the chip endorses it."""
    return with_card(Command.BIND_PHONE, options, _bind)


def stand_in(options: argparse.Namespace) -> int:
    """Let the phone in `--phone-folder` stand in while the card is remade."""
    return with_card(Command.GRANT_TEMPORARY, options, _stand_in)


def renew(options: argparse.Namespace) -> int:
    """Give the phone in `--phone-folder` fresh credentials: the holder's own act, which its key proves."""
    options.actor = holder.HOLDER
    return with_card(Command.RENEW, options, _renew)


def with_card(command: Command, options: argparse.Namespace, body: Body) -> int:
    """A command about one card, with a chip or a phone in it: shown, confirmed, done by `body`, told."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        before = office.desk.card(CardRef(options.card))
        rule = lifecycle.RULES[command]
        actor = actor_for(office, before, rule, options)
        endorsed = command is Command.BIND_PHONE and has_chip(options)
        needed = frozenset() if endorsed else rule.papers(actor.role)
        ready = Ready(office=office, rule=rule, before=before, actor=actor, region=before.card.region, needed=needed, options=options, at=at)
        if not ready.confirmed(command):
            return FOUND
        return ready.finish(lambda desk: body(ready, desk))


def _bind(ready: Ready, desk: CardOffice) -> Any:
    options, card = ready.options, ready.card.card
    phone = _phone(options.phone_folder)
    nonce = desk.nonce(card.ref, NoncePurpose.BIND, at=ready.at)
    proof = phone.prove_enrolment(nonce.value, region=card.region, at=ready.at)
    endorsement = _endorse(options, phone, nonce, card.number) if has_chip(options) else None
    given = {"actor": ready.actor, "evidence": frozenset(options.evidence), "at": ready.at, "expected": options.expected}
    bound = desk.bind_phone(card.ref, nonce=nonce.value, proof=proof, endorsement=endorsement, **given)
    return bound.dossier


def _endorse(options: argparse.Namespace, phone: Phone, nonce: Nonce, number: str) -> Endorsement:
    """The chip's word for the phone's key. At first use the holder's new PIN takes the place of the initial one."""
    pin, new = pins(options.pin_file)
    thumbprint = phone.enrolment.public_key.thumbprint()
    challenge = bind_challenge(reader_id=options.reader, nonce=nonce.value, thumbprint=thumbprint, card_number=number, expires=nonce.expires)
    with inserted_chip(options) as transport:
        session = BindingSession(transport)
        session.select()
        if new is not None:
            session.change_pin(pin, new)
        session.verify_pin(new or pin)
        return Endorsement(reader=options.reader, answer=session.endorse(challenge))


def has_chip(options: argparse.Namespace) -> bool:
    """Whether a chip takes part."""
    return options.image is not None or options.chip_reader is not None


def inserted_chip(options: argparse.Namespace) -> AbstractContextManager[Transport]:
    """The chip that takes part, held until the block ends. Raises as `pcsc.inserted` and `image.inserted`."""
    return pcsc.inserted(options.chip_reader) if options.image is None else inserted(options.image, secrets.token_bytes)


def pins(file: Path | None) -> tuple[str, str | None]:
    """The holder's present PIN, and the one that is to take its place. Raises `InputError` office-pin."""
    if file is not None:
        given = read_input(file).decode("ascii", "replace").split()
    elif sys.stdin.isatty():
        given = [getpass.getpass("现用密码 / present PIN: "), getpass.getpass("新密码，已改过的直接回车 / new PIN, Enter if it was changed before: ")]
        given = [pin for pin in given if pin]
    else:
        given = []
    if not 1 <= len(given) <= 2 or not all(len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit() for pin in given):
        raise InputError(faults.OFFICE_PIN, lines=len(given))
    return given[0], given[1] if len(given) == 2 else None


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
    asked = phone.ask(options.profile or WANTED, nonce, phone=carrier.ref, region=card.region, at=ready.at)
    issued = desk.renew_credentials(carrier.ref, nonce=nonce, proof=asked.proof, requests=asked.requests, at=ready.at)
    phone.keep(issued, asked)
    return Issued(profile=tuple(item.says.profile for item in issued), until=min(item.says.exp for item in issued))


def _phone(folder: Path) -> Phone:
    return Phone(folder) if folder.exists() else Phone.create(folder)
