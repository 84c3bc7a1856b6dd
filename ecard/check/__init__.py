"""Is the record true? A checker that shares no code with what made the record.

It reads the tables with its own statements and every signed thing with its own decoder, tells states, holds and statuses a second time from the events,
and says where the two stories differ (threat D09).

    with store.reading() as work:
        report = check_record(work.connection, keys, at=now, published=read_published(folder))
    report.bad == 0

It imports nothing of this house. Whoever changes what a command does teaches it here too; until then it finds the change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecard.check.acknowledged import check_checkpoints, check_receipts
from ecard.check.chains import check_accesses, check_events
from ecard.check.chips import check_chips
from ecard.check.credentials import check_all, check_credentials, check_signed
from ecard.check.facts import count, each_card, rows
from ecard.check.findings import FINDINGS, Finding, Report
from ecard.check.office import check_office
from ecard.check.people import check_people
from ecard.check.published import Published, read_published
from ecard.check.states import check_states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import sqlalchemy as sa
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

__all__ = ["FINDINGS", "Finding", "PublicKeys", "Report", "check_record", "read_published"]


@dataclass(frozen=True)
class PublicKeys:
    """Whose signatures the checker believes. A region or purpose without a key has no right signature."""

    receipts: Mapping[str, EllipticCurvePublicKey] = field(default_factory=dict)
    """By region."""
    status: Mapping[str, EllipticCurvePublicKey] = field(default_factory=dict)
    """By region."""
    audit: EllipticCurvePublicKey | None = None


def check_record(
    connection: sa.Connection,
    keys: PublicKeys,
    *,
    at: int,
    published: Mapping[str, bytes] | None = None,
    signed: Iterable[bytes] = (),
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Report:
    """Check everything that this connection sees; it should be one consistent view. `at` is when, in seconds since 1970, and stands in the report.

    `published` are the lists that stand published, by uri; None where they are not at hand. `signed` are credentials that came from outside of the
    record: each must be known to it. `progress` hears cards done and cards in all. Nothing is raised for what is found.
    """
    lists = None if published is None else Published(connection, published, keys.status)
    withdrawn = {row["credential"]: row["at"] for row in rows(connection, "SELECT credential, at FROM withdrawn")}
    findings: list[Finding] = []
    cards, total = 0, count(connection, "SELECT COUNT(*) FROM card")
    for facts in each_card(connection):
        cards += 1
        progress(cards, total)
        findings += check_events(facts)
        findings += check_states(facts)
        findings += check_chips(facts)
        findings += check_credentials(facts)
        findings += check_receipts(facts, keys.receipts)
        if lists is not None:
            findings += lists.compare(facts, withdrawn)
    findings += check_all(connection)
    findings += check_people(connection)
    findings += check_accesses(connection)
    findings += check_office(connection)
    findings += check_checkpoints(connection, keys.audit)
    findings += check_signed(connection, signed)
    tables = {
        "events": "card_event",
        "carriers": "carrier",
        "holds": "hold",
        "credentials": "credential",
        "receipts": "receipt",
        "acts": "office_act",
    }
    counted = {"cards": cards, **{name: count(connection, f"SELECT COUNT(*) FROM {table}") for name, table in tables.items()}}  # noqa: S608 - because the names are the line above
    if lists is not None:
        findings += [*lists.findings, *lists.unused()]
        counted |= {"lists": len(lists.lists), "statuses": lists.compared, "waiting": lists.waiting}
    return Report(at, counted, tuple(dict.fromkeys(findings)))
