"""Pages that anybody may open, the two forms that anybody may send, and what recipients of shared data ask: the record knows them by their grant's key."""

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
    ("sharing.changes", "GET"): PUBLIC,
    ("sharing.cards", "POST"): PUBLIC,
}
