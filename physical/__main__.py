"""`ecard-reader`: look at a chip and have it prove itself.

    ecard-reader softcard new IMAGE [--card-id HEX]     a soft card with its key, identification code and an initial PIN, waiting for its credential
    ecard-reader softcard show IMAGE                    what the card shows to anybody
    ecard-reader status --image IMAGE                   a fresh challenge, answered and verified
    ecard-reader pin --image IMAGE                      the holder replaces the PIN (asked for, or two lines on standard input)

`--json` before the verb prints one JSON object. Exit status: 0 done, 1 the card refused, 2 unusable arguments, 3 reader, image or disk unusable.
"""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from codes.chipproof import CHALLENGE_BYTES, ChipPurpose
from codes.credential import Credential
from codes.errors import CardError, InputError, SetupError, StateError
from physical import faults
from physical.binding import PIN_DIGITS, BindingSession
from physical.chipmemory import CARD_ID_BYTES
from physical.image import create_image, inserted
from verify.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

Answer = dict[str, str | int | bool | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        answer: Answer = options.verb(options)
    except CardError as error:
        if options.json:
            fault = error.fault
            said = {"error": error.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(error.facts)}
            print(json.dumps(said, ensure_ascii=False), file=sys.stderr)
        else:
            print(f"{error.fault.title.zh} / {error}\n  {error.fault.hint.zh}\n  {error.fault.hint.en}", file=sys.stderr)
        return 3 if isinstance(error, SetupError) else 1
    if options.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        width = max(map(len, answer))
        print("\n".join(f"{name.replace('_', ' '):{width}}  {_human(name, value)}" for name, value in answer.items()))
    return 0


def new(options: argparse.Namespace) -> Answer:
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
    return {"image": str(options.image), "card_id": card_id.hex(), "key": key.kid().hex(), "initial_pin": pin}


def show(options: argparse.Namespace) -> Answer:
    """What the card shows to anybody who asks; nothing of it is proven. Counts no authentication."""
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        return {"in_business": session.select(), **_shown(session)}


def status(options: argparse.Namespace) -> Answer:
    """Have the card prove itself with a fresh challenge, by the key that its credential names, or by its own word while it has none."""
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        card_id, key = session.read_card_id(), session.read_public_key()
        report = session.prove(ChipPurpose.STATUS, secrets.token_bytes(CHALLENGE_BYTES), key=key, card_id=card_id)
        return {
            "proven": True,
            "state": report.state.name.lower(),
            "seq": report.seq,
            "counter": report.counter,
            "chip_random": report.chip_random.hex(),
            **_shown(session),
        }


def pin_change(options: argparse.Namespace) -> Answer:
    """The holder replaces the PIN."""
    old, new_pin = _ask("原密码 / old PIN: "), _ask("新密码 / new PIN: ")
    with inserted(options.image, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        session.change_pin(old, new_pin)
        return {"pin_changed": True}


def _shown(session: BindingSession) -> Answer:
    answer: Answer = {"card_id": session.read_card_id().hex(), "key": session.read_public_key().kid().hex(), "pin_tries_left": session.pin_tries()}
    try:
        credential = Credential.from_bytes(session.read_credential())
    except StateError:
        return answer | {"credential": None}
    says = credential.says
    if says.holder != session.read_public_key():
        raise InputError(faults.CHIP_CREDENTIAL, issuer=says.iss)
    return answer | {"credential": says.iss, "expires": says.exp, "status_uri": says.status.uri, "status_idx": says.status.idx}


def _ask(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()


def _human(name: str, value: str | int | bool | None) -> str:  # noqa: FBT001 because it prints what it is given
    if name == "expires" and value is not None:
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {True: "yes / 是", False: "no / 否", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)


def _card_id(text: str) -> bytes:
    try:
        card_id = bytes.fromhex(text)
    except ValueError:
        card_id = b""
    if len(card_id) != CARD_ID_BYTES:
        raise argparse.ArgumentTypeError(f"{text!r} 不是卡识别码 / is not {CARD_ID_BYTES} bytes in hexadecimal")
    return card_id


_EPILOG = """\
退出码：0 完成 · 1 卡片拒绝 · 2 参数不可用 · 3 读卡器、映像或磁盘不合格
exit status: 0 done · 1 the card refused · 2 unusable arguments · 3 reader, image or disk not fit"""


def _parser() -> Arguments:
    says = "查看芯片，并让它证明自己 / look at a chip and have it prove itself"
    parser = Arguments(
        prog="ecard-reader", description=says, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象 / print one JSON object")
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Arguments)
    says = "新建或查看一张软件卡 / make or look at a card of software"
    softcard = verbs.add_parser("softcard", help=says, description=says, allow_abbrev=False).add_subparsers(required=True, metavar="ACT")
    acts = (
        ("new", new, "新建：密钥、识别码、初始密码（只显示一次）/ make one: key, identification code, initial PIN, printed once"),
        ("show", show, "查看谁都能读到的内容 / what it shows to anybody"),
    )
    for name, verb, says in acts:
        act = softcard.add_parser(name, help=says, description=says, allow_abbrev=False)
        act.add_argument("image", type=Path, metavar="IMAGE", help="软件卡映像文件 / the soft card's file")
        act.set_defaults(verb=verb)
        if verb is new:
            act.add_argument("--card-id", type=_card_id, metavar="HEX", help="卡识别码，16 字节，默认随机 / identification code, random by default")
    for name, verb, says in (
        ("status", status, "让卡当场证明自己 / have the card prove itself"),
        ("pin", pin_change, "持卡人更换密码 / the holder replaces the PIN"),
    ):
        act = verbs.add_parser(name, help=says, description=says, allow_abbrev=False)
        act.add_argument("--image", type=Path, metavar="IMAGE", required=True, help="软件卡映像文件 / the soft card's file")
        act.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
