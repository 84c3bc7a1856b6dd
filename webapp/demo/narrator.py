"""Tells the walk as it happens: on the stage for people, in the account for programs."""

from __future__ import annotations

from datetime import timedelta, timezone
from time import perf_counter
from typing import TYPE_CHECKING

from codes.errors import Text
from codes.reasons import Colour
from verify.verdict import Accepted, Refused, duration
from webapp.demo.places import REGION_NAMES, SCENES
from webapp.demo.stage import Paint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from codes.errors import Fact
    from webapp.demo.account import Account
    from webapp.demo.gates import Judged
    from webapp.demo.stage import Stage

LOCAL = timezone(timedelta(hours=8))
_ANNOTATED = "△"


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
        self.stage.heading(self._acts, Text(zh, en), at.astimezone(LOCAL).strftime("%m-%d %H:%M:%S"))
        self._since = perf_counter()

    def did(self, zh: str, en: str, *, mark: str = "✓", **facts: Fact) -> None:
        """Tell what was done since the last thing that was told, and how long it took."""
        ms = self._lap()
        self.account.step(Text(zh, en), facts, ms=ms)
        self.stage.line(mark, Text(zh, en), milliseconds(ms), paint=Paint.GREEN if mark == "✓" else Paint.DIM)

    def judged(self, name: str, judged: Judged, expected: str, *, remark: Text | None = None) -> None:
        """Tell a terminal's verdict as its screen and its staff see it, and whether it is what the walk expects ("accepted", or a reason)."""
        page = judged.verdict.to_json()
        self._lap()
        self.account.verdict(name, judged.scene, at=judged.at, expected=expected, verdict=page, ms=judged.ms)
        rules = SCENES[judged.scene]
        region = REGION_NAMES[rules.region]
        place = Text(f"{rules.title_zh} · {region[0]}", f"{rules.title_en}, {region[1]}")
        below = [("柜员", Text(**page["staff"])), ("", Text(**page["hint"]))]
        if isinstance(judged.verdict, Accepted):
            below = below[:1] if not judged.verdict.notes else below
            if "name" in page:
                below.append(("显示", Text(f"{page['name']}，尾号 {page['tail']}", f"{page['name']}, number ending in {page['tail']}")))
        if isinstance(age := page["status_age_s"], int):
            words = duration(age)
            below.append(("名单", Text(f"验证数据 {words.zh}前更新", f"list updated {words.en} ago")))
        if remark is not None:
            below.insert(0, ("说明", remark))
        reason = "" if page["reason"] is None else f"{page['reason']} · 第 {page['step']} 步  "
        self.stage.screen(Colour(page["colour"]), _mark(judged), place, Text(**page["public"]), f"{milliseconds(judged.ms)}", _with(reason, below))
        if (page["reason"] or page["verdict"]) != expected:
            found = page["reason"] or page["verdict"]
            self.stage.line("✕", Text(f"与预期不符：应为 {expected}，实为 {found}", f"expected {expected}, found {found}"), paint=Paint.RED)

    def _lap(self) -> float:
        now = perf_counter()
        taken, self._since = now - self._since, now
        self.worked += taken
        return taken * 1000


def _mark(judged: Judged) -> str:
    if isinstance(judged.verdict, Accepted):
        return _ANNOTATED if judged.verdict.notes else "✓"
    return "✕" if isinstance(judged.verdict, Refused) else "?"


def _with(reason: str, below: list[tuple[str, Text]]) -> list[tuple[str, Text]]:
    """The first line of what the staff reads carries the name of the reason, which is the same in both languages."""
    if not reason:
        return below
    return [(label, Text(text.zh, f"{reason}{text.en}") if label == "柜员" else text) for label, text in below]


def milliseconds(ms: float) -> str:
    """A measured time, to two figures below ten."""
    return f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.2f} ms"
