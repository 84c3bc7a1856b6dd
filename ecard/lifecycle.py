"""What may be done to a card, when, by whom and on what evidence: one readable table. And what a carrier's status is: one pure function.

No input, no output, no clock. The database refuses the same illegal jumps a second time (see migrations).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from codes.chipproof import ChipState
from codes.claims import StatusType
from codes.errors import StateError, Text
from ecard import faults
from ecard.model import Actor, CardState, CarrierState, Dossier, HoldKind, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ecard.model import Carrier


class Command(enum.StrEnum):
    """What can be done to a card."""

    APPLY = "apply"
    PERSONALISE = "personalise"
    ACTIVATE = "activate"
    BIND_PHONE = "bind-phone"
    RENEW = "renew-credentials"
    REPORT_LOSS = "report-loss"
    WITHDRAW_LOSS = "withdraw-loss"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"


class Evidence(enum.StrEnum):
    """What the actor attests to have before them. Proofs by keys are not attested: the office checks them itself."""

    FORM = "application-form"
    IDENTITY_DOCUMENT = "identity-document-checked"
    PORTRAIT = "portrait"
    IN_PERSON = "in-person"
    WRITTEN_REPORT = "written-loss-report"
    OWN_USE_NOTICE = "own-use-notice-accepted"
    CASE_FILE = "case-file"
    REVIEW = "review"


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
    stopped_by_holds: bool = False
    """Whether any hold on the whole card stops it."""
    needs_validity: bool = False
    """Whether it is refused once the card has expired."""
    articles: tuple[str, ...]
    class_a: bool = False
    """Whether it needs a second person, other than the one of the step before."""
    joint_desk: bool = False
    """Whether a joint desk may do it for the other region (CQ-11b)."""


_CLERK = frozenset({Role.CLERK, Role.SUPERVISOR})
_LIVING: frozenset[CardState | None] = frozenset({CardState.PENDING, CardState.ACTIVE})
_ACTIVE: frozenset[CardState | None] = frozenset({CardState.ACTIVE})
_IN_PERSON = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})

RULES: Mapping[Command, Rule] = {
    Command.APPLY: Rule(
        title=Text("申领", "Apply"),
        effect=Text(
            "建立卡档，同时申领实体卡和电子社保卡，下达制卡。",
            "Opens the record, for the physical and the electronic card at once, and orders its production.",
        ),
        from_states=frozenset({None}),
        who=_CLERK,
        evidence=frozenset({Evidence.FORM, Evidence.IDENTITY_DOCUMENT, Evidence.PORTRAIT}),
        articles=("CQ-5a", "CQ-5b", "CQ-12a", "ZS-15", "HZ-9a"),
        joint_desk=True,
    ),
    Command.PERSONALISE: Rule(
        title=Text("制卡", "Personalise"),
        effect=Text(
            "登记芯片公钥并签发芯片凭证，启用前为暂停状态。", "Records the chip's key and issues the chip's credential, suspended until activation."
        ),
        from_states=frozenset({CardState.PENDING}),
        who=frozenset({Role.PRODUCTION}),
        articles=("ZS-3", "HZ-12"),
    ),
    Command.ACTIVATE: Rule(
        title=Text("启用", "Activate"),
        effect=Text("实体卡和电子社保卡同时生效。", "Card and electronic card take effect together."),
        from_states=frozenset({CardState.PENDING}),
        done_in=frozenset({CardState.ACTIVE}),
        who=_CLERK,
        evidence=_IN_PERSON | {Evidence.OWN_USE_NOTICE},
        stopped_by_holds=True,
        needs_validity=True,
        articles=("CQ-11a", "HZ-9b", "ZS-13"),
        joint_desk=True,
    ),
    Command.BIND_PHONE: Rule(
        title=Text("绑定手机", "Bind a phone"),
        effect=Text(
            "登记手机密钥；经芯片认证的可领各类凭证，未认证的限期只领通用凭证。",
            "Enrols a phone's key; endorsed by the chip it may have every kind, otherwise general ones for a while.",
        ),
        from_states=_ACTIVE,
        who=_CLERK | {Role.HOLDER},
        stopped_by_holds=True,
        needs_validity=True,
        articles=("CQ-2a", "ZZ-2b"),
    ),
    Command.RENEW: Rule(
        title=Text("更新凭证", "Renew credentials"),
        effect=Text(
            "为手机的新密钥签发新凭证，各凭证之间互不关联。", "Issues fresh credentials for fresh keys of the phone; none can be linked to another."
        ),
        from_states=_ACTIVE,
        who=frozenset({Role.HOLDER}),
        stopped_by_holds=True,
        needs_validity=True,
        articles=("ZZ-2b", "ZS-11(2)"),
    ),
    Command.REPORT_LOSS: Rule(
        title=Text("书面挂失", "Report a loss"),
        effect=Text(
            "停用所报的整卡、芯片卡或手机，名单下次发布时对外生效。", "Stops the card, its chip or a phone; terminals learn it with the next list."
        ),
        from_states=_LIVING,
        who=_CLERK,
        evidence=_IN_PERSON | {Evidence.WRITTEN_REPORT},
        articles=("ZS-17a", "CQ-11a"),
        joint_desk=True,
    ),
    Command.WITHDRAW_LOSS: Rule(
        title=Text("解除挂失", "Withdraw a loss report"),
        effect=Text("恢复使用；已申请补领的不得解除。", "Brings it back into use, unless a replacement has been applied for."),
        from_states=_LIVING,
        who=_CLERK,
        evidence=_IN_PERSON,
        articles=("ZS-18", "CQ-11a"),
        joint_desk=True,
    ),
    Command.FREEZE: Rule(
        title=Text("临时冻结", "Freeze for a time"),
        effect=Text(
            "因冒领、冒用、盗用临时冻结全卡，写明事由和截止时间。",
            "Freezes the whole card on false claim, false use or theft, with a ground and an end.",
        ),
        from_states=_LIVING,
        who=_CLERK,
        evidence=frozenset({Evidence.CASE_FILE}),
        articles=("CQ-20b",),
    ),
    Command.UNFREEZE: Rule(
        title=Text("解除冻结", "Lift a freeze"),
        effect=Text("经另一人复核后解除冻结。", "Lifts the freeze after review by a second person."),
        from_states=_LIVING,
        who=_CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("CQ-20b",),
        class_a=True,
    ),
}


def permit(command: Command, dossier: Dossier | None, *, region: str, actor: Actor, evidence: Collection[Evidence], now: int) -> Rule:
    """The rule of `command` if the table allows it here and now; `dossier` None where there is no card yet.

    Raises `StateError`, with the article as a fact: not-permitted, other-region, wrong-state, card-expired, card-held, evidence-missing.
    """
    rule = RULES[command]
    article = rule.articles[0]
    if actor.role not in rule.who:
        raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article=article)
    if actor.role is Role.HOLDER:
        if dossier is None or actor.person != dossier.card.holder:
            raise StateError(faults.NOT_PERMITTED, command=command, role=actor.role, article=article)
    elif actor.region != region and not (rule.joint_desk and actor.joint_desk):
        raise StateError(faults.OTHER_REGION, command=command, region=region, desk_region=actor.region, article=article)
    state = None if dossier is None else dossier.card.state
    if state not in rule.from_states | rule.done_in:
        raise StateError(faults.WRONG_STATE, command=command, state=state, article=article)
    if dossier is not None:
        if rule.needs_validity and now >= dossier.card.expires:
            raise StateError(faults.CARD_EXPIRED, command=command, expired=dossier.card.expires, article="HZ-13")
        on_card = holds_in_force(dossier, now)[None]
        if rule.stopped_by_holds and on_card:
            raise StateError(faults.CARD_HELD, command=command, hold=min(on_card), article=article)
    if missing := rule.evidence - set(evidence):
        raise StateError(faults.EVIDENCE_MISSING, command=command, missing=", ".join(sorted(missing)), article=article)
    return rule


def check_second_person(rule: Rule, actor: Actor, earlier: Collection[str]) -> None:
    """Return unless the rule needs a second person and this one took an earlier step. Raises `StateError` same-person."""
    if rule.class_a and actor.person in earlier:
        raise StateError(faults.SAME_PERSON, role=actor.role, article=rule.articles[0])


class CarrierStatus(enum.StrEnum):
    """What a carrier is good for, in the record's words."""

    VALID = "valid"
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    ENDED = "ended"


