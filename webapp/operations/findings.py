"""What the doctor found: where, how bad, in two languages, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codes.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from codes.errors import CardError, Fact


class State(enum.StrEnum):
    """How it stands."""

    WELL = "well"
    ATTEND = "attend"
    """It works, and somebody has to look after it before it does not."""
    BROKEN = "broken"


MARKS = {State.WELL: "✓", State.ATTEND: "△", State.BROKEN: "✕"}
AREAS = {
    "settings": Text("设置", "settings"),
    "office": Text("机构", "office"),
    "keys": Text("密钥", "keys"),
    "database": Text("数据库", "database"),
    "clock": Text("时钟", "clock"),
    "redis": Text("Redis", "Redis"),
    "published": Text("发布目录", "published folder"),
    "packages": Text("软件包", "packages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    area: str
    state: State
    says: Text
    todo: Text | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        page: dict[str, Any] = {"area": self.area, "state": self.state.value, "says": self.says._asdict(), "facts": dict(self.facts)}
        return page if self.todo is None else {**page, "todo": self.todo._asdict()}

    def lines(self) -> Iterator[str]:
        """For people."""
        area = AREAS[self.area]
        facts = "".join(f"  {name}={value}" for name, value in self.facts.items())
        yield f"{MARKS[self.state]} {area.zh}：{self.says.zh} / {area.en}: {self.says.en}{facts}"
        if self.todo is not None:
            yield f"    → {self.todo.zh}"
            yield f"    → {self.todo.en}"


def well(area: str, zh: str, en: str, **facts: Fact) -> Finding:
    """As it should be."""
    return Finding(area=area, state=State.WELL, says=Text(zh, en), facts=facts)


def attend(area: str, says: tuple[str, str], todo: tuple[str, str], **facts: Fact) -> Finding:
    """To be looked after."""
    return Finding(area=area, state=State.ATTEND, says=Text(*says), todo=Text(*todo), facts=facts)


def broken(area: str, says: tuple[str, str], todo: tuple[str, str], **facts: Fact) -> Finding:
    """Does not work."""
    return Finding(area=area, state=State.BROKEN, says=Text(*says), todo=Text(*todo), facts=facts)


def refused(area: str, error: CardError) -> Finding:
    """What an error of ours says about it."""
    return Finding(area=area, state=State.BROKEN, says=error.fault.title, todo=error.fault.hint, facts={"code": error.code, **error.facts})


def worst(findings: Iterable[Finding]) -> State:
    """How the whole stands."""
    found = {finding.state for finding in findings}
    return next((state for state in (State.BROKEN, State.ATTEND) if state in found), State.WELL)
