"""Events: numbered without a gap, each bound to the one before, the last one bound to the record as it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ecard.check.encoding import digest
from ecard.check.facts import rows
from ecard.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from ecard.check.facts import Facts, Row

NOTHING = bytes(32)


def check_events(facts: Facts) -> Iterator[Finding]:
    """The chain of one card."""
    yield from walk(facts.events, facts.ref)
    before, last, form = NOTHING, 0, None
    for event in facts.events:
        if event["form"] not in {form, 2} or (event["form"] is None) != (event["evidence"] is None):
            yield Finding("event-form", facts.ref, str(event["seq"]))
        form = event["form"]
        if event["before"] != before:
            yield Finding("event-before", facts.ref, str(event["seq"]))
        if event["at"] < last:
            yield Finding("event-time", facts.ref, str(event["seq"]))
        before, last = event["after"], event["at"]
    if len(facts.events) != facts.card["revision"]:
        yield Finding("revision-events", facts.ref, f"{facts.card['revision']} and {len(facts.events)}")
    if before != record_digest(facts, form):
        yield Finding("record-differs", facts.ref)


def walk(events: list[Row], subject: str) -> Iterator[Finding]:
    """Links that are numbered without a gap, each bound to the one before and whole in itself."""
    previous = NOTHING
    for number, event in enumerate(events, start=1):
        if event["seq"] != number:
            yield Finding("event-gap", subject, str(event["seq"]))
        if event["previous"] != previous:
            yield Finding("event-link", subject, str(event["seq"]))
        if event["hash"] != link_hash(event):
            yield Finding("event-hash", subject, str(event["seq"]))
        previous = event["hash"]


def link_hash(link: Row) -> bytes:
    """The hash that a link should have: over all its columns that have a value, but the hash."""
    said = {name: value for name, value in link.items() if name != "hash" and value is not None}
    return digest({name: value.split() if name in {"articles", "fields", "evidence"} else value for name, value in said.items()})


def record_digest(facts: Facts, form: int | None) -> bytes:
    """What the last event should have left: the card, then its carriers, then its holds; in the second form also what is enclosed."""
    parts = [_part(facts.card), *map(_part, facts.carriers), *map(_part, facts.holds)]
    enclosed = {
        name: sorted(digest({column: value for column, value in row.items() if value is not None}) for row in found)
        for name, found in facts.enclosed.items()
    }
    return hashlib.sha256(b"".join(digest(part) for part in parts) + (digest(enclosed) if form == 2 else b"")).digest()


def _part(row: Row) -> dict[str, Any]:
    part = {name: value for name, value in row.items() if value is not None and name not in {"key_x", "key_y_is_odd", "thumbprint"}}
    if row.get("key_x") is not None:
        part["key"] = {1: 2, -1: 1, -2: row["key_x"], -3: bool(row["key_y_is_odd"])}
    return part


def check_accesses(connection: sa.Connection) -> Iterator[Finding]:
    """The chains of readings, one a person."""
    chains: dict[str, list[Row]] = {}
    for link in rows(connection, "SELECT * FROM vault_access ORDER BY holder, seq"):
        chains.setdefault(link["holder"], []).append(link)
    for holder, links in chains.items():
        for finding in walk(links, holder):
            yield Finding("access-chain", holder, f"{finding.code} {finding.detail}")
