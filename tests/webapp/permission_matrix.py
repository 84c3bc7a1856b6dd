"""The whole table of permissions as text: one line for each address and method, in order, with who may call it.

python -m tests.webapp.permission_matrix        writes tests/webapp/golden/permissions.txt anew, to be read in review
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from webapp import create_app
from webapp.auth.permissions import joined
from webapp.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

GOLDEN = Path(__file__).parent / "golden" / "permissions.txt"
NOWHERE = Path("/nowhere")
"""Making an application opens nothing, so the matrix needs no office."""
SILENT = {"HEAD", "OPTIONS"}


def application() -> Flask:
    """A whole application: every area, over an office that nobody opens."""
    return create_app(Settings(published=NOWHERE, office=NOWHERE))


def cells(app: Flask) -> list[tuple[str, str, str]]:
    """(method, address, endpoint) of everything that can be asked for."""
    return sorted((method, rule.rule, rule.endpoint) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - SILENT)


def text(app: Flask) -> str:
    """The matrix."""
    table = joined()
    lines = [f"{method:<6} {address:<64} {endpoint:<32} {table.get((endpoint, method), 'nobody')}" for method, address, endpoint in cells(app)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(text(application()), "utf-8")
