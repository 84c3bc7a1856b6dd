from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from codes.errors import StateError
from ecard import faults, lifecycle
from ecard.lifecycle import RULES, Command
from ecard.model import (
    Actor,
    CardState,
    Dossier,
    HoldKind,
    Role,
)
from tests.ecard.city import CQ, NOW, SC, refused
from tests.ecard.dossiers import HOLDER, STAFF, dossier, hold
from tools.proofs import read_table


def actor_for(command: Command) -> Actor:
    role = next(role for role in Role if role in RULES[command].who)
    return HOLDER if role is Role.HOLDER else STAFF[role]


def permit(command: Command, before: Dossier | None, actor: Actor | None = None, evidence: object = None, now: int = NOW) -> lifecycle.Rule:
    actor = actor or actor_for(command)
    given_evidence = RULES[command].papers(actor.role) if evidence is None else frozenset()
    return lifecycle.permit(command, before, region=CQ, actor=actor, evidence=given_evidence, now=now)


@pytest.mark.threat("F02")
@pytest.mark.error("wrong-state")
@pytest.mark.parametrize(("command", "state"), list(itertools.product(Command, [None, *CardState])))
def test_a_command_works_from_its_states_and_from_no_other(command: Command, state: CardState | None) -> None:
    rule = RULES[command]
    before = None if state is None else dossier(state)
    if state in rule.from_states | rule.done_in:
        assert permit(command, before) is rule
        return
    actor = STAFF[Role.CLERK] if actor_for(command) is HOLDER and before is None else actor_for(command)
    if actor.role in rule.who:
        with refused(faults.WRONG_STATE, command=command, state=state, article=rule.articles[0]):
            permit(command, before, actor)


@pytest.mark.error("not-permitted")
@pytest.mark.parametrize(("command", "role"), list(itertools.product(Command, Role)))
def test_a_command_is_given_by_its_roles_and_by_no_other(command: Command, role: Role) -> None:
    rule = RULES[command]
    state = next(iter(rule.from_states))
    before = None if state is None else dossier(state)
    actor = HOLDER if role is Role.HOLDER else STAFF[role]
    if role in rule.who:
        assert permit(command, before, actor) is rule
    else:
        with refused(faults.NOT_PERMITTED, role=role, article=rule.articles[0]):
            permit(command, before, actor)


def test_a_holder_acts_on_their_own_card_only() -> None:
    stranger = replace(HOLDER, person="somebody")
    with refused(faults.NOT_PERMITTED, command="bind-phone"):
        permit(Command.BIND_PHONE, dossier(), stranger)
    with refused(faults.NOT_PERMITTED, command="bind-phone"):
        permit(Command.BIND_PHONE, None, HOLDER)


@pytest.mark.error("other-region")
@pytest.mark.parametrize("command", [command for command in Command if actor_for(command) is not HOLDER])
def test_the_other_region_may_do_at_a_joint_desk_what_the_table_lists_and_nothing_else(command: Command) -> None:
    rule = RULES[command]
    state = next(iter(rule.from_states))
    before = None if state is None else dossier(state)
    elsewhere = replace(actor_for(command), region=SC)
    if rule.any_region:
        assert permit(command, before, elsewhere) is rule
        return
    with refused(faults.OTHER_REGION, desk_region=SC):
        permit(command, before, elsewhere)
    if rule.joint_desk:
        assert permit(command, before, replace(elsewhere, joint_desk=True)) is rule
    else:
        with refused(faults.OTHER_REGION):
            permit(command, before, replace(elsewhere, joint_desk=True))


@pytest.mark.article("CQ-11b")
def test_joint_desks_apply_activate_stop_bring_back_replace_and_exchange_and_do_not_cancel() -> None:
    assert {command for command in Command if RULES[command].joint_desk} == {
        Command.APPLY,
        Command.ACTIVATE,
        Command.PRE_REPORT_LOSS,
        Command.REPORT_LOSS,
        Command.WITHDRAW_PRE_LOSS,
        Command.WITHDRAW_LOSS,
        Command.REPLACE,
        Command.EXCHANGE,
        Command.HAND_OVER,
    }


@pytest.mark.error("evidence-missing")
@pytest.mark.parametrize(
    ("command", "role"), [(command, role) for command in Command for role in sorted(RULES[command].who) if RULES[command].papers(role)]
)
def test_evidence_that_is_missing_is_named(command: Command, role: Role) -> None:
    state = next(iter(RULES[command].from_states))
    actor = HOLDER if role is Role.HOLDER else STAFF[role]
    with refused(faults.EVIDENCE_MISSING, missing=", ".join(sorted(RULES[command].papers(role)))):
        permit(command, None if state is None else dossier(state), actor, evidence="none")


@pytest.mark.error("card-held")
@pytest.mark.parametrize("kind", HoldKind)
@pytest.mark.parametrize("command", [command for command in Command if RULES[command].stopped_by_holds])
def test_a_hold_on_the_card_stops_what_the_table_says(command: Command, kind: HoldKind) -> None:
    state = next(iter(RULES[command].from_states))
    assert state is not None
    with refused(faults.CARD_HELD, hold=kind):
        permit(command, dossier(state, hold(kind)))
    permit(command, dossier(state, hold(kind, "chip")))
    permit(command, dossier(state, hold(kind, lifted=NOW - 1)))


@pytest.mark.error("card-expired")
@pytest.mark.parametrize("command", Command)
def test_an_expired_card_does_nothing_new(command: Command) -> None:
    rule = RULES[command]
    state = next(iter(rule.from_states))
    if state is not None and rule.needs_validity:
        permit(command, dossier(state), now=NOW + 999)
        with refused(faults.CARD_EXPIRED, expired=NOW + 1000):
            permit(command, dossier(state), now=NOW + 1000)


@pytest.mark.error("same-person")
def test_a_class_a_command_needs_a_second_person() -> None:
    clerk = STAFF[Role.CLERK]
    with refused(faults.SAME_PERSON, article="CQ-20b"):
        lifecycle.check_second_person(RULES[Command.UNFREEZE], replace(clerk, ref="another account"), {clerk.person})
    with refused(faults.SAME_PERSON):
        lifecycle.check_second_person(RULES[Command.UNFREEZE], replace(clerk, person=f" {clerk.person.upper()} "), {clerk.person})
    lifecycle.check_second_person(RULES[Command.UNFREEZE], clerk, {"somebody else"})
    lifecycle.check_second_person(RULES[Command.FREEZE], clerk, {clerk.person})


@pytest.mark.parametrize("rule", RULES.values(), ids=[command.value for command in RULES])
def test_every_row_of_the_table_reads_in_both_languages_and_names_its_articles(rule: lifecycle.Rule) -> None:
    assert rule.title.zh
    assert rule.effect.zh.endswith("。")
    assert rule.effect.en.endswith(".")
    assert rule.articles
    assert rule.who


def test_every_command_has_one_row() -> None:
    assert RULES.keys() == set(Command)


@pytest.mark.parametrize("command", Command)
def test_every_article_of_a_row_is_one_that_the_project_serves(command: Command) -> None:
    assert read_table("articles").keys() >= set(RULES[command].articles)
    assert len(command.value) <= 24


def test_a_refusal_carries_a_hint_in_both_languages() -> None:
    with pytest.raises(StateError) as caught:
        permit(Command.ACTIVATE, dossier(CardState.ENDED))
    assert caught.value.fault.hint.zh
    assert caught.value.fault.hint.en
