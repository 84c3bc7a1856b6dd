"""`ecard`: the demonstration, the conformance pack, a phone that shows codes, and everything a card office does.

    ecard demo [--dir ./demo] [--once | --step] [--end] [--no-reader]
                                                     build a fresh city and walk the first journey through it
    ecard code --phone DIR [--identity] [--challenge HEX] [--blocks] [--png FILE] [--svg FILE]
                                                     the phone in DIR makes a code now; the text goes to standard output, for `ecard-terminal scan`
    ecard pack DIR | --run COMMAND DIR               see webapp/pack
    ecard serve [--office DIR | --published DIR]     the service, in a process of its own; `ecard announce` beside a publisher (webapp/serving.py)
    ecard doctor [--office DIR]                      look whether all that a service stands on is well (webapp/operations/doctor.py)
    ecard office|card|chip|tap|batch|order|tick|check|audit|retention|publish|db|receipt       see webapp/office

Exit status: 0 done, 1 something came out otherwise than it should or was refused, 2 unusable arguments or input, 3 something here is not fit (folder,
disk, packages); 130 interrupted at the keyboard, 141 whoever read the output has gone.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from codes.errors import CardError, SetupError
from codes.presentation import MAX_CNONCE, MIN_CNONCE
from verify.arguments import Arguments
from webapp import faults, serving
from webapp.office import cli as office
from webapp.office.answering import status_of
from webapp.office.deferred import Deferred
from webapp.operations import verbs as operating
from webapp.pack import cli as pack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DISTRIBUTION = "chuanyu-card"
DONE, OTHERWISE, UNUSABLE, UNFIT, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141
_EXTRA = {
    "PIL": "pillow",
    "alembic": "alembic",
    "flask": "flask",
    "qrcode": "qrcode",
    "pkcs11": "python-pkcs11",
    "prometheus_client": "prometheus-client",
    "redis": "redis",
    "sqlalchemy": "sqlalchemy",
    "structlog": "structlog",
    "werkzeug": "flask",
    "zxingcpp": "zxing-cpp",
}
"""Packages of the extras `server` and `hsm` by the name under which they are imported."""
_EPILOG = """\
退出码：0 完成 · 1 结果与应有的不符，或被拒绝 · 2 参数或输入不可用 · 3 目录、磁盘或软件包不合格
exit status: 0 done · 1 something came out otherwise than it should, or was refused ·
             2 unusable arguments or input · 3 folder, disk or packages not fit"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(encoding="utf-8")  # half of what is said has no place in any smaller character set
    try:
        options = _parser().parse_args(arguments)
        status: int = options.handler(options)
        sys.stdout.flush()
    except CardError as error:
        return _complain(error)
    except ModuleNotFoundError as missing:
        package = _EXTRA.get((missing.name or "").partition(".")[0])
        if package is None:
            raise
        return _complain(SetupError(faults.EXTRA_MISSING, package=package, extra="hsm" if package == "python-pkcs11" else "server"))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        return NOBODY_READS
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    return status


def demo(options: argparse.Namespace) -> int:
    """Build a fresh city and walk it."""
    from webapp.demo.journey import Telling, walk  # noqa: PLC0415 because each verb brings only what it needs, and says so when that is missing
    from webapp.demo.slot import best_slot, plain_slot  # noqa: PLC0415 because of the same

    pause, slot = _wait_for_enter if options.step else None, plain_slot if options.no_reader else best_slot
    telling = Telling(out=sys.stdout, colour=_wants_colour(), program=_program, pause=pause, slot=slot)
    walk(options.dir, telling, now=_now())
    if sys.stdin.isatty() and sys.stdout.isatty() and not options.end:
        from webapp.demo.living import stay  # noqa: PLC0415 because of the same
        from webapp.demo.stage import Stage  # noqa: PLC0415 because of the same

        stay(options.dir / "living", Stage(sys.stdout, colour=_wants_colour()), clock=_now, again=lambda: bool(sys.stdin.readline()))
    return DONE


def code(options: argparse.Namespace) -> int:
    """Let a phone make a code now."""
    from codes import qr  # noqa: PLC0415 because of the same
    from codes.claims import Audience  # noqa: PLC0415 because of the same
    from webapp.phones.phone import Phone  # noqa: PLC0415 because of the same

    audience = Audience.IDENTITY if options.identity else Audience.GENERAL
    text = Phone(options.phone).make_code(audience, at=_now(), challenge=options.challenge).to_text()
    for file, draw in ((options.png, qr.to_png), (options.svg, qr.to_svg)):
        if file is None:
            continue
        try:
            file.write_bytes(draw(text))
        except OSError as problem:
            raise SetupError(faults.OUTPUT_UNWRITABLE, file=file.name, problem=problem.strerror) from problem
    print(qr.to_blocks(text) if options.blocks else text)
    return DONE


