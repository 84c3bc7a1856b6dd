"""The description of the API (OpenAPI 3.1), completed from the one table of permissions: who may call what, how they show it, what they are refused with.

So the description cannot say something else than the gate does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from marshmallow import validate
from marshmallow.fields import Dict

from webapp.api.examples import EXAMPLES
from webapp.auth import csrf
from webapp.auth.callers import Kind
from webapp.auth.proofs import HEADER, KEY_HEADER
from webapp.problems import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask
    from marshmallow.fields import Field

    from webapp.auth.callers import Who

_PROOF = {
    "type": "apiKey",
    "in": "header",
    "name": HEADER,
    "description": "JWS compact, ES256: header {typ: dpop+jwt, alg, jwk}, payload {htm, htu, iat, jti, nonce, bsh, idk?}; bsh is SHA-256 of the body in "
    "base64url, idk the Idempotency-Key, nonce the last DPoP-Nonce. 401 proof-nonce brings a fresh nonce: make the proof again and send once more. "
    "A jti serves once, also where the call was refused or its answer was lost: send again with a fresh proof and the same Idempotency-Key.",
}
_SCHEMES = {
    Kind.PHONE: ("phoneProof", _PROOF | {"description": f"手机的启用密钥 · The phone's enrolment key. {_PROOF['description']}"}),
    Kind.TERMINAL: ("terminalProof", _PROOF | {"description": f"终端登记的密钥 · The registered key of the terminal. {_PROOF['description']}"}),
    Kind.REGION: ("regionProof", _PROOF | {"description": f"外地区的固定密钥 · The pinned key of another region. {_PROOF['description']}"}),
    Kind.OPERATOR: ("operatorSession", {"type": "apiKey", "in": "cookie", "name": "__Host-ecard", "description": "登录会话 · A session"}),
}
_KEY = {
    "in": "header",
    "name": KEY_HEADER,
    "required": True,
    "schema": {"type": "string", "pattern": "^[ -~]{16,128}$"},
    "description": "Drawn at random before the first sending, kept when it is sent again: one effect, one answer",
}
_TOKEN = {
    "in": "header",
    "name": csrf.HEADER,
    "required": True,
    "schema": {"type": "string"},
    "description": "The csrf of the session; beside it Origin has to be this very origin",
}
_REFUSAL = {"content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_BY_PROOF = {Kind.PHONE, Kind.TERMINAL, Kind.REGION}
_PART = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def describe(app: Flask, page: dict[str, Any], table: Mapping[tuple[str, str], Who]) -> dict[str, Any]:
    """`page`, the description that flask-smorest makes, with everything that the table knows."""
    page["components"]["securitySchemes"] = dict(_SCHEMES.values())
    page["components"].pop("responses", None)
    for endpoint, method, operation in _operations(app, page):
        who = table.get((endpoint, method))
        operation["operationId"] = endpoint
        operation["responses"] = {
            status: _also(None, "request-fields") if "$ref" in told else told for status, told in operation["responses"].items()
        }
        if who is not None:
            _permit(operation, method, who)
        _illustrate(operation, EXAMPLES.get(endpoint, {}))
    return page


def name_members(field: Field[Any], *, ret: dict[str, Any], **more: object) -> dict[str, Any]:  # noqa: ARG001 because the describer hands over more
    """What the describer leaves out of a dictionary: how many members it may have, and what they may be called."""
    if not isinstance(field, Dict):
        return {}
    for told, meant in (("minLength", "minProperties"), ("maxLength", "maxProperties")):
        if told in ret:
            ret[meant] = ret.pop(told)
    names: dict[str, Any] = {}
    for rule in () if field.key_field is None else field.key_field.validators:
        if isinstance(rule, validate.OneOf):
            names["enum"] = list(rule.choices)
        elif isinstance(rule, validate.Length) and rule.max is not None:
            names["maxLength"] = rule.max
    return {"propertyNames": names} if names else {}


def _operations(app: Flask, page: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for rule in app.url_map.iter_rules():
        offers = page["paths"].get(_PART.sub(r"{\1}", rule.rule), {})
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if method.lower() in offers:
                yield rule.endpoint, method, offers[method.lower()]


def _permit(operation: dict[str, Any], method: str, who: Who) -> None:
    """Say who may, how they show it, and what everybody else is told."""
    operation["x-callers"] = str(who)
    operation["security"] = [] if who.kind is Kind.PUBLIC else [{_SCHEMES[who.kind][0]: []}]
    told = operation["responses"]
    if "requestBody" in operation and "application/json" in operation["requestBody"]["content"]:
        told["400"] = _also(told.get("400"), "request-body")
        told["413"] = _also(told.get("413"), "request-refused: more than 64 KiB")
        told["415"] = _also(told.get("415"), "request-refused: application/json only")
    if who.kind is Kind.PUBLIC:
        return
    told["401"] = _also(None, "proof-nonce, proof-missing, proof-shape, proof-other-request, proof-signature, proof-replayed")
    if who.kind is Kind.OPERATOR:
        told["401"] = _also(None, "sign-in-needed")
        told["403"] = _also(told.get("403"), "role-missing")
    elif who.kind is not Kind.PHONE:
        told["403"] = _also(told.get("403"), "caller-unknown")
    told["429"] = _also(told.get("429"), "too-many-requests")
    told["503"] = _also(told.get("503"), "Retry-After says when")
    if who.kind is Kind.OPERATOR and method != "GET":
        operation.setdefault("parameters", []).append(_TOKEN)
    keyed = who.kind in _BY_PROOF if who.kind is not Kind.OPERATOR else "428" in told
    if method == "POST" and keyed:
        told["400"] = _also(told.get("400"), "request-key")
        told["428"] = _also(None, "idempotency-key-needed")
        told["409"] = _also(told.get("409"), "request-key-reused, request-unfinished, record-conflict")
        operation.setdefault("parameters", []).append(_KEY)


def _also(told: dict[str, Any] | None, codes: str) -> dict[str, Any]:
    """A refusal with further codes."""
    before = told["description"] + ", " if told else ""
    return {"description": before + codes, **_REFUSAL}


def _illustrate(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    """Put the examples where readers look for them; a test sends each of them and compares what comes back."""
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    for status, body in example.get("responses", {}).items():
        operation["responses"][status]["content"]["application/json"]["example"] = body
