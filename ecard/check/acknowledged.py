"""Receipts and checkpoints: whether every event was acknowledged, truly, and whether every signed end of a chain is still there."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from ecard.check.encoding import Signed, take_apart, write
from ecard.check.facts import rows
from ecard.check.findings import Finding
from ecard.check.states import status_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sqlalchemy as sa
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from ecard.check.facts import Facts, Row

_NOTHING = bytes(32)


def check_receipts(facts: Facts, keys: Mapping[str, EllipticCurvePublicKey]) -> Iterator[Finding]:
    """The receipts of one card against its events."""
    receipts = {receipt["seq"]: receipt for receipt in facts.receipts}
    for event in facts.events:
        receipt = receipts.get(event["seq"])
        subject = f"{facts.ref}/{event['seq']}"
        if receipt is None:
            yield Finding("receipt-missing", subject)
            continue
        try:
            signed = take_apart(receipt["token"])
        except ValueError:
            yield Finding("receipt-signature", subject)
            continue
        if signed.headers.get(16) != "ecard-receipt" or not signed.by(keys.get(facts.card["region"])):
            yield Finding("receipt-signature", subject)
        elif not _says(signed, facts, event, receipt["number"]):
            yield Finding("receipt-differs", subject)


def _says(signed: Signed, facts: Facts, event: Row, number: str) -> bool:
    """Whether a receipt says what its event says; what it says is stopped can be told for the newest event only."""
    shown = facts.card["number"][0] + "*****" + facts.card["number"][-3:]
    done = signed.claims.get(-65541)
    if not isinstance(done, list) or len(done) != 5:
        return False
    said = [signed.claims.get(1), signed.claims.get(2), signed.claims.get(6), done[0], done[1], done[2], done[4]]
    own = base64.b32encode(event["hash"][:10]).decode()
    true = [facts.card["region"], own, event["at"], event["command"], shown, event["articles"].split(), event["hash"]]
    if said != true or number != own:
        return False
    if event is not facts.events[-1]:
        return True
    standing = [[carrier["kind"], status_at(facts, carrier, event["at"])] for carrier in facts.carriers]
    return sorted(item for item in done[3] if item[1] != 1) == sorted(item for item in standing if item[1] > 1)


def check_checkpoints(connection: sa.Connection, key: EllipticCurvePublicKey | None) -> Iterator[Finding]:
    """The chain of checkpoints, and every end that one has seen."""
    previous = _NOTHING
    for number, row in enumerate(rows(connection, "SELECT * FROM checkpoint ORDER BY number"), start=1):
        subject = str(row["number"])
        try:
            signed = take_apart(row["token"])
        except ValueError:
            yield Finding("checkpoint-signature", subject)
            previous = hashlib.sha256(row["token"]).digest()
            continue
        if signed.headers.get(16) != "ecard-checkpoint" or not signed.by(key):
            yield Finding("checkpoint-signature", subject)
        heads = rows(connection, "SELECT chain, subject, seq, hash FROM checkpoint_head WHERE number = :number", number=row["number"])
        ends = hashlib.sha256(b"".join(sorted(write([end["chain"], end["subject"], end["seq"], end["hash"]]) for end in heads))).digest()
        said = signed.claims.get(-65542, [])
        if signed.claims.get(6) != row["iat"] or said[:2] != [number, previous] or said[3:] != [len(heads), ends] or row["number"] != number:
            yield Finding("checkpoint-link", subject)
        previous = hashlib.sha256(row["token"]).digest()
    for chain, table, subject in (("card", "card_event", "card"), ("person", "vault_access", "holder"), ("office", "office_act", "desk")):
        lost = (
            f"SELECT h.subject, h.seq FROM checkpoint_head h LEFT JOIN {table} e ON e.{subject} = h.subject AND e.seq = h.seq "  # noqa: S608 - because the names are the three lines above
            "WHERE h.chain = :chain AND (e.hash IS NULL OR e.hash <> h.hash)"
        )
        for end in rows(connection, lost, chain=chain):
            yield Finding("checkpoint-end", end["subject"], str(end["seq"]))
