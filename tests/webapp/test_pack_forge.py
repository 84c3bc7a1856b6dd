"""The lenient writer: right where nothing is asked of it, wrong exactly where it is told to be."""

from __future__ import annotations

import pytest

from codes import Credential, Presentation, cbor
from codes.claims import AUD, IAT, Audience, Profile
from webapp.pack import forge
from webapp.pack.city import City
from webapp.pack.forge import Raw, head, write
from webapp.pack.places import NOW
from webapp.pack.seed import Seed


@pytest.fixture(scope="module")
def city() -> City:
    return City(Seed(7))


@pytest.mark.parametrize("profile", [Profile.GENERAL, Profile.IDENTITY, Profile.DELEGATE])
def test_a_draft_left_alone_is_what_codes_would_have_written(city: City, profile: Profile) -> None:
    draft = city.draft(f"left alone {profile}", profile=profile, cnonce=bytes(16) if profile is Profile.IDENTITY else None)
    read = Presentation.from_text(draft.text())
    issued = Credential.issue(read.credential.says, draft.issuer)
    assert issued.raw == draft.credential()
    audience = Audience.IDENTITY if profile is Profile.IDENTITY else Audience.GENERAL
    made = Presentation.make(issued, draft.holder, audience=audience, iat=NOW, cnonce=read.cnonce)
    assert made.to_text() == draft.text()


@pytest.mark.parametrize(
    "item", [0, 23, 24, 255, 256, 65535, 65536, (1 << 64) - 1, -1, -(1 << 64), True, False, b"", bytes(300), "", "码", [], [1, [2]]], ids=repr
)
def test_simple_items_are_written_in_their_one_form(item: forge.Item) -> None:
    assert cbor.decode(write(item)) == item


def test_maps_are_written_in_the_order_given_and_can_be_put_in_order() -> None:
    pairs = ((6, 1), (3, 2))
    assert write(pairs) == bytes.fromhex("a206010302")
    assert cbor.decode(write(forge.ordered(pairs))) == {3: 2, 6: 1}


def test_a_length_can_be_forced_into_a_longer_form() -> None:
    assert head(0, 1, width=8) == bytes.fromhex("1b0000000000000001")
    assert write([Raw(head(2, 1, width=2) + b"x")]) == bytes.fromhex("8159000178")


def test_claims_are_set_added_in_order_and_dropped() -> None:
    claims: forge.Pairs = ((AUD, "general"), (IAT, 1))
    assert forge.put(claims, IAT, 2) == ((AUD, "general"), (IAT, 2))
    assert forge.put(claims, 4, 2) == ((AUD, "general"), (4, 2), (IAT, 1))
    assert forge.drop(claims, AUD) == ((IAT, 1),)
    with pytest.raises(TypeError):
        forge.members(forge.value(claims, AUD))


def test_labels_are_residents_and_seeds_are_cities(city: City) -> None:
    assert city.draft("one").text() == city.draft("one").text() == City(Seed(7)).draft("one").text()
    assert city.draft("one").text() not in {city.draft("two").text(), City(Seed(8)).draft("one").text()}
