"""Cards go to the card maker as an order and come back as made or damaged, every line accounted for.

An order names every chip that waits to be made for one service point. The order file is the one place where a name and a number leave the vault for the
card's face: each reading stands in the person's chain, and the file is handed over, never kept. What comes back is compared line by line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import Fault, InputError, StateError
from ecard import applying, card_number, ending, faults, schema
from ecard.lifecycle import Command, permit
from ecard.making import register
from ecard.model import (
    CardState,
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    EndReason,
    OrderRef,
    ProductionOrder,
    ProductionReturn,
    Role,
    StockItem,
    StockState,
    draw_ref,
)
from ecard.tabular import MAX_ROWS, TableFormat, columns, fields_of, read_table, write_table

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef, Dossier, PointRef
    from ecard.premises import Premises
    from ecard.spreadsheet import Row
    from ecard.store import Work

ORDER_HEADING = ("行号", "卡号", "卡识别码", "姓名", "证件号码", "有效期至")
RETURN_NAMES = {
    **{name: name for name in ("line", "card_number", "result", "reason")},
    "行号": "line",
    "卡号": "card_number",
    "结果": "result",
    "说明": "reason",
}
_RESULTS = {"made": StockState.MADE, "成品": StockState.MADE, "damaged": StockState.DAMAGED, "废卡": StockState.DAMAGED}
_PRODUCTION = frozenset({Role.PRODUCTION, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A line of a return file that does not agree with the order, and is not booked."""

    row: int
    wrong: str
    fault: Fault = faults.ORDER_LINE
    """With what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a return file brought: booked now, booked before, refused; and what of the order is still out."""

    order: OrderRef
    made: int
    damaged: int
    repeated: int
    mismatches: tuple[Mismatch, ...]
    still_open: tuple[int, ...]
    """Lines that nobody has heard of yet."""


def place_order(premises: Premises, *, maker: str, point: PointRef, actor: Actor, now: int) -> tuple[ProductionOrder, tuple[StockItem, ...]]:
    """Order every chip that waits to be made for a service point. A chip is ordered once."""
    region = _producer(actor, "place-order")
    with premises.writing() as work:
        register.require_point(work, point, region=region)
        waiting = list(_waiting(work, region, point))
        if not waiting:
            raise StateError(faults.ORDER_EMPTY, point=point)
        order = ProductionOrder(
            ref=OrderRef(draw_ref(premises.entropy)),
            region=region,
            maker=maker,
            point=point,
            count=len(waiting),
            placed=now,
            placed_by=actor.ref,
            placed_person=actor.person,
        )
        register.add(work, schema.production_order, order, "place-order", desk=order.ref, actor=actor, at=now)
        items = tuple(
            StockItem(order=order.ref, line=line, card=row.card, carrier=row.ref, state=StockState.ORDERED)
            for line, row in enumerate(waiting, start=1)
        )
        register.add_items(work, items, actor=actor, at=now)
    return order, items


def _producer(actor: Actor, command: str) -> str:
    if actor.role not in _PRODUCTION or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article="HZ-4")
    return actor.region


def _waiting(work: Work, region: str, point: PointRef) -> sa.CursorResult[tuple[str, str]]:
    """Chips to be made for this point: those that were applied for there, or at no point."""
    chip, card, application, stock = schema.carrier, schema.card, schema.application, schema.stock_item
    joined = chip.join(card, card.c.ref == chip.c.card).outerjoin(application, application.c.card == card.c.ref)
    joined = joined.outerjoin(stock, stock.c.carrier == chip.c.ref)
    wanted = (
        (card.c.region == region)
        & (card.c.state != "ended")
        & (chip.c.kind == CarrierKind.CHIP.value)
        & (chip.c.state == CarrierState.PENDING.value)
        & stock.c.carrier.is_(None)
        & (application.c.point.is_(None) | (application.c.point == point))
    )
    found = sa.select(chip.c.ref, chip.c.card).select_from(joined).where(wanted).order_by(chip.c.created, chip.c.ref).limit(MAX_ROWS)
    return work.connection.execute(found)


def order_file(premises: Premises, ref: OrderRef, *, actor: Actor, now: int) -> bytes:
    """The file of an order for the card maker, with what stands on the card's face."""
    region = _producer(actor, "order-file")
    lines: list[tuple[str, ...]] = [ORDER_HEADING]
    with premises.writing() as work:
        order = register.order(work, ref)
        if order.region != region:
            raise StateError(faults.OTHER_REGION, command="order-file", region=order.region, desk_region=region, article="HZ-4")
        for item in register.items_of(work, ref):
            if item.state is not StockState.ORDERED:
                continue
            dossier = work.dossier(item.card)
            chip = dossier.carrier(item.carrier)
            code = b"" if chip is None or chip.card_code is None else chip.card_code
            person = premises.vault.read(work, dossier.card.holder, purpose="card-face", actor=actor, at=now)
            expires = datetime.fromtimestamp(dossier.card.expires, applying.LOCAL).date().isoformat()
            lines.append((str(item.line), dossier.card.number, code.hex().upper(), person.name.text, person.identity.number, expires))
    return write_table(lines, form=TableFormat.CSV)


