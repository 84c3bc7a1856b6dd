"""Sign-in for programs of an office: the same sessions as the console's, under the same cookie, with the token that every change must carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request
from marshmallow import fields, validate

from webapp.api.office.wires import KEPT_SHUT, unkept
from webapp.api.wire import PatternField, WholeField
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from webapp.api.wire import Blueprint
    from webapp.auth.operators import Operators, SignedIn


class SignIn(Schema):
    """Who, and what they know and have."""

    operator = fields.String(required=True, validate=validate.Length(min=1, max=64), metadata={"example": "clerk-1"})
    password = fields.String(required=True, validate=validate.Length(min=1, max=1024))
    code = fields.String(required=True, validate=validate.Length(min=1, max=64), metadata={"description": "Six digits, or a recovery code"})


class SecondFactor(Schema):
    """A new code of the authenticator."""

    code = PatternField("[0-9]{6}", required=True)


class OfficeSession(Schema):
    """Who is signed in."""

    operator = fields.String(required=True)
    region = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    csrf = fields.String(required=True, metadata={"description": "Goes into the header X-CSRF-Token of everything but GET"})
    signed_in = WholeField(required=True)
    stepped_up = WholeField(
        required=True, allow_none=True, metadata={"description": "When the second factor was last given; approvals need it within five minutes"}
    )
    expires = WholeField(required=True)


_SIGN_IN_EXAMPLE = {"operator": "clerk-1", "password": "correct horse battery staple", "code": "287082"}

_SECOND_FACTOR_EXAMPLE = {"code": "287082"}


def add(pages: Blueprint, people: Operators) -> None:
    """Put them on `pages`."""

    @pages.post("/session")
    @pages.arguments(SignIn, example=_SIGN_IN_EXAMPLE)
    @pages.response(201, OfficeSession)
    @pages.refuses((401, "sign-in-refused"), (403, "csrf-refused, sign-in-insecure"), (429, "sign-in-limit, too-many-requests"))
    def sign_in(body: dict[str, Any]) -> Response:
        """Begin a session. Whatever was wrong, the answer is the same."""
        return _told(people.sign_in(request, name=body["operator"], password=body["password"], code=body["code"]), status=201)

    @pages.get("/session")
    @pages.response(200, OfficeSession)
    @pages.refuses(*KEPT_SHUT)
    def session() -> Response:
        """Who is signed in."""
        return _told(callers.operator())

    @pages.post("/session/second-factor")
    @pages.arguments(SecondFactor, example=_SECOND_FACTOR_EXAMPLE)
    @pages.response(200, OfficeSession)
    @pages.refuses(*KEPT_SHUT, (409, "second-factor-refused"), (429, "sign-in-limit, too-many-requests"))
    def second_factor(body: dict[str, Any]) -> Response:
        """Step up for five minutes; cookie and token change."""
        return _told(people.second_factor(request, callers.operator(), body["code"]))

    @pages.delete("/session")
    @pages.response(204)
    @pages.refuses(*KEPT_SHUT)
    def sign_out() -> None:
        """End the session."""
        people.sign_out(request, callers.operator())


def _told(signed_in: SignedIn, *, status: int = 200) -> Response:
    operator = signed_in.operator
    page = {
        "operator": operator.ref,
        "region": operator.region,
        "roles": [role.value for role in operator.roles],
        "csrf": signed_in.csrf,
        "signed_in": signed_in.signed_in,
        "stepped_up": signed_in.stepped_up,
        "expires": signed_in.expires,
    }
    return unkept(page, status=status)
