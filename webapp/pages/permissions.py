"""Pages that anybody may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

PERMISSIONS: Permissions = {}
