"""A holder's timeline is read by pages: each entry once and in one order, however many fell into one second."""

from __future__ import annotations

import pytest

from ecard import faults
from ecard.model import CardRef, seconds
from ecard.residents import timeline
from tests.ecard.city import CLERK, City, refused


def every(city: City, ref: str) -> list[tuple[timeline.Entry, ...]]:
    pages: list[tuple[timeline.Entry, ...]] = []
    cursor = None
    with city.office.store.reading() as work:
        dossier = work.dossier(CardRef(ref))
        while True:
            page = timeline.page(work, dossier, cursor=cursor)
            pages.append(page.entries)
            cursor = page.next
            if cursor is None:
                return pages


@pytest.mark.error("cursor-unknown")
def test_pages_of_any_size_tell_the_same(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    card, _ = city.card(1)
    ref, holder = card.card.ref, card.card.holder
    with city.office.store.writing() as work:
        for later in (5, 5, 5, 5, 6, 7, 7, 9):
            at = seconds(city.at) + later
            city.office.vault.read(work, holder, purpose="compare-with-document", actor=CLERK, at=at)
    (whole,) = every(city, ref)
    assert len(whole) > 10
    for size in (1, 2, 3, 5):
        monkeypatch.setattr(timeline, "PAGE", size)
        pages = every(city, ref)
        assert tuple(entry for page in pages for entry in page) == whole
        assert {len(page) for page in pages[:-1]} == {size}
    with city.office.store.reading() as work:
        for nowhere in ("", "none", "12-look-00000001", "x" * 99, "9" * 13 + "-look-1"):
            with refused(faults.CURSOR_UNKNOWN):
                timeline.page(work, card, cursor=nowhere)
