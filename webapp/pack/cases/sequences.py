"""Step 12, and whatever depends on order: each starts from a fresh copy of the terminal's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import IAT, Profile
from codes.keys import ORDER
from codes.reasons import Reason
from webapp.pack.case import accepted, because
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, in_order, show
from webapp.pack.forge import to_text
from webapp.pack.places import NOW, SC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 2 step 12"
_YES, _AGAIN = accepted(), because(Reason.REPLAYED, 12)
_STRANGE = because(Reason.UNKNOWN_FORMAT, 0)
_PASSBACK = 70


def cases(city: City) -> Iterator[Case]:
    """Replay first, then lines that must not disturb one another."""
    yield from _replay(city)
    yield from _memory(city)
    yield from _lines(city)


def _replay(city: City) -> Iterator[Case]:
    once = city.draft("same text")
    yield in_order("replay_same_text", show(once, _YES), show(once, _AGAIN), spec=_SPEC, comment="One text opens once.")
    yield in_order("replay_three_times", show(once, _YES), show(once, _AGAIN), show(once, _AGAIN), spec=_SPEC, comment="And stays closed.")
    first = city.draft("next code")
    comment = "The next code of the same credential within the passback interval: an accomplice behind the holder."
    following = first.with_code_claim(IAT, NOW + 1)
    yield in_order("replay_next_code", show(first, _YES), show(following, _AGAIN), spec=_SPEC, comment=comment)
    yield in_order("replay_earlier_code", show(following, _YES), show(first, _AGAIN), spec=_SPEC, comment="Nor an earlier one.")

    def later(seconds: int) -> str:
        return first.with_code_claim(IAT, NOW + seconds).text()

    early = show(later(_PASSBACK - 1), _AGAIN, at=NOW + _PASSBACK - 1)
    after = show(later(_PASSBACK + 1), _YES, at=NOW + _PASSBACK + 1)
    comment = "Needs one memory over two instants: a program under test keeps it, a command line with --at does not."
    yield in_order("replay_within_passback", show(first, _YES), early, spec=_SPEC, comment=comment)
    yield in_order("replay_after_passback", show(first, _YES), early, after, spec=_SPEC, comment="A refused attempt does not lengthen it.")
    other = city.draft("somebody else")
    yield in_order("two_residents", show(once, _YES), show(other, _YES), spec=_SPEC, comment="One after the other.")
    sub = city.seed.sub("shared subject")
    here, there = city.draft("shared here", sub=sub), city.draft("shared there", issuer=SC, sub=sub)
    comment = "A subject is unique per issuer: two regions may draw the same."
    yield in_order("two_regions_one_subject", show(here, _YES), show(there, _YES), spec=_SPEC, comment=comment)
    renewed = city.draft("renewed", sub=sub)
    comment = "Replay is told by (iss, sub), not by the bytes of the credential."
    yield in_order("replay_subject_in_another_credential", show(here, _YES), show(renewed, _AGAIN), spec=_SPEC, comment=comment)
    twin = once.with_outer(after_signing=lambda made: made[:32] + (ORDER - int.from_bytes(made[32:])).to_bytes(32))
    yield in_order("replay_high_s_twin", show(once, _YES), show(twin, NOT_CANONICAL), spec="FORMATS 1", comment="Refused by its form already.")


def _memory(city: City) -> Iterator[Case]:
    comment = "Only an acceptance is remembered: a refusal uses nothing up."
    first = city.draft("refused first")
    ahead = first.with_code_claim(IAT, NOW + 240)
    yield in_order("future_then_right", show(ahead, because(Reason.CODE_FROM_FUTURE, 9)), show(first, _YES), spec=_SPEC, comment=comment)
    stale = first.with_code_claim(IAT, NOW - 120)
    yield in_order("expired_then_right", show(stale, because(Reason.CODE_EXPIRED, 9)), show(first, _YES), spec=_SPEC, comment=comment)
    forged = first.with_outer(after_signing=lambda made: made[:31] + bytes((made[31] ^ 1,)) + made[32:])
    no = because(Reason.HOLDER_SIGNATURE, 7)
    yield in_order("forged_then_right", show(forged, no), show(first, _YES), spec=_SPEC, comment="A forger must not lock the holder out.")
    comment = "A credential seen before spares the issuer's signature check, and nothing else."
    yield in_order("right_then_forged", show(first, _YES), show(forged, no), spec="FORMATS 2, cache", comment=comment)
    altered = first.with_inner(after_signing=lambda made: made[:31] + bytes((made[31] ^ 1,)) + made[32:])
    comment = "The cache knows the whole credential, its signature included."
    no = because(Reason.ISSUER_SIGNATURE, 4)
    yield in_order("right_then_altered_credential", show(first, _YES), show(altered, no), spec="FORMATS 2, cache", comment=comment)
    wrong = because(Reason.WRONG_SCENE, 8)
    named = city.draft("named at gate", profile=Profile.IDENTITY)
    yield in_order("wrong_scene_twice", show(named, wrong), show(named, wrong), spec=_SPEC, comment="The same answer for the same text.")
    challenge, other = bytes(16), bytes(range(16))
    desk = city.draft("two challenges", profile=Profile.IDENTITY, cnonce=challenge)
    mismatch = because(Reason.CHALLENGE_MISMATCH, 8)
    yield in_order(
        "answer_to_the_last_challenge",
        show(desk, mismatch, challenge=other),
        show(desk, _YES, challenge=challenge),
        spec="FORMATS 2 step 8",
        comment="The desk shows a new challenge for everyone.",
        scene="hospital",
    )


def _lines(city: City) -> Iterator[Case]:
    spec = "FORMATS 5"
    for name, text, expect, comment in (
        ("empty_line", "", _STRANGE, "An empty line has its answer."),
        ("one_megabyte", "SC1:" + "0" * (1 << 20), because(Reason.MALFORMED, 0), "A line too long is read to its end and no further."),
        ("control_characters", "\x00\x07\x1b[2J\x1b]0;x\x07", _STRANGE, "Nothing that was read reaches the answer unescaped."),
        ("line_separators", "SC1:\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e", MALFORMED, "One line, one answer, whatever a language calls a line."),
        ("carriage_returns", "SC1:A\rSC1:B\rSC1:C", MALFORMED, "One line, one answer."),
        ("deep_nesting", to_text(b"\x81" * 700), NOT_CANONICAL, "A reader that crashed would answer nothing after this."),
    ):
        good = city.draft(f"after {name}")
        yield in_order(f"right_after_{name}", show(text, expect), show(good, _YES), spec=spec, comment=comment)
