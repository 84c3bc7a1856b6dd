"""The console's pages, and which operators may open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.access.resets import GIVES
from ecard.lookups import FINDERS, LOOKERS, READERS
from ecard.model import Role
from ecard.tickets.answering import ANSWERERS
from ecard.tickets.taking import TAKERS as TICKETS
from webapp.auth.callers import PUBLIC, operators
from webapp.office.settings import STAFF_ROLES

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

ANYBODY = frozenset(STAFF_ROLES)
OVERSEERS = frozenset({Role.AUDITOR, Role.SUPERVISOR})
"""Who reads what others did."""
WORKERS = frozenset({Role.CLERK, Role.SUPERVISOR, Role.HOTLINE, Role.INTAKE, Role.BANK, Role.PRODUCTION})
"""Whose work is done at cards."""
TAKERS = frozenset({Role.INTAKE, Role.CLERK, Role.SUPERVISOR})
"""Who takes applications in."""
PRODUCERS = frozenset({Role.PRODUCTION, Role.SUPERVISOR})
"""Who orders plastic."""
HEADS = frozenset({Role.SUPERVISOR})
"""Who says what belongs to the office."""
GIVERS = GIVES
"""Who gives operators the means to sign in."""

_READ = ("GET",)
_ROWS = (
    ("home", ANYBODY, _READ),
    ("sign_out", ANYBODY, ("POST",)),
    ("step_up", ANYBODY, _READ),
    ("do_step_up", ANYBODY, ("POST",)),
    ("password", ANYBODY, _READ),
    ("do_password", ANYBODY, ("POST",)),
    ("search", FINDERS, _READ),
    ("do_search", FINDERS, ("POST",)),
    ("card", WORKERS | OVERSEERS, _READ),
    ("reveal", READERS, ("POST",)),
    ("act", WORKERS, _READ),
    ("do_act", WORKERS, ("POST",)),
    ("act_without_card", READERS, _READ),
    ("do_act_without_card", READERS, ("POST",)),
    ("activation", LOOKERS, _READ),
    ("do_activation", LOOKERS, ("POST",)),
    ("approve_activation", READERS, ("POST",)),
    ("form_pdf", WORKERS, _READ),
    ("receipt", WORKERS | OVERSEERS, _READ),
    ("receipt_pdf", WORKERS | OVERSEERS, _READ),
    ("queue", READERS, _READ),
    ("proposal", READERS, _READ),
    ("approve", READERS, ("POST",)),
    ("decline", READERS, ("POST",)),
    ("freezes", READERS, _READ),
    ("applications", TAKERS, _READ),
    ("take_in", TAKERS, ("POST",)),
    ("decide_application", READERS, ("POST",)),
    ("batch", TAKERS, ("POST",)),
    ("batch_rows", TAKERS, _READ),
    ("approve_batch", READERS, ("POST",)),
    ("production", PRODUCERS | READERS | OVERSEERS, _READ),
    ("place_order", PRODUCERS, _READ),
    ("do_place_order", PRODUCERS, ("POST",)),
    ("order", PRODUCERS | READERS | OVERSEERS, _READ),
    ("order_file", PRODUCERS, ("POST",)),
    ("take_return", PRODUCERS, ("POST",)),
    ("items", ANYBODY, _READ),
    ("item", ANYBODY, _READ),
    ("draft_item", HEADS, _READ),
    ("do_draft_item", HEADS, ("POST",)),
    ("take_item_step", HEADS, _READ),
    ("do_take_item_step", HEADS, ("POST",)),
    ("points", WORKERS | OVERSEERS, _READ),
    ("register_point", HEADS, _READ),
    ("do_register_point", HEADS, ("POST",)),
    ("end_point", HEADS, _READ),
    ("do_end_point", HEADS, ("POST",)),
    ("register_reader", HEADS, _READ),
    ("do_register_reader", HEADS, ("POST",)),
    ("terminals", WORKERS | OVERSEERS, _READ),
    ("register_terminal", HEADS, _READ),
    ("do_register_terminal", HEADS, ("POST",)),
    ("end_terminal", HEADS, _READ),
    ("do_end_terminal", HEADS, ("POST",)),
    ("findings", READERS | OVERSEERS, _READ),
    ("decide_finding", READERS, ("POST",)),
    ("tickets", TICKETS | OVERSEERS, _READ),
    ("take_ticket", TICKETS, ("POST",)),
    ("ticket", ANSWERERS, _READ),
    ("answer_ticket", ANSWERERS, ("POST",)),
    ("staff", GIVERS, _READ),
    ("operator", GIVERS, _READ),
    ("ask_reset", GIVERS, _READ),
    ("do_ask_reset", GIVERS, ("POST",)),
    ("approve_reset", GIVERS, ("POST",)),
    ("decline_reset", GIVERS, ("POST",)),
    ("end_sessions", GIVERS, _READ),
    ("do_end_sessions", GIVERS, ("POST",)),
    ("give_sign_in", GIVERS, _READ),
    ("do_give_sign_in", GIVERS, ("POST",)),
    ("audit", OVERSEERS, _READ),
    ("audit_card", OVERSEERS, _READ),
    ("audit_card_export", OVERSEERS, _READ),
    ("audit_desk", OVERSEERS, _READ),
    ("audit_desk_export", OVERSEERS, _READ),
    ("audit_verify", OVERSEERS, ("POST",)),
    ("figures", OVERSEERS, _READ),
    ("figures_csv", OVERSEERS, _READ),
    ("figures_xlsx", OVERSEERS, _READ),
)

PERMISSIONS: Permissions = {
    ("console.sign_in", "GET"): PUBLIC,
    ("console.do_sign_in", "POST"): PUBLIC,
    ("console.language", "GET"): PUBLIC,
    ("console.look", "GET"): PUBLIC,
    ("console.nowhere", "GET"): PUBLIC,
    **{(f"console.{view}", method): operators(*who) for view, who, methods in _ROWS for method in methods},
}

SECTIONS = (
    ("home", ANYBODY),
    ("search", FINDERS),
    ("queue", READERS),
    ("freezes", READERS),
    ("applications", TAKERS),
    ("production", PRODUCERS | READERS | OVERSEERS),
    ("points", WORKERS | OVERSEERS),
    ("terminals", WORKERS | OVERSEERS),
    ("findings", READERS | OVERSEERS),
    ("tickets", TICKETS | OVERSEERS),
    ("items", ANYBODY),
    ("staff", GIVERS),
    ("audit", OVERSEERS),
    ("figures", OVERSEERS),
)
"""What the navigation offers, and to whom."""
