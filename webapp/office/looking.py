"""Looking at cards: by reference, or by a number that comes from a file. Names are shown for a purpose only, and the look is a link in the person's chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError, StateError
from codes.receipts import mask_card_number
from ecard import CardRef, IdentityType, IndexPurpose, Role, lifecycle
from ecard import faults as record
from ecard.contention import persist
from ecard.lifecycle import Command
from ecard.model import seconds
from webapp import faults
from webapp.office import forms
from webapp.office.answering import DONE, FOUND, say
from webapp.office.doing import save
from webapp.office.opening import open_office
from webapp.office.telling import card_lines, dossier_json, event_lines, local, receipt_json, to_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import datetime

    from ecard import Dossier
    from ecard.vault import Person
    from webapp.office.opening import OpenOffice

_READERS = (Role.CLERK, Role.SUPERVISOR)


def show(options: argparse.Namespace) -> int:
    """A card as it stands, masked; with `--purpose` whose it is, too."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        desk, now = office.desk, seconds(at)
        dossier = desk.card(CardRef(options.card))
        page, lines = dossier_json(dossier, now), list(card_lines(dossier, now))
        charges = desk.charges(dossier.card.ref)
        page["charges"] = to_json(charges)
        page["locked_items"] = to_json(desk.locked_items(dossier.card.ref))
        page["entitlements"] = to_json(desk.entitlements_of(dossier.card.ref))
        lines += [f"收费    {charge.act}  {charge.fen / 100:.2f} 元 / yuan  {charge.basis}" for charge in charges if charge.fen]
        if options.history:
            found = desk.events(dossier.card.ref)
            page["events"] = to_json(found)
            lines += event_lines(found, _known_papers(office, options))
        if options.purpose is not None:
            person = _read(office, dossier, options, at)
            page["person"] = {"name": person.name.text, "identity_type": person.identity.type.value, "identity_number": person.identity.number}
            page["number"] = dossier.card.number
            lines += [f"姓名    {person.name.text}", f"证件    {person.identity.number}", f"卡号    {dossier.card.number}"]
            lines += [f"此次查询已记入该人的查询记录 / this look is on record: {options.purpose}"]
        say(options, page, lines)
        return DONE


def _read(office: OpenOffice, dossier: Dossier, options: argparse.Namespace, at: datetime) -> Person:
    """Whose card it is. Raises `StateError`: office-operator, not-permitted, other-region, vault-empty."""
    if options.actor is None:
        raise InputError(faults.OFFICE_PURPOSE)
    actor = office.settings.operator(options.actor).acting(_READERS)
    if actor.role not in _READERS:
        raise StateError(record.NOT_PERMITTED, command="read-person", role=actor.role)
    if actor.region != dossier.card.region:
        raise StateError(record.OTHER_REGION, command="read-person", region=dossier.card.region, desk_region=actor.region)

    def read() -> Person:
        with office.desk.store.writing() as work:
            return office.desk.vault.read(work, dossier.card.holder, purpose=options.purpose, actor=actor, at=seconds(at))

    return persist(read, entropy=office.desk.entropy)


def events(options: argparse.Namespace) -> int:
    """What was done to a card, once its chain has been checked."""
    with open_office(options.office, at=options.clock()) as office:
        found = office.desk.events(CardRef(options.card))
        titles = {event.command: lifecycle.RULES[Command(event.command)].title._asdict() for event in found}
        page = [to_json(event) | {"title": titles[event.command]} for event in found]
        say(options, {"events": page}, event_lines(found, _known_papers(office, options)))
        return DONE


def _known_papers(office: OpenOffice, options: argparse.Namespace) -> frozenset[str]:
    """The papers that somebody brings, as an event would name them: whoever holds one can show that it is the one."""
    return frozenset(f"{paper}:{office.desk.vault.fingerprint(filed.encode()).hex()}" for paper, filed in options.filed)


def receipts(options: argparse.Namespace) -> int:
    """The receipts of a card, the newest one into a file if wanted."""
    with open_office(options.office, at=options.clock()) as office:
        found = office.desk.receipts(CardRef(options.card))
        if options.out is not None and found:
            save(options.out, found[-1].raw)
        lines = [
            f"{receipt.says.number}  {local(receipt.says.effective)}  {both(lifecycle.RULES[Command(receipt.says.command)].title)}  {receipt.says.card}"
            for receipt in found
        ]
        say(options, {"receipts": [receipt_json(receipt) for receipt in found]}, lines)
        return DONE


def find(options: argparse.Namespace) -> int:
    """Cards by card number or identity number, which come from a file, from standard input or are typed in. 1 when there is none."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        operator = office.settings.operator(options.actor)
        who = forms.fill(forms.WHO, options.form, operator)
        if ("card_number" in who) == ("identity_number" in who):
            raise InputError(faults.OFFICE_FORM, problem="card_number or identity_number, one of them")
        found = _found(office, who, options, at)
        lines = [f"{mask_card_number(dossier.card.number)}  {dossier.card.region}  {dossier.card.ref}" for dossier in found]
        say(options, {"cards": [dossier_json(dossier, seconds(at)) for dossier in found]}, lines or ["没有这样的卡 / no such card"])
        return DONE if found else FOUND


def _found(office: OpenOffice, who: dict[str, str], options: argparse.Namespace, at: datetime) -> Sequence[Dossier]:
    desk, actor = office.desk, office.settings.operator(options.actor).acting(_READERS)
    if actor.role not in _READERS:
        raise StateError(record.NOT_PERMITTED, command="find-card", role=actor.role)
    if "card_number" in who:
        try:
            return [desk.card_by_number(who["card_number"])]
        except StateError:
            return []
    kind = IdentityType(who.get("identity_type", IdentityType.RESIDENT_ID))
    cards = desk.cards_of_person(kind, who["identity_number"], purpose=IndexPurpose.COUNTER, actor=actor, at=at)
    return [desk.card(card) for card in cards]
