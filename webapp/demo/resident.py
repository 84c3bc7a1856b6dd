"""A resident who does not exist: drawn anew for each demonstration, with a name nobody bears and a number nobody was given.

The number is well-formed and its check character is right (GB 11643), so the record takes it as it takes everybody's. Its division, 509999, has never
been assigned to any place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ecard.identity import check_character

if TYPE_CHECKING:
    from ecard.model import Entropy

_NOWHERE = "509999"
_FAMILY = ("巴", "渝", "蜀", "嘉")
_GIVEN = ("山雨", "江桥", "云阶", "灯火", "晚晴", "知行")
_OLDEST, _YEARS = date(1950, 1, 1), 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Who applies. Prints masked."""

    name: str
    number: str

    def __repr__(self) -> str:
        return "Resident(****)"


def draw_resident(entropy: Entropy) -> Resident:
    """A grown-up of 2026 with a poetic name."""
    born = _OLDEST + timedelta(days=_pick(entropy, _YEARS * 365))
    body = f"{_NOWHERE}{born:%Y%m%d}{_pick(entropy, 1000):03}"
    name = _FAMILY[_pick(entropy, len(_FAMILY))] + _GIVEN[_pick(entropy, len(_GIVEN))]
    return Resident(name=name, number=body + check_character(body))


def _pick(entropy: Entropy, below: int) -> int:
    return int.from_bytes(entropy(8)) % below
