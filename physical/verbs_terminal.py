"""`ecard-reader present` and `ecard-reader block`: an inserted chip in front of a terminal's state, offline."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.blocklists import BlockList
from codes.chipproof import CHALLENGE_BYTES
from codes.errors import SetupError
from physical import blocking, faults, presenting
from physical.opening import add_chip_options, opened
from physical.saying import Said, verdict_lines
from verify.arguments import instant
from verify.state import StateDirectory
from verify.terminal import Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from verify.arguments import Arguments


def add(verbs: argparse._SubParsersAction[Arguments]) -> None:
    """The verbs of this page."""
    for name, verb, says in (
        (
            "present",
            present,
            "插入的芯片出示给终端：结论与扫码相同，不需联网 / an inserted chip in front of a terminal: the verdict of a code, offline",
        ),
        ("block", block, "离线窗口停用已挂失的芯片 / stop a chip that is reported lost, at a desk without a line"),
    ):
        act = verbs.add_parser(name, help=says, description=says, allow_abbrev=False)
        act.add_argument("--state", type=Path, required=True, metavar="DIR", help="终端状态目录 / the terminal's state")
        add_chip_options(act)
        act.set_defaults(verb=verb, at=None)  # nothing is stopped by a list that was fresh at some other time
        if verb is present:
            act.add_argument("--at", type=instant, metavar="TIME", help="按此时刻判断，不改动状态 / judge at this time, and write nothing")
            act.add_argument("--scene", metavar="NAME", help="场景，默认终端自己的 / scene, by default the terminal's own")
        else:
            act.add_argument("--list", type=Path, required=True, metavar="FILE", help="离线挂失名单 / the region's list of blocking scripts")
            act.add_argument("--receipts", type=Path, required=True, metavar="FILE", help="回执追加到此文件 / receipts are added to this file")


def present(options: argparse.Namespace) -> Iterator[Said]:
    """One verdict: with --json as `ecard-terminal scan` prints it."""
    with _terminal(options, options.scene) as terminal, opened(options) as transport:
        verdict = presenting.present(transport, terminal, challenge=secrets.token_bytes(CHALLENGE_BYTES), at=_now(options))
    page = verdict.to_json()
    yield Said(page, verdict_lines(page))


def block(options: argparse.Namespace) -> Iterator[Said]:
    """One attempt to stop a chip."""
    at = _now(options)
    try:
        listed = BlockList.from_bytes(options.list.read_bytes())
    except OSError as problem:
        raise SetupError(faults.BLOCK_LIST_MISSING, problem=problem.strerror) from problem
    with _terminal(options, None) as terminal, _receipts(options.receipts) as kept, opened(options) as transport:
        believing, name = terminal.verifier().believing, StateDirectory(options.state).load().terminal
        done = blocking.block(transport, believing, listed, entropy=secrets.token_bytes, now=int(at.timestamp()))
        for page in done.carried:
            kept({**page, "reader": name})
    yield Said({"outcome": done.outcome.value, "receipts": len(done.carried)}, _LINES[done.outcome])


_LINES = {
    blocking.Outcome.BLOCKED: "✓ 芯片已停用，回执已存，请带回登记 / the chip is stopped; bring its receipt back to the office",
    blocking.Outcome.UNPROVED: (
        "! 芯片收下了指令，但没有证明自己已停用；回执已存。请重新插卡再试 / taken, and not proved; the receipt is kept: insert the card again"
    ),
    blocking.Outcome.KNOWN: "= 芯片已是这个状态或更新 / the chip knew that already, or something newer",
    blocking.Outcome.VALID: "= 此卡有效，未作改动 / nothing stops this card; nothing was done",
    blocking.Outcome.NOT_LISTED: "! 此卡已停用，名单中没有它的指令：请到联网柜台 / stopped, and not on the list: to be told at a desk that is online",
}


@contextmanager
def _terminal(options: argparse.Namespace, scene: str | None) -> Iterator[Terminal]:
    terminal = Terminal(options.state, read_only=options.at is not None, scene=scene)
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def _receipts(path: Path) -> Iterator[Any]:
    """Room for receipts, opened before anything is delivered: a receipt that could not be kept would be lost."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as problem:
        raise SetupError(faults.RECEIPTS_UNWRITABLE, problem=problem.strerror) from problem

    def keep(page: dict[str, Any]) -> None:
        try:
            os.write(descriptor, json.dumps(page).encode() + b"\n")
            os.fsync(descriptor)
        except OSError as problem:
            raise SetupError(faults.RECEIPTS_UNWRITABLE, problem=problem.strerror) from problem

    try:
        yield keep
    finally:
        os.close(descriptor)


def _now(options: argparse.Namespace) -> datetime:
    at: datetime | None = options.at
    return at if at is not None else datetime.now(UTC)  # noqa: TID251 because this is a command line
