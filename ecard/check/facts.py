"""The rows as they lie in the tables, read by hand-written statements: one page of cards after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 500
Row = dict[str, Any]


@dataclass
class Facts:
    """Everything that the tables say about one card."""

    card: Row
    events: list[Row] = field(default_factory=list)
    carriers: list[Row] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    credentials: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    proofs: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    enclosed: dict[str, list[Row]] = field(default_factory=dict)
    """What else lies in the card's file, by table."""

    @property
    def ref(self) -> str:
        """The card's reference."""
        return str(self.card["ref"])

    def did(self, *commands: str) -> bool:
        """Whether one of these was done to the card."""
        return any(event["command"] in commands for event in self.events)


_PARTS = {
    "events": "SELECT * FROM card_event WHERE card > :after AND card <= :upto ORDER BY card, seq",
    "carriers": "SELECT * FROM carrier WHERE card > :after AND card <= :upto ORDER BY ref",
    "holds": "SELECT * FROM hold WHERE card > :after AND card <= :upto ORDER BY ref",
    "credentials": "SELECT * FROM credential WHERE card > :after AND card <= :upto ORDER BY ref",
    "receipts": "SELECT * FROM receipt WHERE card > :after AND card <= :upto ORDER BY card, seq",
    "targets": "SELECT * FROM chip_target WHERE card > :after AND card <= :upto ORDER BY carrier, seq",
    "notes": "SELECT * FROM chip_note WHERE card > :after AND card <= :upto ORDER BY carrier",
    "proofs": "SELECT * FROM chip_evidence WHERE card > :after AND card <= :upto ORDER BY digest",
    "incidents": "SELECT * FROM chip_incident WHERE card > :after AND card <= :upto ORDER BY ref",
}
_BY_CARD = (
    "cancellation", "charge", "correction", "destruction", "eligibility", "exchange", "financial_account", "freeze_request", "item_lock", "legacy_card",
    "misuse_case", "temporary",
)  # fmt: skip
_ENCLOSED = {name: f"SELECT {name}.*, card AS of_card FROM {name} WHERE card > :after AND card <= :upto" for name in _BY_CARD} | {  # noqa: S608 - because the names are the lines above
    "entitlement": "SELECT e.*, c.card AS of_card FROM entitlement e JOIN carrier c ON c.ref = e.carrier WHERE c.card > :after AND c.card <= :upto",
    "misuse_evidence": 'SELECT e.*, m.card AS of_card FROM misuse_evidence e JOIN misuse_case m ON m.ref = e."case" WHERE m.card > :after AND m.card <= :upto',
    "withdrawn": "SELECT w.*, c.card AS of_card FROM withdrawn w JOIN credential c ON c.ref = w.credential WHERE c.card > :after AND c.card <= :upto",
}


def rows(connection: sa.Connection, statement: str, **values: object) -> list[Row]:
    """What a statement finds, with every value as plain as it can be."""
    return [{name: _plain(value) for name, value in row.items()} for row in connection.execute(sa.text(statement), values).mappings()]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def count(connection: sa.Connection, statement: str) -> int:
    """The one number that a statement finds."""
    return int(connection.execute(sa.text(statement)).scalar_one())


def each_card(connection: sa.Connection) -> Iterator[Facts]:
    """Every card with its rows, in the order of their references."""
    after = ""
    while cards := rows(connection, "SELECT * FROM card WHERE ref > :after ORDER BY ref LIMIT :page", after=after, page=PAGE):
        upto = cards[-1]["ref"]
        parts: dict[str, dict[str, list[Row]]] = {}
        for name, statement in _PARTS.items():
            parts[name] = defaultdict(list)
            for row in rows(connection, statement, after=after, upto=upto):
                parts[name][row["card"]].append(row)
        enclosed: dict[str, dict[str, list[Row]]] = defaultdict(dict)
        for name, statement in _ENCLOSED.items():
            for row in rows(connection, statement, after=after, upto=upto):
                enclosed[row.pop("of_card")].setdefault(name, []).append(row)
        for card in cards:
            yield Facts(card, **{name: found[card["ref"]] for name, found in parts.items()}, enclosed=enclosed[card["ref"]])
        after = upto
