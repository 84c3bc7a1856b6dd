"""Vectors of what the record signs about itself: receipts for residents, checkpoints over its chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import faults
from codes.checkpoint import FIRST, Checkpoint, Seal
from codes.claims import StatusType
from codes.receipts import Receipt, Says, StoppedCarrier
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.family_signed import ISSUER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from tests.vectors.loose import Node

STRANGER_KEY = loose.of(cast.STRANGER.public_key.to_cbor()).write().hex()
EVENT = bytes(range(32))


def families() -> list[Family]:
    """Receipts, checkpoints."""
    return [_receipts(), _checkpoints()]


def _receipts() -> Family:
    family = Family(name="receipts", about="What the record acknowledges to a resident.", spec="codes/FORMAT.md 8, ZS-17c")
    says = Says(
        region="CN-CQ",
        effective=cast.NOW,
        command="report-loss",
        card="C*****7K2",
        articles=("ZS-17a", "CQ-25(3)-(5)"),
        stopped=(StoppedCarrier("chip", StatusType.SUSPENDED), StoppedCarrier("phone", StatusType.SUSPENDED)),
        event=EVENT,
    )
    made = Receipt.issue(says, cast.ISSUER).raw
    told = {"region": "CN-CQ", "number": says.number, "effective": cast.NOW, "command": "report-loss", "stopped": [["chip", 2], ["phone", 2]]}
    family.good("loss", "receipt", made, told, "a loss report that stops chip and phone", key=ISSUER_KEY)
    family.bad("other-key", "receipt", made, faults.RECEIPT_SIGNATURE, "a receipt of nobody's", key=STRANGER_KEY)
    bad = changer(family, "receipt", made)
    bad("time-below-zero", lambda claims: claims.put(6, -1), faults.CLAIM_VALUE, "a time below zero is no time")
    bad("number-of-another", lambda claims: claims.put(2, "A" * 16), faults.CLAIM_VALUE, "the number belongs to the link")
    bad("without-time", lambda claims: claims.drop(6), faults.CLAIMS_SET, "a receipt says when")
    return family


def _checkpoints() -> Family:
    family = Family(name="checkpoints", about="Signed heads of the record's chains.", spec="codes/FORMAT.md 9")
    says = Seal(iat=cast.NOW, number=1, previous=FIRST, links=12, heads=3, digest=EVENT)
    made = Checkpoint.issue(says, cast.ISSUER).raw
    told = {"iat": cast.NOW, "number": 1, "links": 12, "heads": 3}
    family.good("first", "checkpoint", made, told, "the first of a record", key=ISSUER_KEY)
    family.bad("other-key", "checkpoint", made, faults.CHECKPOINT_SIGNATURE, "a checkpoint of nobody's", key=STRANGER_KEY)
    bad = changer(family, "checkpoint", made)
    bad("without-time", lambda claims: claims.drop(6), faults.CLAIMS_SET, "a checkpoint says when")
    bad("as-receipt", None, faults.COSE_TYPE, "a checkpoint is no receipt", do="receipt")
    return family


def changer(family: Family, do: str, made: bytes) -> Callable[..., None]:
    """Refusals of a changed and newly signed object."""

    def bad(name: str, change: Callable[[Node], object] | None, fault: Fault, comment: str, *, do: str = do) -> None:
        tree = loose.read(made)
        claims = cast.inner(cast.parts_of(tree)[2])
        if change is not None:
            change(claims)
        cast.seal(tree, cast.ISSUER)
        family.bad(name, do, tree.write(), fault, comment, key=ISSUER_KEY)

    return bad
