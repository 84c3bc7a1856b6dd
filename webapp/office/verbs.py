"""The arguments of the office's other verbs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.model import Eligibility, PointKind
from webapp.office import batches, forms, itemverbs, peerverbs, publishverb, registering, staffing, upkeep
from webapp.office.answering import answering
from webapp.office.arguments import add_file, add_operator, add_papers, add_verb, commands_of
from webapp.office.cardverbs import card
from webapp.office.chipverbs import chip, tap
from webapp.office.founding import PLACES
from webapp.office.modules import add_module_key
from webapp.office.options import choice, line, name, reference
from webapp.office.registering import database
from webapp.office.settings import STAFF_ROLES
from webapp.office.sharingverbs import sharing
from webapp.office.terminals import terminal
from webapp.office.ticketverbs import ticket
from webapp.office.trustverbs import trust
from webapp.office.venueverbs import staff, venue

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping

    from verify.arguments import Arguments
    from webapp.office.deferred import Deferred


def office(parser: Deferred) -> None:
    """`ecard office`: made, and who and what belongs to it."""
    verbs = commands_of(parser)
    says = "新建卡管机构：密钥、空白档案、首次发布", "make an office: keys, an empty record, a first publication"
    found = add_verb(verbs, "init", *says, registering.init)
    found.add_argument("folder", type=Path, metavar="DIR", help="空目录或尚不存在的目录 / an empty folder, or one to be made")
    found.add_argument("--region", choices=PLACES, action="append", required=True, help="所辖地区，可重复 / region, may be repeated")
    says_database = "SQLite 文件名或 postgresql:// 地址（不含密码）/ a SQLite file, or a URL without a password"
    found.add_argument("--database", type=database, default="record.db", metavar="WHERE", help=says_database)
    add_verb(verbs, "show", "查看机构设置", "what the office is made of", registering.show)
    found = add_verb(verbs, "operator", "登记经办人", "put an operator on the list", registering.operator)
    found.add_argument("ref", type=name, metavar="OPERATOR", help="代号，如 clerk-0007 / what to call them")
    found.add_argument("--person", type=name, required=True, metavar="NUMBER", help="工号；同一人的两个代号工号相同 / staff number of the person")
    roles = [role.value for role in STAFF_ROLES]
    found.add_argument("--role", choices=roles, action="append", required=True, help="岗位，可重复 / role, may be repeated")
    found.add_argument("--region", metavar="CN-XX", help="地区，机构只辖一地时可省 / region, needed where the office has several")
    found.add_argument("--point", type=name, metavar="NAME", help="服务网点 / service point")
    found.add_argument("--joint-desk", action="store_true", help="川渝通办窗口 / at a joint desk")
    found = add_verb(verbs, "point", "登记服务网点", "designate a service point", registering.point)
    found.add_argument("ref", type=name, metavar="POINT", help="网点代号 / what to call it")
    found.add_argument("--name", type=line, required=True, metavar="TEXT", help="名称 / its name")
    choice("kind", PointKind, Text("种类", "its kind"), required=True).add_to(found)
    add_operator(found)
    found = add_verb(verbs, "reader", "登记绑定用读卡器", "register a reader at which chips endorse phones", registering.reader)
    found.add_argument("ref", type=name, metavar="READER", help="读卡器编号 / the reader")
    add_operator(found)
    staffing.add(verbs)
    peerverbs.add(verbs)
    add_module_key(verbs)


def batch(parser: Deferred) -> None:
    """`ecard batch`: an employer's applications in one file."""
    verbs = commands_of(parser)
    for word, zh, en, handler in (
        ("preview", "预检文件，不受理", "look a file through, take nothing in", batches.preview),
        ("commit", "受理文件，可断点续办", "take a file in; goes on where it stopped", batches.take_in),
    ):
        found = add_verb(verbs, word, zh, en, handler)
        add_file(found, "file", zh="CSV 或 XLSX 文件，- 为标准输入", en="CSV or XLSX, - is standard input")
        add_operator(found)
        add_papers(found)
        add_file(found, "--corrections", zh="把退回的行和原因写入文件", en="write the refused rows with the reasons to a file")
        if word == "commit":
            found.add_argument("--employer", type=name, required=True, metavar="NAME", help="单位登记号 / the employer's registration")
            found.add_argument("--point", type=name, metavar="NAME", help="服务网点 / service point")
            entitled = Text("全批人员的申领资格，默认本地户籍", "why its people may have the card, registered residents by default")
            choice("category", Eligibility, entitled, flag="--eligibility", default=Eligibility.RESIDENT).add_to(found)
    found = add_verb(verbs, "approve", "批准整批，须另一人", "open the cards, as a second person", batches.approve)
    found.add_argument("batch", type=reference, metavar="BATCH", help="批次引用号 / the batch")
    add_operator(found)
    found = add_verb(verbs, "take-in", "受理一份申请", "take one application in", batches.application_take_in)
    add_file(found, "--form", zh="JSON 或 TOML 文件，默认标准输入", en="JSON or TOML, standard input by default")
    found.add_argument("--point", type=name, metavar="NAME", help="服务网点 / service point")
    add_operator(found)
    add_papers(found)
    found = add_verb(verbs, "approve-one", "批准一份申请，须另一人", "approve one application, as a second person", batches.application_approve)
    found.add_argument("application", type=reference, metavar="APPLICATION", help="申请引用号 / the application")
    add_operator(found)


