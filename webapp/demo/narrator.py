"""Tells the walk as it happens: on the stage for people, in the account for programs."""

from __future__ import annotations

from datetime import timedelta, timezone
from time import perf_counter
from typing import TYPE_CHECKING, Any

from codes.errors import Text
from codes.reasons import Colour
from verify.verdict import Accepted, Refused, duration
from webapp.demo.stage import Paint
from webapp.places import REGION_NAMES, SCENES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from codes.errors import Fact
    from webapp.demo.account import Account
    from webapp.demo.gates import Judged
    from webapp.demo.stage import Stage

LOCAL = timezone(timedelta(hours=8))


class Narrator:
    """`pause` is called before each act but the first."""

    def __init__(self, stage: Stage, account: Account, *, pause: Callable[[], None] | None = None) -> None:
        self.stage = stage
        self.account = account
        self._pause = pause
        self._acts = 0
        self._since = perf_counter()
        self.worked = 0.0
        """Seconds spent on the acts themselves, waiting not counted."""

    def act(self, name: str, zh: str, en: str, *, at: datetime) -> None:
        """Begin an act."""
        if self._acts and self._pause:
            self._pause()
        self._acts += 1
        self.account.act(name, Text(zh, en), at=at)
        self.stage.heading(self._acts, Text(zh, en), at.astimezone(LOCAL).strftime("%m-%d %H:%M"))
        self._since = perf_counter()

    def did(self, zh: str, en: str, *, mark: str = "✓", **facts: Fact) -> None:
        """Tell what was done since the last thing that was told, and how long it took."""
        ms = self._lap()
        self.account.step(Text(zh, en), facts, ms=ms)
        self.stage.line(mark, Text(zh, en), milliseconds(ms), paint=Paint.GREEN if mark == "✓" else Paint.DIM)

    def judged(self, name: str, shown: Text, judged: Judged, expected: str) -> None:
        """Tell what was shown to a terminal, its verdict as screen and staff see it, and whether that is what the walk expects ("accepted", or a reason)."""
        self._lap()
        page = judged.verdict.to_json()
        found = page["reason"] or page["verdict"]
        self.account.verdict(name, judged.scene, at=judged.at, expected=expected, verdict=page, ms=judged.ms)
        rules = SCENES[judged.scene]
        self.stage.question(shown, Text(f"{REGION_NAMES[rules.region][0]}{rules.title_zh}", rules.title_en))
        step = "".join(f" · {note}" for note in page["notes"]) if page["step"] is None else f" · 第 {page['step']} 步 step {page['step']}"
        self.stage.screen(
            Colour(page["colour"]),
            _mark(judged),
            Text(**page["public"]),
            found=f"{found}{step}",
            right=milliseconds(judged.ms),
            below=_for_the_staff(page),
        )
        if found != expected:
            self.stage.line("✕", Text(f"与预期不符：应为 {expected}，实为 {found}", f"expected {expected}, found {found}"), paint=Paint.RED)

    def _lap(self) -> float:
        now = perf_counter()
        taken, self._since = now - self._since, now
        self.worked += taken
        return taken * 1000


def _mark(judged: Judged) -> str:
    if isinstance(judged.verdict, Accepted):
        return "△" if judged.verdict.notes else "✓"
    return "✕" if isinstance(judged.verdict, Refused) else "?"


def _for_the_staff(page: dict[str, Any]) -> list[tuple[str, Text]]:
    """What the person behind the desk reads: what was found and what to do, where it is more than the screen says; whom it is about; how old the list is."""
    below = []
    if page["staff"] != page["public"]:
        below += [("员工", Text(**page["staff"])), ("处理", Text(**page["hint"]))]
    if "name" in page:
        below.append(("显示", Text(f"{page['name']}，证件尾号 {page['tail']}", f"{page['name']}, number ending in {page['tail']}")))
    if isinstance(age := page["status_age_s"], int):
        words = duration(age)
        below.append(("名单", Text(f"验证数据 {words.zh}前更新", f"list updated {words.en} ago")))
    return below


def milliseconds(ms: float) -> str:
    """A measured time, to two figures below ten."""
    return f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.2f} ms"
