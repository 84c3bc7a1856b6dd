from __future__ import annotations

import itertools
import statistics

import pytest

from codes.claims import Profile, StatusRef, parse_uri
from ecard import faults, indices
from ecard.policy import DAY
from tests.ecard.city import CQ, NOW, SC, SPACES, City, SoftPhone, Stream, refused, region_issuer


def draw(city: City, count: int, *, capacity: int = 64, now: int = NOW, region: str = CQ, profile: Profile = Profile.GENERAL) -> list[StatusRef]:
    taken: set[StatusRef] = set()
    with city.office.store.writing() as work:
        issuer = region_issuer(region)
        entropy = Stream(f"{now} {region} {profile}")
        return [indices.allocate(work, issuer, profile, capacity=capacity, entropy=entropy, now=now, taken=taken) for _ in range(count)]


def test_no_place_is_given_twice_and_full_lists_are_left(city: City) -> None:
    drawn = draw(city, 150)
    assert len(set(drawn)) == 150
    assert 3 <= len({place.uri for place in drawn}) <= 9
    assert all(0 <= place.idx < 64 for place in drawn)


def test_places_are_drawn_not_counted(city: City) -> None:
    drawn = [place.idx for place in draw(city, 200, capacity=4096)]
    assert len(set(drawn)) == 200
    steps = [second - first for first, second in itertools.pairwise(drawn)]
    assert statistics.pstdev(steps) > 1000


def test_each_region_profile_and_day_has_lists_of_its_own(city: City) -> None:
    kinds = [
        (CQ, Profile.GENERAL, NOW),
        (CQ, Profile.IDENTITY, NOW),
        (CQ, Profile.CHIP, NOW),
        (SC, Profile.GENERAL, NOW),
        (CQ, Profile.GENERAL, NOW + DAY),
    ]
    uris = [draw(city, 1, region=region, profile=profile, now=now)[0].uri for region, profile, now in kinds]
    assert len(set(uris)) == len(kinds)
    for uri, (region, profile, _) in zip(uris, kinds, strict=True):
        letter, number = parse_uri(uri)
        assert letter == region_issuer(region).letter
        assert SPACES[profile][0] <= number <= SPACES[profile][1]


def test_a_list_of_an_earlier_day_takes_nobody_any_more(city: City) -> None:
    (today,) = draw(city, 1)
    tomorrow = draw(city, 40, now=NOW + DAY)
    assert today.uri not in {place.uri for place in tomorrow}


def test_chips_fill_a_list_whatever_the_day(city: City) -> None:
    (today,) = draw(city, 1, profile=Profile.CHIP)
    later = draw(city, 5, now=NOW + 400 * DAY, profile=Profile.CHIP)
    assert {place.uri for place in later} == {today.uri}
    many = draw(city, 100, now=NOW + 401 * DAY, profile=Profile.CHIP)
    assert len({place.uri for place in many}) > 1


@pytest.mark.error("index-space-full")
def test_a_space_that_is_used_up_gives_nothing(city: City) -> None:
    with refused(faults.INDEX_SPACE_FULL, region=CQ, profile=1, last=9):
        draw(city, 500, capacity=4)


def test_a_list_has_whole_bytes(city: City) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        draw(city, 1, capacity=62)


def test_places_of_written_credentials_stay_taken(city: City) -> None:
    city.with_policy(shard_capacity=8, spares=20)
    card, _ = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone)
    places = [credential.says.status for _ in range(12) for credential in city.renew(bound.phone, phone, Profile.GENERAL)]
    assert len(set(places)) == 12
