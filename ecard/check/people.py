"""People, without reading any of them: one card each, an identity for everybody with a card, and no index of somebody who was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.check.facts import rows
from ecard.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

FIELDS = 3
"""Type of identity, number and name."""
PURPOSES = 2
"""A person is found for two purposes, by two indexes that have nothing in common."""
_TWO_CARDS = "SELECT holder FROM card WHERE state = :state GROUP BY holder HAVING COUNT(*) > 1"
_MISSING = (
    "SELECT DISTINCT c.holder FROM card c WHERE c.state <> 'ended' AND "
    "(NOT EXISTS (SELECT 1 FROM vault_key k WHERE k.holder = c.holder) OR (SELECT COUNT(*) FROM vault_field f WHERE f.holder = c.holder) < :fields)"
)
_INDEX = (
    "SELECT k.holder FROM vault_key k WHERE (SELECT COUNT(DISTINCT purpose) FROM vault_index i WHERE i.holder = k.holder) < :purposes "
    "UNION SELECT i.holder FROM vault_index i WHERE NOT EXISTS (SELECT 1 FROM vault_key k WHERE k.holder = i.holder) "
    "UNION SELECT f.holder FROM vault_field f WHERE NOT EXISTS (SELECT 1 FROM vault_key k WHERE k.holder = f.holder)"
)


def check_people(connection: sa.Connection) -> Iterator[Finding]:
    """All of them at once."""
    for state in ("active", "pending"):
        for row in rows(connection, _TWO_CARDS, state=state):
            yield Finding("person-two-cards", row["holder"], state)
    for row in rows(connection, _MISSING, fields=FIELDS):
        yield Finding("person-missing", row["holder"])
    for row in rows(connection, _INDEX, purposes=PURPOSES):
        yield Finding("person-index", row["holder"])
