"""The desk of the terminals: who they are, what they report, who has confirmed what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.model import CardState, seconds
from ecard.premises import Premises
from ecard.requests import command
from ecard.terminals import confirming, findings, intake, registering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from codes.ack import StatusAck
    from codes.claims import Region
    from codes.keys import CoseKey
    from ecard.model import Actor, CardRef, FindingDecision, JournalFinding, JournalState, JournalTaken, LossClock, Place, Terminal


class TerminalDesk(Premises):
    """Registration, journals and acknowledgements."""

    @command
    def register_terminal(
        self, ref: str, key: CoseKey, *, venue: str, scenes: Sequence[str], actor: Actor, at: datetime, place: Place | None = None
    ) -> Terminal:
        """Register a terminal of the actor's region. The same again: no change.

        Raises `InputError`: terminal-shape, key-point; `StateError`: not-permitted, terminal-known.
        """
        with self.writing() as work:
            return registering.register(work, ref, key, venue=venue, scenes=scenes, place=place, actor=actor, now=seconds(at))

    @command
    def end_terminal(self, ref: str, *, actor: Actor, at: datetime) -> Terminal:
        """Believe nothing more that a terminal sends. Again: no change. Raises `StateError`: not-permitted, terminal-unknown."""
        with self.writing() as work:
            return registering.end(work, ref, actor=actor, now=seconds(at))

    def terminals(self, *, region: Region | None = None) -> tuple[tuple[Terminal, JournalState], ...]:
        """Every terminal with the state of its journal."""
        with self.store.reading() as work:
            return tuple((terminal, intake.journal_state(work, terminal.ref)) for terminal in registering.terminals(work, region=region))

    def take_journal(self, body: bytes, *, at: datetime) -> JournalTaken:
        """Take a terminal's upload in; idempotent for each (terminal, seq). Raises as `intake.take`."""
        return intake.take(self, body, now=seconds(at))

    def take_ack(self, data: bytes, *, at: datetime) -> StatusAck:
        """Note which status versions a terminal holds. Raises as `confirming.take_ack`."""
        return confirming.take_ack(self, data, now=seconds(at))

    def findings(self, *, region: Region | None = None, cursor: str | None = None) -> tuple[Sequence[JournalFinding], str | None]:
        """A page of what waits for a person to look at it, oldest first, and the cursor of the next one. Raises `InputError` cursor-unknown."""
        with self.store.reading() as work:
            return findings.open_findings(work, region=region, cursor=cursor)

    @command
    def decide_finding(self, ref: str, decision: FindingDecision, *, actor: Actor, at: datetime) -> JournalFinding:
        """Close a finding. Raises `StateError`: not-permitted, finding-unknown."""
        with self.writing() as work:
            return findings.decide(work, ref, decision, actor=actor, now=seconds(at))

    def loss_clock(self, card: CardRef, *, at: datetime) -> LossClock | None:
        """Who knows by now that a card, or something of it, is stopped or ended; None while nothing of it is. Raises `StateError` card-unknown."""
        with self.store.reading() as work:
            dossier = work.dossier(card)
            placed = [hold.placed for hold in dossier.holds if hold.in_force(seconds(at))]
            if dossier.card.state is CardState.ENDED:
                placed.append(work.events(card)[-1].at)
            return confirming.loss_clock(work, region=dossier.card.region, since=max(placed)) if placed else None
