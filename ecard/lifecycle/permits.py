"""The whole table, and the one question asked of it: may this be done here and now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults
from ecard.lifecycle import chips, core, lapsing, making, remaking, stopping
from ecard.lifecycle.statuses import holds_in_force
from ecard.model import Role
from ecard.persons import same_person

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ecard.lifecycle.table import Command, Evidence, Rule
    from ecard.model import Actor, Dossier

RULES: Mapping[Command, Rule] = {**core.ROWS, **stopping.ROWS, **remaking.ROWS, **making.ROWS, **chips.ROWS, **lapsing.ROWS}


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
    elif actor.region != region and not rule.any_region and not (rule.joint_desk and actor.joint_desk):
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
    if missing := rule.papers(actor.role) - set(evidence):
        raise StateError(faults.EVIDENCE_MISSING, command=command, missing=", ".join(sorted(missing)), article=article)
    return rule


def check_second_person(rule: Rule, actor: Actor, earlier: Collection[str]) -> None:
    """Return unless the rule needs a second person and this one took an earlier step, however the number is spelt. Raises `StateError` same-person."""
    if rule.class_a and any(same_person(actor.person, person) for person in earlier):
        raise StateError(faults.SAME_PERSON, role=actor.role, article=rule.articles[0])
