"""What recipients of shared data ask, each with the key of its grant: changes since a time, or one card by its number (CQ-18, CQ-19, ZZ-11a).

    GET  /v1/sharing/changes?since=1764000000        Authorization: Bearer <the key that was told when the grant was approved>
    POST /v1/sharing/cards  {"number": "C..."}       a number stands in no address

Every answer says under which grant, for which item and purpose it was given, and that it goes to nobody else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, json, request

from codes.errors import InputError, StateError
from ecard import faults as record
from webapp import faults
from webapp.api.wire import read_object
from webapp.operations.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard import CardOffice
    from ecard.sharing.telling import Shared
    from webapp.services import Services

_SINCE = re.compile(r"0|[1-9][0-9]{0,10}")
_LONGEST = 64


def blueprint(services: Services) -> Blueprint:
    """Both addresses. They need an office."""
    sharing = Blueprint("sharing", __name__, url_prefix="/v1/sharing")

    @sharing.get("/changes")
    def changes() -> Response:
        since = request.args.get("since", "0")
        if not _SINCE.fullmatch(since):
            raise InputError(faults.FIELDS, fields="since")
        return _told(services, lambda desk, key: desk.shared_changes(key, since=int(since), at=services.clock()))

    @sharing.post("/cards")
    def cards() -> Response:
        said = read_object(request.get_data()) if request.mimetype == "application/json" else {}
        number = said["number"] if said.keys() == {"number"} else None
        if not isinstance(number, str) or len(number) > _LONGEST:
            raise InputError(faults.FIELDS, fields="number")
        return _told(services, lambda desk, key: desk.shared_card(key, number, at=services.clock()))

    return sharing


def _told(services: Services, ask: Callable[[CardOffice, str], Shared]) -> Response:
    if services.office is None:
        raise StateError(faults.NOT_FOUND)
    address, at = request.remote_addr or "unknown", services.clock()
    services.limits.check(Kind.SHARING, address, at)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    try:
        told = ask(services.office.desk(), key[:_LONGEST] if scheme.lower() == "bearer" else "")
    except StateError as error:
        if error.fault is record.GRANT_NOT_IN_FORCE:
            services.limits.admit(Kind.SHARING, address, at)
        raise
    grant = told.grant
    terms = {"grant": grant.ref, "recipient": grant.recipient, "item": grant.item, "purpose": grant.purpose.value, "basis": grant.basis}
    page = {**terms, "onward": False, "until": grant.until, "upto": told.upto, "rows": list(map(dict, told.rows))}
    answer = Response(json.dumps(page), content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
