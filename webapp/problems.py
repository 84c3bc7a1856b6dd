"""The one table from errors to HTTP: RFC 9457 problem details, with our stable code and a hint in two languages.

| family       | status | meaning                                   |
|--------------|--------|-------------------------------------------|
| `InputError` | 400    | what the request said is wrong            |
| `StateError` | 409    | well-formed, but not now                  |
| `SetupError` | 503    | our side is not fit; `Retry-After` is set |

A few codes have a status of their own, in `_BY_CODE`. Anything else that escapes a view is a defect: the answer carries an incident number, the log carries the rest.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, json
from marshmallow import fields
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, UnprocessableEntity

from codes.errors import CardError, InputError, SetupError, StateError
from webapp import faults
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Fact, Fault

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 30
"""Seconds after which to try again, and over which those who do are spread, so that they do not all come at once."""

_BY_FAMILY = {InputError: HTTPStatus.BAD_REQUEST, StateError: HTTPStatus.CONFLICT, SetupError: HTTPStatus.SERVICE_UNAVAILABLE}
_BY_CODE = {
    faults.NOT_FOUND.code: HTTPStatus.NOT_FOUND,
    "nothing-of-yours": HTTPStatus.NOT_FOUND,
    "card-unknown": HTTPStatus.NOT_FOUND,
    **dict.fromkeys(
        (
            faults.PROOF_MISSING.code,
            faults.PROOF_SHAPE.code,
            faults.PROOF_SIGNATURE.code,
            faults.PROOF_OTHER.code,
            faults.PROOF_NONCE.code,
            faults.PROOF_REPLAYED.code,
            faults.SIGN_IN.code,
            "sign-in-refused",
        ),
        HTTPStatus.UNAUTHORIZED,
    ),
    **dict.fromkeys(
        (faults.CALLER_UNKNOWN.code, faults.ROLE_MISSING.code, "not-permitted", "other-region", "grant-not-in-force"), HTTPStatus.FORBIDDEN
    ),
    **dict.fromkeys((faults.CSRF_REFUSED.code, faults.SIGN_IN_INSECURE.code, "second-factor-refused", "step-up-needed"), HTTPStatus.FORBIDDEN),
    "proposal-unknown": HTTPStatus.NOT_FOUND,
    faults.PRECONDITION.code: HTTPStatus.PRECONDITION_FAILED,
    "stale-revision": HTTPStatus.PRECONDITION_FAILED,
    faults.KEY_NEEDED.code: HTTPStatus.PRECONDITION_REQUIRED,
    **dict.fromkeys(
        ("tried-too-often", "spoken-limit", "sign-in-limit", "nonces-outstanding", faults.TOO_MANY_REQUESTS.code), HTTPStatus.TOO_MANY_REQUESTS
    ),
}
"""Statuses that say more than the family does. What is somebody else's is answered like what does not exist."""
_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
_BY_HTTP = {NotFound: faults.NOT_FOUND, MethodNotAllowed: faults.METHOD, InternalServerError: faults.INTERNAL, UnprocessableEntity: faults.FIELDS}


class Bilingual(Schema):
    """One text in the two languages of the service."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class Problem(Schema):
    """Problem details (RFC 9457) as every error of this service has them."""

    type = fields.String(required=True, metadata={"description": "about:blank; `code` is what a program matches"})
    title = fields.String(required=True, metadata={"description": "what is wrong, in Chinese and English"})
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable, documented in docs/errors.md"})
    hint = fields.Nested(Bilingual, required=True, metadata={"description": "what to do next"})
    facts = fields.Dict(keys=fields.String(), required=True, metadata={"description": "numbers and names of fields, never personal data"})


def install(app: Flask) -> None:
    """Let every error of `app` leave as a problem."""
    app.register_error_handler(CardError, answer_card_error)


def answer_card_error(error: CardError) -> Response:
    """The answer to an error of ours."""
    family = next(kind for kind in type(error).__mro__ if kind in _BY_FAMILY)
    status = _BY_CODE.get(error.code, _BY_FAMILY[family])
    after = RETRY_AFTER_S + secrets.randbelow(RETRY_AFTER_S)
    headers = {"Retry-After": str(error.facts.get("after_s", after))} if status in _LATER else {}
    return _answer(error.fault, status, error.facts, headers)


def answer_http_exception(error: HTTPException) -> Response:
    """The answer to what Flask itself refuses, and to a defect."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    fault = _BY_HTTP.get(type(error), faults.REQUEST)
    headers = {name: value for name, value in error.get_headers() if name.title() in {"Allow", "Retry-After"}}
    facts: dict[str, Fact] = {}
    if fault is faults.INTERNAL:
        facts["incident"] = secrets.token_hex(8)
        current_app.logger.error("incident %s", facts["incident"])
    elif fault is faults.FIELDS:
        facts["fields"] = ", ".join(sorted(_fields(error)))
    return _answer(fault, status, facts, headers)


def _fields(error: HTTPException) -> set[str]:
    """The names of the fields that a schema refused, each after the place it stands in; what was written there is not repeated."""
    places: Mapping[str, Mapping[str, object]] = getattr(error, "data", {}).get("messages", {})
    return {f"{place}.{name}" for place, names in places.items() for name in names}


def _answer(fault: Fault, status: HTTPStatus, facts: Mapping[str, Fact], headers: Mapping[str, str]) -> Response:
    body = {
        "type": "about:blank",
        "title": f"{fault.title.zh} · {fault.title.en}",
        "status": int(status),
        "code": fault.code,
        "hint": {"zh": fault.hint.zh, "en": fault.hint.en},
        "facts": dict(facts),
    }
    answer = Response(json.dumps(body, sort_keys=False), int(status), content_type=CONTENT_TYPE)
    answer.headers.extend(headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer
