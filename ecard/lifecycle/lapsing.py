"""Rows of what happens to a card because a time has come and nobody gives the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import LIVING, Command, Rule
from ecard.model import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS: Mapping[Command, Rule] = {
    Command.LAPSE: Rule(
        title=Text("冻结到期", "A freeze ends"),
        effect=Text(
            "冻结到期自动失效，名单与芯片随即更新。",
            "The freeze is over at its end; list and chip follow at once.",
        ),
        from_states=LIVING,
        who=frozenset({Role.SERVICE}),
        articles=("CQ-20b",),
    ),
}
