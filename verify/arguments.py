"""The arguments of `ecard-terminal` (FORMATS section 5): what each verb takes, and what is said about one that cannot be used."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from codes.claims import REGION_PATTERN
from codes.presentation import MAX_CNONCE, MIN_CNONCE

UNUSABLE = 2
"""Exit status for arguments that cannot be used."""

AGENT_PORT = 7410
"""Where the agent listens unless told otherwise."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


_ARGPARSE = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"the following arguments are required: (.+)", "缺少参数：{}"),
        (r"unrecognized arguments: (.+)", "不认识的参数：{}"),
        (r"argument (.+): expected one argument", "参数 {} 缺少取值"),
        (r"argument (.+?): invalid choice: (.+) \(choose from (.+)\)", "参数 {} 不能是 {}，可以是：{}"),
        (r"one of the arguments (.+) is required", "须给出其中一个参数：{}"),
        (r"argument (.+?): not allowed with argument (.+)", "参数 {} 不能与 {} 同时使用"),
        (r"argument (.+?): ignored explicit argument (.+)", "参数 {} 不带取值，却给了 {}"),
    )
)
"""What argparse says of itself, and the same in Chinese. What it should say otherwise in a later version of Python is told in English only."""


class Arguments(argparse.ArgumentParser):
    """A parser that says in both languages what is wrong, and no stack trace."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        found = ((pattern.fullmatch(message), chinese) for pattern, chinese in _ARGPARSE)
        both = next((f"{chinese.format(*match.groups())} / {message}" for match, chinese in found if match), message)
        self.exit(UNUSABLE, f"{self.format_usage()}{self.prog}: 参数不可用 / unusable arguments: {both}\n")


def parser() -> Arguments:
    """The whole command line."""
    top = Arguments(prog="ecard-terminal", description="电子社保卡离线验码终端 / the offline terminal of the e-card", allow_abbrev=False)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=Arguments)

    def verb(name: str, says: str) -> Arguments:
        found = verbs.add_parser(name, help=says, description=says, allow_abbrev=False)
        found.add_argument("--state", type=Path, required=True, metavar="DIR", help="终端状态目录 / the terminal's state directory")
        return found

    init = verb("init", "建立终端状态目录 / make a terminal's state directory")
    init.add_argument("--root", type=Path, required=True, metavar="FILE", help="当面取得的信任根 root.json / the trust root, got in person")
    init.add_argument("--scene", type=_name, required=True, metavar="NAME", help="场景 / scene, as its region publishes it")
    init.add_argument("--terminal", type=_name, required=True, metavar="ID", help="终端编号 / the terminal's id")
    init.add_argument(
        "--region",
        type=_region,
        metavar="CN-XX",
        help="场景所在地区，两地都有同名场景时须指明 / region of the scene, where two regions have one of that name",
    )
    scan = verb("scan", "逐行读入扫到的文本，逐行输出 JSON 结论 / one scanned text a line in, one JSON verdict a line out")
    scan.add_argument(
        "--at", type=instant, metavar="TIME", help="以此时间判断，不写入状态 / judge at this time, write nothing, such as 2026-11-21T08:00:00Z"
    )
    scan.add_argument("--scene", type=_name, metavar="NAME", help="按另一场景判断 / judge as another scene")
    scan.add_argument("--challenge", type=_challenge, metavar="HEX", help="本机出示的核验码 / the challenge that this terminal showed")
    importing = verb("import", "从目录或 U 盘导入签名文件 / take in signed files from a folder or a stick")
    importing.add_argument("path", type=Path, metavar="PATH", help="发布目录 / the published folder")
    exporting = verb(
        "export", "把本机收到的签名文件写到目录或 U 盘，供其他终端导入 / hand the signed files on to other terminals, by folder or stick"
    )
    exporting.add_argument("path", type=Path, metavar="PATH", help="目标目录 / the folder to write into")
    syncing = verb("sync", "从发卡机构的服务器更新验证数据与停用名单 / bring trust and status lists up to date from the card office's server")
    syncing.add_argument("--server", required=True, metavar="URL", help="发卡机构的服务器 / the card office's server")
    syncing.add_argument("--follow", action="store_true", help="一直跟随，秒级更新 / stay current within seconds, until told to stop")
    syncing.add_argument(
        "--metered",
        action="store_true",
        help="线路按流量计费：每五分钟合并更新一次，挂失最迟五分钟后知道 / the line is paid by the byte: changes come gathered, a loss is known minutes later",
    )
    upload = verb("upload", "把验码日志上传到发卡机构 / send the journal to the card office")
    way = upload.add_mutually_exclusive_group(required=True)
    way.add_argument("--server", metavar="URL", help="发卡机构的服务器 / the card office's server")
    way.add_argument("--out", type=Path, metavar="FILE", help="写入文件，用 U 盘带去 / write it to a file, to be carried")
    serving = verb("serve", "本机终端服务：供闸机与柜台程序提问 / answer the gate and desk programs of this machine (docs/agent.md)")
    serving.add_argument("--port", type=_port, default=AGENT_PORT, metavar="N", help=f"HTTP 端口，默认 {AGENT_PORT}，0 为任选 / of HTTP; 0 for any")
    serving.add_argument("--line-port", type=_port, metavar="N", help="逐行文本端口，不给则不开 / of the line socket; none unless given")
    serving.add_argument("--server", metavar="URL", help="在后台从发卡机构的服务器保持更新 / stay current from the card office's server meanwhile")
    serving.add_argument(
        "--metered",
        action="store_true",
        help="线路按流量计费：每五分钟合并更新一次，挂失最迟五分钟后知道 / the line is paid by the byte: changes come gathered, a loss is known minutes later",
    )
    serving.add_argument(
        "--origin",
        type=_origin,
        action="append",
        default=[],
        metavar="URL",
        help="可以提问的网页来源，可重复 / origin of a page that may ask; repeatable",
    )
    serving.add_argument(
        "--group", type=Path, metavar="FILE", help="闸机组文件：同站相邻终端 / the group file: the neighbours on the station's network"
    )
    verb("health", "输出终端健康状况 JSON / say how the terminal is, as JSON")
    return top


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是名称 / is not a name: letters, digits, dot, dash, underscore, at most 64")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) >= 1 << 16:
        raise argparse.ArgumentTypeError(f"{text!r} 不是端口号 / is not a port: 0 to 65535")
    return int(text)


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是网页来源 / is not an origin such as https://card.example.cn or http://localhost:5000")
    return text


def _region(text: str) -> str:
    if not REGION_PATTERN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是地区代码 / is not a region code such as CN-CQ")
    return text


def instant(text: str) -> datetime:
    """A time with its zone."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.timestamp() >= 0:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} 不是带时区的时间 / is not a time with its zone, such as 2026-11-21T08:00:00Z")


def _challenge(text: str) -> bytes:
    try:
        challenge = bytes.fromhex(text)
    except ValueError:
        challenge = b""
    if not MIN_CNONCE <= len(challenge) <= MAX_CNONCE:
        raise argparse.ArgumentTypeError(f"{text!r} 不是核验码 / is not {MIN_CNONCE} to {MAX_CNONCE} bytes in hexadecimal")
    return challenge
