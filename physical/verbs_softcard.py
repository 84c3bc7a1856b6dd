"""`ecard-reader softcard`: a card of software in a file, and `ecard-reader virtual`, which puts one into a virtual reader."""

from __future__ import annotations

import argparse
import secrets
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from physical.binding import PIN_DIGITS, BindingSession
from physical.chipmemory import CARD_ID_BYTES
from physical.image import create_image, held_card, inserted
from physical.saying import Said
from physical.softcard import TZeroCard
from physical.verbs_chip import shown
from physical.vpcd import ATR_T0, ATR_T1
from physical.vpcd_service import VirtualReaders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.arguments import Arguments


def add(verbs: argparse._SubParsersAction[Arguments]) -> None:
    """The verbs of this page."""
    says = "新建或查看一张软件卡 / make or look at a card of software"
    softcard = verbs.add_parser("softcard", help=says, description=says, allow_abbrev=False).add_subparsers(required=True, metavar="ACT")
    says = "新建：密钥、识别码、初始密码（只显示一次）/ make one: key, identification code, initial PIN, printed once"
    making = softcard.add_parser("new", help=says, description=says, allow_abbrev=False)
    making.add_argument("--card-id", type=_card_id, metavar="HEX", help="卡识别码，16 字节，默认随机 / identification code, random by default")
    making.set_defaults(verb=new)
    says = "空白芯片，由 ecard chip personalise 制作 / a blank chip, which ecard chip personalise makes a card's"
    leaving = softcard.add_parser("blank", help=says, description=says, allow_abbrev=False)
    leaving.set_defaults(verb=blank)
    says = "查看谁都能读到的内容 / what it shows to anybody"
    looking = softcard.add_parser("show", help=says, description=says, allow_abbrev=False)
    looking.set_defaults(verb=show)
    says = "把软件卡插入虚拟读卡器，直到停止 / keep a soft card in a virtual reader until stopped"
    keeping = verbs.add_parser("virtual", help=says, description=says, allow_abbrev=False)
    keeping.add_argument("--t0", action="store_true", help="以 T=0 协议应答 / answer by protocol T=0")
    keeping.set_defaults(verb=virtual)
    for act in (making, leaving, looking, keeping):
        act.add_argument("image", type=Path, metavar="IMAGE", help="软件卡映像文件 / the soft card's file")


def new(options: argparse.Namespace) -> Iterator[Said]:
    """Make a soft card: key, identification code, initial PIN. Its credential comes from an issuer, which then activates it."""
    card_id: bytes = options.card_id or secrets.token_bytes(CARD_ID_BYTES)
    pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
    create_image(options.image)
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        key = session.generate_key()
        session.write_card_id(card_id)
        session.write_initial_pin(pin)
    yield Said({"image": str(options.image), "card_id": card_id.hex(), "key": key.kid().hex(), "initial_pin": pin})


def blank(options: argparse.Namespace) -> Iterator[Said]:
    """A chip that nobody has personalised."""
    create_image(options.image)
    yield Said({"image": str(options.image), "blank": True})


def show(options: argparse.Namespace) -> Iterator[Said]:
    """What the card shows to anybody who asks; nothing of it is proven. Counts no authentication."""
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        yield Said({"in_business": session.select(), **shown(session)})


def virtual(options: argparse.Namespace) -> Iterator[Said]:
    """A reader service of our own with this card in it, for every program that is told its socket, until an interrupt or a polite kill."""
    with held_card(options.image, secrets.token_bytes) as card, VirtualReaders() as service:
        slot = service.ports[0]
        if options.t0:
            slot.insert(TZeroCard(card), atr=ATR_T0)
        else:
            slot.insert(card, atr=ATR_T1)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            yield Said({"environment": f"PCSCLITE_CSOCK_NAME={service.path}", "reader": service.names[0], "image": str(options.image)})
            if (failure := slot.wait()) is not None:
                raise failure
    yield Said({"stopped": True})


def _card_id(text: str) -> bytes:
    try:
        card_id = bytes.fromhex(text)
    except ValueError:
        card_id = b""
    if len(card_id) != CARD_ID_BYTES:
        raise argparse.ArgumentTypeError(f"{text!r} 不是卡识别码 / is not {CARD_ID_BYTES} bytes in hexadecimal")
    return card_id