def take_return(premises: Premises, ref: OrderRef, content: bytes, *, actor: Actor, now: int) -> Reconciled:
    """Book what came back. A line that does not fit the order is reported and left open; the same file again books nothing twice."""
    region = _producer(actor, "take-return")
    table = read_table(content)
    places = columns(table, RETURN_NAMES, needed=("line", "card_number", "result"))
    counts = {StockState.MADE: 0, StockState.DAMAGED: 0}
    repeated = 0
    mismatches: list[Mismatch] = []
    with premises.writing() as work:
        order = register.order(work, ref)
        if order.region != region:
            raise StateError(faults.OTHER_REGION, command="take-return", region=order.region, desk_region=region, article="HZ-4")
        items = {item.line: item for item in register.items_of(work, ref)}
        for row in table.rows:
            found = _line(work, row, places, items)
            if isinstance(found, Mismatch):
                mismatches.append(found)
                continue
            item, result, reason = found
            if item.state is not StockState.ORDERED:
                repeated += 1
                continue
            keep_until = now + premises.policy.collect_within if result is StockState.MADE else None
            items[item.line] = register.move(work, item, result, actor=actor, at=now, keep_until=keep_until, reason=reason)
            counts[result] += 1
            if result is StockState.DAMAGED:
                _remake(premises, work, item, actor=actor, now=now)
        digest = hashlib.sha256(content).digest()
        booked = ProductionReturn(
            order=ref, digest=digest, made=counts[StockState.MADE], damaged=counts[StockState.DAMAGED], at=now, actor=actor.ref, person=actor.person
        )
        if booked.made or booked.damaged:
            _add_return(work, booked, actor)
    still_open = tuple(line for line, item in items.items() if item.state is StockState.ORDERED)
    return Reconciled(order=ref, made=booked.made, damaged=booked.damaged, repeated=repeated, mismatches=tuple(mismatches), still_open=still_open)


def _add_return(work: Work, booked: ProductionReturn, actor: Actor) -> None:
    """A file may come again after a chip in it was personalised: what it brings then stands beside what it brought, under a digest chained to it."""
    table = schema.production_return
    digest = booked.digest
    while work.connection.execute(sa.select(table.c.at).where(table.c.order_ref == booked.order, table.c.digest == digest)).first() is not None:
        digest = hashlib.sha256(digest).digest()
    register.add(work, table, replace(booked, digest=digest), "take-return", desk=booked.order, actor=actor, at=booked.at)


def _line(work: Work, row: Row, places: dict[int, str], items: dict[int, StockItem]) -> tuple[StockItem, StockState, str | None] | Mismatch:
    """What one line says of which piece, if it agrees with the order and with the record."""
    try:
        cells = {name: cell.text.strip() for name, cell in fields_of(row, places).items()}
        number = card_number.parse_number(cells.get("card_number", ""))
    except InputError as error:
        return Mismatch(row=row[0], wrong=error.code, fault=error.fault)
    line, result = cells.get("line", ""), _RESULTS.get(cells.get("result", ""))
    item = items.get(int(line)) if line.isascii() and line.isdigit() and len(line) <= 6 else None
    if item is None:
        return Mismatch(row=row[0], wrong="line")
    if result is None:
        return Mismatch(row=row[0], wrong="result")
    dossier = work.dossier(item.card)
    if dossier.card.number != number:
        return Mismatch(row=row[0], wrong="card")
    if item.state is StockState.ORDERED:
        chip = dossier.carrier(item.carrier)
        if result is StockState.MADE and (chip is None or chip.key is None):
            return Mismatch(row=row[0], wrong="not personalised")
        if result is StockState.DAMAGED and chip is not None and chip.state is CarrierState.ACTIVE:
            return Mismatch(row=row[0], wrong="in use")
    elif (item.state is StockState.DAMAGED) != (result is StockState.DAMAGED):
        return Mismatch(row=row[0], wrong="told otherwise before")
    return item, result, cells.get("reason") or None


def _remake(premises: Premises, work: Work, item: StockItem, *, actor: Actor, now: int) -> None:
    """End a spoilt chip, and have another made for the card, unless card or chip has ended meanwhile."""
    before = work.dossier(item.card)
    chip = before.carrier(item.carrier)
    if before.card.state is CardState.ENDED or chip is None or chip.state is CarrierState.ENDED:
        return
    permit(Command.REMAKE_CHIP, before, region=before.card.region, actor=actor, evidence=(), now=now)
    after = with_another_chip(premises, ended(before, item), now=now)
    work.record(before, after, command=Command.REMAKE_CHIP, actor=actor, evidence=(), purpose="spoilt-in-production", at=now)


def ended(dossier: Dossier, item: StockItem) -> Dossier:
    """The dossier without the chip of a piece that is gone for ever."""
    chip = dossier.carrier(item.carrier)
    if chip is None or chip.state is CarrierState.ENDED:
        return dossier
    return applying.with_carrier(dossier, replace(chip, state=CarrierState.ENDED, end_reason=EndReason.DESTROYED))


def with_another_chip(premises: Premises, dossier: Dossier, *, now: int) -> Dossier:
    """The dossier with a chip that is to be made, under a card code of its own."""
    chip = Carrier(
        ref=CarrierRef(draw_ref(premises.entropy)),
        card=dossier.card.ref,
        kind=CarrierKind.CHIP,
        state=CarrierState.PENDING,
        card_code=card_number.draw_code(premises.issuer(dossier.card.region).division, premises.entropy),
        created=now,
    )
    return applying.with_carrier(dossier, chip)


def remake(premises: Premises, ref: CardRef, *, actor: Actor, now: int) -> Dossier:
    """Have a chip made for a card that has none left. Again, while one is to be made: no change."""
    with premises.writing() as work:
        before = work.dossier(ref)
        permit(Command.REMAKE_CHIP, before, region=before.card.region, actor=actor, evidence=(), now=now)
        if before.chip is not None:
            return before
        if before.card.state is CardState.ACTIVE and ending.open_exchange(work, ref) is None:
            raise StateError(faults.EXCHANGE_NOT_OPEN)  # nothing would ever hand it over
        after = with_another_chip(premises, before, now=now)
        return work.record(before, after, command=Command.REMAKE_CHIP, actor=actor, evidence=(), purpose="asked-for-again", at=now)
