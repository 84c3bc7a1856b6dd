"""Steps 8 and 11: what this place asks for, and whom it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import Audience, Profile
from codes.reasons import Note, Reason
from webapp.pack.case import accepted, because
from webapp.pack.cases.family import one
from webapp.pack.places import FARES, SC, UNKNOWN_FARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_WRONG_SCENE = because(Reason.WRONG_SCENE, 8)
_CHALLENGE = because(Reason.CHALLENGE_MISMATCH, 8)
_NOT_HERE = because(Reason.NOT_RECOGNISED_HERE, 11)


def cases(city: City) -> Iterator[Case]:
    """Audience, challenge, fare, delegate, online."""
    yield from _audience(city)
    yield from _challenge(city)
    yield from _fare(city)
    yield from _delegate(city)
    spec = "FORMATS 2 step 11"
    draft = city.draft("settlement", profile=Profile.IDENTITY)
    comment = "A scene that asks online every time says so after everything that can be judged offline is in order."
    yield one("scene_asks_online", draft, because(Reason.CHECK_ONLINE, 11), spec=spec, comment=comment, scene="settlement")


def _audience(city: City) -> Iterator[Case]:
    spec, challenge = "FORMATS 2 step 8", city.seed.derive("terminal challenge", 16)
    draft = city.draft("identity at gate", profile=Profile.IDENTITY)
    yield one("identity_code_at_a_gate", draft, _WRONG_SCENE, spec=spec, comment="A gate must not learn a name.")
    draft = city.draft("general at hospital", cnonce=challenge)
    comment = "A general code names nobody."
    yield one("general_code_at_a_hospital", draft, _WRONG_SCENE, spec=spec, comment=comment, scene="hospital", challenge=challenge)
    draft = city.draft("general poses", audience=Audience.IDENTITY, cnonce=challenge)
    comment = "A general credential addressed to an identity scene."
    yield one("general_credential_for_identity", draft, _WRONG_SCENE, spec=spec, comment=comment, scene="hospital", challenge=challenge)
    draft = city.draft("identity poses", profile=Profile.IDENTITY, audience=Audience.GENERAL)
    yield one("identity_credential_for_a_gate", draft, _WRONG_SCENE, spec=spec, comment="An identity credential addressed to a general scene.")


def _challenge(city: City) -> Iterator[Case]:
    spec, challenge = "FORMATS 2 step 8", city.seed.derive("terminal challenge", 16)
    other = city.seed.derive("another challenge", 16)
    for name, answer, expect, comment in (
        ("challenge_answered", challenge, accepted(), "The terminal's own challenge comes back signed."),
        ("challenge_missing", None, _CHALLENGE, "A code that was made before it was asked for."),
        ("challenge_of_another_desk", other, _CHALLENGE, "Relayed from the next desk."),
        ("challenge_cut_short", challenge[:8], _CHALLENGE, "Equal as far as it goes is not equal."),
        ("challenge_with_a_byte_more", challenge + b"\x00", _CHALLENGE, "Nor is equal and more."),
    ):
        draft = city.draft(name, profile=Profile.IDENTITY, cnonce=answer)
        yield one(name, draft, expect, spec=spec, comment=comment, scene="hospital", challenge=challenge)
    draft = city.draft("challenge at hall", profile=Profile.IDENTITY, cnonce=challenge)
    yield one("challenge_answered_at_a_hall", draft, accepted(), spec=spec, comment="The same at another desk.", scene="hall", challenge=challenge)
    draft = city.draft("challenge at pharmacy", profile=Profile.IDENTITY, cnonce=challenge)
    comment = "And where money is at stake."
    yield one("challenge_answered_at_a_pharmacy", draft, accepted(), spec=spec, comment=comment, scene="pharmacy", challenge=challenge)
    draft = city.draft("no challenge shown", profile=Profile.IDENTITY)
    comment = "The scene requires a challenge and the terminal showed none: nothing can be fresh."
    yield one("challenge_never_shown", draft, _CHALLENGE, spec=spec, comment=comment, scene="hospital")
    draft = city.draft("challenge unasked", cnonce=challenge)
    yield one("challenge_not_asked_for", draft, _CHALLENGE, spec=spec, comment="Made for a desk, shown at a gate.")


def _fare(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 11"
    for fare, meaning in FARES.items():
        yield one(f"fare_{meaning}", city.draft(f"fare {fare}", fare=fare), accepted(), spec=spec, comment=f"Class {fare} has a meaning here.")
    draft = city.draft("fare unknown", fare=UNKNOWN_FARE)
    yield one("fare_unknown_here", draft, _NOT_HERE, spec=spec, comment="A class without a meaning at this gate is not guessed.")
    draft = city.draft("fare at bus", issuer=SC, fare=2)
    yield one("fare_of_the_metro_at_the_bus", draft, _NOT_HERE, spec=spec, comment="Each scene has its own meanings.", scene="bus")
    draft = city.draft("fare at library", fare=UNKNOWN_FARE)
    comment = "A place without fares neither judges nor learns the class."
    yield one("fare_of_no_matter_in_a_library", draft, accepted(), spec=spec, comment=comment, scene="library")


def _delegate(city: City) -> Iterator[Case]:
    spec, challenge = "FORMATS 2 step 11", city.seed.derive("terminal challenge", 16)
    draft = city.draft("delegate at library", profile=Profile.DELEGATE)
    yield one("delegate_at_a_library", draft, accepted(Note.DELEGATE), spec=spec, comment="A relative presents; the note says so.", scene="library")
    draft = city.draft("delegate at gate", profile=Profile.DELEGATE)
    yield one("delegate_at_a_gate", draft, _NOT_HERE, spec=spec, comment="A gate carries the person in front of it.")
    draft = city.draft("delegate at hospital", profile=Profile.DELEGATE, identity=True, cnonce=challenge)
    comment = "A parent registers a child: name and tail are the child's."
    yield one("delegate_at_a_hospital", draft, accepted(Note.DELEGATE), spec=spec, comment=comment, scene="hospital", challenge=challenge)
    draft = city.draft("delegate at hall", profile=Profile.DELEGATE, identity=True, cnonce=challenge)
    yield one("delegate_at_a_hall", draft, _NOT_HERE, spec=spec, comment="This desk wants the person.", scene="hall", challenge=challenge)
    draft = city.draft("delegate unnamed", profile=Profile.DELEGATE, audience=Audience.IDENTITY, cnonce=challenge)
    comment = "A delegate's general credential names nobody either."
    yield one("delegate_unnamed_at_a_hospital", draft, _WRONG_SCENE, spec="FORMATS 2 step 8", comment=comment, scene="hospital", challenge=challenge)
