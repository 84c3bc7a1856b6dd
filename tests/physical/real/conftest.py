"""A pcscd of our own with two virtual readers of two slots, once for each test process; a card in a slot for as long as one test."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from physical import pcsc
from physical.supervisor import Presence
from physical.vpcd_service import VirtualReaders, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from physical.vpcd import Chip, Port

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is
SEEN = 5.0
"""Seconds within which the service has surely seen a card come or go: it looks every 0.4."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/physical/real" in item.nodeid:
            item.add_marker("real_reader")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a virtual reader, by the name that PC/SC gives it."""

    name: str
    port: Port

    def insert(self, card: Chip, **how: bytes) -> None:
        self.port.insert(card, **how)
        assert pcsc.await_presence(self.name, Presence.CARD, seconds=SEEN)

    def empty(self) -> None:
        self.port.remove()
        assert pcsc.await_presence(self.name, Presence.EMPTY, seconds=SEEN)


@pytest.fixture(scope="session")
def virtual() -> Iterator[VirtualReaders]:
    reason = missing()
    if reason is not None:
        reason = f"there is no virtual reader without {reason} (make deps)"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with VirtualReaders(count=2) as service:
        pcsc.speak_to(service.path)
        yield service


def _slot(virtual: VirtualReaders, number: int) -> Iterator[Slot]:
    slot = Slot(virtual.names[number], virtual.ports[number])
    yield slot
    slot.empty()


@pytest.fixture
def slot(virtual: VirtualReaders) -> Iterator[Slot]:
    """The first reader."""
    yield from _slot(virtual, 0)


@pytest.fixture
def psam_slot(virtual: VirtualReaders) -> Iterator[Slot]:
    """The second slot of the first reader."""
    yield from _slot(virtual, 1)


@pytest.fixture
def other_slot(virtual: VirtualReaders) -> Iterator[Slot]:
    """The second reader."""
    yield from _slot(virtual, 2)
