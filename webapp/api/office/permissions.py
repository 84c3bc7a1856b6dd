"""The office's calls, and which operators may make them. What a role may do to a card stands in `lifecycle.RULES` and is asked there for every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.lifecycle import RULES
from ecard.lookups import FINDERS, READERS
from ecard.model import Role
from webapp.auth.callers import PUBLIC, operators
from webapp.office.acts import ACTS
from webapp.office.settings import STAFF_ROLES

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

ANYBODY = frozenset(STAFF_ROLES)
WORKERS = frozenset(role for act in ACTS for role in RULES[act.command].who) & ANYBODY
"""Who gives commands about cards."""
OVERSEERS = frozenset({Role.SUPERVISOR, Role.AUDITOR})
"""Who reads what others did."""
TAKERS = frozenset({Role.INTAKE, Role.CLERK, Role.SUPERVISOR})
"""Who takes applications in."""
PRODUCERS = frozenset({Role.PRODUCTION, Role.SUPERVISOR})
"""Who orders plastic."""
HEADS = frozenset({Role.SUPERVISOR})
"""Who says what belongs to the office."""

_ROWS: tuple[tuple[str, frozenset[Role], str], ...] = (
    ("session", ANYBODY, "GET"),
    ("second_factor", ANYBODY, "POST"),
    ("sign_out", ANYBODY, "DELETE"),
    ("acts", WORKERS, "GET"),
    ("command", WORKERS, "POST"),
    ("apply", READERS, "POST"),
    ("proposals", READERS, "GET"),
    ("proposal", READERS | {Role.INTAKE}, "GET"),
    ("approve", READERS | {Role.INTAKE}, "POST"),
    ("decline", READERS | {Role.INTAKE}, "POST"),
    ("card", WORKERS | OVERSEERS, "GET"),
    ("timeline", WORKERS | OVERSEERS, "GET"),
    ("receipts", WORKERS | OVERSEERS, "GET"),
    ("reveal", READERS, "POST"),
    ("search", FINDERS, "POST"),
    ("applications", TAKERS, "GET"),
    ("take_in", TAKERS, "POST"),
    ("approve_application", READERS, "POST"),
    ("refuse_application", READERS, "POST"),
    ("preview_batch", TAKERS, "POST"),
    ("take_in_batch", TAKERS, "POST"),
    ("batch", TAKERS, "GET"),
    ("approve_batch", READERS, "POST"),
    ("place_order", PRODUCERS, "POST"),
    ("order_file", PRODUCERS, "POST"),
    ("take_return", PRODUCERS, "POST"),
    ("stock", PRODUCERS | READERS | OVERSEERS, "GET"),
    ("register_point", HEADS, "POST"),
    ("end_point", HEADS, "POST"),
    ("register_reader", HEADS, "POST"),
    ("terminals", WORKERS | OVERSEERS, "GET"),
    ("register_terminal", HEADS, "POST"),
    ("end_terminal", HEADS, "POST"),
    ("findings", READERS | OVERSEERS, "GET"),
    ("decide_finding", READERS, "POST"),
    ("items_list", ANYBODY, "GET"),
    ("draft_item", HEADS, "POST"),
    ("take_item_step", HEADS, "POST"),
    ("work", WORKERS | OVERSEERS, "GET"),
    ("freezes", READERS | OVERSEERS, "GET"),
    ("figures", OVERSEERS, "GET"),
    ("verify_record", OVERSEERS, "POST"),
    ("card_chain", OVERSEERS, "GET"),
    ("desk_chain", OVERSEERS, "GET"),
)

PERMISSIONS: Permissions = {("office.sign_in", "POST"): PUBLIC} | {(f"office.{view}", method): operators(*who) for view, who, method in _ROWS}
