"""A table whose rows and objects have the same flat fields: put one in, change it, read them back."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecard.store import Work

Kept = TypeVar("Kept")


def words(column: str) -> tuple[str, ...]:
    """The words that stand in one column."""
    return tuple(column.split())


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Kept]):
    """One table and the kind of object its rows are; `reads` turns columns back into words of the model."""

    table: sa.Table
    kind: Callable[..., Kept]
    reads: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def add(self, work: Work, kept: Kept) -> Kept:
        """Write a new row."""
        work.connection.execute(sa.insert(self.table).values(_columns(kept)))
        return kept

    def change(self, work: Work, kept: Kept) -> Kept:
        """Write a row again, found by its primary key."""
        columns = _columns(kept)
        here = sa.and_(*(column == columns[column.name] for column in self.table.primary_key))
        work.connection.execute(sa.update(self.table).where(here).values(columns))
        return kept

    def all(self, work: Work, where: sa.ColumnElement[bool]) -> list[Kept]:
        """The objects of these rows, in the order of their primary keys."""
        found = work.connection.execute(sa.select(self.table).where(where).order_by(*self.table.primary_key)).mappings()
        return [self.kind(**{name: self._read(name, value) for name, value in row.items()}) for row in found]

    def one(self, work: Work, where: sa.ColumnElement[bool]) -> Kept | None:
        """The object of the one row that there can be."""
        found = self.all(work, where)
        return found[0] if found else None

    def _read(self, name: str, value: Any) -> Any:
        return self.reads[name](value) if value is not None and name in self.reads else value


def _columns(kept: Any) -> dict[str, Any]:
    return {each.name: _column(getattr(kept, each.name)) for each in fields(kept)}


def _column(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return " ".join(value) if isinstance(value, tuple) else value