def order(parser: Deferred) -> None:
    """`ecard order`: the card maker, and every piece of plastic."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "place", "下达制卡单", "order every chip that waits", batches.order_place)
    found.add_argument("--maker", type=name, required=True, metavar="NAME", help="制卡单位 / the card maker")
    found.add_argument("--point", type=name, metavar="NAME", help="领卡网点 / where they are collected")
    add_operator(found)
    for word, zh, en, handler in (
        ("file", "导出制卡文件（含姓名证件）", "write the file for the card maker, with names", batches.order_file),
        ("return", "登记制卡单位回盘", "book what came back", batches.order_return),
    ):
        found = add_verb(verbs, word, zh, en, handler)
        found.add_argument("order", type=reference, metavar="ORDER", help="制卡单引用号 / the order")
        if word == "file":
            add_file(found, "--out", zh="写入此文件", en="where to write it", required=True)
        else:
            add_file(found, "file", zh="回盘文件，- 为标准输入", en="the returned file, - is standard input")
        add_operator(found)
    add_verb(verbs, "stock", "核对库存", "whether every card is accounted for", batches.stock)


def _plain(parser: Deferred, rows: Iterable[tuple[str, str, str, Callable[[argparse.Namespace], int]]]) -> dict[str, Arguments]:
    verbs = commands_of(parser)
    return {word: add_verb(verbs, word, zh, en, handler) for word, zh, en, handler in rows}


def audit(parser: Deferred) -> None:
    """`ecard audit`."""
    found = _plain(
        parser,
        (
            ("verify", "核对所有链", "walk every chain", upkeep.audit_verify),
            ("checkpoint", "签署检查点", "sign a checkpoint", upkeep.audit_checkpoint),
        ),
    )
    add_file(found["verify"], "--kept", zh="另行保存的检查点", en="a checkpoint that was kept elsewhere")
    add_file(found["checkpoint"], "--out", zh="另行保存", en="keep it elsewhere, too")


def db(parser: Deferred) -> None:
    """`ecard db`."""
    found = _plain(
        parser,
        (
            ("upgrade", "升级数据库", "bring the database to this version", upkeep.db_upgrade),
            ("space", "磁盘空间", "how much room the record has", upkeep.db_space),
            ("verify", "核对数据库", "look whether all of it is there", upkeep.db_verify),
            ("backup", "备份", "copy it while it is in use", upkeep.db_backup),
            ("restore", "恢复备份", "bring a backup back", upkeep.db_restore),
        ),
    )
    add_file(found["backup"], "file", zh="新文件", en="a new file")
    add_file(found["restore"], "file", zh="备份文件", en="the backup")


def receipt(parser: Deferred) -> None:
    """`ecard receipt`."""
    found = _plain(parser, (("verify", "核验回执", "check a receipt that somebody brings", upkeep.receipt_verify),))
    add_file(found["verify"], "file", zh="回执文件，- 为标准输入", en="the receipt, - is standard input")
    says = "发布的公钥文件；只核验签名，不需要机构目录", "a published key file; checks the signature alone, without an office"
    add_file(found["verify"], "--key", zh=says[0], en=says[1])


def items(parser: Deferred) -> None:
    """`ecard items`: the public list of what the card is good for."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "show", "查看现行清单", "the list in force", itemverbs.show)
    found.add_argument("--all", action="store_true", help="一并列出每项的办理步骤 / with every step of every item")
    add_verb(verbs, "publish", "公布清单及历次变更", "publish every version and what it changed", itemverbs.publish)
    found = add_verb(verbs, "draft", "登记草拟的事项", "enter an item that was drafted", itemverbs.draft)
    add_file(found, "--form", zh="JSON 文件，- 为标准输入", en="JSON, - is standard input")
    found.add_argument("--seed", action="store_true", help="登记首批清单的全部事项 / all items of the first list")
    found.set_defaults(form=forms.STDIN)
    _step_options(found)
    found = add_verb(verbs, "step", "登记一个步骤", "enter the next step of an item", itemverbs.step)
    found.add_argument("item", type=name, metavar="ITEM", help="事项代号 / the item")
    found.add_argument("step", choices=[step.value for step in itemverbs.STEPS], help="步骤 / the step")
    _step_options(found)


