"""The console's pages, walked through as an operator does: signing in, finding, looking, acting, two people."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.webapp.consolehouse import House, found, opened
from tests.webapp.officehouse import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console") / "office"
    found(folder)
    return folder


@pytest.fixture
def house(office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    shutil.copytree(office, tmp_path / "office")
    with opened(Shell(tmp_path / "office", capsys)) as house:
        yield house


def test_every_section_opens(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("sup-1")
    for path in ("", "search", "queue", "freezes", "applications", "terminals", "findings", "audit", "figures"):
        clerk.get(f"/console/{path}")
    clerk.get(f"/console/cards/{card}")
    clerk.act(card, "freeze", ("case-file",), ground="theft", until="2027-01-01")
