"""The office's own acts: every chain whole, and every row that they tell of as the newest act left it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ecard.check.chains import walk
from ecard.check.encoding import digest
from ecard.check.facts import rows
from ecard.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from ecard.check.facts import Row

_KEYS = {
    "reader": ("ref",),
    "service_point": ("ref",),
    "batch": ("ref",),
    "application": ("ref",),
    "production_order": ("ref",),
    "production_return": ("order_ref", "digest"),
    "stock_item": ("order_ref", "line"),
    "item_step": ("item", "seq"),
    "terminal": ("ref",),
    "ticket": ("number",),
    "staff_paper": ("ref",),
    "venue": ("ref",),
    "venue_terminal": ("terminal",),
    "sharing_grant": ("ref",),
    "sharing_use": ("sharing_grant", "seq"),
    "operator_secret": ("operator",),
    "operator_reset": ("ref",),
    "proposal": ("ref",),
    "activation": ("ref",),
    "enrolment": ("ref",),
    "disclosure": ("ref",),
    "region_peer": ("ref",),
}
"""Every table that is told of, with its key."""


def check_office(connection: sa.Connection) -> Iterator[Finding]:
    """All of it."""
    chains: dict[str, list[Row]] = {}
    told: dict[str, bytes] = {}
    for link in rows(connection, "SELECT * FROM office_act ORDER BY desk, seq"):
        chains.setdefault(link["desk"], []).append(link)
        told[link["about"]] = link["left"]
    for desk, links in chains.items():
        for finding in walk(links, desk):
            yield Finding("office-chain", desk, f"{finding.code} {finding.detail}")
    moved: dict[tuple[str, int], list[bytes]] = {}
    for entry in rows(connection, "SELECT * FROM stock_entry"):
        moved.setdefault((entry["order_ref"], entry["line"]), []).append(_digest(entry))
    for table, key in _KEYS.items():
        for row in rows(connection, f"SELECT * FROM {table}"):  # noqa: S608 - because the names are the lines above
            about = "/".join([table, *(part.hex() if isinstance(part := row[name], bytes) else str(part) for name in key)])
            left = _digest(row)
            if table == "stock_item":
                left = hashlib.sha256(left + b"".join(sorted(moved.get((row["order_ref"], row["line"]), [])))).digest()
            if told.pop(about, None) != left:
                yield Finding("office-differs", about)
    for about in told:
        if about.partition("/")[0] in _KEYS:
            yield Finding("office-differs", about, "gone")


def _digest(row: Row) -> bytes:
    return digest({name: value for name, value in row.items() if value is not None})
