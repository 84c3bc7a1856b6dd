"""Challenges: a terminal that needs a full name or number asks its holder first, in a form that the holder's phone can look up.

challenge    JWS compact, signed by the terminal: header {"typ": "ecard-challenge+jwt", "alg": "ES256"},
             payload {"terminal", "venue", "item", "nonce": 22 characters, "time": seconds}
cnonce       SHA-256 of these characters: what the code that answers carries in claim 39, and by which the phone asks what it would agree to
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from marshmallow import fields

from codes.errors import InputError, StateError
from ecard import faults as record
from ecard.model import seconds
from ecard.residents.resolving import AHEAD, CHALLENGE_LIFE, FIELDS, WORDS
from webapp.api.wire import Blueprint, BytesField, PatternField, WholeField, idempotency_key
from webapp.auth import callers, proofs
from webapp.problems import Bilingual
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard.items import Item
    from ecard.model import Terminal
    from webapp.services import StandingOffice

PREFIX = "SCQ1:"
_TYPE = {"typ": "ecard-challenge+jwt", "alg": "ES256"}
_MEMBERS = {"terminal": str, "venue": str, "item": str, "nonce": str, "time": int}


class ChallengeMade(Schema):
    """A challenge as its terminal signed it."""

    challenge = PatternField(r"[A-Za-z0-9_.-]{1,1500}", required=True)


class FieldTold(Bilingual):
    """One thing that would be told."""

    name = fields.String(required=True, metadata={"example": "identity_number"})


class Challenge(Schema):
    """Who asks for what, until when."""

    cnonce = BytesField(most=32, required=True)
    qr = fields.String(required=True, metadata={"description": "What the terminal shows for the phone to scan"})
    terminal = fields.String(required=True)
    venue = fields.String(required=True)
    region = fields.String(required=True)
    item = fields.String(required=True, metadata={"example": "clinic-registration"})
    title = fields.Nested(Bilingual, required=True)
    fields_ = fields.List(fields.Nested(FieldTold), required=True, data_key="fields")
    expires = WholeField(required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Challenges of the terminals of `office`."""
    challenges = Blueprint("challenges", __name__, url_prefix="/v1/challenges", description="征询同意 · Asking for consent")

    @challenges.post("")
    @challenges.arguments(ChallengeMade)
    @challenges.response(201, Challenge)
    @challenges.refuses((400, "challenge-shape"), (409, "resolution-item"))
    def make(body: dict[str, Any]) -> dict[str, Any]:
        terminal, at = callers.terminal().terminal, clock()
        asked = _asked(body["challenge"], terminal, now=seconds(at))
        if not office.identifies(terminal):
            raise StateError(record.RESOLUTION_ITEM, scenes=", ".join(terminal.scenes))
        digest = hashlib.sha256(body["challenge"].encode()).digest()
        item = office.desk().once(idempotency_key()).note_challenge(terminal, digest, asked["item"], at=at)
        return _told(digest, terminal, item, seconds(at) + CHALLENGE_LIFE)

    @challenges.get("/<cnonce>")
    @challenges.response(200, Challenge)
    @challenges.refuses((404, "nothing-of-yours: nobody asks with this challenge now"))
    def look(cnonce: str) -> dict[str, Any]:
        try:
            digest = proofs.decode(cnonce)
        except ValueError:
            digest = b""
        found = office.desk().challenge(digest, at=clock())
        if found is None:
            raise StateError(record.NOTHING_OF_YOURS)
        terminal, item, expires = found
        return _told(digest, terminal, item, expires)

    return challenges


def _asked(text: str, terminal: Terminal, *, now: int) -> dict[str, Any]:
    """What the challenge says. Raises `InputError` challenge-shape: not well-formed, not this terminal's, of another time, or not signed by it."""
    header, payload = proofs.signed_parts(text, terminal.key) or ({}, {})
    shaped = header == _TYPE and payload.keys() == _MEMBERS.keys() and all(type(payload[name]) is kind for name, kind in _MEMBERS.items())
    if not shaped or (payload["terminal"], payload["venue"], len(payload["nonce"])) != (terminal.ref, terminal.venue, 22):
        raise InputError(record.CHALLENGE_SHAPE)
    if not now - CHALLENGE_LIFE < payload["time"] <= now + AHEAD:
        raise InputError(record.CHALLENGE_SHAPE, measured_s=now - payload["time"])
    return payload


def _told(digest: bytes, terminal: Terminal, item: Item, expires: int) -> dict[str, Any]:
    return {
        "cnonce": digest,
        "qr": PREFIX + proofs.encode(digest),
        "terminal": terminal.ref,
        "venue": terminal.venue,
        "region": terminal.region,
        "item": item.id,
        "title": item.title._asdict(),
        "fields_": [{"name": name, **WORDS[name]._asdict()} for name in FIELDS[item.group]],
        "expires": expires,
    }
