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
from codes.errors import CardError, SetupError, StateError
from codes.status import StatusListToken
from codes.trust import StatusAuthority, decode_status_authority
from ecard import outbox
from ecard.chaining.places import ChainFolder
from ecard.model import seconds
from ecard.outbox import Topic
from ecard.trustfolder import TrustFolder
from tests.webapp.officehouse import COUNTER
from tests.webapp.test_office import founded, shell
from webapp import cli, faults
from webapp.office.opening import open_office
from webapp.office.publishing import publish, publisher_of
from webapp.office.publishverb import Following
from webapp.office.settings import read_settings
from webapp.office.statuskeys import LEAD, begin_epoch, prepare, take_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

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


# ------------------------------------------------------------------------------------------------------- keys and epochs


@pytest.mark.error("status-key-early")
@pytest.mark.error("status-key-none")
@pytest.mark.error("status-key-waits")
def test_the_next_status_key_is_published_a_week_before_it_signs(shell: Shell) -> None:
    assert shell.refused("trust", "status-key", "--region", CQ, "--use") == (1, "status-key-none")
    made = shell.done("trust", "status-key", "--region", CQ)
    assert shell.refused("trust", "status-key", "--region", CQ) == (1, "status-key-waits")
    assert shell.refused("trust", "status-key", "--region", CQ, "--use") == (1, "status-key-early")
    shell.done("publish")
    before = head(shell).kid
    assert [key.kid for key in published_authority(shell).keys] == [before, bytes.fromhex(made["kid"])]
    assert "可用 / may be taken up" not in shell("publish").out


def test_no_terminal_that_was_away_for_a_week_meets_a_key_it_does_not_know(shell: Shell) -> None:
    settings, start = read_settings(shell.folder), cli._now() + timedelta(minutes=1)
    known: dict[int, StatusAuthority] = {}
    signed: dict[int, StatusHeartbeat] = {}
    for day in range(18):
        at = start + timedelta(days=day)
        if day == 2:
            prepare(settings, CQ, at=at)
        if day == 2 + LEAD.days:
            with pytest.raises(StateError):
                take_up(settings, CQ, at=at - timedelta(seconds=1))
            take_up(settings, CQ, at=at)
        run(shell, at)
        known[day], signed[day] = published_authority(shell), head(shell)
    assert len({beat.kid for beat in signed.values()}) == 2
    for fetched, authority in known.items():
        for day, beat in signed.items():
            if abs(day - fetched) <= LEAD.days:
                key = next(key for key in authority.keys if key.kid == beat.kid)
                assert key.not_before <= beat.head.iat < key.not_after
                beat.check(key.key.load())
    assert [len(known[day].keys) for day in (1, 2, 9, 17)] == [1, 2, 2, 2]
    assert head(shell).head.epoch == 1


@pytest.mark.threat("C05")
def test_after_a_theft_the_next_key_signs_at_once_in_a_new_epoch_and_the_last_one_counts_for_nothing(shell: Shell) -> None:
    card = shell.active()
    shell.done("publish")
    report_loss(shell, card)
    shell.done("publish")
    thief = head(shell).kid
    shell.done("trust", "status-key", "--region", CQ)
    taken = shell.done("trust", "status-key", "--region", CQ, "--use", "--stolen")
    assert taken["epoch"] == 2
    page = {chain["space"]: chain for chain in shell.done("publish")["chains"]}
    assert (page["chip"]["epoch"], page["chip"]["seq"]) == (2, 1)
    authority = published_authority(shell)
    assert authority.epoch == 2
    assert thief not in {key.kid for key in authority.keys}
    assert head(shell).kid == authority.keys[0].kid
    for path in (folder_of(shell) / "status").glob("*.cwt"):
        token = StatusListToken.from_bytes(path.read_bytes())
        token.check(authority.keys[0].key.load())
    assert not (shell.folder / "keys" / f"{CQ}.status-next.pem").exists()


def test_an_epoch_begins_by_command_and_knows_what_had_ended(shell: Shell) -> None:
    card = shell.active()
    shell.done("publish")
    report_loss(shell, card)
    assert "纪元 / epoch 2" in shell("trust", "new-epoch", "--region", CQ).out
    assert "2.1" in shell("publish").out
    assert begin_epoch(read_settings(shell.folder), CQ).epoch == 3


@pytest.mark.error("office-status")
@pytest.mark.parametrize(
    "page", ["{", "{}", '{"epoch": 0, "keys": []}', '{"epoch": 1, "keys": []}', '{"epoch": 1, "keys": [{}]}', "a folder", "rsa", "next"]
)
def test_a_page_of_keys_that_cannot_be_used_is_named(shell: Shell, page: str) -> None:
    path = shell.folder / "status" / f"{CQ}.json"
    settings = read_settings(shell.folder)
    prepare(settings, CQ, at=cli._now())
    kept = json.loads(path.read_bytes())
    path.unlink()
    if page == "a folder":
        path.mkdir()
    elif page == "rsa":
        kept["keys"][0]["key"] = (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
        )
        path.write_text(json.dumps(kept))
    elif page == "next":
        path.write_text(json.dumps(kept | {"keys": kept["keys"][:1]}))
        with pytest.raises(SetupError) as strange:
            take_up(settings, CQ, at=cli._now(), stolen=True)
        assert strange.value.fault is faults.OFFICE_STATUS
        return
    else:
        path.write_text(page)
    assert shell.refused("publish") == (3, "office-status")
