"""What an application is made of: the published folder, the feed over it, and an office where one stands behind it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Self

from codes.claims import Audience
from codes.scenes import decode_scenes
from ecard.moments import Moments
from ecard.policybook import PolicyBook, day_around
from webapp.auth.proofs import Nonces
from webapp.feeding.admission import Admission
from webapp.feeding.feed import Feed
from webapp.office.opening import open_office
from webapp.office.settings import FILE, read_settings
from webapp.operations.limits import Limits
from webapp.operations.readiness import Readiness
from webapp.published import PublishedFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codes.scenes import SceneRules
    from ecard import CardOffice
    from ecard.model import Terminal
    from webapp.office.opening import OpenOffice
    from webapp.settings import Settings


class StandingOffice:
    """The office in `folder`, opened by the first request that needs it and kept open: an application can be made, and forked, without a database."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.folder, self._clock = folder, clock
        self._page = folder / FILE
        self._opening = Lock()
        self._open: OpenOffice | None = None
        self._day: tuple[datetime, datetime] | None = None
        """Under whose policy it is open, and until when: an edition takes over at midnight, whether anybody starts the service anew or not."""
        self._staff: tuple[int, int] | None = None
        """Time and size of office.toml, by which it was read who works here."""
        self._closing = ExitStack()

    def opened(self) -> OpenOffice:
        """The office with its settings and keys, under the policy of the day, with whoever works there now. Raises `SetupError` as `webapp.office.opening.open_office`."""
        with self._opening:
            now, staff = self._clock(), _stamp(self._page)
            if self._open is None or self._staff != staff or self._day is None or not self._day[0] <= now < self._day[1]:
                self._open = self._brought_up(now, staff)
            return self._open

    def _brought_up(self, now: datetime, staff: tuple[int, int] | None) -> OpenOffice:
        """The office opened, or brought to the day and to who works there."""
        found, day = self._open, day_around(now)
        if found is None:
            found = self._closing.enter_context(open_office(self.folder, at=now))
        elif self._staff != staff:
            found = replace(found, settings=replace(found.settings, operators=read_settings(self.folder).operators))
        if self._day not in {None, day}:
            found = replace(found, desk=PolicyBook.open(found.settings.policies).apply(found.desk, at=now))
        self._staff, self._day = staff, day
        return found

    def standing(self) -> CardOffice | None:
        """Where things are done, if that is open already: nobody waits, and nothing is tried."""
        found = self._open
        return None if found is None else found.desk

    def desk(self) -> CardOffice:
        """Where things are done. Raises what `opened` raises."""
        return self.opened().desk

    def check(self) -> None:
        """Return if the database answers. Raises as `desk`, and `SetupError` store-unavailable."""
        with self.desk().store.reading() as work:
            work.connection.exec_driver_sql("SELECT 1")

    def offline_budget(self, region: str) -> int:
        """Seconds for which a terminal without a line may believe an old list, by the signed rules of the region's scenes: the longest of them."""
        return max(rules.staleness.check for rules in self._scenes(region).values())

    def identifies(self, terminal: Terminal) -> bool:
        """Whether a terminal is registered for a place that asks for identities, by the signed rules of its region's scenes. A gate is not."""
        scenes = self._scenes(terminal.region)
        return any(name in scenes and scenes[name].audience is Audience.IDENTITY for name in terminal.scenes)

    def _scenes(self, region: str) -> Mapping[str, SceneRules]:
        return decode_scenes((read_settings(self.folder).scenes / f"{region}.json").read_bytes()).scenes

    @staticmethod
    def nonces(desk: CardOffice) -> Nonces:
        """The nonces that callers by proof are given: the same in every process of this office."""
        return Nonces(Moments.of(desk.vault))

    def close(self) -> None:
        """Give the database back; the next request opens it again."""
        with self._opening:
            self._open = None
            self._closing.close()


def _stamp(path: Path) -> tuple[int, int] | None:
    """By what a file that is written whole tells that it was; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one application. Making them starts nothing."""

    folder: PublishedFolder
    feed: Feed
    admission: Admission
    limits: Limits
    readiness: Readiness
    office: StandingOffice | None
    clock: Callable[[], datetime]

    @classmethod
    def of(cls, settings: Settings, clock: Callable[[], datetime] | None = None) -> Self:
        """The parts as the settings say; `clock` is where time enters."""
        told = clock or _now
        folder = PublishedFolder(settings.published)
        office = StandingOffice(settings.office, told) if settings.office is not None else None
        limits, line = Limits.of(settings), None
        if settings.redis is not None:
            from webapp.feeding.lines import RedisLine  # noqa: PLC0415 because a service without Redis does not load its client

            line = RedisLine(settings.redis)
        return cls(
            folder=folder,
            feed=Feed(folder, line=line),
            admission=Admission(whole=settings.streams, each=settings.streams_per_address),
            limits=limits,
            readiness=Readiness(folder, office, limits),
            office=office,
            clock=told,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What this service does, in words for whoever watches it."""
        return ("artefacts", "chain", "feed", *(() if self.office is None else ("journal",)))

    def close(self, *, within: float) -> bool:
        """End every stream, wait at most `within` seconds for their readers to be gone, and close the office; whether they are gone."""
        self.readiness.end()
        self.feed.close()
        gone = self.admission.emptied(within=within)
        self.limits.close()
        if self.office is not None:
            self.office.close()
        return gone


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 because a service is where time enters
