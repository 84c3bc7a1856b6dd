"""The office's commands about cards made in numbers. Those that take a file go row by row and may be run again; the others are one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecard.making import balance, batches, handing, intake, production, register
from ecard.model import Eligibility, seconds
from ecard.premises import Premises
from ecard.requests import command

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from codes.claims import Region
    from ecard.applying import Application
    from ecard.lifecycle import Evidence
    from ecard.making.balance import Imbalance
    from ecard.making.batches import BatchDecision, BatchReport, Progress
    from ecard.making.intake import Decided
    from ecard.making.production import Reconciled
    from ecard.model import (
        Actor,
        ApplicationRef,
        ApplicationRow,
        BatchRef,
        CardRef,
        Dossier,
        HandedTo,
        OrderRef,
        PointKind,
        PointRef,
        ProductionOrder,
        ServicePoint,
        StockEntry,
        StockItem,
    )


@dataclass(frozen=True, kw_only=True)
class MakingDesk(Premises):
    """Service points, applications in two steps, batches, production and hand-out."""

    @command
    def register_point(self, point: PointRef, *, name: str, kind: PointKind, actor: Actor, at: datetime) -> ServicePoint:
        """Designate a service point of the actor's region. Again: no change. Raises `StateError`: not-permitted, service-point-differs."""
        return intake.register_point(self, point, name=name, kind=kind, actor=actor, now=seconds(at))

    @command
    def end_point(self, point: PointRef, *, actor: Actor, at: datetime) -> ServicePoint:
        """Close a service point. Raises `StateError` not-permitted, `InputError` service-point-unknown."""
        return intake.end_point(self, point, actor=actor, now=seconds(at))

    @command
    def take_in(self, application: Application, *, point: PointRef, actor: Actor, evidence: Collection[Evidence], at: datetime) -> ApplicationRow:
        """Take an application in at a designated point: the first of two steps (ZS-15).

        Raises `InputError`: region-unknown, service-point-unknown, identity-*, person-name; `StateError`: not-permitted, other-region,
        evidence-missing, person-has-card, person-differs, application-open.
        """
        return intake.take_in(self, application, point=point, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    @command
    def approve_application(self, application: ApplicationRef, *, actor: Actor, at: datetime) -> Decided:
        """Approve an application and open the card, as a second person. Again: no change.

        Raises `StateError`: application-unknown, application-decided, not-permitted, other-region, same-person.
        """
        return intake.approve(self, application, actor=actor, now=seconds(at))

    @command
    def refuse_application(self, application: ApplicationRef, *, code: str, actor: Actor, at: datetime) -> ApplicationRow:
        """Refuse an application for a reason, the code of a fault. Raises as `approve_application`."""
        return intake.refuse(self, application, code=code, actor=actor, now=seconds(at))

    def preview_batch(
        self, content: bytes, *, region: Region, actor: Actor, evidence: Collection[Evidence], at: datetime, progress: Progress | None = None
    ) -> BatchReport:
        """Say of every row of a file whether it would be taken in. Takes nothing in; `progress` hears rows done and rows in all.

        Raises `InputError`: table-format, table-encoding, table-too-large, table-columns, region-unknown; `StateError`: not-permitted, other-region,
        evidence-missing.
        """
        return batches.preview(self, content, region=region, actor=actor, evidence=frozenset(evidence), now=seconds(at), progress=progress)

    def take_in_batch(
        self,
        content: bytes,
        *,
        employer: str,
        point: PointRef,
        region: Region,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        category: Eligibility = Eligibility.RESIDENT,
        progress: Progress | None = None,
    ) -> BatchReport:
        """Take an employer's file in, row by row, each once; run again, it goes on where it stopped. `category` is why its people may have the card.

        Raises as `preview_batch`, and batch-differs.
        """
        return batches.take_in(
            self,
            content,
            employer=employer,
            point=point,
            region=region,
            actor=actor,
            evidence=frozenset(evidence),
            category=category,
            now=seconds(at),
            progress=progress,
        )

    def approve_batch(self, batch: BatchRef, *, actor: Actor, at: datetime, progress: Progress | None = None) -> BatchDecision:
        """Open a card for every row that waits, as a second person; run again, it goes on. Raises batch-unknown, and as `approve_application`."""
        return batches.approve(self, batch, actor=actor, now=seconds(at), progress=progress)

    def corrections(self, content: bytes, report: BatchReport) -> bytes:
        """The refused rows of a file, in its own format, with the reasons: to be mended and handed in again."""
        return batches.corrections(content, report)

    @command
    def place_order(self, *, maker: str, point: PointRef, actor: Actor, at: datetime) -> tuple[ProductionOrder, tuple[StockItem, ...]]:
        """Order every chip that waits to be made for a service point. Raises `StateError`: not-permitted, order-empty; `InputError` service-point-unknown."""
        return production.place_order(self, maker=maker, point=point, actor=actor, now=seconds(at))

    def order_file(self, order: OrderRef, *, actor: Actor, at: datetime) -> bytes:
        """The file of an order for the card maker, CSV. Raises `StateError`: not-permitted, other-region, order-unknown."""
        return production.order_file(self, order, actor=actor, now=seconds(at))

    @command
    def take_return(self, order: OrderRef, content: bytes, *, actor: Actor, at: datetime) -> Reconciled:
        """Book what the card maker sent back; lines that do not fit are reported. Raises `InputError` table-*; `StateError` as `order_file`."""
        return production.take_return(self, order, content, actor=actor, now=seconds(at))

    @command
    def remake_chip(self, card: CardRef, *, actor: Actor, at: datetime) -> Dossier:
        """Have a chip made for a card that has none left. Again: no change. Raises not-permitted, other-region, wrong-state, exchange-not-open."""
        return production.remake(self, card, actor=actor, now=seconds(at))

    @command
    def hand_out(
        self,
        card: CardRef,
        *,
        to: HandedTo,
        point: PointRef,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        employer: str | None = None,
    ) -> StockItem:
        """Hand a finished card out, on the papers that `handing.PAPERS` asks of whoever takes it. Again to the same: no change.

        Raises `InputError` service-point-unknown; `StateError`: not-permitted, other-region, wrong-state, evidence-missing, not-in-stock,
        not-of-this-employer.
        """
        return handing.hand_out(self, card, to=to, point=point, actor=actor, evidence=frozenset(evidence), employer=employer, now=seconds(at))

    @command
    def store_uncollected(self, card: CardRef, *, actor: Actor, at: datetime) -> StockItem:
        """Store a card that nobody collected in time or that was brought back. Again: no change. Raises `StateError`: not-in-stock, stock-kept-still."""
        return handing.store_uncollected(self, card, actor=actor, now=seconds(at))

    @command
    def destroy_stock(self, card: CardRef, *, how: str, witness: Actor, actor: Actor, evidence: Collection[Evidence], at: datetime) -> StockItem:
        """Destroy an uncollected card before a witness. Raises `StateError`: same-person, evidence-missing, not-in-stock, stock-kept-still."""
        return handing.destroy(self, card, how=how, witness=witness, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    def stock_movements(self, card: CardRef) -> tuple[StockEntry, ...]:
        """The register about a card's plastic, oldest entry first."""
        return handing.movements(self, card)

    def overdue_stock(self, region: Region, *, at: datetime) -> tuple[StockItem, ...]:
        """Cards at the desks of a region whose deadline has passed."""
        return handing.overdue(self, region=region, now=seconds(at))

    def stock_imbalances(self) -> tuple[Imbalance, ...]:
        """Every piece of plastic that is not accounted for; none when all is well."""
        with self.store.reading() as work:
            return balance.imbalances(register.ledger(work))
