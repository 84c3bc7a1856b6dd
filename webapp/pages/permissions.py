"""Pages that anybody may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.auth.callers import PUBLIC
from webapp.pages.areas import AREAS

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

PERMISSIONS: Permissions = {
    ("pages.front", "GET"): PUBLIC,
    ("pages.static_file", "GET"): PUBLIC,
    ("pages.terminal_trust", "GET"): PUBLIC,
    **{(f"pages.{area.name}_{part}", "GET"): PUBLIC for area in AREAS for part in ("page", "worker", "manifest", "version")},
}
