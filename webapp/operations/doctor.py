"""`ecard doctor`: whether everything that the service stands on is as it should be, and what to do about what is not.

    ecard doctor [--office DIR] [--json]

Looks at settings, office, keys, database, clock, Redis, published folder and packages; changes nothing. Exit status: 0 all is well, 1 something wants looking after,
3 something does not work.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codes.errors import CardError
from webapp.office.answering import DONE, FOUND, UNFIT, say
from webapp.operations import examining, examining_office
from webapp.operations.findings import Finding, State, refused, worst
from webapp.settings import OFFICE, Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

_STATUS = {State.WELL: DONE, State.ATTEND: FOUND, State.BROKEN: UNFIT}
_VERDICT = {
    State.WELL: "✓ 一切正常 / all is well",
    State.ATTEND: "△ 有事项待处理，服务仍可运行 / something wants looking after; the service works",
    State.BROKEN: "✕ 有组件不能工作 / something does not work",
}


def doctor(options: argparse.Namespace) -> int:
    """Look at everything, and say how it stands."""
    at = datetime.now(UTC)  # noqa: TID251 because a command line is where time enters
    found = list(examine(options.office, at=at))
    state = worst(found)
    lines = [line for finding in found for line in finding.lines()]
    say(options, {"state": state.value, "findings": [finding.to_json() for finding in found]}, [*lines, _VERDICT[state]])
    return _STATUS[state]


def examine(office: Path | None, *, at: datetime) -> Iterator[Finding]:
    """Every finding, in the order in which one thing stands on the other."""
    try:
        settings = Settings.from_environ(instead={OFFICE: str(office.absolute())} if office is not None else None)
    except CardError as error:
        yield refused("settings", error)
        if office is None:
            return
        settings = Settings(published=office / "published", office=office)
    else:
        yield from examining.settings(settings)
    if settings.office is not None:
        yield from examining_office.office(settings.office, settings, at=at)
    if settings.redis is not None:
        yield from examining.redis(settings.redis, at=at)
    yield from examining.published(settings, at=at)
    yield from examining.packages(settings)
