from __future__ import annotations

import json
import socketserver
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile
from codes.errors import SetupError, Text
from ecard import audit_walk, duties, faults
from ecard.audit import Auditor, Sealing
from ecard.channels import FileChannel, MailChannel
from ecard.duties import Dues, all_duties
from ecard.lifecycle import RULES, CarrierStatus, Command, status_of
from ecard.model import CardRef, FreezeGround, Role, seconds
from ecard.outbox import Message, Topic
from ecard.policy import DAY
from ecard.preloss import LossesByPhone
from ecard.publishing import publish_statuses
from ecard.retention import Retention
from ecard.stopping import LossOf
from ecard.tick import Delivery, Duty, LapsedFreezes, Publishing, tick
from tests.ecard.city import AT, CLERK, CQ, SC, City, SoftPhone, key, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ecard.premises import Premises


def freeze(city: City, ref: CardRef, days: int) -> None:
    evidence = RULES[Command.FREEZE].evidence
    city.office.freeze(ref, ground=FreezeGround.THEFT, until=AT + timedelta(days=days), actor=CLERK, evidence=evidence, at=city.at)


@pytest.mark.article("CQ-20b")
def test_a_freeze_ends_at_its_end_and_chip_and_lists_hear_of_it_at_once(city: City) -> None:
    card, _ = city.card()
    freeze(city, card.card.ref, 30)
    frozen = city.office.card(card.card.ref)
    city.later(days=29)
    assert tick(city.office, [LapsedFreezes()], at=city.at).done == {"lapsed-freezes": 0}
    city.later(days=1)
    report = tick(city.office, [LapsedFreezes()], at=city.at)
    assert report.done == {"lapsed-freezes": 1}
    after = city.office.card(card.card.ref)
    assert after.chip is not None
    assert status_of(after, after.chip, seconds(city.at)) is CarrierStatus.VALID
    assert after.card.chip_seq == frozen.card.chip_seq + 1
    assert after.card.revision == frozen.card.revision + 1
    assert {Topic.PUBLISH, Topic.CHIP_SCRIPT} <= report.waiting.keys()
    last = city.office.events(card.card.ref)[-1]
    assert (last.command, last.actor, last.role, last.at) == ("lapse", "tick", Role.SERVICE, seconds(city.at))


def test_a_second_tick_finds_nothing_to_do(city: City) -> None:
    card, _ = city.card()
    freeze(city, card.card.ref, 3)
    city.later(days=5)
    assert [tick(city.office, [LapsedFreezes()], at=city.at).done["lapsed-freezes"] for _ in range(3)] == [1, 0, 0]
    freeze(city, card.card.ref, 6)
    city.later(days=9)
    assert tick(city.office, [LapsedFreezes()], at=city.at).done == {"lapsed-freezes": 1}
    assert city.office.events(card.card.ref)


def test_a_freeze_whose_end_another_event_has_seen_needs_no_event_of_its_own(city: City) -> None:
    card, _ = city.card()
    freeze(city, card.card.ref, 3)
    city.later(days=5)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.at)
    assert tick(city.office, [LapsedFreezes()], at=city.at).done == {"lapsed-freezes": 0}


def test_many_ticks_at_once_do_everything_once(city: City) -> None:
    cards = [city.card(order)[0].card.ref for order in range(1, 6)]
    for ref in cards:
        freeze(city, ref, 2)
    city.later(days=3)
    told = Told()
    work: list[Duty] = [LapsedFreezes(), Delivery(Topic.CHIP_SCRIPT, told)]
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: tick(city.office, work, at=city.at), range(8)))
    assert all(not report.failed for report in reports), reports
    assert sum(report.done["lapsed-freezes"] for report in reports) == 5
    assert len(told.messages) == len({message.id for message in told.messages})
    for ref in cards:
        assert city.office.events(ref)


@dataclass
class Told:
    """A channel that remembers, and fails as often as it is told to."""

    messages: list[Message] = field(default_factory=list)
    failures: int = 0

    def deliver(self, message: Message, *, at: datetime) -> None:
        if self.failures:
            self.failures -= 1
            raise SetupError(faults.CHANNEL_FAILED, at=seconds(at))
        self.messages.append(message)


