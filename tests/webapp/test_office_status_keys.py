"""`ecard trust status-key` and `new-epoch`: what signs a region's status, changed ahead of use, after a theft, and never unnoticed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError, StateError
from codes.status import StatusListToken
from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_publish import CQ, folder_of, head, published_authority, report_loss, run
from webapp import cli, faults
from webapp.office.settings import read_settings
from webapp.office.statuskeys import LEAD, begin_epoch, prepare, take_up

if TYPE_CHECKING:
    from codes.chain import StatusHeartbeat
    from codes.trust import StatusAuthority
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]


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
