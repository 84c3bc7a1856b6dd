"""The library as a maker of gates imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verify.city import NOW, code, when
from verify import Accepted, open_terminal

if TYPE_CHECKING:
    from tests.verify.city import Gate


def test_a_state_is_opened_by_its_path_or_by_its_name(gate: Gate) -> None:
    for state in (gate.path, str(gate.path)):
        assert isinstance(open_terminal(state, read_only=True).verify(code(NOW), at=when(NOW)), Accepted)
