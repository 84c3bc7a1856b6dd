"""`ecard pack`: write a conformance pack, run a program over one, or print the table of reasons."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from webapp import faults
from webapp.pack.reasons import reasons_table
from webapp.pack.runner import run_pack

if TYPE_CHECKING:
    from verify.arguments import Arguments
    from webapp.pack.runner import Account, Mismatch

GOOD, FAILED = 0, 1
MOST_JOBS, LONGEST_TIMEOUT = 64, 3600
_SHOWN = 20
_SAYS = "终端一致性测试包：生成一个，或用它检验一个程序 / the conformance pack for makers of gates: write one, or run a program over one"


def register(subparsers: argparse._SubParsersAction[Arguments]) -> None:
    """Add the verb `pack`, whose `handler` is `run`."""
    parser = subparsers.add_parser("pack", help=_SAYS, description=_SAYS, allow_abbrev=False)
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="测试包目录 / the pack")
    parser.add_argument(
        "--seed",
        type=_seed,
        default=0,
        metavar="N",
        help="由此数派生一次性密钥，默认 0；数同则字节同 / throw-away keys from this number; same seed, same bytes",
    )
    parser.add_argument("--run", metavar="COMMAND", help="用 DIR 检验此程序（动词 scan、health）/ run this program (verbs scan and health) over DIR")
    parser.add_argument("--timeout", type=_timeout, default=60, metavar="S", help="每次启动限时，秒，默认 60 / seconds for each start of the program")
    parser.add_argument("--jobs", type=_jobs, default=2, metavar="N", help="同时启动几个，默认 2 / starts at a time")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果 / the account as JSON")
    parser.add_argument("--reasons", action="store_true", help="输出结论与原因表 / print the table of reasons for docs/integrators.md")
    parser.set_defaults(handler=run, unusable=parser.error)


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是种子 / is not a seed: a number of at most 18 digits")
    return int(text)


def _jobs(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} 不在 1 到 {MOST_JOBS} 之间 / is not a number from 1 to {MOST_JOBS}")
    return int(text)


def _timeout(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text!r} 不是 {LONGEST_TIMEOUT} 以内的秒数 / is not a number of seconds up to {LONGEST_TIMEOUT}")
    return float(text)


def run(args: argparse.Namespace) -> int:
    """Do what was asked. 0: done, every case passed; 1: a case failed. Raises `SetupError`: pack-folder, pack-unreadable, pack-command."""
    if args.reasons:
        _say(reasons_table())
        return GOOD
    if args.folder is None:
        args.unusable("DIR 未指定 / no DIR given")
    if args.run is None:
        from webapp.pack.writer import write_pack  # noqa: PLC0415 because it brings the extra `server`, which running a program does not need

        manifest = write_pack(args.folder, seed=args.seed)
        _say(json.dumps(manifest, ensure_ascii=False) if args.json else _summary(manifest))
        return GOOD
    command = _command(args.run)
    account = run_pack(args.folder, command, timeout=args.timeout, jobs=args.jobs)
    _say(json.dumps(account.to_json(), ensure_ascii=False) if args.json else _told(account))
    return GOOD if account.is_good else FAILED


def _command(words: str) -> list[str]:
    try:
        command = shlex.split(words)
    except ValueError as problem:
        raise SetupError(faults.PACK_COMMAND, problem=str(problem)) from problem
    if not command:
        raise SetupError(faults.PACK_COMMAND, problem="empty")
    return command


def _summary(manifest: dict[str, Any]) -> str:
    counts = ", ".join(f"{family} {count}" for family, count in manifest["families"].items())
    return f"{manifest['cases']} cases for {manifest['now']}, seed {manifest['seed']}: {counts}\n{manifest['crowd']} residents, {len(manifest['terminals'])} terminals"


def _told(account: Account) -> str:
    lines = [f"passed   {len(account.passed)}", f"failed   {len(account.failed)}"]
    if account.unjudged:
        lines.append(f"unjudged {len(account.unjudged)}: they need one memory over several instants ({', '.join(account.unjudged)})")
    for name, wrongs in sorted(account.failed.items())[:_SHOWN]:
        lines += [f"  {name}", *(f"    {_wrong(wrong)}" for wrong in wrongs)]
    if len(account.failed) > _SHOWN:
        lines.append(f"  ... and {len(account.failed) - _SHOWN} more; --json lists all")
    lines += [f"health of {scene}: {wrong}" for scene, wrong in account.health.items() if wrong]
    lines.append("every case passed" if account.is_good else "not conformant yet")
    return "\n".join(lines)


def _wrong(wrong: Mismatch) -> str:
    place = f"scan {wrong.scan}: " if wrong.scan else ""
    if wrong.got is None:
        return f"{place}expected {_answer(wrong.expected)}; {wrong.problem}"
    return f"{place}expected {_answer(wrong.expected)}; got {_answer(wrong.got)}"


def _answer(page: dict[str, Any]) -> str:
    words = [str(page["verdict"]), *([] if page["reason"] is None else [str(page["reason"])])]
    words += [] if page["step"] is None else [f"step {page['step']}"]
    return " ".join([*words, *map(str, page["notes"])])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
