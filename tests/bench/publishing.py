"""From a loss report to a version on the disk: the quick way over a record of ten thousand cards, and the whole pass over the same."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from codes.claims import Profile, parse_uri
from codes.trust import StatusAuthority, StatusKey
from ecard.chaining.edition import publish_edition
from ecard.chaining.following import QuickWay
from ecard.chaining.noting import note
from ecard.chaining.publisher import ChainPublisher, RegionChains
from ecard.model import seconds
from ecard.publishing import DEFAULT_PACE
from ecard.statuses import StatusSnapshot
from tests.bench.measure import Figure
from tests.bench.record.daily import Desk
from tests.bench.record.lives import SPACES
from tests.bench.record.loading import TUNED, load, make_caster
from tests.ecard import postgres
from tests.ecard.city import key
from webapp.office.publishverb import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ecard.office import CardOffice

CARDS, ROUNDS, TOGETHER = 10_000, 40, 25
NEWEST = 300
_PUBLISH_S = 2.0
"""What report to disk is held against: the window, and what comes after it."""
_YEARS = 20 * 366 * 86400


def regions_of(office: CardOffice, at: int) -> Mapping[str, RegionChains]:
    """What the regions of an office sign by."""
    term = StatusKey(key=key("status").public_key, not_before=at - _YEARS, not_after=at + _YEARS)
    return {
        region: RegionChains(
            authority=StatusAuthority(region=region, letter=issuer.letter, epoch=1, keys=(term,), spaces=issuer.spaces), signer=key("status")
        )
        for region, issuer in office.issuers.items()
    }


def lately(truth: StatusSnapshot) -> StatusSnapshot:
    """The truth without the oldest chip lists: the crowd's chips are of more days than a chain has room for lists."""
    chips = [plan for plan in truth.plans if parse_uri(plan.uri)[1] >= SPACES[Profile.CHIP][0]]
    of_each = {
        region: sorted((parse_uri(plan.uri)[1], plan.uri) for plan in chips if plan.region == region) for region in {plan.region for plan in chips}
    }
    gone = {uri for each in of_each.values() for _, uri in each[:-NEWEST]}
    values = {ref: status for ref, status in truth.values.items() if ref.uri not in gone}
    return StatusSnapshot(now=truth.now, plans=tuple(plan for plan in truth.plans if plan.uri not in gone), values=values)


def figures() -> Iterator[Figure]:
    """`status.publish_s`: the longest of a hundred that a report waits, window included; `status.publish_ms`: one round without the window."""
    if postgres.missing() is not None:
        return
    cluster = postgres.start(parent=Path(tempfile.gettempdir()), tuned=TUNED)
    try:
        caster = make_caster()
        loaded = load(cluster, CARDS, caster)
        with tempfile.TemporaryDirectory() as folder:
            yield from _measured(Desk(cluster.url(loaded.name), CARDS, caster, Path(folder)), Path(folder) / "published")
    finally:
        cluster.stop()


def _measured(desk: Desk, folder: Path) -> Iterator[Figure]:
    office, publisher = desk.office, ChainPublisher(folder)
    regions = regions_of(office, seconds(desk.later()))

    def noted(news: object) -> None:
        with office.store.writing() as work:
            note(work, news, now=seconds(at))  # type: ignore[arg-type] # because news are told as they come

    at = desk.later()
    start = perf_counter()
    publish_edition(lambda moment: lately(office.truth(moment)), publisher, folder, regions, at=at, pace=DEFAULT_PACE, note=noted)
    yield Figure(name="status.whole_pass_s.10000", value=perf_counter() - start, unit="s")
    quick = QuickWay(premises=office, publisher=publisher, regions=lambda: regions)
    number = 0
    for name, together in (("one", 1), (str(TOGETHER), TOGETHER)):
        taken = []
        for _ in range(ROUNDS):
            for _ in range(together):
                who = desk.somebody(number)
                desk.report_loss(who)()
                number = who.number + 1
            at = desk.later()
            start = perf_counter()
            found = quick.run(at=at)
            taken.append(perf_counter() - start)
            assert found.messages >= together
        yield Figure(name=f"status.publish_ms.{name}", value=statistics.median(taken) * 1e3, unit="ms")
    longest = WINDOW + statistics.quantiles(taken, n=100)[-1]
    yield Figure(name="status.publish_s", value=longest, unit="s", floor=_PUBLISH_S, ratio=longest / _PUBLISH_S)
    desk.close()