def _parser() -> Arguments:
    parser = Arguments(
        prog="ecard",
        description="川渝电子社保卡（演示系统） / The e-card of Sichuan and Chongqing, a demonstration system.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ecard {importlib.metadata.version(DISTRIBUTION)}")
    verbs: argparse._SubParsersAction[Any] = parser.add_subparsers(required=True, metavar="VERB", dest="verb", parser_class=Deferred)

    says = "建一座全新的演示城市，走完第一段旅程 / build a fresh city and walk the first journey through it"
    verb = verbs.add_parser("demo", help=says, description=says, allow_abbrev=False)
    verb.add_argument("--dir", type=Path, default=Path("demo"), metavar="DIR", help="建在哪里，默认 ./demo / where to build it")
    pace = verb.add_mutually_exclusive_group()
    pace.add_argument("--once", action="store_true", help="一次走完（默认）/ walk through at once, the default")
    pace.add_argument("--step", action="store_true", help="每幕之前等待回车 / wait for Enter before each act")
    verb.add_argument("--end", action="store_true", help="走完即止，不留下开着的城市 / end with the walk, do not keep a town up")
    verb.add_argument("--no-reader", action="store_true", help="不用读卡器，芯片在本进程内应答 / no reader: the chip answers in process")
    verb.set_defaults(handler=demo)

    says = "让手机此刻出一个码 / let a phone make a code now"
    verb = verbs.add_parser("code", help=says, description=says, allow_abbrev=False)
    verb.add_argument("--phone", type=Path, required=True, metavar="DIR", help="手机目录，如 demo/phone / the phone's folder")
    verb.add_argument("--identity", action="store_true", help="实名码 / an identity code, not a general one")
    verb.add_argument("--challenge", type=_challenge, metavar="HEX", help="终端出示的核验码 / the challenge that the terminal shows")
    verb.add_argument("--blocks", action="store_true", help="画成二维码，不输出文本 / draw it on the terminal instead of printing the text")
    verb.add_argument("--png", type=Path, metavar="FILE", help="另存为图片 / save it as a picture, too")
    verb.add_argument("--svg", type=Path, metavar="FILE", help="另存为矢量图，供印刷 / save it as a drawing for print, too")
    verb.set_defaults(handler=code)

    def add(word: str, says: str, handler: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        verb: argparse.ArgumentParser = verbs.add_parser(word, help=says, description=says, allow_abbrev=False)
        verb.set_defaults(handler=handler)
        return verb

    serving.add_verbs(add)
    operating.add_verbs(add)
    pack.register(verbs)
    office.register(verbs, _now)
    return parser


def _challenge(text: str) -> bytes:
    try:
        challenge = bytes.fromhex(text)
    except ValueError:
        challenge = b""
    if not MIN_CNONCE <= len(challenge) <= MAX_CNONCE:
        raise argparse.ArgumentTypeError(f"{text!r} 不是核验码 / is not {MIN_CNONCE} to {MAX_CNONCE} bytes in hexadecimal")
    return challenge


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 because a command line is where time enters


def _wants_colour() -> bool:
    """A terminal that can, in front of somebody who has not asked for none (no-color.org)."""
    told = os.environ  # noqa: TID251 because a command line is where NO_COLOR and TERM are told
    return sys.stdout.isatty() and not told.get("NO_COLOR") and told.get("TERM") != "dumb"


def _wait_for_enter() -> None:
    print("\n  按回车继续 / Enter to go on ", end="", flush=True)
    if not sys.stdin.readline():
        print()


def _program(name: str) -> str:
    """How a program of the house is called from here: by its name where the shell finds this very one, else by its path."""
    path = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if found is not None and Path(found).resolve() == path.resolve():
        return name
    here = Path.cwd()
    return quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _complain(error: CardError) -> int:
    """Say on the people's side what is wrong and what to do; returns the exit status."""
    sys.stdout.flush()
    fault = error.fault
    facts = "".join(f"\n  {name} = {value}" for name, value in error.facts.items())
    print(f"ecard: {fault.title.zh} / {fault.title.en} [{fault.code}]{facts}\n  {fault.hint.zh}\n  {fault.hint.en}", file=sys.stderr)
    return status_of(error)
