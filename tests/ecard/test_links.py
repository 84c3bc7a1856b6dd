"""Chains read by pages: every link once, each checked with its neighbours, and nothing for a cursor that is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecard import faults, links, officechain
from ecard.model import PointKind, PointRef, seconds
from tests.ecard.city import CQ, SUPERVISOR, City, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecard.model import OfficeAct


@pytest.fixture
def desk(city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """A desk with seven acts, read three at a time."""
    monkeypatch.setattr(links, "PAGE", 3)
    for number in range(7 - acts(city)):
        city.office.register_point(PointRef(f"hall-{number + 10}"), name=f"大厅 {number}", kind=PointKind.CENTRE, actor=SUPERVISOR, at=city.at)
    return city


def acts(city: City) -> int:
    with city.office.store.reading() as work:
        return len(links.acts(work, CQ)[0])


def every(city: City) -> list[Sequence[int]]:
    pages: list[Sequence[int]] = []
    before = None
    with city.office.store.reading() as work:
        while True:
            found, before = links.acts(work, CQ, before=before)
            pages.append([act.seq for act in found])
            if before is None:
                return pages


def test_a_chain_is_read_from_its_newest_link_to_its_first(desk: City) -> None:
    assert every(desk) == [[7, 6, 5], [4, 3, 2], [1]]
    card, _ = desk.card(1)
    with desk.office.store.writing() as work:
        assert list(links.events(work, card.card.ref)[0]) == list(reversed(work.events(card.card.ref)))[:3]
        desk.office.vault.read(work, card.card.holder, purpose="card-face", actor=SUPERVISOR, at=seconds(desk.at))
        assert list(links.accesses(work, card.card.holder)[0]) == desk.office.vault.accesses(work, card.card.holder)
        assert links.acts(work, "nobody") == ([], None)


@pytest.mark.error("cursor-unknown")
def test_a_page_begins_nowhere_but_at_a_link(desk: City) -> None:
    with desk.office.store.reading() as work:
        for nowhere in (0, 1, 9, -1, 1 << 40):
            with refused(faults.CURSOR_UNKNOWN):
                links.acts(work, CQ, before=nowhere)


@pytest.mark.error("chain-broken")
def test_a_link_that_was_changed_or_taken_out_is_told_on_its_page_and_on_the_one_after_it(desk: City) -> None:
    def broken(seq: int, change: Callable[[OfficeAct], OfficeAct]) -> None:
        read = officechain.act_of
        with pytest.MonkeyPatch.context() as patch, desk.office.store.reading() as work, refused(faults.CHAIN_BROKEN):
            patch.setattr(links, "act_of", lambda row: change(read(row)) if row.seq == seq else read(row))
            links.acts(work, CQ, before=None if seq > 4 else 5)

    broken(6, lambda act: replace(act, actor="somebody"))
    broken(4, lambda act: replace(act, hash=bytes(32)))
    broken(5, lambda act: replace(act, seq=2))
