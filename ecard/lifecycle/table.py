"""The words of the table of commands: what can be done, on what evidence, and what one row says."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecard.model import CardState, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Text


class Command(enum.StrEnum):
    """What can be done to a card."""

    APPLY = "apply"
    PERSONALISE = "personalise"
    ACTIVATE = "activate"
    BIND_PHONE = "bind-phone"
    RENEW = "renew-credentials"
    PRE_REPORT_LOSS = "pre-report-loss"
    WITHDRAW_PRE_LOSS = "withdraw-pre-loss"
    RELEASE_PRE_LOSS = "release-pre-loss"
    REPORT_LOSS = "report-loss"
    WITHDRAW_LOSS = "withdraw-loss"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    LAPSE = "lapse"
    REQUEST_FREEZE = "request-freeze"
    DECLINE_FREEZE = "decline-freeze"
    LOCK = "lock"
    UNLOCK = "unlock"
    UNBIND_PHONE = "unbind-phone"
    CHANGE_PIN = "change-pin"
    RESET_PIN = "reset-pin"
    UNBLOCK_PIN = "unblock-pin"
    OPEN_CASE = "open-misuse-case"
    ADD_TO_CASE = "add-to-misuse-case"
    DECIDE_CASE = "decide-misuse-case"
    EXCHANGE = "exchange"
    HAND_OVER = "hand-over"
    REPLACE = "replace"
    REQUEST_CANCEL = "request-cancel"
    CANCEL = "cancel"
    DESTROY = "record-destruction"
    PROPOSE_CORRECTION = "propose-correction"
    DECIDE_CORRECTION = "decide-correction"
    GRANT_TEMPORARY = "grant-temporary"
    PROLONG_TEMPORARY = "prolong-temporary"
    ACTIVATE_ACCOUNT = "activate-account"
    END_ACCOUNT = "end-account"
    GRANT_FARE = "grant-fare"
    MOVE_FARE = "move-fare"
    REVIEW_FARE = "review-fare"
    END_FARE = "end-fare"
    TAKE_OVER = "take-over-older-card"
    HAND_OUT = "hand-out"
    STORE_UNCOLLECTED = "store-uncollected"
    DESTROY_STOCK = "destroy-stock"
    REMAKE_CHIP = "remake-chip"
    NOTE_DRIFT = "note-drift"
    RECONCILE = "reconcile"
    NOTE_DEAD_CHIP = "note-dead-chip"


class Evidence(enum.StrEnum):
    """What the actor attests to have before them. Proofs by keys are not attested: the office checks them itself."""

    FORM = "application-form"
    IDENTITY_DOCUMENT = "identity-document-checked"
    PORTRAIT = "portrait"
    IN_PERSON = "in-person"
    WRITTEN_REPORT = "written-loss-report"
    HOTLINE_CHECK = "hotline-identity-check"
    OWN_USE_NOTICE = "own-use-notice-accepted"
    CASE_FILE = "case-file"
    REVIEW = "review"
    PROXY_DOCUMENT = "proxy-document-checked"
    EMPLOYER_LETTER = "employer-letter"
    DESTRUCTION_PROTOCOL = "destruction-protocol"
    DAMAGE_SEEN = "damage-seen"
    OLD_CARD_RETURNED = "old-card-returned"
    CHANGE_PROOF = "proof-of-changed-data"
    KINSHIP = "proof-of-kinship"
    DEATH_PROOF = "proof-of-death"
    COURT_RULING = "court-ruling"
    NATIONALITY_PROOF = "proof-of-lost-nationality"
    ENTITLEMENT_END = "proof-of-ended-entitlement"
    MOVE_PROOF = "proof-of-move"
    BANK_CONFIRMATION = "bank-confirmation"
    FARE_PROOF = "proof-of-fare-entitlement"
    INSURANCE_RECORD = "insurance-record"
    RURAL_MEDICAL_RECORD = "rural-medical-record"
    SERVICE_ENTITLEMENT = "proof-of-service-entitlement"
    OLDER_CARD = "older-card-shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table."""

    title: Text
    effect: Text
    from_states: frozenset[CardState | None]
    """States in which it does something; None is "no card yet"."""
    done_in: frozenset[CardState] = frozenset()
    """States in which it is done already, so that repeating it succeeds and changes nothing."""
    who: frozenset[Role]
    evidence: frozenset[Evidence] = frozenset()
    evidence_of: Mapping[Role, frozenset[Evidence]] = field(default_factory=dict)
    """Roles that need other papers than `evidence`; a holder who proves a key needs none."""
    stopped_by_holds: bool = False
    """Whether any hold on the whole card stops it."""
    needs_validity: bool = False
    """Whether it is refused once the card has expired."""
    articles: tuple[str, ...]
    class_a: bool = False
    """Whether it needs a second person, other than the one of the step before."""
    joint_desk: bool = False
    """Whether a joint desk may do it for the other region (CQ-11b)."""
    any_region: bool = False
    """Whether every region's office may give it: it asks, and the card's own region decides."""

    def papers(self, role: Role) -> frozenset[Evidence]:
        """The evidence that an actor in this role must have."""
        return self.evidence_of.get(role, self.evidence)


CLERK = frozenset({Role.CLERK, Role.SUPERVISOR})
LIVING: frozenset[CardState | None] = frozenset({CardState.PENDING, CardState.ACTIVE})
ACTIVE: frozenset[CardState | None] = frozenset({CardState.ACTIVE})
IN_PERSON = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})
