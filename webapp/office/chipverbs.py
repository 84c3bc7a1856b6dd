"""The arguments of `ecard chip` and `ecard tap`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ecard.lifecycle import Command
from physical.opening import add_chip_options
from webapp.office import chipacts, chiplists, hardware, tapping
from webapp.office.answering import answering
from webapp.office.arguments import add_card, add_file, add_verb, commands_of
from webapp.office.cardverbs import add_endorsing, common, described
from webapp.office.options import name, reference

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from verify.arguments import Arguments
    from webapp.office.arguments import Verbs
    from webapp.office.deferred import Deferred


def chip(parser: Deferred) -> None:
    """`ecard chip`: made, looked at, its PIN, and what goes to desks without a line."""
    verbs = commands_of(parser)
    add_card(add_verb(verbs, "show", "查看芯片档案：应有状态、已证明的状态、不符", "a card's chips: wanted, proved, apart", chipacts.show))
    _letter(_verb(verbs, "personalise", Command.PERSONALISE, hardware.personalise, zh="制作芯片", en="make a chip"))
    _letter(_verb(verbs, "resume", Command.PERSONALISE, chipacts.go_on, zh="继续中断的制作", en="go on with a making that broke off"))
    _verb(verbs, "void", Command.REMAKE_CHIP, chipacts.give_up, zh="作废制作中的芯片", en="give up the chip that is being made", chip=False)
    found = _verb(verbs, "change-pin", Command.CHANGE_PIN, chipacts.change_pin, zh="当面修改密码", en="replace the PIN, with the holder there")
    add_file(found, "--pin-file", zh="密码文件：现用、新密码各一行", en="file with the present PIN and the new one, a line each")
    _letter(_verb(verbs, "reset-pin", Command.RESET_PIN, chipacts.reset_pin, zh="重置密码", en="set the PIN anew"))
    _verb(verbs, "unblock-pin", Command.UNBLOCK_PIN, chipacts.unblock_pin, zh="解锁密码", en="unblock the PIN")
    says = "凭芯片和密码解绑手机", "unbind a phone through chip and PIN"
    found = add_verb(verbs, "unbind", *says, chipacts.unbind, **described(Command.UNBIND_PHONE))
    add_card(found)
    found.add_argument("phone", type=reference, metavar="PHONE", help="手机的载体引用号 / the phone's reference")
    add_endorsing(found)
    common(found, Command.UNBIND_PHONE, operator=False)
    found = add_verb(verbs, "lists", "发布离线挂失名单", "publish the lists for desks without a line", chiplists.publish)
    found = add_verb(verbs, "receipts", "登记离线窗口带回的回执", "note receipts that such desks bring back", chiplists.take)
    add_file(found, "file", zh="回执文件，- 为标准输入", en="the receipts, - is standard input")


def _verb(
    verbs: Verbs, word: str, command: Command, handler: Callable[[argparse.Namespace], int], *, zh: str, en: str, chip: bool = True
) -> Arguments:
    found = add_verb(verbs, word, zh, en, handler, **described(command))
    add_card(found)
    if chip:
        add_chip_options(found)
    common(found, command)
    return found


def _letter(parser: Arguments) -> None:
    add_file(parser, "--pin-letter", zh="初始密码写入此文件", en="where the initial PIN is written", required=True)


def tap(parser: Deferred) -> None:
    """`ecard tap`."""
    parser.add_argument(
        "--office", type=Path, default=Path(), metavar="DIR", help="机构目录，默认当前目录 / the office's folder, by default this one"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出，错误亦然 / answer in JSON, errors too")
    add_chip_options(parser)
    parser.add_argument("--desk", type=name, default="counter", metavar="NAME", help="读卡地点，留档 / where this is, kept with the proof")
    parser.set_defaults(handler=answering(tapping.run))
