"""Reading a pack back: its cases, as a runner needs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from codes.errors import SetupError
from webapp import faults
from webapp.pack.case import PACK_VERSION, Case

if TYPE_CHECKING:
    from pathlib import Path


def read_cases(folder: Path) -> list[Case]:
    """Every case of the pack in `folder`, by name. Raises `SetupError` pack-unreadable."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        cases = [_read(path) for path in sorted((folder / "cases").glob("*.json"))]
        whole = manifest["pack"] == PACK_VERSION and manifest["cases"] == len(cases)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise SetupError(faults.PACK_UNREADABLE, folder=folder.name, problem=type(problem).__name__) from problem
    if not whole:
        raise SetupError(faults.PACK_UNREADABLE, folder=folder.name, cases=len(cases))
    return cases


def _read(path: Path) -> Case:
    return Case.from_json(path.stem, json.loads(path.read_bytes()))