@pytest.mark.threat("I12")
@pytest.mark.error("channel-failed")
def test_a_message_that_fails_is_reported_holds_up_no_other_and_comes_later(city: City) -> None:
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    city.bind(card, SoftPhone("q"), chip)
    told = Told()
    delivery = Delivery(Topic.PUSH, told)
    waiting = tick(city.office, [], at=city.at).waiting[Topic.PUSH].count
    told.failures = 1
    assert tick(city.office, [delivery], at=city.at).failed == {"deliver-push": "channel-failed"}
    assert len(told.messages) == waiting - 1
    city.later(seconds=61)
    report = tick(city.office, [delivery], at=city.at)
    assert report.done == {"deliver-push": 1}
    assert Topic.PUSH not in report.waiting
    assert len({message.id for message in told.messages}) == len(told.messages) == waiting


def test_what_changed_is_published_in_the_next_tick_and_unchanged_lists_once_an_interval(city: City, tmp_path: Path) -> None:
    runs: list[datetime] = []
    signers = {CQ: key("status"), SC: key("status sc")}

    def publish(at: datetime) -> None:
        runs.append(at)
        publish_statuses(city.office.truth(at), tmp_path / "pub", signers, at=at)

    duty = Publishing(publish, every=3600)
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip).phone
    where = place(city.renew(bound, phone, Profile.GENERAL)[0])
    tick(city.office, [duty], at=city.at)
    tick(city.office, [duty], at=city.at)
    assert runs == [city.at]
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.later(seconds=5))
    tick(city.office, [duty], at=city.at)
    assert len(runs) == 2
    assert city.statuses()[where] == "SUSPENDED"
    for _ in range(3):
        tick(city.office, [duty], at=city.later(minutes=30))
    assert len(runs) in {3, 4}


def test_publishing_that_fails_loses_nothing(city: City) -> None:
    fails = [True]

    def publish(at: datetime) -> None:
        if fails:
            fails.pop()
            raise SetupError(faults.PUBLISHER_BUSY, folder=str(at))

    city.card()
    duty = Publishing(publish, every=3600)
    report = tick(city.office, [duty], at=city.at)
    assert report.failed == {"publishing": "publisher-busy"}
    assert tick(city.office, [duty], at=city.at).done == {"publishing": 0}
    city.later(seconds=61)
    report = tick(city.office, [duty], at=city.at)
    assert report.done["publishing"] > 0
    assert Topic.PUBLISH not in report.waiting


def test_a_duty_that_fails_stops_no_other_and_a_mistake_of_ours_is_not_hidden(city: City) -> None:
    @dataclass
    class Wrong:
        error: Exception
        name: str = "wrong"

        def run(self, premises: Premises, *, at: datetime) -> int:  # noqa: ARG002 - because it is what a duty takes
            raise self.error

    report = tick(city.office, [Wrong(SetupError(faults.KEY_MISSING)), LapsedFreezes()], at=city.at)
    assert (report.failed, report.done) == ({"wrong": "key-missing"}, {"lapsed-freezes": 0})
    assert report.to_json()["failed"] == {"wrong": "key-missing"}
    with pytest.raises(ZeroDivisionError):
        tick(city.office, [Wrong(ZeroDivisionError())], at=city.at)


@pytest.mark.article("ZS-17b")
def test_a_report_by_phone_reminds_its_holder_through_a_channel(city: City, tmp_path: Path) -> None:
    card, _ = city.card()
    city.office.pre_report_loss(card.card.ref, of=LossOf.CARD, actor=city.holder(card), evidence=(), at=city.at)
    work: list[Duty] = [LossesByPhone(), Delivery(Topic.REMINDER, FileChannel(folder=tmp_path / "letters"))]
    assert tick(city.office, work, at=city.at).done["losses-by-phone"] == 0
    city.later(days=1)
    for _ in range(3):
        tick(city.office, work, at=city.at)
    (letter,) = (tmp_path / "letters").iterdir()
    page = json.loads(letter.read_text("utf-8"))
    assert (page["what"], page["card"], page["day"]) == ("written-loss-report", card.card.ref, 1)


