"""What can be read and written inside one transaction. What a command leaves behind is one dossier, and `Work.record` writes the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.errors import InputError, SetupError, StateError
from ecard import chain, due, enclosures, faults, lifecycle, outbox, questions, rows, schema
from ecard.chips import targets
from ecard.model import Actor, Card, CardEvent, CardRef, CarrierRef, CredentialRow, Dossier, Holder, HolderRef

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Work:
    """What can be read and written inside one transaction."""

    def __init__(self, connection: sa.Connection, *, reading: bool = False) -> None:
        self.connection = connection
        self.reading = reading
        self.cited: Mapping[lifecycle.Evidence, bytes] = {}
        """Digests of the references of papers, where whoever gives the command names them."""
        self.recorded: list[tuple[CardEvent, Dossier | None, Dossier]] = []
        """What this transaction has done and not acknowledged yet: each event, the dossier before and after."""
        self._enclosed: dict[CardRef, bytes] = {}
        """What was enclosed in each card's file when this transaction first saw it, or last sealed an event of it."""
        self._drafts: dict[CardRef, tuple[CardEvent, Dossier | None, Dossier]] = {}

    def dossier(self, ref: CardRef, *, expected: int | None = None) -> Dossier:
        """A card with its carriers and holds, the row locked where the database locks rows. `expected` is the revision that the caller has seen.

        Raises `StateError`: card-unknown, stale-revision.
        """
        dossier = self._dossier(questions.CARD, ref)
        if expected not in {None, dossier.card.revision}:
            raise StateError(faults.STALE_REVISION, expected=expected, revision=dossier.card.revision)
        return dossier

    def dossier_by_number(self, number: str) -> Dossier:
        """The same by card number."""
        return self._dossier(questions.CARD_BY_NUMBER, number)

    def _dossier(self, question: Mapping[bool, sa.Select[Any]], card: str, *, eventless: bool = False) -> Dossier:
        row = self._locked(question, card)
        if not (self.reading or eventless):
            self._look_into(row.ref)
        carriers = self.connection.execute(questions.CARRIERS, {"card": row.ref})
        holds = self.connection.execute(questions.HOLDS, {"card": row.ref})
        return Dossier(card=rows.card_of(row), carriers=tuple(map(rows.carrier_of, carriers)), holds=tuple(map(rows.hold_of, holds)))

    def _locked(self, question: Mapping[bool, sa.Select[Any]], card: str) -> sa.Row[Any]:
        row = self.connection.execute(question[self.reading], {"card": card}).one_or_none()
        if row is None:
            raise StateError(faults.CARD_UNKNOWN)
        return row

    def revision(self, ref: CardRef) -> int:
        """The revision of a card, its row locked as `dossier` locks it, where nothing else of it matters. Raises `StateError` card-unknown."""
        return int(self._locked(questions.REVISION, ref).revision)

    def dossier_of_carrier(self, ref: CarrierRef, *, eventless: bool = False) -> Dossier:
        """The card that a chip or phone belongs to; `eventless` for a command that records nothing of it. Raises `StateError` carrier-unknown."""
        card = self.connection.execute(questions.OWNER, {"carrier": ref}).scalar_one_or_none()
        if card is None:
            raise StateError(faults.CARRIER_UNKNOWN)
        return self._dossier(questions.CARD, card, eventless=eventless)

    def dossiers_with_key(self, thumbprint: bytes) -> list[Dossier]:
        """Every card that has a carrier with this key, ended ones too."""
        cards = self.connection.execute(
            sa.select(schema.carrier.c.card).where(schema.carrier.c.thumbprint == thumbprint).distinct().order_by(schema.carrier.c.card)
        )
        return [self.dossier(CardRef(card)) for card in cards.scalars().all()]

    def cards_of(self, holder: HolderRef, *, region: str | None = None) -> list[CardRef]:
        """Cards of a person that have not ended, in one region or in every one."""
        living = (schema.card.c.holder == holder) & (schema.card.c.state != "ended")
        living &= sa.true() if region is None else schema.card.c.region == region
        return [CardRef(ref) for ref in self.connection.execute(sa.select(schema.card.c.ref).where(living).order_by(schema.card.c.ref)).scalars()]

    def replacement_of(self, card: CardRef) -> CardRef | None:
        """The card that is to replace, or has replaced, this one."""
        return self.connection.execute(sa.select(schema.card.c.ref).where(schema.card.c.replaces == card)).scalar_one_or_none()

    def number_is_free(self, number: str) -> bool:
        """Whether no card has this number."""
        return self.connection.execute(sa.select(schema.card.c.ref).where(schema.card.c.number == number)).first() is None

    def add_holder(self, holder: Holder) -> None:
        """Write a new holder."""
        self.connection.execute(sa.insert(schema.holder).values(rows.of_holder(holder)))

    def record(
        self,
        before: Dossier | None,
        after: Dossier,
        *,
        command: lifecycle.Command,
        actor: Actor,
        evidence: Collection[lifecycle.Evidence],
        purpose: str,
        at: int,
    ) -> Dossier:
        """Write what a command leaves: the card under compare-and-swap, its carriers and holds, and the event. Returns the dossier as it now is.

        The event is sealed by `seal`, when whatever else the command encloses in the card's file is written, too. Raises `InputError` paper-not-shown,
        `StateError` stale-revision, `SetupError`: record-clock-behind, chain-broken.
        """
        if uncalled := set(self.cited) - set(evidence):
            raise InputError(faults.PAPER_NOT_SHOWN, papers=", ".join(sorted(uncalled)))
        self._seal(after.card.ref)
        last = None
        if before is None:
            written = after
            self.connection.execute(sa.insert(schema.card).values(rows.of_card(written.card)))
        else:
            self._look_into(before.card.ref)
            last = self._event(before.card)
            if at < last.at:
                raise SetupError(faults.CLOCK_BEHIND, behind_s=last.at - at)
            written = lifecycle.advance(before, after, since=last.at, now=at)
            swap = sa.update(schema.card).where(schema.card.c.ref == before.card.ref, schema.card.c.revision == before.card.revision)
            if self.connection.execute(swap.values(rows.of_card(written.card))).rowcount != 1:
                raise StateError(faults.STALE_REVISION, revision=before.card.revision)
        self._write_parts(before, written)
        event = CardEvent(
            card=written.card.ref,
            seq=written.card.revision,
            at=at,
            command=command.value,
            actor=actor.ref,
            person=actor.person,
            role=actor.role,
            purpose=purpose,
            articles=lifecycle.RULES[command].articles,
            before=chain.NOTHING if before is None or last is None else chain.dossier_digest(before, last.form, self._enclosed[before.card.ref]),
            after=chain.NOTHING,
            previous=chain.NOTHING if last is None else last.hash,
            hash=chain.NOTHING,
            form=chain.FORM,
            evidence=tuple(sorted(f"{kind}:{self.cited[kind].hex()}" if kind in self.cited else kind.value for kind in evidence)),
        )
        self._drafts[event.card] = (event, before, written)
        outbox.announce(self, before, written, since=at if last is None else last.at, now=at)
        due.watch(self, before, written, command=command, now=at)
        targets.follow(self, written, now=at)
        return written

    def seal(self) -> None:
        """Write the events of what was recorded, each over the card's file as it now is."""
        for card in list(self._drafts):
            self._seal(card)

    def _look_into(self, card: CardRef) -> None:
        """Note what is enclosed in a card's file before this transaction encloses anything."""
        if card not in self._enclosed:
            self._enclosed[card] = enclosures.digest_of(self.connection, card)

    def _seal(self, card: CardRef) -> None:
        if card not in self._drafts:
            return
        event, before, written = self._drafts.pop(card)
        enclosed = self._enclosed[card] = enclosures.digest_of(self.connection, card)
        event = replace(event, after=chain.dossier_digest(written, event.form, enclosed))
        event = replace(event, hash=chain.seal(event))
        self.connection.execute(sa.insert(schema.card_event).values(rows.of_event(event)))
        self.mark_unsealed("card", event.card, event.seq, at=event.at)
        self.recorded.append((event, before, written))

    def mark_unsealed(self, kind: str, subject: str, seq: int, *, at: int) -> None:
        """Note that a chain has a link that no checkpoint covers yet."""
        self.connection.execute(sa.insert(schema.unsealed).values({"chain": kind, "subject": subject, "seq": seq, "at": at}))

    def _write_parts(self, before: Dossier | None, after: Dossier) -> None:
        carriers = {} if before is None else {carrier.ref: carrier for carrier in before.carriers}
        for carrier in after.carriers:
            if carrier.ref not in carriers:
                self.connection.execute(sa.insert(schema.carrier).values(rows.of_carrier(carrier)))
            elif carrier != carriers[carrier.ref]:
                self.connection.execute(sa.update(schema.carrier).where(schema.carrier.c.ref == carrier.ref).values(rows.of_carrier(carrier)))
        holds = {} if before is None else {hold.ref: hold for hold in before.holds}
        for hold in after.holds:
            if hold.ref not in holds:
                self.connection.execute(sa.insert(schema.hold).values(rows.of_hold(hold)))
            elif hold != holds[hold.ref]:
                self.connection.execute(sa.update(schema.hold).where(schema.hold.c.ref == hold.ref).values(rows.of_hold(hold)))

    def credentials(self, card: CardRef) -> Sequence[CredentialRow]:
        """Every credential that was ever written for a card, oldest first, handed over or not."""
        query = sa.select(schema.credential).where(schema.credential.c.card == card)
        found = self.connection.execute(query.order_by(schema.credential.c.written, schema.credential.c.ref))
        return [rows.credential_of(row) for row in found]

    def _event(self, card: Card) -> CardEvent:
        """The event that made this revision; without it the chain has been cut."""
        where = (schema.card_event.c.card == card.ref) & (schema.card_event.c.seq == card.revision)
        row = self.connection.execute(sa.select(schema.card_event).where(where)).one_or_none()
        if row is None:
            raise SetupError(faults.CHAIN_BROKEN, card=card.ref, event=card.revision)
        return rows.event_of(row)

    def verify(self, card: CardRef) -> Sequence[CardEvent]:
        """The same, after checking that nothing of it and nothing of the card's file was changed. Raises `StateError` card-unknown, `SetupError` chain-broken."""
        dossier, events = self.dossier(card), self.events(card)
        chain.verify(events, dossier, enclosures.digest_of(self.connection, card))
        return events

    def events(self, card: CardRef) -> Sequence[CardEvent]:
        """What was done to a card, oldest first."""
        found = self.connection.execute(sa.select(schema.card_event).where(schema.card_event.c.card == card).order_by(schema.card_event.c.seq))
        return [rows.event_of(row) for row in found]
