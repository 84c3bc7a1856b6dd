from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verify.city import City, Gate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A published city with one list for each region."""
    city = City(tmp_path / "published")
    city.token("sl:c1000")
    city.token("sl:s1000")
    return city


@pytest.fixture
def gate(tmp_path: Path, city: City) -> Gate:
    """A metro gate that has imported it."""
    gate = Gate(tmp_path / "gate", city)
    assert {part.outcome for part in gate.take().values()} == {"taken"}
    return gate
