"""A loss reported from a phone, and its withdrawal: the report needs no password, for whoever loses a phone must be quick; the withdrawal does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from codes.errors import StateError
from codes.receipts import Receipt
from ecard import faults as record
from ecard.holderacts import PhoneProof
from ecard.residents.overview import holder_of
from ecard.stopping import LossOf
from webapp.api.receipts import ReceiptAnswer, told_receipt
from webapp.api.wire import Blueprint, BytesField, WholeField, idempotency_key, own_nonce_field, ref_field
from webapp.auth import callers
from webapp.shapes import Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard import Dossier
    from ecard.stopping import Stopped
    from webapp.services import StandingOffice

CONNECTED_S = 3
"""Seconds until a terminal with a line knows: docs/measurements.md."""


class Report(Schema):
    """What was lost: the whole card, its chip, or a phone, which is named."""

    card = ref_field(required=True)
    of = fields.String(required=True, validate=validate.OneOf([of.value for of in LossOf]))
    phone = ref_field(load_default=None, allow_none=True, metadata={"description": "Of a phone: which one"})


class Withdrawal(Report):
    """The same, found again: `proof` is this phone's over `ecard.holderacts.act_binding` of withdraw-pre-loss."""

    nonce = own_nonce_field()
    proof = BytesField(most=1024, required=True)


class Gates(Schema):
    """How soon terminals know."""

    connected_s = WholeField(required=True, metadata={"description": "With a line"})
    offline_s = WholeField(required=True, metadata={"description": "Without one, at the latest, by the signed rules of the scenes"})


class ReportAnswer(Schema):
    """The acknowledgement of a report."""

    receipt = fields.Nested(ReceiptAnswer, required=True)
    due = WholeField(required=True, allow_none=True, metadata={"description": "By when the written report must follow, seconds since 1970"})
    gates = fields.Nested(Gates, required=True)


class WithdrawalAnswer(Schema):
    """The acknowledgement of a withdrawal."""

    receipt = fields.Nested(ReceiptAnswer, required=True)


def blueprint(office: StandingOffice, clock: Callable[[], datetime]) -> Blueprint:
    """Reports of loss at `office`."""
    reports = Blueprint("reports", __name__, url_prefix="/v1/reports", description="挂失与解挂 · Loss and its withdrawal")

    @reports.post("")
    @reports.arguments(Report)
    @reports.response(201, ReportAnswer)
    @reports.refuses((404, "nothing-of-yours"), (409, "wrong-state, carrier-unknown"), (503, "Not now; Retry-After says when"))
    def report(body: dict[str, Any]) -> dict[str, Any]:
        desk, key = office.desk(), idempotency_key()
        dossier, phone = desk.my_card(callers.phone().key, body["card"])
        lost = _lost(body, dossier) | {"actor": holder_of(dossier, phone), "evidence": ()}
        stopped = desk.once(key).pre_report_loss(dossier.card.ref, **lost, at=clock())
        gates = {"connected_s": CONNECTED_S, "offline_s": office.offline_budget(dossier.card.region)}
        return {"receipt": _receipt(stopped), "due": stopped.due, "gates": gates}

    @reports.post("/withdraw")
    @reports.arguments(Withdrawal)
    @reports.response(200, WithdrawalAnswer)
    @reports.refuses(
        (400, "nonce-unusable, key-proof, key-in-use"),
        (404, "nothing-of-yours"),
        (409, "loss-not-reported, pre-loss-written, phone-reported-lost, phone-provisional, replacement-open, loss-reported-elsewhere"),
    )
    def withdraw(body: dict[str, Any]) -> dict[str, Any]:
        desk, key = office.desk(), idempotency_key()
        dossier, phone = desk.my_card(callers.phone().key, body["card"])
        lost = _lost(body, dossier) | {"actor": holder_of(dossier, phone), "evidence": ()}
        proof = PhoneProof(phone=phone.ref, nonce=body["nonce"], proof=body["proof"])
        return {"receipt": _receipt(desk.once(key).withdraw_pre_loss(dossier.card.ref, **lost, proof=proof, at=clock()))}

    return reports


def _lost(body: dict[str, Any], dossier: Dossier) -> dict[str, Any]:
    """What is spoken of. Raises `StateError` nothing-of-yours for a phone that is not on this card."""
    if body["phone"] is not None and dossier.carrier(body["phone"]) is None:
        raise StateError(record.NOTHING_OF_YOURS)
    return {"of": LossOf(body["of"]), "phone": body["phone"]}


def _receipt(stopped: Stopped) -> dict[str, Any] | None:
    return None if stopped.receipt is None else told_receipt(Receipt.from_bytes(stopped.receipt))
