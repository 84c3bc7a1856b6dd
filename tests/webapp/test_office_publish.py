"""`ecard publish`, once and as a follower, and what changes the keys and epochs that it signs by."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace, StatusHeartbeat
from codes.chain_snapshot import StatusSnapshot
from codes.trust import StatusAuthority, decode_status_authority
from ecard import outbox
from ecard.chaining.places import ChainFolder
from ecard.model import seconds
from ecard.outbox import Topic
from ecard.trustfolder import TrustFolder
from tests.webapp.officehouse import COUNTER
from tests.webapp.test_office import founded, shell
from webapp import cli
from webapp.office.opening import open_office
from webapp.office.publishing import publish, publisher_of
from webapp.office.publishverb import Following
from webapp.office.settings import read_settings
from webapp.office.statuskeys import prepare, take_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from codes.errors import CardError
    from ecard.chaining.publisher import ChainNews
    from tests.webapp.officehouse import Shell
    from webapp.office.opening import OpenOffice

__all__ = ["founded", "shell"]
CQ = "CN-CQ"
PHONE, CHIP = ListSpace.PHONE, ListSpace.CHIP
LOSS = (*COUNTER, "--evidence", "written-loss-report")


def report_loss(shell: Shell, card: str) -> None:
    shell.done("card", "report-loss", card, "--of", "card", "--as", "clerk-1", *LOSS, "--yes")


def folder_of(shell: Shell) -> Path:
    return shell.folder / "published"


def head(shell: Shell, space: ListSpace = CHIP) -> StatusHeartbeat:
    return StatusHeartbeat.from_bytes(ChainFolder.of(folder_of(shell), CQ, space).head.read_bytes())


def published_authority(shell: Shell) -> StatusAuthority:
    trust = TrustFolder(folder_of(shell))
    target = trust.delegated(trust.current(), CQ).signed.targets[f"{CQ}/status.cbor"]
    return decode_status_authority(trust.read(trust.target(f"{CQ}/status.cbor", target.hashes["sha256"])))


@contextmanager
def opened(shell: Shell, *, at: datetime) -> Iterator[OpenOffice]:
    with open_office(shell.folder, at=at) as office:
        yield office


def run(shell: Shell, at: datetime) -> dict[ListSpace, ChainNews]:
    with opened(shell, at=at) as office:
        return {chain.space: chain for chain in publish(office, at=at).chains}


# ---------------------------------------------------------------------------------------------------------------- once


def test_publishing_tells_versions_sizes_and_flips_and_nobodys_name(shell: Shell) -> None:
    card = shell.active()
    page = {chain["space"]: chain for chain in shell.done("publish")["chains"]}
    assert (page["chip"]["epoch"], page["chip"]["seq"], page["chip"]["lists"], page["chip"]["new"]) == (1, 2, 1, True)
    assert (page["phone"]["seq"], page["phone"]["new"]) == (1, False)
    report_loss(shell, card)
    told = shell("publish").out
    assert "CN-CQ chip  1.3  新版 / new" in told
    assert "暂停 / suspended 1" in told
    assert "B 变更 / delta" in told
    assert card not in told
    assert head(shell).head.seq == 3
    assert "未变 / unchanged" in shell("publish").out


def test_the_head_names_the_trust_that_stands(shell: Shell) -> None:
    trust = TrustFolder(folder_of(shell))
    shell.done("publish")
    assert head(shell).head.trust == trust.delegated(trust.current(), CQ).signed.version


def test_a_day_later_the_trust_documents_vouch_for_yesterdays_snapshot(shell: Shell) -> None:
    assert published_authority(shell).checkpoint == ()
    start = cli._now() + timedelta(days=1)
    first = run(shell, start)
    assert published_authority(shell).checkpoint[0].seq == 1
    run(shell, start + timedelta(minutes=1))
    standing = published_authority(shell).checkpoint
    run(shell, start + timedelta(days=1))
    points = published_authority(shell).checkpoint
    assert [point.space for point in points] == [PHONE, CHIP]
    assert [point.seq for point in standing] == [1, 1]
    for point in points:
        manifest = ChainFolder.of(folder_of(shell), CQ, point.space).manifest(point.epoch, point.seq)
        assert StatusSnapshot.from_bytes(manifest.read_bytes()).root == point.root
    assert first[CHIP].epoch == 1


def test_what_stops_somebody_is_published_even_where_trust_cannot_be(shell: Shell) -> None:
    card = shell.active()
    shell.done("publish")
    report_loss(shell, card)
    (shell.folder / "scenes" / f"{CQ}.json").write_text("{")
    assert shell.refused("publish") == (3, "office-scenes")
    assert head(shell).head.seq == 3


# ------------------------------------------------------------------------------------------------------------- following


@dataclass
class Story:
    """What a follower told."""

    news: list[ChainNews] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def tell(self, news: Sequence[ChainNews]) -> None:
        self.news += news

    def complain(self, error: CardError) -> None:
        self.trouble.append(error.code)

    def seen(self) -> list[tuple[str, int]]:
        found, self.news = [(chain.space.name.lower(), chain.seq) for chain in self.news], []
        return found


@contextmanager
def following(shell: Shell) -> Iterator[tuple[Following, Story, list[datetime]]]:
    story, times = Story(), [cli._now()]
    with opened(shell, at=times[0]) as office:
        yield (
            Following(office=office, publisher=publisher_of(office), clock=lambda: times[-1], tell=story.tell, complain=story.complain),
            story,
            times,
        )


def test_a_follower_begins_with_everything_and_goes_on_with_what_changes(shell: Shell) -> None:
    card = shell.active()
    with following(shell) as (loop, story, times):
        loop.step()
        assert story.seen() == [("chip", 2)]
        report_loss(shell, card)
        times.append(cli._now() + timedelta(seconds=2))
        loop.step()
        assert story.seen() == [("chip", 3)]
        loop.step()
        assert (story.seen(), story.trouble) == ([], [])
        times.append(times[-1] + timedelta(hours=2))
        loop.step()
        assert loop.last == times[-1]
        with loop.office.desk.store.writing() as work:
            outbox.put(work, Topic.PUBLISH, "every-3600:7", {}, now=seconds(times[-1]))
        times.append(times[-1] + timedelta(seconds=2))
        loop.step()
        assert loop.last == times[-1]
        with loop.office.desk.store.reading() as work:
            assert Topic.PUBLISH not in outbox.waiting(work, now=seconds(times[-1]))


def test_a_follower_tells_what_is_wrong_goes_on_and_waits_for_another_publisher(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecard.chaining.edition.PATIENCE", 0.01)
    monkeypatch.setattr("webapp.office.publishing.PATIENCE", 0.01)
    scenes = shell.folder / "scenes" / f"{CQ}.json"
    good = scenes.read_bytes()
    with following(shell) as (loop, story, _):
        with publisher_of(loop.office).turn():
            loop.step()
        assert story.trouble == []
        scenes.write_text("{")
        loop.step()
        assert story.trouble == ["office-scenes"]
        scenes.write_bytes(good)
        loop.step()
        assert story.trouble == ["office-scenes"]
        assert loop.last is not None


def test_a_follower_takes_up_keys_that_were_changed(shell: Shell) -> None:
    settings = read_settings(shell.folder)
    with following(shell) as (loop, story, times):
        loop.step()
        times.append(times[-1] + timedelta(seconds=5))
        prepare(settings, CQ, at=times[-1])
        take_up(settings, CQ, at=times[-1], stolen=True)
        times.append(times[-1] + timedelta(minutes=2))
        loop.step()
        assert story.trouble == []
        assert loop.office.keyring.status(CQ).public_key.kid() == head(shell).kid
        assert head(shell).head.epoch == 2


def test_the_command_follows_until_it_is_told_to_stop(shell: Shell) -> None:
    card = shell.active()
    words = [str(Path(sys.executable).with_name("ecard")), "publish", "--follow", "--window", "0.1", "--json", "--office", str(shell.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        first = json.loads(follower.stdout.readline())["chains"]
        report_loss(shell, card)
        second = json.loads(follower.stdout.readline())["chains"]
        follower.send_signal(signal.SIGTERM)
        assert follower.wait(60) == 0
    assert [(chain["space"], chain["seq"]) for chain in first] == [("chip", 2)]
    assert [(chain["space"], chain["flipped"]) for chain in second] == [("chip", {"suspended": 1})]


@pytest.mark.parametrize("words", ["0", "61", "soon"])
def test_a_window_is_a_few_seconds(shell: Shell, words: str) -> None:
    assert shell("publish", "--follow", "--window", words).status == 2


def test_two_processes_at_once_publish_one_after_the_other(shell: Shell) -> None:
    shell.active()
    words = [str(Path(sys.executable).with_name("ecard")), "publish", "--json", "--office", str(shell.folder)]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(each.communicate(timeout=120)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert [sum(chain["new"] for chain in each["chains"]) for each in told] in ([1, 0], [0, 1])
    assert head(shell).head.seq == 2
