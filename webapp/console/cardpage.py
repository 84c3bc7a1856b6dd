"""A card as an operator sees it: how it stands, what each carrier may do, what was done, and what may be done now. Names and numbers stand masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request

from codes.errors import InputError, StateError, Text
from ecard import CardRef, lookups, schema
from ecard.lifecycle import RULES, Command, Evidence, permit, status_of
from ecard.lookups import READERS, Purpose, Shown
from ecard.model import CardState, CredentialState, Role
from webapp import faults
from webapp.console.acting import act_called
from webapp.office.acts import ACTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Blueprint, Response

    from ecard import Dossier
    from ecard.lifecycle import CarrierStatus, Rule
    from ecard.model import Carrier, Hold
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit
    from webapp.office.acts import Act

GROUPS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    (
        "loss",
        (Command.PRE_REPORT_LOSS, Command.WITHDRAW_PRE_LOSS, Command.REPORT_LOSS, Command.WITHDRAW_LOSS, Command.UNLOCK, Command.UNBIND_PHONE),
    ),
    ("freeze", (Command.FREEZE, Command.UNFREEZE, Command.REQUEST_FREEZE, Command.DECLINE_FREEZE)),
    ("making", (Command.ACTIVATE, Command.HAND_OUT, Command.STORE_UNCOLLECTED, Command.DESTROY_STOCK, Command.REMAKE_CHIP)),
    ("remaking", (Command.EXCHANGE, Command.HAND_OVER, Command.REPLACE, Command.PROLONG_TEMPORARY, Command.RECONCILE)),
    ("pin", (Command.CHANGE_PIN, Command.RESET_PIN, Command.UNBLOCK_PIN)),
    ("ending", (Command.REQUEST_CANCEL, Command.CANCEL, Command.DESTROY, Command.PROPOSE_CORRECTION, Command.DECIDE_CORRECTION)),
    ("money", (Command.ACTIVATE_ACCOUNT, Command.END_ACCOUNT, Command.GRANT_FARE, Command.MOVE_FARE, Command.REVIEW_FARE, Command.END_FARE)),
    ("cases", (Command.OPEN_CASE, Command.ADD_TO_CASE, Command.DECIDE_CASE, Command.TAKE_OVER)),
)
"""Under which heading a command stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A command as the card page offers it."""

    act: Act
    title: Text
    rule: Rule
    why_not: Text | None
    """Why it cannot be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A carrier with what follows for it."""

    carrier: Carrier
    status: CarrierStatus
    credentials: int
    """Of it that have not run out."""
    holds: tuple[Hold, ...]


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/cards/<card>")
    def card(card: str) -> Response:
        seen = frame.visit()
        return _page(frame, seen, seen.card(CardRef(card)), {})

    @pages.post("/cards/<card>/reveal")
    def reveal(card: str) -> Response:
        seen = frame.visit()
        dossier = seen.card(CardRef(card))
        try:
            shown, purpose = Shown(request.form.get("field", "")), Purpose(request.form.get("purpose", ""))
        except ValueError:
            raise InputError(faults.CONSOLE_PURPOSE) from None
        text = lookups.reveal(seen.desk, dossier.card.ref, shown, purpose=purpose, actor=seen.actor(READERS), at=seen.at)
        return _page(frame, seen, dossier, {shown: text}, purpose=purpose)


def _page(frame: Frame, seen: Visit, dossier: Dossier, revealed: dict[Shown, str], purpose: Purpose | None = None) -> Response:
    desk, ref, now = seen.desk, dossier.card.ref, seen.now
    events = list(reversed(desk.events(ref)))
    return frame.page(
        seen,
        "card.html",
        dossier=dossier,
        card=dossier.card,
        expired=dossier.card.state is not CardState.ENDED and now >= dossier.card.expires,
        standings=_standings(seen, dossier),
        holds=[hold for hold in dossier.holds if hold.in_force(now)],
        groups=list(offers(seen, dossier)),
        events=events,
        titles={event.command: RULES[Command(event.command)].title for event in events},
        papers={paper.value: paper for paper in Evidence},
        receipts={receipt.says.event: receipt.says.number for receipt in desk.receipts(ref)},
        chips=desk.chips(ref),
        incidents=desk.chip_incidents(ref),
        older=desk.older_cards(ref),
        stock=desk.stock_movements(ref),
        charges=[charge for charge in desk.charges(ref) if charge.fen],
        entitlements=desk.entitlements_of(ref),
        locked=sorted(desk.locked_items(ref)),
        cases=desk.cases(ref),
        requests=desk.freeze_requests(ref),
        clock=desk.loss_clock(ref, at=seen.at),
        may_activate=dossier.card.state is CardState.ACTIVE
        and not any(hold.carrier is None and hold.in_force(now) for hold in dossier.holds)
        and seen.may(*RULES[Command.BIND_PHONE].who, Role.HOTLINE),
        may_reveal=seen.may(*READERS),
        fields=list(Shown),
        purposes=list(Purpose),
        revealed=revealed,
        purpose=purpose,
    )


def _standings(seen: Visit, dossier: Dossier) -> list[Standing]:
    written = seen.desk.credentials(dossier.card.ref)
    return [
        Standing(
            carrier=carrier,
            status=status_of(dossier, carrier, seen.now),
            credentials=sum(row.carrier == carrier.ref and row.state is CredentialState.READY and row.exp > seen.now for row in written),
            holds=tuple(hold for hold in dossier.holds if hold.in_force(seen.now) and hold.carrier in {None, carrier.ref}),
        )
        for carrier in sorted(dossier.carriers, key=lambda carrier: carrier.created)
    ]


def offers(seen: Visit, dossier: Dossier) -> Sequence[tuple[str, list[Offer]]]:
    """What somebody may do at a card, under headings: what the table allows now first, the rest with the reason."""
    groups = []
    for name, commands in GROUPS:
        wanted = [act for act in ACTS if act.on_card and act.command in commands and seen.may(*RULES[act.command].who)]
        found = [_offer(seen, dossier, act) for act in sorted(wanted, key=lambda act: commands.index(act.command))]
        if found:
            groups.append((name, sorted(found, key=lambda offer: offer.why_not is not None)))
    return groups


def _offer(seen: Visit, dossier: Dossier, act: Act) -> Offer:
    rule = RULES[act_called(act.word, on_card=True).command]
    why_not = None
    try:
        permit(act.command, dossier, region=dossier.card.region, actor=seen.actor(rule.who), evidence=frozenset(Evidence), now=seen.now)
        why_not = _not_now(seen, dossier, act.command)
    except StateError as refusal:
        why_not = refusal.fault.title
    return Offer(act=act, title=act.says or rule.title, rule=rule, why_not=why_not)


_NEEDS_HOLD = {
    Command.WITHDRAW_PRE_LOSS: ("pre-loss", Text("没有电话挂失", "Nothing was reported by phone")),
    Command.WITHDRAW_LOSS: ("loss", Text("没有书面挂失", "No written report")),
    Command.UNFREEZE: ("freeze", Text("没有冻结", "Not frozen")),
    Command.UNLOCK: ("self-lock", Text("没有自助锁卡", "Not locked by its holder")),
    Command.RECONCILE: ("drift", Text("芯片与档案相符", "Chip and record agree")),
}


def _missing(seen: Visit, dossier: Dossier, command: Command) -> Text | None:
    """What was never begun, or is not there, so that it cannot be decided or ended."""
    if command not in _NEEDS_ROW:
        return None
    table, where, why = _NEEDS_ROW[command]
    with seen.desk.store.reading() as work:
        held = table.c.holder == dossier.card.holder if "holder" in table.c and "card" not in table.c else table.c.card == dossier.card.ref
        found = work.connection.execute(sa.select(sa.literal(1)).select_from(table).where(held & where).limit(1)).first()
    return None if found else why


_NEEDS_ROW: Mapping[Command, tuple[sa.Table, sa.ColumnElement[bool], Text]] = {
    Command.CANCEL: (schema.cancellation, schema.cancellation.c.decided.is_(None), Text("没有注销申请", "No request to cancel it")),
    Command.DECIDE_CORRECTION: (schema.correction, schema.correction.c.decided.is_(None), Text("没有更正申请", "No correction was proposed")),
    Command.HAND_OVER: (schema.exchange, schema.exchange.c.closed.is_(None), Text("没有在办的换领", "No exchange is open")),
    Command.PROLONG_TEMPORARY: (schema.temporary, sa.true(), Text("没有临时凭证", "Nothing stands in")),
    Command.DESTROY: (schema.carrier, schema.carrier.c.state == "ended", Text("没有停用的芯片", "No chip has ended")),
    Command.HAND_OUT: (schema.stock_item, schema.stock_item.c.state.in_(["made", "uncollected"]), Text("窗口没有这张卡", "It is not at the desk")),
    Command.STORE_UNCOLLECTED: (schema.stock_item, schema.stock_item.c.state.in_(["made", "handed"]), Text("没有库存记录", "Not in stock")),
    Command.DESTROY_STOCK: (schema.stock_item, schema.stock_item.c.state == "uncollected", Text("没有逾期未领的卡", "None is uncollected")),
    Command.MOVE_FARE: (schema.entitlement, schema.entitlement.c.ended.is_(None), Text("没有票价待遇", "No fare class")),
    Command.REVIEW_FARE: (schema.entitlement, schema.entitlement.c.ended.is_(None), Text("没有票价待遇", "No fare class")),
    Command.END_FARE: (schema.entitlement, schema.entitlement.c.ended.is_(None), Text("没有票价待遇", "No fare class")),
}


def _not_now(seen: Visit, dossier: Dossier, command: Command) -> Text | None:
    """What the table cannot see: that there is nothing to bring back, or nobody who asked."""
    if command in _NEEDS_HOLD:
        kind, why = _NEEDS_HOLD[command]
        return None if any(hold.kind == kind and hold.in_force(seen.now) for hold in dossier.holds) else why
    missing = _missing(seen, dossier, command)
    if missing is not None:
        return missing
    if command is Command.DECLINE_FREEZE and not any(asked.answer is None for asked in seen.desk.freeze_requests(dossier.card.ref)):
        return Text("没有外地冻结请求", "No region has asked")
    if command is Command.ACTIVATE and dossier.card.state is CardState.ACTIVE:
        return Text("已启用", "In use already")
    if command is Command.REPLACE and not any(hold.kind == "loss" and hold.in_force(seen.now) for hold in dossier.holds):
        return Text("没有书面挂失", "No written report")
    if command is Command.UNBIND_PHONE and not dossier.phones:
        return Text("没有绑定手机", "No phone is bound")
    if command in {Command.ADD_TO_CASE, Command.DECIDE_CASE} and not any(case.decision is None for case in seen.desk.cases(dossier.card.ref)):
        return Text("没有未结案卷", "No case is open")
    if command is Command.REQUEST_FREEZE and seen.operator.region == dossier.card.region:
        return Text("本地卡，请直接冻结", "A card of this region: freeze it")
    return None
