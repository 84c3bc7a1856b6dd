"""What a chip shows, read and checked: signatures by its own key, receipts and conditions by the keys that it shares with its region."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.errors import StateError
from codes.scripts import ChipFlag, ChipStatus, Script, ScriptKeys, ScriptReceipt
from ecard import faults
from ecard.model import ChipEvidence, ProofKind

if TYPE_CHECKING:
    from ecard.model import Carrier
    from ecard.premises import Premises

PURPOSES = {
    ProofKind.STATUS: ChipPurpose.STATUS,
    ProofKind.BIND: ChipPurpose.BIND,
    ProofKind.PRESENCE: ChipPurpose.PRESENCE,
    ProofKind.UNBIND: ChipPurpose.UNBIND,
}
_FIRST = 1
"""The first version that a record gives; before it a chip is as its maker left it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a chip proved at one moment."""

    kind: ProofKind
    seq: int
    state: ChipState
    counter: int | None
    """Of a signature; other proofs are not counted."""
    pin_blocked: bool | None
    """Of a condition; other proofs do not say."""
    whole: bool
    """Whether version, state and digest belong together."""
    question: bytes
    answer: bytes

    def evidence(self, chip: Carrier, *, live: bool, reader: str, at: int) -> ChipEvidence:
        """The claim as it is kept."""
        return ChipEvidence(
            digest=hashlib.sha256(b"ecard chip evidence\n" + chip.ref.encode() + self.question + self.answer).digest(),
            carrier=chip.ref,
            card=chip.card,
            kind=self.kind,
            seq=self.seq,
            state=self.state,
            counter=self.counter,
            question=self.question,
            answer=self.answer,
            live=live,
            at=at,
            reader=reader,
        )


def keys_of(premises: Premises, region: str, card_code: bytes) -> ScriptKeys:
    """The keys that a chip shares with its region, made anew each time they are needed."""
    return ScriptKeys.derive(premises.issuer(region).chip_master, card_id=card_code)


def identity_of(chip: Carrier) -> bytes:
    """The identification code of a chip that is there. Raises `StateError` chip-not-personalised."""
    if chip.key is None or chip.card_code is None:
        raise StateError(faults.CHIP_NOT_PERSONALISED)
    return chip.card_code


def signed(chip: Carrier, kind: ProofKind, *, challenge: bytes, answer: bytes) -> Claim:
    """Read an answer to INTERNAL AUTHENTICATE. Raises `InputError` chip-proof, `StateError` chip-not-personalised."""
    return claimed(reported(chip, kind, challenge=challenge, answer=answer), kind, challenge=challenge, answer=answer)


def reported(chip: Carrier, kind: ProofKind, *, challenge: bytes, answer: bytes) -> ChipReport:
    """The same as the chip said it."""
    if chip.key is None or chip.card_code is None:
        raise StateError(faults.CHIP_NOT_PERSONALISED)
    return ChipReport.check(answer, key=chip.key.load(), purpose=PURPOSES[kind], card_id=chip.card_code, challenge=challenge)


def claimed(report: ChipReport, kind: ProofKind, *, challenge: bytes, answer: bytes) -> Claim:
    """The same of a report that somebody has checked already."""
    whole = _belong(report.seq, report.state, report.digest)
    return Claim(
        kind=kind, seq=report.seq, state=report.state, counter=report.counter, pin_blocked=None, whole=whole, question=challenge, answer=answer
    )


def receipt(premises: Premises, region: str, chip: Carrier, *, script: bytes, answer: bytes) -> Claim:
    """Read the answer to a script. Raises `InputError`: script-shape, script-premade, script-receipt."""
    code, nonce = identity_of(chip), Script.parse(script).nonce
    said = ScriptReceipt.check(answer, keys=keys_of(premises, region, code), card_id=code, nonce=nonce)
    return Claim(
        kind=ProofKind.RECEIPT,
        seq=said.seq,
        state=said.state,
        counter=None,
        pin_blocked=None,
        whole=_belong(said.seq, said.state, said.digest),
        question=nonce,
        answer=answer,
    )


def condition(premises: Premises, region: str, chip: Carrier, *, nonce: bytes, answer: bytes) -> Claim:
    """Read the answer to the question how a chip stands. Raises `InputError` chip-status."""
    code = identity_of(chip)
    said = ChipStatus.check(answer, keys=keys_of(premises, region, code), card_id=code, nonce=nonce)
    return Claim(
        kind=ProofKind.CONDITION,
        seq=said.seq,
        state=said.state,
        counter=None,
        pin_blocked=bool(said.flags & ChipFlag.PIN_BLOCKED),
        whole=_belong(said.seq, said.state, said.digest),
        question=nonce,
        answer=answer,
    )


def _belong(seq: int, state: ChipState, digest: bytes) -> bool:
    """Whether this digest is that of the script which sets this version and state."""
    return seq < _FIRST or digest == Script(seq=seq, state=state, live=True, nonce=bytes(8)).digest()[: len(digest)]
