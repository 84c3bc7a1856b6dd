from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from codes.claims import HOUR, Profile
from codes.trust import Bounds
from ecard import faults, policy
from ecard.issuer import RegionIssuer
from ecard.policy import DAY, Policy
from tests.ecard.city import CQ, City, issuing_key, refused, region_issuer


@pytest.mark.error("policy-contradiction")
@pytest.mark.parametrize(
    ("values", "first", "second"),
    [
        ({"general_renew_under": 7 * DAY}, "general_renew_under", "general_life"),
        ({"identity_renew_under": 72 * HOUR}, "identity_renew_under", "identity_life"),
        ({"refresh": 30}, "refresh", "max_age"),
        ({"identity_life": 8 * DAY}, "identity_life", "general_life"),
        ({"max_age": 3601}, "max_age", "longest max_age of the format"),
        ({"chip_years": 11}, "chip_years", "validity_years"),
        ({"fare": 8}, "fare", "last fare class"),
        ({"shard_capacity": 1 << 21}, "shard_capacity", "largest status list"),
        ({"shard_capacity": 1022}, "shard_capacity", "multiple of"),
        ({"general_life": 7 * DAY + 1}, "general_life", "multiple of"),
        ({"publish_every": 13 * HOUR}, "2 x publish_every", "status_life"),
        ({"identity_life": HOUR, "identity_renew_under": 60, "max_age": HOUR}, "max_age", "identity_life"),
    ],
)
def test_a_policy_that_contradicts_itself_does_not_exist_and_both_values_are_named(values: dict[str, Any], first: str, second: str) -> None:
    with refused(faults.POLICY_CONTRADICTION, first=first, second=second):
        Policy(**values)


@pytest.mark.parametrize("name", [field.name for field in fields(Policy) if field.name != "fare" and isinstance(field.default, int)])
def test_nothing_lasts_or_counts_less_than_one(name: str) -> None:
    nothing: dict[str, Any] = {name: 0}
    with refused(faults.POLICY_CONTRADICTION, second=name, second_value=0):
        Policy(**nothing)


def test_every_article_of_the_policy_belongs_to_one_of_its_values() -> None:
    assert policy.ARTICLES.keys() <= {field.name for field in fields(Policy)}


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        ("2026-11-21T08:00:00", "2036-11-21T08:00:00"),
        ("2026-11-21T08:00:01", "2036-11-21T09:00:00"),
        ("2028-02-29T00:00:00", "2038-02-28T00:00:00"),
        ("2026-12-31T23:59:59", "2037-01-01T00:00:00"),
    ],
)
@pytest.mark.article("ZS-26")
def test_a_card_is_valid_for_ten_years_up_to_the_hour(issued: str, expires: str) -> None:
    instants = [int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) for text in (issued, expires)]
    assert Policy().expiry(instants[0]) == instants[1]


def test_an_office_refuses_a_policy_beyond_its_keys(city: City) -> None:
    with refused(faults.POLICY_CONTRADICTION, first="life of GENERAL", second="the key's bound"):
        city.with_policy(general_life=8 * DAY)
    with refused(faults.POLICY_CONTRADICTION, first="max_age of GENERAL", second_value=30):
        city.with_policy(max_age=31)


def test_an_office_refuses_an_issuer_that_cannot_issue_every_profile(city: City) -> None:
    whole = region_issuer(CQ)
    only_general = issuing_key(CQ, "phone", {Profile.GENERAL: Bounds(longest_life=7 * DAY, longest_max_age=30)})
    for part in (replace(whole, phone=only_general), replace(whole, spaces={Profile.GENERAL: (0, 9)})):
        with refused(faults.POLICY_CONTRADICTION, first="profile issued"):
            city.with_issuer(part)


def broken_issuers() -> list[dict[str, object]]:
    whole = region_issuer(CQ)
    return [{"chip_tag_key": b"short"}, {"region": "CN-SC"}, {"chip": whole.phone}]


@pytest.mark.parametrize("part", broken_issuers(), ids=lambda part: next(iter(part)))
def test_parts_of_different_issuers_do_not_make_one(part: dict[str, object]) -> None:
    whole = region_issuer(CQ)
    values = {field.name: getattr(whole, field.name) for field in fields(RegionIssuer)}
    with pytest.raises(ValueError, match="belong together"):
        RegionIssuer(**{**values, **part})


def test_a_signer_has_the_power_of_its_own_key_only() -> None:
    whole = region_issuer(CQ)
    with pytest.raises(ValueError, match="does not hold"):
        replace(whole.phone, signer=whole.chip.signer)


def test_no_key_shows_when_an_issuer_is_printed() -> None:
    assert region_issuer(CQ).chip_tag_key.hex() not in repr(region_issuer(CQ))
    assert "chip_tag_key" not in repr(region_issuer(CQ))
