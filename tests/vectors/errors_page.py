"""docs/errors.md: every fault of the house, made from the rooms' own tables."""

from __future__ import annotations

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path

from codes.errors import Fault

ROOMS = ("codes", "verify", "ecard", "physical", "webapp")
FAMILIES = ("InputError", "StateError", "SetupError")
_HEAD = """\
# Errors · 错误

Every fault that a program of this house can name, with what to do next. The code is what clients match: it is never renamed and never given to
another fault. `InputError`: what was sent is wrong. `StateError`: well-formed, but not now. `SetupError`: our own keys, clock, disk, reader or
network; trying again later can help. The reason is what a terminal answers where it meets the fault.

每个错误的代码固定不变，供程序判断；标题说明发生了什么，提示说明下一步怎么办。

This page is made by `make vectors` from the tables `<room>/faults.py`; what it says is changed there.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for room in ROOMS:
        if find_spec(f"{room}.faults") is None:
            continue
        table = {name: fault for name, fault in vars(importlib.import_module(f"{room}.faults")).items() if isinstance(fault, Fault)}
        families = raised(room, table)
        parts.append(f"## {room}\n")
        parts.append("| code | family | reason | what · 标题 | what to do · 提示 | article |")
        parts.append("|---|---|---|---|---|---|")
        parts += [row(fault, families.get(fault.code, set())) for fault in table.values()]
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def row(fault: Fault, families: set[str]) -> str:
    """One line of the table."""
    cells = (
        f"`{fault.code}`",
        " ".join(f"`{name}`" for name in FAMILIES if name in families),
        f"`{fault.reason}`" if fault.reason else "",
        f"{fault.title.zh}<br>{fault.title.en}",
        f"{fault.hint.zh}<br>{fault.hint.en}",
        fault.article or "",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def raised(room: str, table: dict[str, Fault]) -> dict[str, set[str]]:
    """Families under which each fault of a room is raised by name anywhere, read from the source. The formats raise one family only."""
    if room == "codes":
        return {fault.code: {"InputError"} for fault in table.values()}
    found: dict[str, set[str]] = {}
    for user in ROOMS:
        spec = find_spec(user)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(folder).rglob("*.py")):
                tree = ast.parse(path.read_text("utf-8"))
                if room in homes(tree):
                    for call in ast.walk(tree):
                        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in FAMILIES and call.args:
                            for name in names(call.args[0], homes(tree)[room]) & table.keys():
                                found.setdefault(table[name].code, set()).add(call.func.id)
    return found


def homes(tree: ast.Module) -> dict[str, str]:
    """Under which name a module knows each room's faults."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {node.module or "": alias.asname or alias.name for node in imports for alias in node.names if alias.name == "faults"}


def names(node: ast.expr, home: str) -> set[str]:
    """Names of constants in the first argument of a raise: `faults.X`, or one of two."""
    found = [part for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)]
    return {part.attr for part in found if isinstance(part.value, ast.Name) and part.value.id == home}
