"""The desk of venues and of the people who work there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.model import seconds
from ecard.premises import Premises
from ecard.requests import command
from ecard.venues import places, staff

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.venues.places import Equipment, Report, Venue
    from ecard.venues.staff import Lacking, PaperKind, StaffPaper


class VenueDesk(Premises):
    """Venues, their equipment, their terminals; undertakings and trainings."""

    @command
    def note_staff_paper(
        self, kind: PaperKind, *, operator: str, person: str, document: str, signed: datetime, actor: Actor, at: datetime, venue: str | None = None
    ) -> StaffPaper:
        """Enter an undertaking or a training. The same again: no change. Raises `InputError` staff-paper; `StateError`: not-permitted, venue-unknown."""
        said = {"operator": operator, "person": person, "document": document, "signed": signed, "venue": venue}
        return staff.note(self, kind, **said, actor=actor, now=seconds(at))  # type: ignore[arg-type]  # because the words are of several types

    @command
    def end_staff_paper(self, ref: str, *, actor: Actor, at: datetime) -> StaffPaper:
        """A paper counts no more. Raises `InputError` staff-paper, `StateError` not-permitted."""
        return staff.end(self, ref, actor=actor, now=seconds(at))

    def may_work(self, operator: str, *, at: datetime) -> None:
        """Return if an operator may work: signed and trained, where the policy requires it. Raises `StateError`: undertaking-missing, training-missing."""
        with self.store.reading() as work:
            staff.check(self, work, operator, at)

    def staff_papers(self, *, region: Region) -> tuple[StaffPaper, ...]:
        """Every paper of a region."""
        with self.store.reading() as work:
            return staff.papers(work, region=region)

    def lacking_papers(self, operators: Collection[str], *, at: datetime) -> tuple[Lacking, ...]:
        """Everybody of these who has not signed or is not trained, whatever the policy says."""
        with self.store.reading() as work:
            return staff.lacking(work, operators, now=seconds(at))

    @command
    def look_at_venue(self, ref: str, *, name: str, equipment: Equipment, actor: Actor, at: datetime) -> Venue:
        """Register a venue, or note what is there now. Raises `InputError` venue-shape; `StateError`: not-permitted, venue-unknown."""
        return places.look(self, ref, name=name, equipment=equipment, actor=actor, now=seconds(at))

    @command
    def end_venue(self, ref: str, *, actor: Actor, at: datetime) -> Venue:
        """A venue serves no more. Raises `StateError`: not-permitted, venue-unknown."""
        return places.end(self, ref, actor=actor, now=seconds(at))

    @command
    def serve_items(self, terminal: str, venue: str, wanted: Collection[str], *, actor: Actor, at: datetime) -> Report:
        """Say where a terminal stands and what it serves. Raises `InputError` venue-item; `StateError`: not-permitted, venue-unknown, terminal-unknown."""
        return places.serve(self, terminal, venue, tuple(wanted), actor=actor, now=seconds(at))

    def served_items(self, *, region: Region) -> Mapping[str, frozenset[str]]:
        """The items that each terminal of a region serves; a terminal of which nobody has said is left out."""
        with self.store.reading() as work:
            return places.served_by(work, region=region)

    def venue_reports(self, *, region: Region, at: datetime) -> tuple[Report, ...]:
        """Every venue with its gaps, the worst in front."""
        with self.store.reading() as work:
            return places.reports(self, work, region=region, now=seconds(at))
