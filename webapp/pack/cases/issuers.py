"""Steps 2, 3, 5 and 6: who may say it, how far the key reaches, where it counts, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import EXP, HOUR, IAT, Profile
from codes.reasons import Reason
from webapp.pack.case import accepted, because
from webapp.pack.cases.family import one
from webapp.pack.places import BOUNDS, CQ, DAY, GENERAL_LIFE, IDENTITY_LIFE, LONGEST_MAX_AGE, NOW, SC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_UNKNOWN = because(Reason.UNKNOWN_ISSUER, 2)
_SCOPE = because(Reason.ISSUER_OUT_OF_SCOPE, 3)
_NOT_HERE = because(Reason.NOT_RECOGNISED_HERE, 5)
_EXPIRED = because(Reason.CREDENTIAL_EXPIRED, 6)
_NOT_YET = because(Reason.CREDENTIAL_NOT_YET_VALID, 6)


def cases(city: City) -> Iterator[Case]:
    """In the order of the steps."""
    yield from _known(city)
    yield from _scope(city)
    yield from _recognised(city)
    yield from _credential_time(city)


def _known(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 2"
    yield one("issuer_unknown", city.draft("issuer unknown", issuer="stranger"), _UNKNOWN, spec=spec, comment="No such key in the trust set.")
    draft = city.draft("issuer other region", issuer=CQ, region=SC)
    yield one(
        "issuer_kid_of_the_other_region", draft, _UNKNOWN, spec=spec, comment="A key speaks for its own region: (iss, kid) is looked up together."
    )
    draft = city.draft("issuer third region").with_claim(1, "CN-GZ")
    yield one("issuer_of_a_third_region", draft, _UNKNOWN, spec=spec, comment="A region that takes no part.")
    yield one(
        "issuer_sichuan", city.draft("issuer sichuan", issuer=SC), accepted(), spec="FORMATS 2", comment="One neighbour's code at the other's gate."
    )
    draft = city.draft("issuer sichuan at bus", issuer=SC)
    yield one("issuer_sichuan_at_home", draft, accepted(), spec="FORMATS 2", comment="At home.", scene="bus")
    yield one("issuer_chongqing_abroad", city.draft("issuer abroad"), accepted(), spec="FORMATS 2", comment="The other way round.", scene="library")


def _scope(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 3"
    for issuer, name, expect, comment in (
        ("from now", "key_valid_from_this_second", accepted(), "not-before is the first good second."),
        ("not yet", "key_valid_from_the_next_second", _SCOPE, "One second early."),
        ("last second", "key_valid_for_the_last_second", accepted(), "not-after is the first bad second."),
        ("ended", "key_ended_this_second", _SCOPE, "One second late."),
    ):
        yield one(name, city.draft(name, issuer=issuer), expect, spec=spec, comment=comment)
    yield one(
        "key_for_general_codes", city.draft("key general", issuer="general only"), accepted(), spec=spec, comment="A narrow key within its bounds."
    )
    draft = city.draft("key beyond profile", issuer="general only", profile=Profile.DELEGATE)
    yield one("key_beyond_its_profiles", draft, _SCOPE, spec=spec, comment="A key for general codes signs a delegate's.", scene="library")
    draft = city.draft("key of chips", issuer=f"{CQ} chip")
    yield one("key_of_chips_for_a_phone", draft, _SCOPE, spec=spec, comment="Chip keys stand apart from phone keys.")
    iat = NOW - DAY
    for name, life, expect, comment in (
        ("life_at_the_bound", BOUNDS[Profile.GENERAL].longest_life, accepted(), "Seven days and the hour of rounding."),
        ("life_beyond_the_bound", BOUNDS[Profile.GENERAL].longest_life + HOUR, _SCOPE, "One hour more."),
        ("life_without_end", (1 << 64) // HOUR * HOUR - iat, _SCOPE, "An expiry that 64 signed bits do not hold."),
    ):
        yield one(name, city.draft(name, iat=iat, exp=iat + life), expect, spec=spec, comment=comment)
    draft = city.draft("life of an hour", iat=NOW, exp=NOW + HOUR)
    yield one("life_of_an_hour", draft, accepted(), spec=spec, comment="Short lives are right.")
    draft = city.draft("identity life", profile=Profile.IDENTITY, exp=iat + IDENTITY_LIFE + 2 * HOUR, cnonce=bytes(16))
    comment = "Each profile has its own longest life: 72 hours for identity."
    yield one("life_of_identity_beyond_the_bound", draft, _SCOPE, spec=spec, comment=comment, scene="hospital", challenge=bytes(16))
    for name, max_age, expect, comment in (
        ("max_age_at_the_bound", LONGEST_MAX_AGE, accepted(), "The key's longest."),
        ("max_age_beyond_the_bound", LONGEST_MAX_AGE + 1, _SCOPE, "One second more."),
        ("max_age_of_a_second", 1, accepted(), "The shortest."),
    ):
        yield one(name, city.draft(name, max_age=max_age), expect, spec=spec, comment=comment)


def _recognised(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 5"
    yield one(
        "scene_recognises_sichuan", city.draft("park sichuan", issuer=SC), accepted(), spec=spec, comment="A park for Sichuan's cards.", scene="park"
    )
    draft = city.draft("park chongqing")
    yield one("scene_does_not_recognise_chongqing", draft, _NOT_HERE, spec=spec, comment="True, and not recognised in this place.", scene="park")


def _credential_time(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 6"
    old = NOW - GENERAL_LIFE + HOUR
    for name, at, expect, comment in (
        ("credential_in_its_last_second", NOW + HOUR - 1, accepted(), "exp is the first bad second (RFC 8392 3.1.4)."),
        ("credential_expired_this_second", NOW + HOUR, _EXPIRED, "At exp it is over."),
        ("credential_expired_a_second_ago", NOW + HOUR + 1, _EXPIRED, "No tolerance: the phone renews days before."),
    ):
        yield one(name, city.draft(name, iat=old, exp=NOW + HOUR, made=at), expect, spec=spec, comment=comment, at=at)
    for name, at, expect, comment in (
        ("credential_of_this_second", NOW, accepted(), "iat is the first good second."),
        ("credential_from_the_next_second", NOW - 1, _NOT_YET, "Issuers round iat down, so this clock is slow or the issuer wrong."),
    ):
        yield one(name, city.draft(name, iat=NOW, made=at), expect, spec=spec, comment=comment, at=at)
    draft = city.draft("credential of tomorrow", iat=NOW + DAY)
    yield one("credential_of_tomorrow", draft, _NOT_YET, spec=spec, comment="A day early.")
    draft = city.draft("credential long ago", iat=NOW - 9 * DAY)
    yield one("credential_expired_two_days_ago", draft, _EXPIRED, spec=spec, comment="A phone kept offline too long.")
    draft = city.draft("credential of 1970").with_claim(IAT, 0).with_claim(EXP, DAY)
    yield one("credential_of_1970", draft, _EXPIRED, spec=spec, comment="The first hours that can be written.")
