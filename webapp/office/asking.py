"""Before a command is done: what it is, under which article, on which papers, with what effect; and whether it shall be done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codes.errors import InputError
from webapp import faults
from webapp.office.words import EVIDENCE, ROLES, both
from webapp.width import pad

if TYPE_CHECKING:
    from collections.abc import Collection

    from ecard.lifecycle import Evidence, Rule
    from ecard.model import Actor


def confirm(rule: Rule, *, actor: Actor, card: str | None, needed: Collection[Evidence], given: Collection[Evidence], yes: bool) -> bool:
    """Show the command and ask, on standard error; whether the answer was yes. With `yes` nobody is asked.

    Raises `InputError` office-unconfirmed where nobody can be asked.
    """
    if not yes or sys.stderr.isatty():
        sys.stderr.write(sheet(rule, actor=actor, card=card, needed=needed, given=given) + "\n")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError(faults.OFFICE_UNCONFIRMED)
    sys.stderr.write("办理？输入 y 后回车 / do it? y and Enter: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "是"}


def sheet(rule: Rule, *, actor: Actor, card: str | None, needed: Collection[Evidence], given: Collection[Evidence]) -> str:
    """The command as an operator reads it."""
    lines = [
        f"{both(rule.title)}  ({', '.join(rule.articles)})",
        f"  {rule.effect.zh}",
        f"  {rule.effect.en}",
        *([f"  {pad('卡', 8)}{card}"] if card else []),
        f"  {pad('经办', 8)}{actor.ref}, {both(ROLES[actor.role])}",
    ]
    if rule.class_a:
        lines.append("  须由未参与前一步的另一人办理 / for a second person, who did not take the step before")
    papers = sorted({*needed, *given}, key=lambda paper: (paper not in needed, paper.value))
    for number, paper in enumerate(papers):
        mark = "✓" if paper in given else "✗"
        lines.append(f"  {pad('' if number else '材料', 8)}{mark} {both(EVIDENCE[paper])}  [{paper.value}]")
    return "\n".join(lines)
