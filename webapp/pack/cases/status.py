"""Step 10: what the lists say, whose they are, and how old an answer may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import Profile, StatusRef, StatusType, shard_uri
from codes.reasons import Note, Reason
from webapp.pack.case import Expect, accepted, because
from webapp.pack.cases.family import one
from webapp.pack.places import LISTED, NOW, SC, SHARD_OF, SHARD_SIZE, UNPUBLISHED_SHARD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 2 step 10"
_NEVER_TOO_OLD = "A stop is believed at any age: the list is too old to say yes, never too old to say no."
_AGES = "FORMATS 2 step 10, STATUS 5.6"
_STALE = because(Reason.STATUS_STALE, 10)
_ONLINE = because(Reason.CHECK_ONLINE, 10)
_RANGE = because(Reason.STATUS_OUT_OF_RANGE, 10)
_ELSEWHERE = because(Reason.ISSUER_OUT_OF_SCOPE, 10)
_AGING, _ALLOWED = accepted(Note.STATUS_AGING), accepted(Note.STATUS_STALE_ALLOWED)


def cases(city: City) -> Iterator[Case]:
    """Value, place, age."""
    yield from _values(city)
    yield from _places(city)
    yield from _ages(city)


def _values(city: City) -> Iterator[Case]:
    for status, reason, comment in (
        (StatusType.SUSPENDED, Reason.SUSPENDED, "Reported lost."),
        (StatusType.FROZEN, Reason.FROZEN, "Frozen by the authority."),
        (StatusType.INVALID, Reason.REVOKED, "Ended for good."),
    ):
        no, name = because(reason, 10), str(reason)
        yield one(f"status_{name}", city.draft(f"status {name}", status=status), no, spec=_SPEC, comment=comment)
        draft = city.draft(f"status {name} sichuan", issuer=SC, status=status)
        yield one(f"status_{name}_of_the_neighbour", draft, no, spec=_SPEC, comment="The neighbour's list counts here as at home.")
        at = LISTED + 259_201
        draft = city.draft(f"status {name} long ago", status=status, made=at)
        yield one(f"status_{name}_on_an_old_list", draft, no, spec=_SPEC, comment=_NEVER_TOO_OLD, at=at)
    challenge = bytes(16)
    draft = city.draft("status identity", profile=Profile.IDENTITY, status=StatusType.SUSPENDED, cnonce=challenge)
    comment = "An identity credential stands on a list of its own."
    yield one(
        "status_suspended_at_a_hospital", draft, because(Reason.SUSPENDED, 10), spec=_SPEC, comment=comment, scene="hospital", challenge=challenge
    )


def _places(city: City) -> Iterator[Case]:
    general, size = SHARD_OF[Profile.GENERAL], SHARD_SIZE[Profile.GENERAL]
    home = shard_uri("c", general)
    for name, ref, expect, comment in (
        ("status_last_index", StatusRef(home, size - 1), accepted(), "The last entry of the list."),
        ("status_index_one_beyond", StatusRef(home, size), _RANGE, "The first index outside."),
        ("status_index_of_32_bits", StatusRef(home, (1 << 32) - 1), _RANGE, "Far outside."),
        ("status_index_of_64_bits", StatusRef(home, (1 << 64) - 1), _RANGE, "The largest that can be written wraps around nowhere."),
        ("status_list_of_the_other_region", StatusRef(shard_uri("s", general), 7), _ELSEWHERE, "A region answers for its own cards."),
        ("status_list_of_another_profile", StatusRef(shard_uri("c", SHARD_OF[Profile.IDENTITY]), 7), _ELSEWHERE, "Lists are kept per profile."),
        ("status_list_of_chips", StatusRef(shard_uri("c", SHARD_OF[Profile.CHIP]), 7), _ELSEWHERE, "A phone's code never stands on the chips' list."),
        (
            "status_list_unpublished_of_the_other_region",
            StatusRef(shard_uri("s", UNPUBLISHED_SHARD), 7),
            _ELSEWHERE,
            "Known or not, it is not theirs.",
        ),
        ("status_list_outside_every_space", StatusRef("sl:czzzz", 7), _ELSEWHERE, "No profile has this shard."),
        ("status_list_of_an_unknown_region", StatusRef("sl:x4k2", 7), _ELSEWHERE, "No region has this letter."),
        ("status_list_missing", StatusRef(shard_uri("c", UNPUBLISHED_SHARD), 7), _STALE, "A list that should be here and is not is never a yes."),
    ):
        yield one(name, city.draft(name, ref=ref), expect, spec=_SPEC, comment=comment)
    ref = StatusRef(shard_uri("c", UNPUBLISHED_SHARD), 8)
    draft = city.draft("list not yet here", ref=ref, iat=NOW)
    comment = "Signed after this terminal's newest list, so its own list may be newer still: the issuer's word of that hour is the evidence."
    yield one("status_list_not_yet_here", draft, accepted(), spec=_AGES, comment=comment)


def _ages(city: City) -> Iterator[Case]:
    for scene, ends in (
        ("metro", ((21_600, accepted()), (86_400, _AGING), (259_200, _ALLOWED), (None, _STALE))),
        ("library", ((86_400, accepted()), (259_200, _AGING), (None, _ALLOWED))),
        ("hospital", ((3_600, accepted()), (14_400, _AGING), (86_400, _ONLINE), (None, _STALE))),
        ("pharmacy", ((300, accepted()), (900, _AGING), (3_600, _ONLINE), (None, _STALE))),
    ):
        yield from _boundaries(city, scene, ends)
    for age, expect, name, comment in (
        (21_721, _AGING, "older_than_its_budget", "The credential is older than the list: the list's age counts."),
        (21_720, accepted(), "younger", "The credential was signed 120 seconds after the list: its issuer knew then, and 21600 seconds have passed."),
    ):
        iat = NOW if name == "younger" else NOW - 86_400
        draft = city.draft(f"evidence {name}", iat=iat, made=LISTED + age)
        yield one(f"evidence_of_a_credential_{name}", draft, expect, spec=_AGES, comment=comment, at=LISTED + age)
    challenge = bytes(16)
    draft = city.draft("evidence at pharmacy", profile=Profile.IDENTITY, iat=NOW, made=LISTED + 301, cnonce=challenge)
    comment = "Where money is at stake a young credential does not make an old list young."
    yield one(
        "evidence_in_class_a_is_the_list_alone", draft, _AGING, spec=_AGES, comment=comment, scene="pharmacy", at=LISTED + 301, challenge=challenge
    )


def _boundaries(city: City, scene: str, ends: tuple[tuple[int | None, Expect], ...]) -> Iterator[Case]:
    """The last second of every budget, and the first second after it."""
    identity = scene in {"hospital", "pharmacy"}
    challenge = bytes(16) if identity else None
    start = 0
    for end, expect in ends:
        for age in sorted({start, end or start} - {0}):
            name = f"status_age_of_{age}_seconds_at_a_{scene}"
            at = LISTED + age
            draft = city.draft(name, profile=Profile.IDENTITY if identity else Profile.GENERAL, made=at, cnonce=challenge)
            comment = "The last second of its budget." if age == end else "The first second of the next budget."
            yield one(name, draft, expect, spec=_AGES, comment=comment, scene=scene, at=at, challenge=challenge)
        start = (end or 0) + 1
