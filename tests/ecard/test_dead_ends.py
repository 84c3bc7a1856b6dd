"""Ways in which a card used to come to where no command led on, or to where two papers disagreed. The model walked into each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecard.check import PublicKeys, check_record
from ecard.model import seconds
from tests.ecard.model_based import WAIT, World, wait
from tests.ecard.moves import NAMED
from tests.ecard.rehearsal import rehearsing
from tests.ecard.scenes import PASSES
from tests.ecard.stage import check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_USED = ("make", "order", "come back made", "hand out", "activate")

WAYS = {
    "a chip in somebody's hand was not spoilt in the workshop": ("make", "order", "activate", "come back damaged", "reset-pin"),
    "a late word about a chip that has ended makes no other": (
        "make",
        "order",
        "activate",
        "exchange for damage",
        "make",
        "hand over",
        "come back damaged",
    ),
    "a dead card is not handed out": (*_USED, "exchange for damage", "make", "order", "come back made", "report card", "replace", "hand out"),
    "a card in use is not stored as uncollected": ("make", "order", "come back made", "activate", PASSES, PASSES, PASSES, "store", "destroy"),
    "a card in use is not destroyed as uncollected": (
        *("make", "order", "come back made", PASSES, PASSES, PASSES, "store", PASSES, PASSES, PASSES, PASSES, PASSES),
        *("activate", "destroy", "reset-pin"),
    ),
    "a dead chip is exchanged like a damaged one": (*_USED, "a chip is dead", "exchange for damage", "make", "hand over", "reset-pin"),
    "phones go on working beside a dead chip": (*_USED, "bind phone-a", "a chip is dead", "renew phone-a"),
    "no chip is made for a dead one that nothing would ever hand over": (*_USED, "a chip is dead", "remake the chip"),
    "a chip that shows in making that it is in step again gets its credential at once": ("make", "a chip is apart", "make", "activate"),
    "a finished chip that is given up stays in the register": ("make", "order", "come back made", "give the chip up", "hand out", "make", "activate"),
    "an ordered chip that is given up is accounted for": ("order", "give the chip up", "order", "make", "come back made", "hand out"),
    "a cancellation that was turned down leaves a card as it was": (*_USED, "ask for cancellation", "do not cancel"),
    "a loss that a stand-in narrows was lifted by it": (*_USED, "exchange for damage", "report card", "stand in"),
}


@pytest.mark.parametrize("moves", WAYS.values(), ids=WAYS)
def test_there_is_a_way_on_and_the_papers_agree(tmp_path: Path, moves: Sequence[str]) -> None:
    with rehearsing(tmp_path / "record.db") as stage:
        world = World()
        for name in moves:
            if name == PASSES:
                stage.city.later(days=WAIT)
                world, _ = wait(world)
            else:
                world = check(stage, world, NAMED[name])
        office = stage.city.office
        keys = PublicKeys(receipts={region: issuer.receipts.public_key.load() for region, issuer in office.issuers.items()})
        with office.store.reading() as work:
            assert check_record(work.connection, keys, at=seconds(stage.city.at)).findings == ()
        assert office.stock_imbalances() == ()
