"""A receipt as a phone reads it: what was done, when the record knew, and the signed bytes that prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from ecard.lifecycle import RULES, Command
from webapp.api.wire import BytesField, WholeField
from webapp.problems import Bilingual
from webapp.shapes import Schema

if TYPE_CHECKING:
    from codes.receipts import Receipt


class StoppedAnswer(Schema):
    """One carrier that does not work from then on."""

    carrier = fields.String(required=True, metadata={"enum": ["chip", "phone", "paper"]})
    status = fields.String(required=True, metadata={"enum": ["invalid", "suspended", "frozen"]})


class ReceiptAnswer(Schema):
    """A signed receipt and what it says."""

    number = fields.String(required=True, metadata={"example": "MZXW6YTBOI2DQNZY"})
    command = fields.String(required=True, metadata={"example": "pre-report-loss"})
    title = fields.Nested(Bilingual, required=True)
    effective = WholeField(required=True, metadata={"description": "When the record knew, seconds since 1970"})
    card = fields.String(required=True, metadata={"description": "The masked card number", "example": "C*****7K2"})
    articles = fields.List(fields.String(), required=True)
    stopped = fields.List(fields.Nested(StoppedAnswer), required=True)
    token = BytesField(most=4096, required=True, metadata={"description": "The signed bytes, as codes/FORMAT.md says"})


def told_receipt(receipt: Receipt) -> dict[str, Any]:
    """The answer that `ReceiptAnswer` describes."""
    says = receipt.says
    return {
        "number": says.number,
        "command": says.command,
        "title": RULES[Command(says.command)].title._asdict(),
        "effective": says.effective,
        "card": says.card,
        "articles": list(says.articles),
        "stopped": [{"carrier": stopped.carrier, "status": stopped.status.name.lower()} for stopped in says.stopped],
        "token": receipt.raw,
    }