@pytest.mark.article("HZ-13")
def test_renewal_is_reminded_of_once_at_each_of_its_times(city: City) -> None:
    card, _ = city.card()
    told = Told()
    work: list[Duty] = [Dues(), Delivery(Topic.REMINDER, told)]
    city.later(seconds=card.card.expires - seconds(city.at) - 100 * DAY)
    for _ in range(101):
        tick(city.office, work, at=city.later(days=1))
    reminded = [message.body["days"] for message in told.messages if message.body["what"] == "renewal-reminder"]
    assert reminded == [90, 30, 7]


def test_the_whole_list_of_duties_runs_in_one_tick_and_leaves_a_record_that_checks_out(city: City, tmp_path: Path) -> None:
    card, _ = city.card()
    freeze(city, card.card.ref, 1)
    city.later(days=2)
    auditor = Auditor(store=city.office.store, signer=key("audit"))
    channels = {topic: FileChannel(folder=tmp_path / topic) for topic in (Topic.REMINDER, Topic.PUSH, Topic.CHIP_SCRIPT, Topic.TASK)}
    runs: list[datetime] = []
    listed = all_duties(runs.append, every=3600, channels=channels, last=[Sealing(auditor=auditor), Retention()])
    report = tick(city.office, listed, at=city.at)
    assert report.failed == {}
    assert report.waiting == {}
    assert report.done["lapsed-freezes"] == report.done["checkpoint"] == 1
    assert runs == [city.at]
    assert audit_walk.verify_chains(city.office.store, key("audit").public_key).good
    assert set(tick(city.office, listed, at=city.at).done.values()) == {0}
    assert duties.TO_HOLDERS


class _Mailbox(socketserver.StreamRequestHandler):
    """Just enough of a mail server."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.received.append(b"".join(lines).decode())  # type: ignore[attr-defined] # because the test hangs it there
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mailbox() -> Iterator[socketserver.TCPServer]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Mailbox) as server:
        server.received = []  # type: ignore[attr-defined] # because the handler puts it there
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def letter(message: Message) -> tuple[Text, Text]:
    return Text("提醒", "Reminder"), Text(f"请在 {message.body['days']} 日内换卡。", f"Renew within {message.body['days']} days.")


MESSAGE = Message(topic=Topic.REMINDER, mark="m", body={"days": 7}, written=0, attempts=0)


def test_a_letter_by_mail_carries_the_id_by_which_a_second_one_is_known(mailbox: socketserver.TCPServer) -> None:
    port = mailbox.server_address[1]
    channel = MailChannel(
        host="127.0.0.1", port=port, sender="card@example.invalid", address=lambda _: "x@example.invalid", wording=letter, encrypted=False
    )
    channel.deliver(MESSAGE, at=AT)
    (mail,) = mailbox.received  # type: ignore[attr-defined] # because the fixture hangs it there
    assert f"Message-ID: <{MESSAGE.id}@example.invalid>" in mail
    assert "To: x@example.invalid" in mail


@pytest.mark.error("channel-failed")
def test_mail_is_not_sent_in_clear_to_a_server_that_cannot_encrypt_nor_lost_when_there_is_none(mailbox: socketserver.TCPServer) -> None:
    port = mailbox.server_address[1]
    for closed in (port, 9):
        channel = MailChannel(host="127.0.0.1", port=closed, sender="card@example.invalid", address=lambda _: "x@example.invalid", wording=letter)
        with pytest.raises(SetupError) as caught:
            channel.deliver(MESSAGE, at=AT)
        assert caught.value.code == "channel-failed"
    assert mailbox.received == []  # type: ignore[attr-defined] # because the fixture hangs it there


def test_who_has_no_address_gets_no_mail() -> None:
    MailChannel(host="127.0.0.1", port=9, sender="card@example.invalid", address=lambda _: None, wording=letter).deliver(MESSAGE, at=AT)
