"""From the record's truth to status lists: what is signed, what is kept, and what a crash or a clock cannot do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.claims import StatusRef, StatusType
from codes.errors import InputError, SetupError
from codes.status import StatusListToken
from ecard import faults
from ecard.folder import sole_writer
from ecard.keyring import Keyring
from ecard.publishing import Edition, Pace, ShardPlan, never_back, publish_statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NOON = int(AT.timestamp())
KEYS = Keyring.derived(b"the publisher's tests")
SIGNERS = {region: KEYS.status(region) for region in KEYS.regions}
CODE, CHIP, NEIGHBOUR = StatusRef("sl:c1", 77), StatusRef("sl:cz", 5), StatusRef("sl:s1", 0)


@dataclass
class Truth:
    """A record that is a dictionary."""

    values: dict[StatusRef, StatusType] = field(default_factory=dict)
    plans: list[ShardPlan] = field(
        default_factory=lambda: [
            ShardPlan(uri="sl:c1", size=1024, region="CN-CQ"),
            ShardPlan(uri="sl:cz", size=64, region="CN-CQ"),
            ShardPlan(uri="sl:s1", size=64, region="CN-SC"),
        ]
    )

    def statuses(self, at: datetime) -> Mapping[StatusRef, StatusType]:
        assert at == at.replace(microsecond=0)
        return self.values

    def shards(self) -> Collection[ShardPlan]:
        return self.plans


def publish(truth: Truth, folder: Path, *, at: datetime = AT) -> Edition:
    return publish_statuses(truth, folder, SIGNERS, at=at)


def read(folder: Path, ref: StatusRef) -> StatusType:
    return token(folder, ref.uri).list()[ref.idx]


def token(folder: Path, uri: str) -> StatusListToken:
    return StatusListToken.from_bytes((folder / "status" / f"{uri[3:]}.cwt").read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "status").iterdir()}


def test_every_shard_is_published_signed_by_its_own_region(tmp_path: Path) -> None:
    edition = publish(Truth({CODE: StatusType.SUSPENDED, NEIGHBOUR: StatusType.FROZEN}), tmp_path, at=AT + timedelta(microseconds=5))
    assert edition == Edition(iat=NOON, signed=("sl:c1", "sl:cz", "sl:s1"), kept=(), ended_for_good=0)
    for uri, region in (("sl:c1", "CN-CQ"), ("sl:cz", "CN-CQ"), ("sl:s1", "CN-SC")):
        found = token(tmp_path, uri)
        found.check(KEYS.status(region).public_key.load())
        assert (found.uri, found.iat, found.exp, found.ttl) == (uri, NOON, NOON + 86400, 3600)
    assert (read(tmp_path, CODE), read(tmp_path, CHIP), read(tmp_path, NEIGHBOUR)) == (StatusType.SUSPENDED, StatusType.VALID, StatusType.FROZEN)
    assert len(token(tmp_path, "sl:c1").list()) == 1024
    assert json.loads(contents(tmp_path)["aggregation.json"]) == {"status_lists": ["sl:c1", "sl:cz", "sl:s1"]}


def test_the_list_of_one_region_is_no_word_of_the_other(tmp_path: Path) -> None:
    publish(Truth(), tmp_path)
    with pytest.raises(InputError):
        token(tmp_path, "sl:c1").check(KEYS.status("CN-SC").public_key.load())


def test_a_second_run_changes_not_one_byte(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    before = contents(tmp_path)
    for later in (0, 1, 3599):
        edition = publish(truth, tmp_path, at=AT + timedelta(seconds=later))
        assert (edition.signed, edition.kept) == ((), ("sl:c1", "sl:cz", "sl:s1"))
    assert contents(tmp_path) == before


def test_only_what_changed_or_grew_old_is_signed_again(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    truth.values[NEIGHBOUR] = StatusType.SUSPENDED
    assert publish(truth, tmp_path, at=AT + timedelta(minutes=30)).signed == ("sl:s1",)
    assert publish(truth, tmp_path, at=AT + timedelta(hours=1)).signed == ("sl:c1", "sl:cz")


def test_all_indices_of_a_card_flip_in_one_edition_and_come_back_in_one(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.VALID, CHIP: StatusType.VALID})
    publish(truth, tmp_path)
    truth.values = dict.fromkeys((CODE, CHIP), StatusType.SUSPENDED)
    edition = publish(truth, tmp_path, at=AT + timedelta(seconds=5))
    assert edition.signed == ("sl:c1", "sl:cz")
    assert {token(tmp_path, uri).iat for uri in edition.signed} == {edition.iat}
    assert read(tmp_path, CODE) == read(tmp_path, CHIP) == StatusType.SUSPENDED
    truth.values = dict.fromkeys((CODE, CHIP), StatusType.VALID)
    publish(truth, tmp_path, at=AT + timedelta(seconds=9))
    assert read(tmp_path, CODE) == read(tmp_path, CHIP) == StatusType.VALID


def test_a_missed_run_loses_nothing(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    truth.values[CODE] = StatusType.SUSPENDED
    truth.values[CHIP] = StatusType.INVALID
    publish(truth, tmp_path, at=AT + timedelta(days=3))
    assert (read(tmp_path, CODE), read(tmp_path, CHIP)) == (StatusType.SUSPENDED, StatusType.INVALID)


@pytest.mark.threat("C07")
@pytest.mark.parametrize("survivors", [0, 1, 2])
def test_a_run_that_died_half_way_is_finished_by_the_next(tmp_path: Path, survivors: int) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    before = contents(tmp_path)
    truth.values = dict.fromkeys((CODE, CHIP, NEIGHBOUR), StatusType.SUSPENDED)
    publish(truth, tmp_path, at=AT + timedelta(seconds=5))
    for name in ("c1.cwt", "cz.cwt", "s1.cwt")[survivors:]:
        (tmp_path / "status" / name).write_bytes(before[name])
    (tmp_path / "status" / ".c1.cwt.part").write_bytes(b"half a")
    publish(truth, tmp_path, at=AT + timedelta(seconds=7))
    assert {read(tmp_path, ref) for ref in (CODE, CHIP, NEIGHBOUR)} == {StatusType.SUSPENDED}


def test_a_disk_that_cannot_take_every_list_flips_none(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    before = contents(tmp_path)
    truth.values = dict.fromkeys((CODE, CHIP), StatusType.SUSPENDED)
    in_the_way = tmp_path / "status" / ".cz.cwt.part"
    in_the_way.mkdir()
    with pytest.raises(SetupError) as refused:
        publish(truth, tmp_path, at=AT + timedelta(seconds=5))
    assert (refused.value.fault, refused.value.facts["file"]) == (faults.FOLDER_UNWRITABLE, "cz.cwt")
    in_the_way.rmdir()
    assert {name: content for name, content in contents(tmp_path).items() if name in before} == before
    publish(truth, tmp_path, at=AT + timedelta(seconds=7))
    assert {read(tmp_path, CODE), read(tmp_path, CHIP)} == {StatusType.SUSPENDED}


def test_two_editions_within_one_second_never_share_an_iat(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    truth.values[CODE] = StatusType.SUSPENDED
    assert publish(truth, tmp_path).iat == NOON + 1
    assert token(tmp_path, "sl:c1").iat == NOON + 1
    before = contents(tmp_path)
    assert publish(truth, tmp_path).signed == ()
    assert contents(tmp_path) == before


def test_a_publisher_whose_clock_went_back_signs_nothing(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    before = contents(tmp_path)
    truth.values[CODE] = StatusType.SUSPENDED
    with pytest.raises(SetupError) as refused:
        publish(truth, tmp_path, at=AT - timedelta(minutes=2))
    assert refused.value.fault is faults.PUBLISHER_CLOCK
    assert contents(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\xd2\x84"])
def test_a_published_file_that_is_damaged_is_made_again(tmp_path: Path, content: bytes) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    (tmp_path / "status" / "c1.cwt").write_bytes(content)
    assert publish(truth, tmp_path, at=AT + timedelta(seconds=1)).signed == ("sl:c1",)
    assert read(tmp_path, CODE) is StatusType.SUSPENDED


def test_a_list_signed_by_a_key_of_before_is_made_again(tmp_path: Path) -> None:
    publish(Truth(), tmp_path)
    fresh = Keyring.derived(b"after the rotation")
    edition = publish_statuses(Truth(), tmp_path, {region: fresh.status(region) for region in fresh.regions}, at=AT + timedelta(seconds=1))
    assert edition.kept == ()


def test_what_ended_stays_ended_even_when_the_record_was_restored_from_before(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.INVALID, CHIP: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    truth.values = {CODE: StatusType.FROZEN, StatusRef("sl:c1", 76): StatusType.FROZEN}
    edition = publish(truth, tmp_path, at=AT + timedelta(seconds=1))
    assert edition.ended_for_good == 1
    assert read(tmp_path, CODE) is StatusType.INVALID
    assert read(tmp_path, StatusRef("sl:c1", 76)) is StatusType.FROZEN
    assert read(tmp_path, CHIP) is StatusType.VALID


@given(
    st.lists(st.tuples(st.sampled_from(StatusType), st.sampled_from(StatusType)), min_size=4, max_size=64).filter(lambda pairs: len(pairs) % 4 == 0)
)
def testnever_back_is_the_rule_entry_by_entry(pairs: list[tuple[StatusType, StatusType]]) -> None:
    def pack(values: list[StatusType]) -> bytes:
        return bytes(sum(value << 2 * place for place, value in enumerate(values[at : at + 4])) for at in range(0, len(values), 4))

    before, wanted = pack([old for old, _ in pairs]), pack([new for _, new in pairs])
    lasting = pack([old if old is StatusType.INVALID else new for old, new in pairs])
    resisted = sum(old is StatusType.INVALID and new is not StatusType.INVALID for old, new in pairs)
    assert never_back(before, wanted) == (lasting, resisted)


def test_a_shard_that_grew_is_published_at_its_new_size(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    truth.plans[1] = ShardPlan(uri="sl:cz", size=128, region="CN-CQ")
    publish(truth, tmp_path, at=AT + timedelta(seconds=1))
    assert len(token(tmp_path, "sl:cz").list()) == 128


def test_a_shard_that_left_the_record_leaves_the_aggregation(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    del truth.plans[0]
    publish(truth, tmp_path, at=AT + timedelta(seconds=1))
    assert json.loads(contents(tmp_path)["aggregation.json"]) == {"status_lists": ["sl:cz", "sl:s1"]}


@pytest.mark.error("status-shard")
@pytest.mark.parametrize("ref", [StatusRef("sl:c2", 0), StatusRef("sl:cz", 64)])
def test_a_status_without_a_place_stops_everything(tmp_path: Path, ref: StatusRef) -> None:
    with pytest.raises(SetupError) as refused:
        publish(Truth({ref: StatusType.SUSPENDED}), tmp_path)
    assert refused.value.fault is faults.STATUS_SHARD
    assert contents(tmp_path) == {}


def test_a_region_without_a_signer_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        publish_statuses(Truth(), tmp_path, {"CN-CQ": SIGNERS["CN-CQ"]}, at=AT)
    assert refused.value.fault is faults.KEY_MISSING
    assert contents(tmp_path) == {}


def test_two_publishers_never_write_at_once(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "status"), pytest.raises(SetupError) as refused:
        publish(Truth(), tmp_path)
    assert refused.value.fault is faults.PUBLISHER_BUSY


def test_a_uri_that_is_not_one_never_names_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        publish(Truth(plans=[ShardPlan(uri="sl:../../x", size=64, region="CN-CQ")]), tmp_path)


@pytest.mark.parametrize("pace", [{"interval": timedelta(hours=13)}, {"interval": timedelta(0)}])
def test_a_pace_that_one_missed_run_would_break_does_not_exist(pace: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match="two intervals"):
        Pace(**pace)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "c1.cwt").mkdir()
    with pytest.raises(SetupError) as refused:
        publish(Truth(), tmp_path)
    assert refused.value.fault is faults.FOLDER_UNWRITABLE
