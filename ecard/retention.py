"""Retention: what is kept, how long, and what is destroyed when its time is over (HZ-10, H10).

    identity         who a person is       from the end of the last card    policy keep_identity_years     key, fields and indexes destroyed
    refused          who a person is       where no card was ever given     policy keep_refused            the same
    nonces           one-time numbers      from their expiry                policy keep_nonces             deleted
    journal          who passed where      from their arrival              policy keep_journal            deleted, unless a person is still to look at it
    tickets          what somebody said    from the answer                  policy keep_tickets            text and answer destroyed, the ticket stays
    events, receipts, checkpoints          for ever: they hold random references, and no name

A person's data is destroyed with the key that opens it, so that copies and backups of the database turn to noise with it. Afterwards the log of a record
that is a file is folded back and emptied: what was erased stands in no file of it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import Text
from ecard import database, due, schema
from ecard.contention import persist
from ecard.model import Actor, HolderRef, Role, seconds
from ecard.months import months_on
from ecard.policy import DAY
from ecard.tickets.answering import forget_tickets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard.premises import Premises
    from ecard.store import Work

LIMIT = 500
"""What one run does of each kind at most; the rest is the next run's."""
PASSAGES = 20_000
"""The same for passages: a busy city brings thousands of them a minute."""
SERVICE = Actor(ref="retention", person="retention", role=Role.SERVICE)
SAYS: Mapping[str, Text] = {
    "identity": Text("末卡终止已久的人：身份资料已销毁", "people whose last card ended long ago: identity destroyed"),
    "refused": Text("从未发卡的人：身份资料已销毁", "people who were never given a card: identity destroyed"),
    "nonces": Text("过期的一次性数：已删除", "expired nonces: deleted"),
    "journal": Text("保管期满的终端通行记录：已删除", "passages at terminals whose time is over: deleted"),
    "tickets": Text("办结已久的投诉：内容已销毁", "tickets answered long ago: what was said is destroyed"),
}
STILL_THERE = Text(
    "有人正在读取，日志文件未能清空，下次运行再清空", "somebody was reading, so the log file could not be emptied: the next run does it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """What a run destroyed. `before` says of each kind up to when, in seconds since 1970; `gone` whether it has left the files of the record, too."""

    at: int
    done: Mapping[str, int]
    before: Mapping[str, int]
    gone: bool

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {"at": self.at, "done": dict(self.done), "before": dict(self.before), "gone": self.gone}

    def to_text(self, *, chinese: bool = False) -> str:
        """For people: one line a kind."""
        lines = [f"{count:>6}  {SAYS[kind][not chinese]}" for kind, count in self.done.items()]
        return "\n".join(lines if self.gone else [*lines, f"{'!':>6}  {STILL_THERE[not chinese]}"])


@dataclass(frozen=True, slots=True)
class Retention:
    """The duty that destroys what nobody needs any more. Safe to run twice."""

    name: str = "retention"

    def run(self, premises: Premises, *, at: datetime) -> int:
        """See `ecard.tick.Duty.run`. It looks once a day, for it looks at everybody whose last card has ended; what it left over, it does in the next tick."""
        now = seconds(at)
        with premises.store.reading() as work:
            if now - due.looked_upto(work, self.name) < DAY:
                return 0
        done = retain(premises, at=at).done
        if all(count < (PASSAGES if kind == "journal" else LIMIT) for kind, count in done.items()):
            persist(lambda: self._look_again_tomorrow(premises, now), entropy=premises.entropy)
        return sum(done.values())

    def _look_again_tomorrow(self, premises: Premises, now: int) -> None:
        with premises.store.writing() as work:
            due.note_looked(work, self.name, upto=now)


def retain(premises: Premises, *, at: datetime) -> RetentionReport:
    """Destroy what the policy no longer lets us keep, and say what it was."""
    now, policy = seconds(at), premises.policy
    before = {
        "identity": months_on(now, -12 * policy.keep_identity_years),
        "refused": now - policy.keep_refused,
        "nonces": now - policy.keep_nonces,
        "journal": now - policy.keep_journal,
        "tickets": now - policy.keep_tickets,
    }
    with premises.store.writing() as work:
        engine = work.connection.engine
        done = {
            "identity": _erase(premises, work, _parted(before["identity"]), purpose="retention-identity", now=now),
            "refused": _erase(premises, work, _never_given(before["refused"]), purpose="retention-refused", now=now),
            "nonces": _forget_nonces(work, before["nonces"]),
            "journal": _forget_passages(work, before["journal"]),
            "tickets": forget_tickets(work, before=before["tickets"], now=now),
        }
    return RetentionReport(at=now, done=done, before=before, gone=database.fold(engine))


def _erase(premises: Premises, work: Work, due: sa.Select[str], *, purpose: str, now: int) -> int:
    holders = [HolderRef(row[0]) for row in work.connection.execute(due.limit(LIMIT))]
    for holder in holders:
        premises.vault.erase(work, holder, purpose=purpose, actor=SERVICE, at=now)
    return len(holders)


def _parted(before: int) -> sa.Select[str]:
    """People in the vault whose cards have all ended, the last one before this time."""
    card, event, key, former = schema.card.c, schema.card_event.c, schema.vault_key.c, schema.card.alias("former")
    last = sa.select(sa.func.max(event.at)).join_from(schema.card_event, schema.card, event.card == card.ref).where(card.holder == key.holder)
    living = sa.exists().where((card.holder == key.holder) & (card.state != "ended"))
    ended = sa.select(key.holder).join(former, (former.c.holder == key.holder) & (former.c.state == "ended"))
    return ended.where(~living & (last.correlate(schema.vault_key).scalar_subquery() < before)).distinct().order_by(key.holder)


def _never_given(before: int) -> sa.Select[str]:
    """People in the vault without any card, recorded before this time, whose application nobody is still to decide."""
    card, key, refused, waiting = schema.card.c, schema.vault_key.c, schema.application.c, schema.application.alias("waiting").c
    has_card = sa.exists().where(card.holder == key.holder)
    undecided = sa.exists().where((waiting.holder == key.holder) & (waiting.state == "checked"))
    asked = sa.select(key.holder).join(schema.application, (refused.holder == key.holder) & refused.card.is_(None))
    old = asked.join(schema.holder, schema.holder.c.ref == key.holder).where(schema.holder.c.created < before)
    return old.where(~has_card & ~undecided).distinct().order_by(key.holder)


def _forget_nonces(work: Work, before: int) -> int:
    nonce = schema.nonce.c
    old = sa.select(nonce.value).where(nonce.expires < before).limit(LIMIT)
    return work.connection.execute(sa.delete(schema.nonce).where(nonce.value.in_(old))).rowcount


def _forget_passages(work: Work, before: int) -> int:
    """Entries of journals that came before this time; by our clock, since a terminal's may say anything. What an open finding names stays until it is closed."""
    event, finding = schema.journal_event.c, schema.journal_finding.c
    names = (finding.terminal == event.terminal) & (finding.seq == event.seq)
    names |= (finding.other_terminal == event.terminal) & (finding.other_seq == event.seq)
    is_open = sa.exists().where(finding.decided.is_(None) & names)
    old = sa.select(event.terminal, event.seq).where((event.received < before) & ~is_open).order_by(event.received).limit(PASSAGES)
    gone = sa.tuple_(event.terminal, event.seq).in_(old)
    return work.connection.execute(sa.delete(schema.journal_event).where(gone)).rowcount
