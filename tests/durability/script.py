"""A day at the office, one command a step: each is promised to somebody the moment it returns, and each can be sent again under its key."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.claims import Profile
from codes.errors import SetupError, StateError
from ecard import database, faults
from ecard.audit import Auditor, Sealing
from ecard.channels import FileChannel
from ecard.duties import all_duties
from ecard.lifecycle import Command
from ecard.outbox import Topic
from ecard.policy import Policy, PreLossEnd
from ecard.publishing import publish_statuses
from ecard.retention import Retention, retain
from ecard.tick import tick
from tests.durability import making, mirroring, remaking, stopping
from tests.durability.day import FAILURES, Day, Step, demand, once_more
from tests.durability.shape import Watched
from tests.ecard.city import CQ, SC, SoftPhone, key, open_city

if TYPE_CHECKING:
    from pathlib import Path

    from ecard.channels import Channel
    from ecard.office import CardOffice
    from ecard.tick import Duty, TickReport
    from tests.durability.day import Chapter

CHECKPOINT = 96
"""Pages of log after which it is folded back into the file."""
STATUS = {region: key(f"{region} status") for region in (CQ, SC)}
FIVE_YEARS = 5 * 366
FOR_TICK = (Command.LAPSE, Command.RELEASE_PRE_LOSS)


def steps(day: Day) -> Chapter:
    """The whole day. Every command of the table is in it."""
    making.with_fees(day)
    yield from making.opened(day)
    first, chip = yield from day.card(1)
    phone, other = SoftPhone("p"), SoftPhone("q")
    carrier = yield from stopping.phone_bound(day, first, phone, chip)
    yield from stopping.renewed(day, carrier, phone, Profile.GENERAL, Profile.IDENTITY)
    yield from stopping.losses(day, first)
    yield from stopping.locks(day, first, phone, carrier)
    yield from stopping.pins(day, first)
    yield from stopping.cases(day, first)
    yield from remaking.accounts(day, first)
    provisional = yield from stopping.phone_bound(day, first, other, None)
    yield from remaking.fares(day, first, carrier, provisional)
    yield from stopping.unbound(day, first, provisional)
    yield from remaking.older_card(day, first)
    yield from remaking.correction(day, first)
    second, _ = yield from day.card(2)
    yield from stopping.freezes(day, second)
    yield from making.at_the_counter(day)
    item = yield from making.in_numbers(day)
    third, _ = yield from day.card(3)
    yield from stopping.called_in(day, third)
    fourth, its_chip = yield from day.card(4)
    yield from mirroring.mirrored(day, fourth, its_chip)
    day.city.later(days=16)
    yield Step("tick", lambda office: ticked(day, office), FOR_TICK, loose=True)
    yield from remaking.exchanged(day, first)
    yield from remaking.replaced(day, second)
    yield from remaking.cancelled(day, third)
    yield from making.left_over(day, item)
    day.city.later(days=FIVE_YEARS)
    yield Step("retention", lambda office: retain(once_more(office), at=day.city.at))


def ticked(day: Day, office: CardOffice) -> TickReport:
    """What time demands, with publishing, sealing and messages into folders beside the record."""
    desk, folder = once_more(office), day.city.path.parent
    channels: dict[Topic, Channel] = {topic: FileChannel(folder=folder / "messages" / topic) for topic in Topic if topic is not Topic.PUBLISH}
    last: list[Duty] = [Sealing(Auditor(store=desk.store, signer=key("audit"))), Retention()]
    duties = all_duties(lambda at: publish_statuses(desk.truth(at), folder / "published", STATUS, at=at), every=3600, channels=channels, last=last)
    report = tick(desk, duties, at=day.city.at)
    demand(done=not report.failed)
    return report


def open_day(where: Path) -> Day:
    """The office on a record. Raises `SetupError` when the record does not open."""
    city = open_city(where, policy=Policy(shard_capacity=256, pre_loss_end=PreLossEnd.AUTO_RELEASE))
    hurry(city.office.store._engine)
    return Day(city=city)


def hurry(engine: sa.Engine) -> None:
    """Fold the log back into the file often: a day is too short to see it happen otherwise."""
    engine.dispose()
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}").close())


def weaken(synchronous: str) -> None:
    """Let this process, and it alone, open its record with less care."""
    weak = {"FULL": 2, "NORMAL": 1, "OFF": 0}[synchronous]
    database._SQLITE = tuple((name, synchronous, weak) if name == "synchronous" else (name, value, found) for name, value, found in database._SQLITE)


def act(day: Day, number: int, step: Step, acks: int) -> tuple[bool, Any]:
    """Send one request as often as its client would, and write a line to `acks` once it is answered: whether it was, and what was answered."""
    for _ in range(FAILURES):
        try:
            office = day.city.office.once(f"durability step {number:04}")
            answer = step.send(office)
            line = json.dumps(day.promise(number, step, answer))
        except SetupError:
            continue
        except StateError as error:
            if error.code != faults.REQUEST_UNFINISHED.code:
                raise
            return False, None  # written, not handed over: the client is told to start anew, and this one goes home
        os.write(acks, line.encode() + b"\n")
        return True, answer
    return False, None


@dataclass(frozen=True, slots=True)
class Course:
    """How an undisturbed day goes: its steps, and the shape of the record after every transaction."""

    steps: tuple[Step, ...]
    shapes: tuple[str, ...]
    ends: tuple[int, ...]
    """Where in `shapes` each step is over."""

    def places(self, shape: str, *, begun: int) -> list[int]:
        """At which moments, until the end of the last step that was begun, the record had this shape."""
        last = self.ends[min(begun, len(self.ends) - 1)]
        return [place for place, known in enumerate(self.shapes[: last + 1]) if known == shape]

    def after(self, number: int) -> int:
        """The moment at which a step is over; -1: before the first."""
        return self.ends[number] if number >= 0 else 0


def play(where: Path, acks: int) -> Course:
    """Play the whole day without a disturbance."""
    day = open_day(where)
    shapes: list[str] = []
    day.city.office = replace(day.city.office, store=Watched(day.city.office.store._engine, shapes))
    chapter, answer = steps(day), None
    done: list[Step] = []
    ends: list[int] = []
    while True:
        try:
            step = chapter.send(answer) if done else next(chapter)
        except StopIteration:
            day.city.office.store.close()
            return Course(tuple(done), tuple(shapes), tuple(ends))
        good, answer = act(day, len(done), step, acks)
        assert good, step.name
        done.append(step)
        ends.append(len(shapes) - 1)
