"""The words of bodies and answers that several of the office's calls share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from marshmallow import ValidationError, fields, validate

from codes.receipts import mask_card_number
from ecard.lifecycle import Evidence
from webapp.api.wire import ref_field
from webapp.office.telling import dossier_json, to_json
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.model import Card, Dossier

MOST_WORDS, LONGEST_WORD = 16, 256
NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Of a thing: a point, a reader, a terminal, an employer's registration."""
KEPT_SHUT = (
    (401, "sign-in-needed"),
    (403, "role-missing, csrf-refused, not-permitted"),
    (429, "too-many-requests; Retry-After says when"),
    (503, "Not now; Retry-After says when"),
)
"""What every call of an operator may be answered."""


class WordsField(fields.Field[tuple[str, ...]]):
    """One text, or several: what an option of a command line would be given."""

    def __init__(self, **more: Any) -> None:
        word = {"type": "string", "maxLength": LONGEST_WORD}
        super().__init__(metadata={"anyOf": [word, {"type": "array", "items": word, "maxItems": MOST_WORDS}]} | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:  # noqa: ARG002 because it is marshmallow's own signature
        words = value if type(value) is list else [value]
        if len(words) > MOST_WORDS or not all(type(word) is str and len(word) <= LONGEST_WORD for word in words):
            raise ValidationError("a text, or a list of texts")
        return tuple(words)


def evidence_field() -> fields.Field[Any]:
    """What was shown, by kind."""
    inner = fields.String(validate=validate.OneOf([paper.value for paper in Evidence]))
    says = {"description": "What was shown, by kind; what is not asked for need not be said"}
    return fields.List(inner, load_default=list, validate=validate.Length(max=len(Evidence)), metadata=says)


def shown(body: Mapping[str, Any]) -> frozenset[Evidence]:
    """The papers of a body."""
    return frozenset(map(Evidence, body["evidence"]))


class BeforeQuery(Schema):
    """Where a chain, whose newest link stands in front, goes on."""

    before = fields.Integer(load_default=None, validate=validate.Range(1, 999_999_999), metadata={"description": "`next` of the page before"})


class Told(Schema):
    """What stands in the record now."""

    told = fields.Dict(required=True)


class BriefCard(Schema):
    """A card in a list, masked."""

    card = ref_field(required=True)
    region = fields.String(required=True, metadata={"example": "CN-CQ"})
    number = fields.String(required=True, metadata={"description": "Masked", "example": "5001**********7K2"})
    state = fields.String(required=True, metadata={"enum": ["pending", "active", "ended"]})
    mine = fields.Boolean(required=True, metadata={"description": "Whether this operator may open it"})


def brief(card: Card, *, mine: bool) -> dict[str, Any]:
    """What a list says of a card."""
    return {"card": card.ref, "region": card.region, "number": mask_card_number(card.number), "state": card.state.value, "mine": mine}


_INSIDE = frozenset({"card_code"})
"""What names a chip or a person to others, and nobody at a desk needs."""


def plain(thing: object) -> Any:
    """Anything of the record for a program of the office, as `webapp.office.telling.to_json`, without what nobody needs there."""
    return _less(to_json(thing))


def _less(page: Any) -> Any:
    if isinstance(page, dict):
        return {name: _less(value) for name, value in page.items() if name not in _INSIDE}
    return [_less(value) for value in page] if isinstance(page, list) else page


def plain_card(dossier: Dossier, now: int) -> dict[str, Any]:
    """A card with the status of each carrier, likewise."""
    page: dict[str, Any] = _less(dossier_json(dossier, now))
    return page


def unkept(body: Mapping[str, Any], *, etag: str | None = None, status: int = 200) -> Response:
    """An answer that nobody between may keep."""
    answer = jsonify(body)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    if etag is not None:
        answer.set_etag(etag)
    return answer
