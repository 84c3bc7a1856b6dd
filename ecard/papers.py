"""What must lie on the desk for a reason, beyond what every application needs: one table for each kind of reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import Applicant, CancelGround, Eligibility, ExchangeGround

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FOR_EXCHANGE: Mapping[ExchangeGround, frozenset[Evidence]] = {
    ExchangeGround.DAMAGE: frozenset({Evidence.DAMAGE_SEEN}),
    ExchangeGround.DATA_CHANGE: frozenset(),
    ExchangeGround.NEW_GENERATION: frozenset(),
    ExchangeGround.RENEWAL: frozenset(),
}
"""CQ-12b, ZS-16a. Changed data and the renewal window are looked up in the record, not attested."""

FOR_CANCELLATION: Mapping[CancelGround, frozenset[Evidence]] = {
    CancelGround.DEATH: frozenset({Evidence.DEATH_PROOF}),
    CancelGround.DECLARED_DEAD: frozenset({Evidence.COURT_RULING}),
    CancelGround.SETTLED_ABROAD: frozenset({Evidence.NATIONALITY_PROOF}),
    CancelGround.ENTITLEMENT_ENDED: frozenset({Evidence.ENTITLEMENT_END}),
    CancelGround.MOVED_AWAY: frozenset({Evidence.MOVE_PROOF}),
}
"""CQ-13a, ZS-20."""

FOR_APPLICANT: Mapping[Applicant, frozenset[Evidence]] = {
    Applicant.HOLDER: frozenset({Evidence.IN_PERSON}),
    Applicant.RELATIVE: frozenset({Evidence.KINSHIP}),
}
"""ZS-20."""

FOR_ELIGIBILITY: Mapping[Eligibility, frozenset[Evidence]] = {
    Eligibility.RESIDENT: frozenset({Evidence.IDENTITY_DOCUMENT}),
    Eligibility.INSURED: frozenset({Evidence.INSURANCE_RECORD}),
    Eligibility.RURAL_MEDICAL: frozenset({Evidence.RURAL_MEDICAL_RECORD}),
    Eligibility.ENTITLED: frozenset({Evidence.SERVICE_ENTITLEMENT}),
}
"""ZS-4, HZ-6, ZZ-6, CQ-5a. A resident's document shows the registered address; where the card belongs is the office's decision, never the number's."""


def require(command: Command, needed: Collection[Evidence], evidence: Collection[Evidence], *, article: str | None = None) -> None:
    """Return if everything that is needed is there. Raises `StateError` evidence-missing, naming what is not."""
    if missing := set(needed) - set(evidence):
        raise StateError(faults.EVIDENCE_MISSING, command=command, missing=", ".join(sorted(missing)), article=article or RULES[command].articles[0])


def require_witness(person: str) -> None:
    """Return if a witness is named by a person number. Raises `StateError` evidence-missing."""
    if not person.strip() or person != person.strip():
        raise StateError(faults.EVIDENCE_MISSING, command=Command.DESTROY, missing="witness", article="CQ-13c")