class Dialects(NamedTuple):
    """The same status as the status list says it, and as the chip says it."""

    status: StatusType
    chip: ChipState


DIALECTS: Mapping[CarrierStatus, Dialects] = {
    CarrierStatus.VALID: Dialects(StatusType.VALID, ChipState.ACTIVE),
    CarrierStatus.SUSPENDED: Dialects(StatusType.SUSPENDED, ChipState.SUSPENDED),
    CarrierStatus.FROZEN: Dialects(StatusType.FROZEN, ChipState.FROZEN),
    CarrierStatus.ENDED: Dialects(StatusType.INVALID, ChipState.CANCELLED),
}


def carrier_status(card: CardState, carrier: CarrierState, holds: Collection[HoldKind]) -> CarrierStatus:
    """The status that follows from states and from the kinds of hold in force on the carrier or on its card."""
    if card is CardState.ENDED or carrier is CarrierState.ENDED:
        return CarrierStatus.ENDED
    if HoldKind.FREEZE in holds:
        return CarrierStatus.FROZEN
    if holds or card is CardState.PENDING or carrier is CarrierState.PENDING:
        return CarrierStatus.SUSPENDED
    return CarrierStatus.VALID


def status_of(dossier: Dossier, carrier: Carrier, now: int) -> CarrierStatus:
    """The status of one carrier of a dossier at `now`."""
    holds = holds_in_force(dossier, now)
    return carrier_status(dossier.card.state, carrier.state, holds[None] | holds.get(carrier.ref, set()))


def holds_in_force(dossier: Dossier, now: int) -> dict[str | None, set[HoldKind]]:
    """Kinds of hold by carrier; under None those on the whole card."""
    kinds: dict[str | None, set[HoldKind]] = {None: set()}
    for hold in dossier.holds:
        if hold.in_force(now):
            kinds.setdefault(hold.carrier, set()).add(hold.kind)
    return kinds


def chip_target(dossier: Dossier, now: int) -> ChipState | None:
    """The state that the card's chip should have; None for a card without a chip."""
    chip = dossier.chip
    return None if chip is None else DIALECTS[status_of(dossier, chip, now)].chip


def advance(before: Dossier, after: Dossier, *, since: int, now: int) -> Dossier:
    """`after` with its numbers moved on: the revision always, the chip's sequence only when the chip is to take another state than it was to at `since`.

    `since` is the time of the event before, so that a freeze that lapsed in between counts as the change it is.
    """
    turned = chip_target(before, since) != chip_target(after, now)
    card = replace(after.card, revision=before.card.revision + 1, chip_seq=before.card.chip_seq + turned)
    return replace(after, card=card)
