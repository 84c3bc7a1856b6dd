"""`ecard pack`: write a conformance pack, run a program over one, or print the table of reasons."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from webapp import faults
from webapp.pack.reasons import reasons_table
from webapp.pack.runner import run_pack
from webapp.pack.writer import write_pack

if TYPE_CHECKING:
    from webapp.pack.runner import Account, Mismatch

GOOD, FAILED = 0, 1
_SHOWN = 20


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `pack`, whose `handler` is `run`."""
    parser = subparsers.add_parser("pack", help="conformance pack for makers of gates: write one, or run a program over one", description=__doc__)
    _arguments(parser)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the pack")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="throw-away keys from this number (default 0); the same bytes for the same seed"
    )
    parser.add_argument("--run", metavar="COMMAND", help="run this program (verbs scan and health) over the pack in DIR")
    parser.add_argument("--timeout", type=float, default=60, metavar="S", help="seconds for each start of the program (default 60)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="starts at a time (default 2)")
    parser.add_argument("--json", action="store_true", help="the account as JSON")
    parser.add_argument("--reasons", action="store_true", help="print the table of verdicts and reasons for docs/integrators.md")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Do what was asked. 0: done, every case passed; 1: a case failed. Raises `SetupError`: pack-folder, pack-unreadable, pack-command."""
    if args.reasons:
        _say(reasons_table())
        return GOOD
    if args.folder is None:
        raise SetupError(faults.PACK_FOLDER, problem="no DIR given")
    if args.run is None:
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


def main(argv: list[str] | None = None) -> int:
    """`python -m webapp.pack`, the same verb alone."""
    parser = argparse.ArgumentParser(prog="ecard pack", description=__doc__)
    _arguments(parser)
    args = parser.parse_args(argv)
    try:
        return run(args)
    except SetupError as error:
        sys.stderr.write(f"{error.fault.title.zh} {error}\n{error.fault.hint.zh} {error.fault.hint.en}\n")
        return 3
