"""Thousands of mutants of a status chain: none read but different, none believed that nobody signed, none dear."""

from __future__ import annotations

import pytest

from tests.fuzz import chain
from tests.fuzz.chain import Mutant
from tests.vectors import cast, cast_chain, loose

MUTANTS, SHARES = 16_000, 2


@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutant_of_a_chain_is_read_but_different_nor_believed_unsigned_nor_dear(share: int) -> None:
    result = chain.run(MUTANTS // SHARES, seed=500 + share)
    assert result.examples == []
    assert result.violations == 0
    assert result.weighed > 50
    assert result.read > 100
    assert len(result.kinds) > 10


def test_what_is_not_changed_is_right() -> None:
    assert [chain.violation(Mutant(kind=kind, of=kind, data=data)) for kind, data in chain.OBJECTS.items()] == [None] * 4
    assert chain.violation(Mutant(kind="tops", of="tops", data=chain.TOPS)) is None


def test_the_judge_sees_what_nobody_was_to_believe() -> None:
    """The oracle itself: what the publisher signed later is believed, and is not what was made before."""
    later = cast_chain.event_43().raw
    assert chain.violation(Mutant(kind="later", of="event", data=later)) == "believed, though not what the publisher signed"
    assert chain.violation(Mutant(kind="later", of="event", data=later, signed=True)) is None


def test_a_change_that_the_publisher_signs_is_really_signed() -> None:
    tree = loose.read(chain.OBJECTS["heartbeat"])
    items = cast.inner(cast.parts_of(tree)[2]).items or []
    items[3] = loose.of(43)
    cast.seal(tree, cast.PUBLISHER)
    assert chain.violation(Mutant(kind="moved", of="heartbeat", data=tree.write())) == "believed, though not what the publisher signed"


def test_the_same_seed_makes_the_same_mutants() -> None:
    first, second = (chain.run(200, seed=7) for _ in range(2))
    assert first.kinds == second.kinds
    assert chain.run(200, seed=8).kinds != first.kinds
