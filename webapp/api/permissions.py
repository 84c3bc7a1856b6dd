"""The calls of everybody but operators: who may make them. Published files are signed and are anybody's; a journal is signed by its terminal itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.auth.callers import PHONE, PUBLIC, REGION, TERMINAL

if TYPE_CHECKING:
    from webapp.auth.callers import Permissions

PERMISSIONS: Permissions = {
    ("health.live", "GET"): PUBLIC,
    ("health.ready", "GET"): PUBLIC,
    ("api-docs.openapi_json", "GET"): PUBLIC,
    ("docs.page", "GET"): PUBLIC,
    ("docs.look", "GET"): PUBLIC,
    ("artefacts.trust", "GET"): PUBLIC,
    ("artefacts.aggregation", "GET"): PUBLIC,
    ("artefacts.status", "GET"): PUBLIC,
    ("chain.head", "GET"): PUBLIC,
    ("chain.index", "GET"): PUBLIC,
    ("chain.snapshot", "GET"): PUBLIC,
    ("chain.body", "GET"): PUBLIC,
    ("chain.delta", "GET"): PUBLIC,
    ("feed.events", "GET"): PUBLIC,
    ("time.now", "GET"): PUBLIC,
    ("enrolments.begin", "POST"): PHONE,
    ("enrolments.prove", "POST"): PHONE,
    ("enrolments.look", "GET"): PHONE,
    ("cards.me", "GET"): PHONE,
    ("cards.timeline", "GET"): PHONE,
    ("cards.receipts", "GET"): PHONE,
    ("credentials.renew", "POST"): PHONE,
    ("reports.report", "POST"): PHONE,
    ("reports.withdraw", "POST"): PHONE,
    ("locks.lock", "POST"): PHONE,
    ("locks.lift", "POST"): PHONE,
    ("locks.unbind", "POST"): PHONE,
    ("spoken.begin", "POST"): PHONE,
    ("spoken.check", "POST"): TERMINAL,
    ("terminals.look", "GET"): TERMINAL,
    ("challenges.make", "POST"): TERMINAL,
    ("challenges.look", "GET"): PHONE,
    ("resolutions.resolve", "POST"): TERMINAL,
    ("regions.ask", "POST"): REGION,
    ("regions.look", "GET"): REGION,
    ("journal.take", "POST"): PUBLIC,
    ("journal.acknowledge", "POST"): PUBLIC,
}
