"""The arguments of `ecard card`, from the table of commands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.claims import Profile
from codes.errors import Text
from ecard.lifecycle import RULES, Command
from ecard.model import Role
from physical.opening import add_chip_options
from webapp.office import enrolverbs, hardware, looking
from webapp.office.acts import ACTS
from webapp.office.arguments import add_card, add_file, add_filed, add_operator, add_papers, add_verb, commands_of
from webapp.office.doing import do
from webapp.office.options import choice, count, name, slug
from webapp.office.words import EVIDENCE, ROLES, both

if TYPE_CHECKING:
    from verify.arguments import Arguments
    from webapp.office.acts import Act
    from webapp.office.arguments import Verbs
    from webapp.office.deferred import Deferred


def card(parser: Deferred) -> None:
    """`ecard card`: looking, and every command of the table that an office can give from a shell."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "show", "查看卡片", "look at a card", looking.show)
    add_card(found)
    add_operator(found, required=False)
    says = "查看姓名证件的用途，记录在案，如 compare-with-document / why name and number are wanted; put on record"
    found.add_argument("--purpose", type=slug, metavar="WORDS", help=says)
    found.add_argument("--history", action="store_true", help="一并列出办理记录和出示的材料 / with what was done to it, and on which papers")
    add_filed(found)
    found = add_verb(verbs, "events", "查看办理记录", "what was done to a card", looking.events)
    add_card(found)
    add_filed(found)
    found = add_verb(verbs, "receipts", "查看回执", "the receipts of a card", looking.receipts)
    add_card(found)
    add_file(found, "--out", zh="把最近一份回执存入文件", en="write the newest one to a file")
    found = add_verb(verbs, "find", "按卡号或证件号查卡", "find cards by card or identity number", looking.find)
    add_operator(found)
    add_file(found, "--form", zh="JSON 或 TOML 文件：card_number 或 identity_number；默认标准输入", en="JSON or TOML, standard input by default")
    for act in ACTS:
        _act(verbs, act)
    _with_chip(verbs)
    enrolverbs.add(verbs)


def _act(verbs: Verbs, act: Act) -> None:
    title = act.says or RULES[act.command].title
    found = add_verb(verbs, act.word, title.zh, title.en, lambda options: do(act, options), **described(act.command))
    if act.on_card:
        add_card(found)
    for option in act.options:
        option.add_to(found)
    if act.form is not None:
        add_file(found, "--form", zh=f"JSON 或 TOML 文件，默认标准输入，字段 {act.form.says}", en="JSON or TOML, standard input by default")
    common(found, act.command)
    # a chip or a phone answers a fresh nonce each time, so a request with it is never the same twice and takes no key
    says = "请求键：同一键只办理一次，重复执行得到同一答复 / a key under which this is done once, however often it is given"
    found.add_argument("--key", metavar="KEY", help=says)


def described(command: Command) -> dict[str, Any]:
    """What the table says of a command, as a parser takes it."""
    rule = RULES[command]
    roles = "、".join(f"{ROLES[role].zh} {role.value}" for role in sorted(rule.who))
    papers = [f"  {evidence.value}  {both(EVIDENCE[evidence])}" for evidence in sorted(rule.evidence)]
    epilog = [f"条款 / articles: {', '.join(rule.articles)}", f"岗位 / roles: {roles}", *(["材料 / evidence:", *papers] if papers else [])]
    text = f"{both(rule.title)}\n\n{rule.effect.zh}\n{rule.effect.en}"
    return {
        "description": text.replace("%", "%%"),
        "epilog": "\n".join(epilog).replace("%", "%%"),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def common(parser: Arguments, command: Command, *, operator: bool = True) -> None:
    """What every command of the table takes."""
    by_holder = Role.HOLDER in RULES[command].who
    if operator and command is not Command.RENEW:
        add_operator(parser, holder=by_holder)
    add_papers(parser)
    add_filed(parser)
    parser.add_argument(
        "--expected", type=count, metavar="N", help="所见卡片版本，不符即拒绝 / the revision that was seen; refused if it has changed"
    )
    parser.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    add_file(parser, "--receipt", zh="把回执存入文件", en="write the receipt to a file")
    parser.set_defaults(key=None)
    if by_holder or command is Command.GRANT_TEMPORARY:
        needs = command in {Command.BIND_PHONE, Command.RENEW, Command.GRANT_TEMPORARY}
        says = "手机目录 / the phone's folder"
        parser.add_argument("--phone-folder", type=Path, required=needs, metavar="DIR", help=says)


def add_endorsing(parser: Arguments) -> None:
    """The chip that endorses, where it is, at which registered reader; and its PIN."""
    add_file(parser, "--image", zh="由此芯片认证；不给则限期只领通用凭证", en="the chip that endorses it; without one the phone is provisional")
    parser.add_argument("--chip-reader", metavar="NAME", help="芯片所在的读卡器，见 ecard-reader readers / the reader that holds the chip")
    parser.add_argument("--reader", type=name, metavar="NAME", help="登记的读卡器编号，与芯片同用 / the registered reader, together with a chip")
    add_file(parser, "--pin-file", zh="芯片密码文件", en="file with the chip's PIN")


def _with_chip(verbs: Verbs) -> None:
    rule = RULES[Command.PERSONALISE].title
    found = add_verb(verbs, Command.PERSONALISE, rule.zh, rule.en, hardware.personalise, **described(Command.PERSONALISE))
    add_card(found)
    add_chip_options(found)
    add_file(found, "--pin-letter", zh="初始密码写入此文件", en="where the initial PIN is written", required=True)
    common(found, Command.PERSONALISE)
    rule = RULES[Command.BIND_PHONE].title
    found = add_verb(verbs, Command.BIND_PHONE, rule.zh, rule.en, hardware.bind, **described(Command.BIND_PHONE))
    add_card(found)
    add_endorsing(found)
    common(found, Command.BIND_PHONE)
    rule = RULES[Command.GRANT_TEMPORARY].title
    found = add_verb(verbs, Command.GRANT_TEMPORARY, rule.zh, rule.en, hardware.stand_in, **described(Command.GRANT_TEMPORARY))
    add_card(found)
    common(found, Command.GRANT_TEMPORARY)
    rule = RULES[Command.RENEW].title
    found = add_verb(verbs, Command.RENEW, rule.zh, rule.en, hardware.renew, **described(Command.RENEW))
    add_card(found)
    wanted = choice(
        "profile", Profile, Text("凭证种类，可重复，默认通用和实名各一", "kind of credential, may be repeated; one of each by default"), many=True
    )
    wanted.add_to(found)
    common(found, Command.RENEW)
