from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ecard.city import City, open_city

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    opened = open_city(tmp_path / "record.db")
    yield opened
    opened.office.store.close()
