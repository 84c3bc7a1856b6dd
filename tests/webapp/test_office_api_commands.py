"""Every command of the table over the office API, in the lives of some cards; each leaves exactly one link in the chain that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecard.lifecycle import RULES
from ecard.model import Role
from tests.webapp.officelives import LIVES, Life
from tests.webapp.staffhouse import house, office
from webapp.office.acts import ACTS
from webapp.office.carrying import BY_WORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.webapp.consolehouse import House

__all__ = ["house", "office"]


@pytest.mark.threat("F08")
@pytest.mark.parametrize("lived", LIVES, ids=lambda lived: lived.__name__)
def test_every_command_is_done_over_the_api_and_leaves_one_event(house: House, tmp_path: Path, lived: Callable[[Life], None]) -> None:
    life = Life(house, tmp_path)
    lived(life)
    assert life.given == LIVES[lived].split()
    assert life.who("audit-1").post("/audit/verify")["good"]


def test_no_command_was_left_out_but_the_holders_own() -> None:
    holders = {act.word for act in ACTS if not RULES[act.command].who - {Role.HOLDER, Role.SERVICE}}
    assert holders == {"lock", "lock-items"}
    assert BY_WORD.keys() - holders == {word for words in LIVES.values() for word in words.split()}
