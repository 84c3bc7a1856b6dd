"""How calls are read: JSON with one meaning, fields with one spelling, a key for what may be sent again, a page for what is long (threats G07, G12, G13)."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import flask_smorest
import marshmallow
from flask import Response, jsonify, request
from marshmallow import RAISE, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from codes.errors import InputError
from ecard import enrolment, moments
from verify.strict_json import strict_json
from webapp import faults
from webapp.auth.proofs import KEY_HEADER, decode, encode
from webapp.problems import CONTENT_TYPE, Problem
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Request

DEEPEST = 16
MAX_BODY = 64 * 1024
_REVISION = re.compile(r"[0-9]{1,9}")
_BASE64URL = "^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$"
"""The one spelling of bytes, as a pattern for whoever reads the description: no padding, and no bits that mean nothing."""
LARGEST = (1 << 53) - 1
"""The largest whole number that every program reads alike."""


class StrictParser(FlaskParser):
    """Bodies are objects of strict JSON: UTF-8, no member twice, no fraction, no NaN, at most `DEEPEST` levels, at most 64 KiB; nothing unknown in them."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": RAISE, "query": RAISE}

    @staticmethod
    @functools.cache
    def _made(kind: Callable[[], marshmallow.Schema]) -> marshmallow.Schema:
        return kind()

    def _get_schema(self, argmap: Any, req: Request) -> marshmallow.Schema:
        """The schema of a class, made once and not for each request: it keeps nothing of what it reads."""
        return self._made(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:  # noqa: ARG002 because it is the parser's own signature
        """The object. Raises `InputError` request-body, or 415 for another type."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        req.max_content_length = MAX_BODY + 1
        body = req.get_data(cache=True)
        if len(body) > MAX_BODY:
            raise RequestEntityTooLarge
        return read_object(body)


def read_object(body: bytes) -> dict[str, Any]:
    """The one object that these bytes are. Raises `InputError` request-body."""
    try:
        value = strict_json(body)
        _check(value, 1)
    except ValueError:
        raise InputError(faults.BODY) from None
    if type(value) is not dict:
        raise InputError(faults.BODY)
    return value


def _check(value: object, depth: int) -> None:
    """Return if nothing lies deeper than it may and every text can be written down again: half of a character cannot, and no text of ours has a NUL."""
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise ValueError("NUL")
    if isinstance(value, dict | list):
        if depth > DEEPEST:
            raise ValueError("too deep")
        for member in value:
            _check(member, depth + 1)
        if isinstance(value, dict):
            for member in value.values():
                _check(member, depth + 1)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # because flask-smorest has no types
    """flask-smorest's, with our reading of bodies, and the refusals that every call can have."""

    ARGUMENTS_PARSER = StrictParser()

    def refuses(self, *pairs: tuple[int, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Document refusals: status and codes."""

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            for status, codes in pairs:
                view = self.alt_response(status, schema=Problem, content_type=CONTENT_TYPE, description=codes)(view)
            return view

        return decorate


class BytesField(fields.String):
    """Bytes as base64url without padding, in the one spelling."""

    def __init__(self, *, least: int = 1, most: int, **more: Any) -> None:
        metadata = {"pattern": _BASE64URL, "minLength": _letters(least), "maxLength": _letters(most)} | more.pop("metadata", {})
        super().__init__(metadata=metadata, **more)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            raw = decode(text or "")
        except (ValueError, UnicodeEncodeError):
            raw = b""
        if not self._least <= len(raw) <= self._most:
            raise ValidationError("base64url")
        return raw

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return encode(value) if isinstance(value, bytes) else super()._serialize(value, attr, obj, **more)


def _letters(size: int) -> int:
    """How many letters so many bytes have in base64url."""
    return -(-size * 4 // 3)


class WholeField(fields.Integer):
    """A whole number, written as one: no text, no fraction, not true or false (threat G13)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"minimum": 0, "maximum": LARGEST} | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise ValidationError("whole number")
        return super()._deserialize(value, attr, data, **more)


class PatternField(fields.String):
    """Text of one ASCII pattern, from end to end."""

    def __init__(self, pattern: str, **more: Any) -> None:
        metadata = {"pattern": f"^(?:{pattern})$"} | more.pop("metadata", {})
        super().__init__(metadata=metadata, **more)
        self._pattern = re.compile(pattern, re.ASCII)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if not self._pattern.fullmatch(str(text)):
            raise ValidationError("pattern")
        return text


def ref_field(**more: Any) -> PatternField:
    """A reference of the record."""
    return PatternField("[0-9a-f]{32}", **more)


def own_nonce_field() -> BytesField:
    """A nonce that the caller made."""
    size = moments.BYTES + enrolment.OWN_BYTES
    said = (
        f"本机的一次性数 · Yours, made for this request: the {moments.BYTES} bytes of the last DPoP-Nonce, and {enrolment.OWN_BYTES} drawn at random"
    )
    return BytesField(least=size, most=size, required=True, metadata={"description": said})


class PageQuery(Schema):
    """Where to go on."""

    cursor = PatternField("[A-Za-z0-9_-]{1,128}", load_default=None, metadata={"description": "`next` of the page before"})


def idempotency_key() -> str:
    """The key of this request. Raises `InputError` idempotency-key-needed; what it must look like the record says (request-key)."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise InputError(faults.KEY_NEEDED)
    return key


def tagged(body: Mapping[str, Any], etag: str, *, status: int = 200) -> Response:
    """An answer with an ETag, or 304 where the caller has it already. Only its caller may keep it."""
    answer = jsonify(body)
    answer.status_code = status
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    return answer


def seen_revision() -> int | None:
    """The revision of the card that the caller has seen, from If-Match: "7"; None where the header does not stand or says *.

    Raises `InputError` precondition-failed for what is no revision.
    """
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    (tag,) = tags.as_set() if len(tags) == 1 else ("",)
    if not _REVISION.fullmatch(tag):
        raise InputError(faults.PRECONDITION)
    return int(tag)
