"""Status tokens: whose word counts for which list, newer wins, and what the disk spoilt is not believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes.claims import Audience, Profile, StatusType
from codes.errors import SetupError
from codes.presentation import Presentation
from tests.verify.city import DAY, HOUR, NOW, City, Gate, code, credential, documents, p256, when
from verify import Inconclusive, faults, open_terminal
from verify.terminal import Holdings

if TYPE_CHECKING:
    from codes.errors import Fault
    from verify.status_store import StatusStore


def store(gate: Gate) -> StatusStore:
    return Holdings.read(gate.directory).status


def fate(gate: Gate, name: str = "c1000.cwt", *, at: int | None = None) -> Fault | str:
    part = gate.take(at=at)[name]
    return part.fault or part.outcome


def test_lists_are_found_by_uri_and_heads_by_region(gate: Gate, city: City) -> None:
    city.token("sl:c1001", iat=NOW + 60, values={5: StatusType.FROZEN})
    assert fate(gate, "c1001.cwt") == "taken"
    status = store(gate)
    shard = status.shard("sl:c1001")
    assert shard is not None
    assert (shard.region, shard.profile, shard.iat, shard.statuses[5]) == ("CN-CQ", Profile.GENERAL, NOW + 60, StatusType.FROZEN)
    assert (status.head("CN-CQ"), status.head("CN-SC"), status.head("CN-GZ")) == (NOW + 60, NOW, None)
    assert status.shard("sl:c1002") is None


@pytest.mark.threat("C02")
@pytest.mark.error("status-rolled-back")
def test_an_older_list_never_follows_a_newer_one(gate: Gate, city: City) -> None:
    newer = city.token(iat=NOW + HOUR)
    assert fate(gate) == "taken"
    city.token(iat=NOW)
    assert fate(gate) is faults.STATUS_ROLLED_BACK
    path = next(gate.path.glob(f"status/c1000-{NOW + HOUR}.cwt"))
    path.unlink()
    assert fate(gate) is faults.STATUS_ROLLED_BACK, "the state remembers how far it was"
    city.write("status/c1000.cwt", newer)
    assert fate(gate) == "taken"
    assert path.read_bytes() == newer


@pytest.mark.error("status-equivocation")
def test_two_lists_of_one_time_are_one_too_many(gate: Gate, city: City) -> None:
    city.token(iat=NOW, values={7: StatusType.SUSPENDED})
    assert fate(gate) is faults.STATUS_EQUIVOCATION


@pytest.mark.error("status-key-unknown")
@pytest.mark.error("status-signature")
def test_only_a_status_key_of_the_region_counts(gate: Gate, city: City) -> None:
    city.token(iat=NOW + 1, by="thief")
    assert fate(gate) is faults.STATUS_KEY_UNKNOWN
    city.token(iat=NOW + 1, by="status CN-SC")
    assert fate(gate) is faults.STATUS_KEY_UNKNOWN, "the other region's key is nobody here"
    city.token(iat=NOW + 1, by="issuer CN-CQ")
    assert fate(gate) is faults.STATUS_KEY_UNKNOWN, "nor is a key that issues credentials"
    token = bytearray(city.token(iat=NOW + 1))
    token[-20] ^= 1
    city.write("status/c1000.cwt", bytes(token))
    assert getattr(fate(gate), "code", None) == "status-signature"


@pytest.mark.error("status-key-period")
def test_a_key_signs_only_in_its_time(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + HOUR)
    city.publish(at=NOW + 60)
    city.token(iat=NOW + HOUR)
    assert fate(gate) is faults.STATUS_KEY_PERIOD
    city.token(iat=NOW + HOUR - 1)
    assert fate(gate) == "taken"


@pytest.mark.threat("D02")
@pytest.mark.error("status-foreign")
@pytest.mark.parametrize("uri", ["sl:x1000", "sl:cz", "sl:c0"])
def test_a_list_outside_every_regions_numbers_is_refused(gate: Gate, city: City, uri: str) -> None:
    city.token(uri)
    assert fate(gate, f"{uri[3:]}.cwt") is faults.STATUS_FOREIGN


@pytest.mark.error("status-from-future")
def test_a_list_from_the_near_future_shows_a_slow_clock_one_from_far_is_refused(gate: Gate, city: City) -> None:
    city.token(iat=NOW + 31 * DAY + 1)
    assert fate(gate) is faults.STATUS_FROM_FUTURE
    city.token(iat=NOW + 2 * HOUR)
    assert fate(gate) == "taken"
    verifier = open_terminal(gate.path, read_only=True)
    verdict = verifier.verify(code(NOW), at=when(NOW))
    assert isinstance(verdict, Inconclusive)
    assert (verdict.fault, verdict.facts) == (faults.CLOCK_BELOW_FLOOR, {"behind_s": 2 * HOUR, "region": "CN-CQ"})


@pytest.mark.threat("C04")
def test_losing_the_newest_list_does_not_turn_a_missing_list_into_a_good_answer(gate: Gate, city: City) -> None:
    """A credential signed between the two lists we hold, whose own list never came."""
    city.token("sl:c2000", iat=NOW + HOUR)
    gate.take(at=NOW + HOUR)
    between = credential(uri="sl:c3000", iat=NOW + HOUR)
    text = Presentation.make(between, p256("phone AAAAAAAA"), audience=Audience.GENERAL, iat=NOW + HOUR).to_text()
    (gate.path / "status" / f"c2000-{NOW + HOUR}.cwt").unlink()
    verdict = open_terminal(gate.path, read_only=True).verify(text, at=when(NOW + HOUR))
    assert isinstance(verdict, Inconclusive)
    assert verdict.fault is faults.STATUS_MISSING
    assert store(gate).head("CN-CQ") == NOW + HOUR


def test_a_broken_list_of_a_letter_that_is_nobodys_any_more_is_nobodys_head(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", letter="q")
    city.publish(at=NOW + HOUR)
    (gate.path / "status" / f"c1000-{NOW}.cwt").write_bytes(b"junk")
    gate.take(at=NOW + HOUR)
    assert store(gate).head("CN-CQ") is None


def test_what_a_stolen_status_key_signed_goes_with_the_key(gate: Gate, city: City) -> None:
    city.token(iat=NOW + 30 * DAY)
    assert fate(gate) == "taken"
    city.documents["CN-CQ"] = documents("CN-CQ", status_keys=["new status"])
    city.publish(at=NOW + HOUR)
    (city.folder / "status" / "c1000.cwt").unlink()
    gate.take()
    assert store(gate).shard("sl:c1000") is None
    assert store(gate).head("CN-CQ") is None
    city.token(iat=NOW + HOUR, by="new status CN-CQ")
    assert fate(gate) == "taken", "and its time binds nobody"


@pytest.mark.threat("C07")
@pytest.mark.error("status-damaged")
def test_a_spoilt_list_is_inconclusive_by_itself_and_the_next_import_mends_it(gate: Gate, city: City) -> None:
    city.token("sl:c1001")
    gate.take()
    path = next(gate.path.glob("status/c1000-*.cwt"))
    whole = path.read_bytes()
    other = next(gate.path.glob("status/c1001-*.cwt")).read_bytes()
    for spoilt in (whole[:-1], b"", bytes([whole[0] ^ 1]) + whole[1:], other):
        path.write_bytes(spoilt)
        status = store(gate)
        with pytest.raises(SetupError) as error:
            status.shard("sl:c1000")
        assert error.value.fault is faults.STATUS_DAMAGED
        assert status.shard("sl:c1001") is not None
        verdict = open_terminal(gate.path, read_only=True).verify(code(NOW), at=when(NOW))
        assert isinstance(verdict, Inconclusive)
    assert fate(gate) == "taken"
    assert store(gate).shard("sl:c1000") is not None


def test_a_list_that_nothing_can_refer_to_is_forgotten(gate: Gate, city: City) -> None:
    city.token("sl:c1001", iat=NOW + 10 * DAY - 60)
    city.token("sl:s1001", iat=NOW + 8 * DAY)
    city.publish(at=NOW + 10 * DAY)
    gate.take()
    status = store(gate)
    assert status.shard("sl:c1000") is None, "nine days and more: a week's life and two days"
    assert status.shard("sl:c1001") is not None
    assert status.shard("sl:s1000") is not None
    assert not list(gate.path.glob("status/c1000-*.part"))
    assert "sl:c1000" not in gate.directory.load().status


def test_a_list_offered_twice_is_taken_once(gate: Gate, city: City) -> None:
    city.write("another-name.cwt", city.token(iat=NOW + 1))
    report = gate.take()
    assert [report[name].outcome for name in ("another-name.cwt", "c1000.cwt")] == ["taken", "kept"]