def _step_options(parser: Arguments) -> None:
    parser.add_argument("--by", type=line, required=True, metavar="BODY", help="作出的机关，如 CN-CQ 或 CN-CQ/渝中区 / the body that took it")
    parser.add_argument("--document", type=line, required=True, metavar="TEXT", help="文号 / the document it rests on")
    add_operator(parser)


def publish(parser: Deferred) -> None:
    """`ecard publish`: lists, chains and trust; once, or as they change."""
    plain(parser, publishverb.publish)
    parser.add_argument(
        "--follow", action="store_true", help="持续发布，变化一两秒内送出 / go on publishing; what changes is out within a second or two"
    )
    says = "合并多少秒内的变化，默认 1.5 / seconds whose changes go out together, 1.5 by default"
    parser.add_argument("--window", type=publishverb.window, default=publishverb.WINDOW, metavar="SECONDS", help=says)


_PLAIN = {"tick": upkeep.tick, "check": upkeep.check, "retention": upkeep.retention}
"""Verbs without commands of their own."""


def plain(parser: Deferred, handler: Callable[[argparse.Namespace], int]) -> None:
    """A verb that takes nothing but the office."""
    parser.add_argument(
        "--office", type=Path, default=Path(), metavar="DIR", help="机构目录，默认当前目录 / the office's folder, by default this one"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出，错误亦然 / answer in JSON, errors too")
    parser.set_defaults(handler=answering(handler))


FILLERS: Mapping[str, Callable[[Deferred], None]] = {
    "office": office,
    "card": card,
    "chip": chip,
    "tap": tap,
    "batch": batch,
    "order": order,
    "audit": audit,
    "db": db,
    "receipt": receipt,
    "items": items,
    "publish": publish,
    "trust": trust,
    "terminal": terminal,
    "ticket": ticket,
    "sharing": sharing,
    "venue": venue,
    "staff": staff,
    **{word: partial(plain, handler=handler) for word, handler in _PLAIN.items()},
}
"""What fills the parser of each verb."""
