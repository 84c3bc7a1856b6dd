"""Enrolling a phone from a desk: a code for the holder, and the chip's word for the key that the phone then shows.

ecard card activation CARD --as CLERK --evidence ..                  a code; the phone waits for the chip
ecard card activation CARD --as CLERK --evidence .. --provisional    asks for one that does without the chip: needs a second person
ecard card activation CARD --as OTHER --approve REF                  the second person; shows the code
ecard card endorse CARD --as CLERK --reader READER --chip-reader NAME | --image FILE
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.chipproof import bind_challenge
from codes.errors import InputError, StateError
from ecard import CardRef, Endorsement
from ecard import faults as record
from ecard.lifecycle import RULES, Command
from ecard.model import Role
from ecard.residents.activating import Grade
from physical.binding import BindingSession
from webapp import faults
from webapp.office.answering import DONE, say
from webapp.office.arguments import add_card, add_file, add_operator, add_papers, add_verb
from webapp.office.hardware import has_chip, inserted_chip, pins
from webapp.office.opening import open_office
from webapp.office.options import name, reference

if TYPE_CHECKING:
    import argparse

    from ecard import CardOffice
    from ecard.residents.activating import Activation
    from ecard.residents.enrolling import Endorsing
    from webapp.office.arguments import Verbs

_MAY_ASK = RULES[Command.BIND_PHONE].who | {Role.HOTLINE}
_PAUSE_S = 0.5
LONGEST_WAIT_S = 55
"""How long the phone is waited for: a little less than its nonce lives."""


def add(verbs: Verbs) -> None:
    """The two commands."""
    found = add_verb(verbs, "activation", "手机激活码", "a code by which a phone enrols", activation)
    add_card(found)
    add_operator(found)
    add_papers(found)
    kind = found.add_mutually_exclusive_group()
    says = "不经芯片认证，限期只领通用凭证；须另一人同意 / without the chip, general credentials for a while; a second person has to agree"
    kind.add_argument("--provisional", action="store_true", help=says)
    kind.add_argument("--approve", type=reference, metavar="REF", help="同意他人提出的申请 / agree to what another person asked for")
    found = add_verb(verbs, "endorse", "芯片认证手机", "let the chip endorse the phone that waits", endorse)
    add_card(found)
    add_operator(found)
    found.add_argument("--reader", type=name, required=True, metavar="NAME", help="登记的读卡器编号 / the registered reader")
    chip = found.add_mutually_exclusive_group(required=True)
    chip.add_argument("--chip-reader", metavar="NAME", help="芯片所在的读卡器，见 ecard-reader readers / the reader that holds the chip")
    chip.add_argument("--image", type=Path, metavar="FILE", help="软卡文件 / a soft card's file")
    add_file(found, "--pin-file", zh="芯片密码文件", en="file with the chip's PIN")
    found.add_argument(
        "--fingerprint", metavar="MARK", help="手机上显示的指纹码，多部手机等待时用 / the fingerprint on the phone, where several wait"
    )


def activation(options: argparse.Namespace) -> int:
    """A code for one phone, or the request for one."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting(_MAY_ASK)
        if options.approve is not None:
            made = office.desk.approve_activation(options.approve, actor=actor, at=at)
        else:
            grade = Grade.PROVISIONAL if options.provisional else Grade.CHIP
            made = office.desk.ask_activation(CardRef(options.card), grade, actor=actor, evidence=frozenset(options.evidence), at=at)
    say(options, _page(made), _lines(made))
    return DONE


def endorse(options: argparse.Namespace) -> int:
    """Ask the waiting phone for a proof, let the chip endorse its key, bind it in full."""
    at = options.clock()
    if not has_chip(options):
        raise InputError(faults.OFFICE_FORM, member="chip", problem="missing")
    with open_office(options.office, at=at) as office:
        desk, actor = office.desk, office.settings.operator(options.actor).acting(RULES[Command.BIND_PHONE].who)
        pin, new = pins(options.pin_file)
        asked = desk.call_phone(CardRef(options.card), actor=actor, at=at, fingerprint=options.fingerprint)
        if not options.json:
            say(options, {}, [f"请核对手机上的指纹码 / compare with the phone: {asked.fingerprint}"])
        proof = _wait(desk, asked)
        card = desk.card(CardRef(options.card)).card
        challenge = bind_challenge(
            reader_id=options.reader, nonce=asked.nonce, thumbprint=asked.key.thumbprint(), card_number=card.number, expires=asked.expires
        )
        with inserted_chip(options) as transport:
            session = BindingSession(transport)
            session.select()
            if new is not None:
                session.change_pin(pin, new)
            session.verify_pin(new or pin)
            endorsement = Endorsement(reader=options.reader, answer=session.endorse(challenge))
        bound = desk.bind_phone(card.ref, nonce=asked.nonce, proof=proof, endorsement=endorsement, actor=actor, at=options.clock())
    page = {"done": True, "card": card.ref, "phone": bound.phone.ref, "fingerprint": asked.fingerprint}
    say(options, page, [f"✓ 手机已由芯片认证 / the chip has endorsed the phone  {asked.fingerprint}"])
    return DONE


def _wait(desk: CardOffice, asked: Endorsing) -> bytes:
    """The phone's proof. Raises `StateError` enrolment-silent when it does not come in time."""
    begun = time.monotonic()
    while (proof := desk.phone_answered(asked)) is None:
        if time.monotonic() - begun >= LONGEST_WAIT_S:
            raise StateError(record.ENROLMENT_SILENT)
        time.sleep(_PAUSE_S)
    return proof


def _page(made: Activation) -> dict[str, Any]:
    page = {"activation": made.ref, "card": made.card, "grade": made.grade.value, "expires": made.expires}
    return page if made.code is None else page | {"code": made.code, "qr": f"SCA1:{made.code}"}


def _lines(made: Activation) -> list[str]:
    if made.code is None:
        return [
            "已提出，须另一人同意 / asked for; another person has to agree:",
            f"  ecard card activation {made.card} --approve {made.ref} --as OPERATOR",
        ]
    shown = f"{made.code[:4]} {made.code[4:]}"
    return [f"激活码 / activation code  {shown}", "10 分钟内有效，只能用一次；请当面告知持卡人 / ten minutes, one phone; tell it to the holder only"]
