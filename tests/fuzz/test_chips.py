"""Forty thousand broken inputs for everything that listens to chips and readers: each is refused by name or means its own bytes."""

from __future__ import annotations

import pytest

from tests.fuzz import chips

INPUTS = 40_000


@pytest.mark.threat("E09")
def test_nothing_broken_is_misread_and_nothing_crashes() -> None:
    result = chips.run(INPUTS, seed=20_261_122)
    assert result.examples == []
    assert result.violations == 0
    for name in ("command", "answer", "record", "objects", "soft card", "reading", "binding"):
        assert result.refused.get(name, 0) + result.read.get(name, 0) > 100
    assert all(result.refused[name] > 100 and result.read[name] > 100 for name in ("command", "answer", "record", "objects", "reading"))


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, second = (chips.run(2_000, seed=7) for _ in range(2))
    assert (first.refused, first.read) == (second.refused, second.read)
    assert chips.run(2_000, seed=8).read != first.read
