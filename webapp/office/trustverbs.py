"""The arguments of `ecard trust`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ecard import keycards
from webapp.office import statusverbs, trusting
from webapp.office.arguments import add_file, add_verb, commands_of
from webapp.office.founding import PLACES
from webapp.office.options import instant, name
from webapp.office.settings import PROFILES

if TYPE_CHECKING:
    from verify.arguments import Arguments
    from webapp.office.deferred import Deferred


def trust(parser: Deferred) -> None:
    """`ecard trust`: keys kept apart, ceremonies, issuing keys, joint documents."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "show", "查看信任库或一次签名仪式", "who signs what, until when; what a ceremony still waits for", trusting.show)
    found.add_argument("ceremony", type=Path, nargs="?", metavar="CEREMONY", help="签名仪式目录，省略则查看已发布的信任库 / a ceremony's folder")
    _add_published(found)
    found = add_verb(verbs, "key", "生成一把由保管人离线保存的密钥", "make a key that its keeper keeps apart", trusting.key)
    found.add_argument("name", type=name, metavar="NAME", help="名称，如 root-6 / what to call it")
    found.add_argument("--role", type=_role, required=True, metavar="ROLE", help="root, targets, snapshot, timestamp, CN-SC, joint-CN-SC …")
    found.add_argument("--holder", type=name, required=True, metavar="NAME", help="保管方：地区代码，或 joint / who keeps it: a region, or joint")
    found.add_argument("--out", type=Path, required=True, metavar="DIR", help="保存目录 / where to keep it")
    found = add_verb(verbs, "take-out", "把根密钥和目标密钥移出机构", "move root and targets keys out of the office", trusting.take_out)
    found.add_argument("--out", type=Path, required=True, metavar="DIR", help="移到此处，每位保管人一个目录 / where to, one folder a keeper")
    _ceremonies(verbs)
    _status_keys(verbs)
    found = add_verb(verbs, "joint", "发布本地区的联合文件", "publish this region's copy of a joint document", trusting.joint)
    found.add_argument("name", type=name, metavar="NAME", help="文件名，如 items.json / the document's name")
    add_file(found, "file", zh="文件，- 为标准输入", en="the file, - is standard input")
    _add_region(found)
    found = add_verb(verbs, "add-issuer", "登记一把签发公钥", "enter the public half of an issuing key", trusting.enter_issuer)
    add_file(found, "file", zh="公钥 PEM，- 为标准输入", en="the public key in PEM, - is standard input")
    _add_region(found)
    found.add_argument(
        "--profile", choices=tuple(PROFILES), action="append", required=True, help="可签发的种类，可重复 / what it may sign, may be repeated"
    )
    found.add_argument("--since", type=instant, metavar="TIME", help="启用时间，默认现在 / from when, now by default")
    found.add_argument("--until", type=instant, required=True, metavar="TIME", help="停用时间 / until when")
    found = add_verb(verbs, "remove-issuer", "取消一把签发公钥", "take an issuing key out", trusting.withdraw_issuer)
    found.add_argument("kid", type=_kid, metavar="KID", help="密钥编号，16 位十六进制 / the key's name, 16 hexadecimal digits")
    _add_region(found)


def _status_keys(verbs: argparse._SubParsersAction[Arguments]) -> None:
    says = "生成下一把状态密钥；满七天后用 --use 启用", "make the next status key; take it up with --use after seven days"
    found = add_verb(verbs, "status-key", *says, statusverbs.status_key)
    _add_region(found)
    found.add_argument("--use", action="store_true", help="启用已备好的密钥，旧密钥销毁 / take it up; the last one is destroyed")
    says_stolen = (
        "旧密钥被盗：立即启用，旧签名一律作废，名单换新纪元 / the last one was stolen: at once, nothing it signed counts, a new epoch begins"
    )
    found.add_argument("--stolen", action="store_true", help=says_stolen)
    found = add_verb(verbs, "new-epoch", "让状态链从新纪元重新开始", "have the status chains begin again in a new epoch", statusverbs.new_epoch)
    _add_region(found)


def _ceremonies(verbs: argparse._SubParsersAction[Arguments]) -> None:
    found = add_verb(verbs, "init", "提出第一版根", "propose the first root", trusting.init)
    _add_ceremony(found)
    found.add_argument(
        "--cards", type=Path, action="append", required=True, metavar="PATH", help="公钥卡或其目录，可重复 / key cards, or folders of them"
    )
    found.add_argument("--published", type=Path, required=True, metavar="DIR", help="将来发布的目录 / where it will be published")
    _add_terms(found)
    found = add_verb(
        verbs, "rotate", "提出下一版根：增减密钥、改门限、续期", "propose the next root: keys in or out, thresholds, a new term", trusting.rotate
    )
    _add_ceremony(found)
    found.add_argument(
        "--add", type=Path, action="append", default=[], metavar="CARD", help="增加此公钥卡，可重复 / a key card to add, may be repeated"
    )
    found.add_argument("--drop", type=name, action="append", default=[], metavar="NAME", help="去掉此密钥，可重复 / a key to drop, may be repeated")
    _add_published(found)
    _add_terms(found)
    found = add_verb(verbs, "sign", "保管人签名", "sign, as a keeper", trusting.sign)
    _add_ceremony(found)
    found.add_argument("--key", type=Path, action="append", required=True, metavar="FILE", help="密钥文件，可重复 / a key file, may be repeated")
    found = add_verb(verbs, "gather", "合并各地副本上的签名", "gather the signatures made on copies", trusting.gather)
    _add_ceremony(found)
    found.add_argument("copies", type=Path, nargs="+", metavar="COPY", help="副本目录 / the copies")
    found = add_verb(verbs, "publish", "签名齐备后使其生效", "put it in force, once all have signed", trusting.publish)
    _add_ceremony(found)
    _add_published(found)
    found.add_argument("--keys", type=Path, metavar="DIR", help="存有 snapshot 和 timestamp 的密钥目录，默认机构的 / the folder with their keys")


def _add_ceremony(parser: Arguments) -> None:
    parser.add_argument("ceremony", type=Path, metavar="CEREMONY", help="签名仪式目录 / the ceremony's folder")


def _add_published(parser: Arguments) -> None:
    parser.add_argument("--published", type=Path, metavar="DIR", help="发布目录，默认机构的 / the published folder, by default the office's")


def _add_region(parser: Arguments) -> None:
    parser.add_argument("--region", choices=PLACES, required=True, help="地区 / the region")


def _add_terms(parser: Arguments) -> None:
    says = "门限，如 root=3，可重复 / a threshold, may be repeated"
    parser.add_argument("--threshold", type=_threshold, action="append", default=[], metavar="ROLE=N", help=says)
    says = "重设终端时钟下限 / set the floor of the terminals' clocks anew"
    parser.add_argument("--clock-floor", type=instant, metavar="TIME", help=says)


def _role(text: str) -> str:
    if not keycards.is_role(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是角色 / is no role: {', '.join(keycards.TOP_ROLES)}, CN-SC, joint-CN-SC …")
    return text


def _threshold(text: str) -> tuple[str, int]:
    role, _, number = text.partition("=")
    if not keycards.is_role(role) or not re.fullmatch(r"[1-9][0-9]?", number):
        raise argparse.ArgumentTypeError(f"{text!r} 应如 root=3 / must read like root=3")
    return role, int(number)


def _kid(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是 16 位十六进制 / is not 16 hexadecimal digits")
    return text
