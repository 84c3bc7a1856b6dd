"""Monthly figures by command, point and region: counted from the chains of events each time they are asked for, and the same each time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, request

from codes.errors import InputError
from ecard.figures import Month, monthly
from ecard.lifecycle import RULES, Command
from webapp import faults
from webapp.console.tables import XLSX, to_csv, to_xlsx
from webapp.console.texts import in_language, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Blueprint

    from codes.errors import Text
    from webapp.console.frame import Frame
    from webapp.console.tables import Cell
    from webapp.console.visit import Visit
    from webapp.office.settings import Operator

HOLDER, SERVICE = "holder", "service"
"""In place of a point: what holders do themselves, and what the service does when a time has come."""
BACK = 12
"""Months that are offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line."""

    region: str
    point: str
    command: str
    title: Text
    count: int


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""

    @pages.get("/figures")
    def figures() -> Response:
        seen = frame.visit()
        month = _month(seen)
        found = count(seen, month)
        by_command = Counter[str]()
        for figure in found:
            by_command[figure.command] += figure.count
        tops = sorted(by_command.items(), key=lambda item: (-item[1], item[0]))
        titles = {figure.command: figure.title for figure in found}
        months = [Month.of(seen.at)]
        while len(months) < BACK:
            months.append(months[-1].before)
        most = max(by_command.values(), default=1)
        return frame.page(
            seen, "figures.html", month=month, months=months, found=found, tops=tops, titles=titles, total=by_command.total(), most=most
        )

    @pages.get("/figures.csv")
    def figures_csv() -> Response:
        seen = frame.visit()
        month = _month(seen)
        return _file(to_csv(heading(seen.language), rows(count(seen, month), seen.language)), "text/csv; charset=utf-8", f"figures-{month}.csv")

    @pages.get("/figures.xlsx")
    def figures_xlsx() -> Response:
        seen = frame.visit()
        month = _month(seen)
        return _file(to_xlsx(str(month), heading(seen.language), rows(count(seen, month), seen.language)), XLSX, f"figures-{month}.xlsx")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, content_type=kind, headers={"Content-Disposition": f"attachment; filename={name}"})


def _month(seen: Visit) -> Month:
    """The month that is wanted; this one by default. Raises `InputError` console-form."""
    try:
        return Month.parse(request.args["month"]) if "month" in request.args else Month.of(seen.at)
    except ValueError:
        raise InputError(faults.CONSOLE_FORM, member="month") from None


def count(seen: Visit, month: Month) -> Sequence[Figure]:
    """The figures of one month, of the operator's region."""
    with seen.desk.store.reading() as work:
        found = monthly(work, month, region=seen.operator.region)
    counts = Counter[tuple[str, str, str]]()
    for each in found:
        counts[each.region, point_of(each.actor, each.role, seen.office.settings.operators), each.command] += each.count
    return [
        Figure(region=region, point=point, command=command, title=RULES[Command(command)].title, count=number)
        for (region, point, command), number in sorted(counts.items())
    ]


def point_of(actor: str, role: str, operators: Mapping[str, Operator]) -> str:
    """The service point of whoever did it, as office.toml says now; an account that has gone counts as itself."""
    if role in {HOLDER, SERVICE}:
        return role
    known = operators.get(actor)
    return actor if known is None else known.point or actor


def heading(language: str) -> Sequence[str]:
    """The first row of the file."""
    said = texts(language)
    return [said[f"figures.{name}"] for name in ("region", "point", "command", "title", "count")]


def rows(found: Sequence[Figure], language: str) -> Sequence[Sequence[Cell]]:
    """The others."""
    return [(figure.region, figure.point, figure.command, in_language(figure.title, language), figure.count) for figure in found]
