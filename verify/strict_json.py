"""JSON as we take it from programs and files: one meaning for one text. No member twice, no NaN, no fractions, nothing after the value."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def strict_json(data: bytes) -> Any:
    """The value. Raises `ValueError` for everything else."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


def _refuse(literal: str) -> NoReturn:
    raise ValueError(literal)
