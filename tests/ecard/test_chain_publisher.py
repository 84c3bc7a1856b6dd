"""The publisher of the status chain: what a run signs, what it writes first, and what the next run makes of one that died."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codes.chain_snapshot import StatusSnapshot
from codes.claims import StatusRef, StatusType, parse_uri
from codes.errors import SetupError
from codes.status import StatusListToken
from ecard import faults
from ecard.chaining.places import ChainFolder
from ecard.chaining.publisher import ChainPublisher
from ecard.folder import sole_writer
from tests.ecard.chains import CARD, CHIP, CODE, NEIGHBOUR, NOON, OTHER, PHONE, Follower, Truth, contents, news, plan, publish, read, regions

if TYPE_CHECKING:
    from ecard.chaining.publisher import RegionChains

HOUR, DAY = 3600, 86400


def token(folder: Path, uri: str) -> bytes:
    return StatusListToken.from_bytes((folder / "status" / f"{uri[3:]}.cwt").read_bytes()).list().to_bytes()


def test_the_first_run_is_a_snapshot_of_every_chain(tmp_path: Path) -> None:
    edition = publish(Truth({CODE: StatusType.SUSPENDED, NEIGHBOUR: StatusType.FROZEN}), tmp_path)
    assert {key: (chain.epoch, chain.seq, chain.lists) for key, chain in news(edition).items()} == {
        ("CN-CQ", PHONE): (1, 1, 1),
        ("CN-CQ", CHIP): (1, 1, 1),
        ("CN-SC", PHONE): (1, 1, 1),
        ("CN-SC", CHIP): (1, 1, 0),
    }
    assert read(tmp_path, CODE) is StatusType.SUSPENDED
    assert read(tmp_path, CARD) is StatusType.VALID
    assert read(tmp_path, NEIGHBOUR) is StatusType.FROZEN
    beat = Follower(tmp_path).head()
    assert (beat.head.seq, beat.head.iat, beat.head.exp, beat.head.trust) == (1, NOON, NOON + DAY, 3)


def test_a_change_is_a_delta_and_no_change_a_heartbeat(tmp_path: Path) -> None:
    truth, gate = Truth(), Follower(tmp_path)
    publish(truth, tmp_path)
    gate.follow()
    truth.values[CODE] = StatusType.SUSPENDED
    told = news(publish(truth, tmp_path, after=5))["CN-CQ", PHONE]
    assert (told.seq, told.is_new, told.flipped) == (2, True, {StatusType.SUSPENDED: 1})
    assert gate.status(CODE) is StatusType.SUSPENDED
    assert gate.fetched == ["s1", "1-2"]
    told = news(publish(truth, tmp_path, after=70))["CN-CQ", PHONE]
    assert (told.seq, told.is_new, told.iat) == (2, False, NOON + 70)
    assert gate.head().head.iat == NOON + 70
    assert gate.follow().seq == 2


def test_a_second_run_at_the_same_time_changes_not_one_byte_and_a_later_one_only_heads(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    before = contents(tmp_path)
    publish(truth, tmp_path)
    assert contents(tmp_path) == before
    publish(truth, tmp_path, after=30)
    assert {Path(name).name for name, content in contents(tmp_path).items() if before.get(name) != content} == {"head.cbor"}


def test_chain_and_token_lists_inflate_to_the_same_bytes(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED, CARD: StatusType.INVALID})
    for after, values in ((0, {}), (5, {OTHER: StatusType.FROZEN}), (9, {CODE: StatusType.VALID})):
        truth.values |= values
        publish(truth, tmp_path, after=after)
        for uri, space, region in (("sl:c1", PHONE, "CN-CQ"), ("sl:crs", CHIP, "CN-CQ"), ("sl:s1", PHONE, "CN-SC")):
            assert bytes(Follower(tmp_path, region, space).follow().lists[parse_uri(uri)[1]]) == token(tmp_path, uri)


def test_all_places_of_a_card_flip_in_one_run_under_one_time_and_neither_head_tells_before_both_versions_lie_there(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    truth.values |= {CODE: StatusType.SUSPENDED, CARD: StatusType.SUSPENDED}
    edition = news(publish(truth, tmp_path, after=5))
    assert edition["CN-CQ", PHONE].iat == edition["CN-CQ", CHIP].iat == NOON + 5
    assert edition["CN-CQ", PHONE].is_new
    assert edition["CN-CQ", CHIP].is_new
    assert read(tmp_path, CODE) is read(tmp_path, CARD) is StatusType.SUSPENDED


def test_what_ended_never_comes_back_in_either_form(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.INVALID, CARD: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    for after, status in ((5, StatusType.VALID), (9, StatusType.SUSPENDED), (13, StatusType.FROZEN)):
        truth.values = {CODE: status}
        assert publish(truth, tmp_path, after=after).lists.ended_for_good == 1
        assert read(tmp_path, CODE) is StatusType.INVALID
        assert read(tmp_path, CARD) is StatusType.VALID
        assert token(tmp_path, "sl:c1") == bytes(Follower(tmp_path).follow().lists[1])


def test_a_list_that_ended_in_one_form_ends_in_the_other(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.INVALID})
    publish(truth, tmp_path)
    for path in (tmp_path / "chain").rglob("*"):
        if path.is_file():
            path.unlink()
    truth.values = {}
    publish(truth, tmp_path, after=5, by=regions(floors={PHONE: 1, CHIP: 1}))
    assert read(tmp_path, CODE) is StatusType.INVALID
    assert Follower(tmp_path).follow().seq == 2


def test_lists_come_with_their_day_and_go_with_it(tmp_path: Path) -> None:
    truth, gate = Truth({CODE: StatusType.SUSPENDED}), Follower(tmp_path)
    publish(truth, tmp_path)
    gate.follow()
    truth.plans.append(plan("sl:c2"))
    truth.values[StatusRef("sl:c2", 9)] = StatusType.SUSPENDED
    publish(truth, tmp_path, after=DAY - 8 * HOUR - 1)
    assert gate.status(StatusRef("sl:c2", 9)) is StatusType.SUSPENDED
    truth.plans = [each for each in truth.plans if each.uri != "sl:c1"]
    del truth.values[CODE]
    publish(truth, tmp_path, after=2 * DAY)
    assert set(gate.follow().lists) == {2}
    assert set(Follower(tmp_path).follow().lists) == {2}


def test_a_list_of_another_size_or_of_no_space_is_not_published(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    before = contents(tmp_path)
    for wrong in (plan("sl:c1", 2048), plan("sl:c7zz", 64)):
        with pytest.raises(SetupError) as refused:
            publish(Truth(plans=[wrong]), tmp_path, after=5)
        assert refused.value.fault is faults.STATUS_SHARD
    with pytest.raises(SetupError) as unknown:
        publish(truth, tmp_path, after=5, by={"CN-SC": regions()["CN-SC"]})
    assert unknown.value.fault is faults.KEY_MISSING
    assert contents(tmp_path) == before


def test_a_version_that_does_not_fit_a_delta_is_a_snapshot_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, gate = Truth(), Follower(tmp_path)
    keeper = ChainPublisher(tmp_path)
    publish(truth, tmp_path, publisher=keeper)
    gate.follow()
    monkeypatch.setattr("ecard.chaining.advancing.MAX_CHANGES", 2)
    truth.values = {StatusRef("sl:c1", idx): StatusType.SUSPENDED for idx in range(3)}
    told = news(publish(truth, tmp_path, after=5))["CN-CQ", PHONE]
    assert (told.seq, told.is_new, told.delta_bytes, told.flipped) == (2, True, 0, {})
    gate.held = None
    assert gate.follow().seq == 2
    truth.values[CODE] = StatusType.SUSPENDED
    assert news(publish(truth, tmp_path, after=9, publisher=keeper))["CN-CQ", PHONE].seq == 3
    assert gate.status(CODE) is StatusType.SUSPENDED


# --------------------------------------------------------------------------------------------------------------- time


def test_a_day_has_a_snapshot_and_old_ones_go(tmp_path: Path) -> None:
    truth, keeper = Truth(), ChainPublisher(tmp_path)
    for day in range(5):
        truth.values[StatusRef("sl:c1", day)] = StatusType.SUSPENDED
        publish(truth, tmp_path, after=day * DAY, publisher=keeper)
        publish(truth, tmp_path, after=day * DAY + 60, publisher=keeper)
    place = ChainFolder.of(tmp_path, "CN-CQ", PHONE)
    assert place.snapshots(1) == [3, 4, 5]
    assert json.loads(place.index.read_bytes())["snapshots"] == [3, 4, 5]
    assert sorted(path.suffix for path in (place.path / "1" / "s").iterdir()) == [".body"] * 3 + [".cbor"] * 3


def test_deltas_are_merged_at_fixed_boundaries_and_catch_up_is_a_few_of_them(tmp_path: Path) -> None:
    truth, keeper, early = Truth(), ChainPublisher(tmp_path), Follower(tmp_path)
    publish(truth, tmp_path, publisher=keeper)
    early.follow()
    for nth, after in enumerate([*range(60, 3900, 60), *range(7200, 9 * DAY, 6 * HOUR)]):
        truth.values[StatusRef("sl:c1", nth % 60)] = StatusType.FROZEN if nth >= 60 else StatusType.SUSPENDED
        publish(truth, tmp_path, after=after, publisher=keeper)
    late = Follower(tmp_path, held=early.held)
    late.follow()
    assert len(late.fetched) < 12
    assert late.follow().root == Follower(tmp_path).follow().root
    spans = ChainFolder.of(tmp_path, "CN-CQ", PHONE).deltas(1)
    widths = {last - first for first, last in spans}
    assert {5, 59} < widths
    fresh = ChainPublisher(tmp_path)
    with fresh.turn():
        read_back = fresh.standing(regions())["CN-CQ", PHONE]
    with keeper.turn():
        kept = keeper.standing(regions())["CN-CQ", PHONE]
    assert read_back.held.root == kept.held.root
    assert [delta.raw for delta in read_back.trail] == [delta.raw for delta in kept.trail]


def test_events_go_after_a_day_and_merged_deltas_after_thirty(tmp_path: Path) -> None:
    truth, keeper = Truth(), ChainPublisher(tmp_path)
    publish(truth, tmp_path, publisher=keeper)
    for nth, after in enumerate([*range(10, 300, 10), *range(DAY, 40 * DAY, DAY)]):
        truth.values[StatusRef("sl:c1", nth)] = StatusType.SUSPENDED
        publish(truth, tmp_path, after=after, publisher=keeper)
    place = ChainFolder.of(tmp_path, "CN-CQ", PHONE)
    spans = place.deltas(1)
    assert min(first for first, _ in spans) > 30
    index = json.loads(place.index.read_bytes())
    assert {tuple(span) for span in index["deltas"]} <= spans
    assert Follower(tmp_path).follow().seq == index["seq"]
    with keeper.turn():
        assert keeper.prune([], at=NOON + 90 * DAY) == 0


def test_a_publisher_whose_clock_went_back_signs_nothing(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path, after=HOUR)
    before = contents(tmp_path)
    truth.values[CODE] = StatusType.SUSPENDED
    with pytest.raises(SetupError) as refused:
        publish(truth, tmp_path, after=HOUR - 61)
    assert (refused.value.fault, refused.value.facts["behind_s"]) == (faults.PUBLISHER_CLOCK, 61)
    assert contents(tmp_path) == before
    told = news(publish(truth, tmp_path, after=HOUR - 60))["CN-CQ", PHONE]
    assert (told.seq, told.iat) == (2, NOON + HOUR)


def test_the_head_names_the_trust_that_a_terminal_must_have(tmp_path: Path) -> None:
    publish(Truth(), tmp_path, by=regions(trust=3))
    keeper = ChainPublisher(tmp_path)
    with keeper.turn():
        keeper.run({}, regions(trust=3), at=NOON + 1, whole=False)
    assert (Follower(tmp_path).head().head.iat, Follower(tmp_path).head().head.trust) == (NOON, 3)
    with keeper.turn():
        keeper.run({}, regions(trust=4), at=NOON + 1, whole=False)
    assert (Follower(tmp_path).head().head.iat, Follower(tmp_path).head().head.trust) == (NOON + 1, 4)
    with keeper.turn():
        keeper.run({}, regions(trust=4), at=NOON + 61, whole=False)
    assert Follower(tmp_path).head().head.iat == NOON + 61


# ---------------------------------------------------------------------------------------------------------- two at once


def test_two_publishers_take_turns_and_each_goes_on_from_the_other(tmp_path: Path) -> None:
    truth, one, two = Truth(), ChainPublisher(tmp_path), ChainPublisher(tmp_path)
    gate = Follower(tmp_path)
    for nth, keeper in enumerate([one, two, two, one, one, two, one]):
        truth.values[StatusRef("sl:c1", nth)] = StatusType.SUSPENDED
        told = news(publish(truth, tmp_path, after=10 * nth, publisher=keeper))["CN-CQ", PHONE]
        assert told.seq == nth + 1
        assert gate.status(StatusRef("sl:c1", nth)) is StatusType.SUSPENDED


def test_a_publisher_that_finds_the_folder_taken_says_so_after_its_patience(tmp_path: Path) -> None:
    keeper = ChainPublisher(tmp_path)
    with keeper.turn(), pytest.raises(SetupError) as refused, ChainPublisher(tmp_path).turn(patience=0.05):
        pytest.fail("two at once")
    assert refused.value.fault is faults.PUBLISHER_BUSY
    with sole_writer(tmp_path / "chain", patience=1):
        pass


def test_the_daily_snapshot_is_of_the_version_that_stands(tmp_path: Path) -> None:
    truth, keeper = Truth(), ChainPublisher(tmp_path)
    publish(truth, tmp_path, publisher=keeper)
    truth.values[CODE] = StatusType.SUSPENDED
    publish(truth, tmp_path, after=5, publisher=keeper)
    publish(truth, tmp_path, after=DAY, publisher=keeper)
    place = ChainFolder.of(tmp_path, "CN-CQ", PHONE)
    snapshot = StatusSnapshot.from_bytes(place.manifest(1, 2).read_bytes())
    assert (snapshot.head.seq, snapshot.head.iat, snapshot.root) == (2, NOON + DAY, Follower(tmp_path).follow().root)


def lasting(**term: Any) -> dict[str, RegionChains]:
    """Both regions, whose keys count from another time or until another."""
    found = {}
    for region, says in regions().items():
        keys = [replace(key, **term) for key in says.authority.keys]
        found[region] = replace(says, authority=replace(says.authority, keys=keys))
    return found


def test_nothing_is_signed_by_a_key_that_is_not_in_force(tmp_path: Path) -> None:
    for term in ({"not_before": NOON + 1}, {"not_after": NOON}):
        with pytest.raises(SetupError) as refused:
            publish(Truth(), tmp_path, by=lasting(**term))
        assert refused.value.fault is faults.KEY_MISSING
    assert not contents(tmp_path)


def test_what_a_key_signed_before_its_time_is_not_believed(tmp_path: Path) -> None:
    publish(Truth({CODE: StatusType.SUSPENDED}), tmp_path)
    told = news(publish(Truth({CODE: StatusType.SUSPENDED}), tmp_path, after=5, by=lasting(not_before=NOON + 1)))["CN-CQ", PHONE]
    assert (told.seq, told.is_new, told.delta_bytes) == (1, True, 0)
