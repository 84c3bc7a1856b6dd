"""A loss reported by phone (ZS-17b): it stops at once, the written report must follow by a due date, and reminders say so until it has."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import faults, holderacts, lifecycle, outbox, schema
from ecard.contention import persist
from ecard.lifecycle import Command, Evidence
from ecard.model import CardRef, CarrierState, HolderRef, HoldKind, HoldRef, Role, seconds
from ecard.outbox import Topic
from ecard.policy import DAY, PreLossEnd
from ecard.stopping import LossOf, Stopped, lift, lost_places, meant, reported_places, standing, with_hold, withdraw
from ecard.tick import service

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.holderacts import PhoneProof
    from ecard.model import Actor, CarrierRef, Dossier, Hold
    from ecard.premises import Premises
    from ecard.store import Work

FIRST_REMINDERS = (1, 7)
LAST_REMINDER = 2
"""Days after the report, and days before its due date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What a holder is to be told: the written report of a loss is still missing."""

    hold: HoldRef
    card: CardRef
    holder: HolderRef
    day: int
    """On which day after the report this reminder became due."""
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLosses:
    """What time demanded of reports by phone, and what was done."""

    reminders: tuple[Reminder, ...]
    released: tuple[CardRef, ...]


def pre_report_loss(
    premises: Premises,
    ref: CardRef,
    *,
    of: LossOf,
    phone: CarrierRef | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Stopped:
    """Place a PRE_LOSS hold on card, chip or phone. Nothing happens where this loss stands already, by phone or in writing."""
    policy = premises.policy
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.PRE_REPORT_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        places = reported_places(premises, work, before, of, phone)
        of = meant(premises, of)
        due = now + policy.pre_loss_life
        until = due if policy.pre_loss_end is PreLossEnd.AUTO_RELEASE else None
        now_at = {before.card.ref: before}
        for seen, carrier in places:
            dossier = now_at.get(seen.card.ref, seen)
            earlier = standing(dossier, carrier, HoldKind.PRE_LOSS, origin=ref)
            if standing(dossier, carrier, HoldKind.LOSS, origin=ref) is not None or (earlier is not None and earlier.in_force(now)):
                continue
            settled = dossier if earlier is None else lift(dossier, earlier, actor=actor, now=now)
            held = with_hold(premises, settled, carrier, HoldKind.PRE_LOSS, origin=ref, actor=actor, now=now, until=until, due=due)
            purpose = f"loss-of-{of if dossier.card.ref == ref else LossOf.PHONE}"
            now_at[dossier.card.ref] = work.record(
                dossier, held, command=Command.PRE_REPORT_LOSS, actor=actor, evidence=evidence, purpose=purpose, at=now
            )
    after, changed = now_at.pop(ref), tuple(now_at)
    stands = standing(after, places[0][1], HoldKind.PRE_LOSS, origin=ref)
    since = lifecycle.lost_since(after, places[0][1], now)
    return Stopped(dossier=after, others=changed, effective=now if since is None else since, due=None if stands is None else stands.due)


def withdraw_pre_loss(
    premises: Premises,
    ref: CardRef,
    *,
    of: LossOf,
    phone: CarrierRef | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    proof: PhoneProof | None,
    expected: int | None,
    now: int,
) -> Stopped:
    """Lift what was reported by phone: by hotline or counter, or by the holder's own proof from a phone that is not the reported one."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.WITHDRAW_PRE_LOSS, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if actor.role is Role.HOLDER:
            holderacts.check(premises, work, before, proof, command=Command.WITHDRAW_PRE_LOSS, target=holderacts.target_of(of, phone), now=now)
        place = lost_places(work, before, meant(premises, of), phone)[0][1]
        if standing(before, place, HoldKind.LOSS, origin=ref) is not None:
            raise StateError(faults.PRE_LOSS_WRITTEN, article="ZS-18")
        return withdraw(
            premises,
            work,
            before,
            HoldKind.PRE_LOSS,
            of=of,
            phone=phone,
            command=Command.WITHDRAW_PRE_LOSS,
            actor=actor,
            evidence=evidence,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class LossesByPhone:
    """A duty of `tick`: what time demands of reports by phone. Reminds of written reports that are missing, and writes the end of those that policy ended."""

    name: str = "losses-by-phone"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `tick.Duty.run`; how many reminders and releases."""
        done = due(premises, now=seconds(at))
        return len(done.reminders) + len(done.released)


def due(premises: Premises, *, now: int) -> DueLosses:
    """Do what is due. Each card is a transaction of its own, with its reminder in it: run twice, or by two at once, it reminds once.

    A run that comes late reminds of the newest day only.
    """
    with premises.store.reading() as work:
        cards = [CardRef(card) for card in work.connection.execute(_waiting(now)).scalars()]
    each = [persist(functools.partial(_due_on, premises, card, now), entropy=premises.entropy) for card in cards]
    return DueLosses(
        reminders=tuple(itertools.chain.from_iterable(reminders for reminders, _ in each)), released=tuple(card for _, gone in each for card in gone)
    )


def _waiting(now: int) -> sa.Select[str]:
    """Cards with an open report whose reminder has not gone out or whose time is over; what was lost still lives."""
    hold, told = schema.hold.c, schema.pre_loss_reminder.c
    last = (hold.due - hold.placed) // DAY

    def missing(day: int | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        known = sa.exists().where((told.hold == hold.ref) & (told.day == day))
        return sa.and_(last > day, hold.placed + day * DAY <= now, ~known)

    untold = sa.or_(*map(missing, FIRST_REMINDERS), sa.and_(last > LAST_REMINDER, missing(last - LAST_REMINDER)))
    over = hold.until.is_not(None) & (hold.until <= now)
    opened = (hold.kind == HoldKind.PRE_LOSS.value) & hold.lifted.is_(None) & (hold.placed <= now - DAY)
    joined = sa.select(hold.card).join_from(schema.hold, schema.card, schema.card.c.ref == hold.card)
    joined = joined.outerjoin(schema.carrier, schema.carrier.c.ref == hold.carrier)
    living = (schema.card.c.state != "ended") & (schema.carrier.c.ref.is_(None) | (schema.carrier.c.state != "ended"))
    return joined.where(opened & living & (over | ((hold.origin == hold.card) & untold))).distinct().order_by(hold.card)


def _due_on(premises: Premises, card: CardRef, now: int) -> tuple[list[Reminder], list[CardRef]]:
    reminders: list[Reminder] = []
    with premises.writing() as work:
        before = work.dossier(card)
        after, actor = before, service(before.card.region)
        for hold in before.holds:
            if hold.kind is not HoldKind.PRE_LOSS or hold.lifted is not None or _ended(before, hold):
                continue
            if hold.in_force(now):
                reminders += _remind(work, before, hold, now=now)
            else:
                after = lift(after, hold, actor=actor, now=now)
        if after is before:
            return reminders, []
        lifecycle.permit(Command.RELEASE_PRE_LOSS, before, region=before.card.region, actor=actor, evidence=(), now=now)
        work.record(before, after, command=Command.RELEASE_PRE_LOSS, actor=actor, evidence=(), purpose="deadline", at=now)
    return reminders, [card]


def reminder_days(placed: int, due_date: int) -> tuple[int, ...]:
    """On which days after a report its reminders are due: the first, the seventh, and two before the end; none on the last day or after it."""
    days = (due_date - placed) // DAY
    return tuple(sorted({day for day in (*FIRST_REMINDERS, days - LAST_REMINDER) if 1 <= day < days}))


def _remind(work: Work, dossier: Dossier, hold: Hold, *, now: int) -> list[Reminder]:
    """The reminder that is due and was not written yet. A phone reported on several cards reminds where the report was made."""
    if hold.due is None or hold.origin != hold.card:
        return []
    reminded = sa.select(schema.pre_loss_reminder.c.day).where(schema.pre_loss_reminder.c.hold == hold.ref)
    known = set(work.connection.execute(reminded).scalars())
    missing = [day for day in reminder_days(hold.placed, hold.due) if hold.placed + day * DAY <= now and day not in known]
    if not missing:
        return []
    for day in missing:
        work.connection.execute(sa.insert(schema.pre_loss_reminder).values(hold=hold.ref, day=day, told=now))
    reminder = Reminder(hold=hold.ref, card=hold.card, holder=dossier.card.holder, day=missing[-1], due=hold.due)
    body: outbox.Body = {"what": "written-loss-report", "card": hold.card, "holder": reminder.holder, "day": reminder.day, "due": hold.due}
    outbox.put(work, Topic.REMINDER, f"{hold.ref}:{reminder.day}", body, now=now)
    return [reminder]


def _ended(dossier: Dossier, hold: Hold) -> bool:
    """Whether what was lost is no more: an ended card, or a carrier that was unbound or replaced. Nothing is left to remind of."""
    carrier = None if hold.carrier is None else dossier.carrier(hold.carrier)
    return dossier.card.state == "ended" or (carrier is not None and carrier.state is CarrierState.ENDED)
