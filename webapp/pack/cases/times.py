"""Step 9: the window, -future <= now - iat <= min(max_age of credential and scene) + past, to the second at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.reasons import Reason
from webapp.pack.case import accepted, because
from webapp.pack.cases.family import one
from webapp.pack.places import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 2 step 9"
_EXPIRED = because(Reason.CODE_EXPIRED, 9)
_FUTURE = because(Reason.CODE_FROM_FUTURE, 9)


def cases(city: City) -> Iterator[Case]:
    """The scenes allow 10 seconds of future and 30 of past; codes live 30 seconds unless the credential says less."""
    for name, max_age, made, expect, comment in (
        ("code_of_this_second", 30, NOW, accepted(), "Now."),
        ("code_of_the_last_second", 30, NOW - 1, accepted(), "A second old."),
        ("code_at_the_end_of_its_window", 30, NOW - 60, accepted(), "max_age 30 and past 30."),
        ("code_a_second_beyond_its_window", 30, NOW - 61, _EXPIRED, "A second too old."),
        ("code_at_the_end_of_a_short_window", 5, NOW - 35, accepted(), "The credential's own max_age is shorter than the scene's."),
        ("code_a_second_beyond_a_short_window", 5, NOW - 36, _EXPIRED, "And is kept."),
        ("code_at_the_end_of_the_scene_window", 60, NOW - 60, accepted(), "The credential allows 60 seconds, the scene 30."),
        ("code_a_second_beyond_the_scene_window", 60, NOW - 61, _EXPIRED, "The shorter of the two counts."),
        ("code_from_a_screenshot", 30, NOW - 120, _EXPIRED, "Two minutes old, true in everything else."),
        ("code_of_yesterday", 30, NOW - DAY, _EXPIRED, "A day old."),
        ("code_of_1970", 30, 0, _EXPIRED, "A phone that lost its clock."),
        ("code_at_the_edge_of_the_future", 30, NOW + 10, accepted(), "A phone 10 seconds fast."),
        ("code_a_second_beyond_the_future", 30, NOW + 11, _FUTURE, "A phone 11 seconds fast."),
        ("code_four_minutes_ahead", 30, NOW + 240, _FUTURE, "A wrong phone clock is told the difference, and is no forgery."),
        ("code_minted_for_tomorrow", 30, NOW + DAY, _FUTURE, "Harvested with the phone's clock set forward."),
        ("code_of_the_far_future", 30, (1 << 64) - 1, _FUTURE, "The largest time that can be written overflows nothing."),
    ):
        yield one(name, city.draft(name, max_age=max_age, made=made), expect, spec=_SPEC, comment=comment)
