"""Pages that anybody may open, and the two forms that anybody may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.auth.callers import PUBLIC

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

READ = ("home", "items", "item", "changes", "procedures", "rules", "codes", "rights", "units", "report", "ticket", "look")
SENT = ("send", "ask")

PERMISSIONS: Permissions = {
    **{(f"public.{name}", "GET"): PUBLIC for name in READ},
    **{(f"public.{name}", "POST"): PUBLIC for name in SENT},
}
