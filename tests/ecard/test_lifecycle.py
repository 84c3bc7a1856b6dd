from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.chipproof import ChipState
from codes.claims import StatusType
from codes.errors import StateError
from ecard import faults, lifecycle
from ecard.lifecycle import DIALECTS, RULES, CarrierStatus, Command, carrier_status
from ecard.model import (
    Actor,
    Card,
    CardRef,
    CardState,
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    Dossier,
    EndReason,
    Hold,
    HolderRef,
    HoldKind,
    HoldRef,
    Role,
)
from tests.ecard.city import CQ, NOW, SC, refused

CHIP = Carrier(ref=CarrierRef("chip"), card=CardRef("card"), kind=CarrierKind.CHIP, state=CarrierState.ACTIVE, card_code=bytes(16), created=NOW)
PHONE = Carrier(ref=CarrierRef("phone"), card=CardRef("card"), kind=CarrierKind.PHONE, state=CarrierState.ACTIVE, created=NOW)
STAFF = {role: Actor(ref=role, person=f"staff-{role}", role=role, region=CQ) for role in Role}
HOLDER = Actor(ref="app", person="holder", role=Role.HOLDER)


def dossier(state: CardState | None = CardState.ACTIVE, *holds: Hold) -> Dossier:
    card = Card(
        ref=CardRef("card"),
        number="C00000000",
        holder=HolderRef("holder"),
        region=CQ,
        state=state or CardState.PENDING,
        end_reason=EndReason.CANCELLED if state is CardState.ENDED else None,
        issued=NOW - 10,
        expires=NOW + 1000,
        revision=3,
        chip_seq=1,
    )
    return Dossier(card=card, carriers=(CHIP, PHONE), holds=holds)


def hold(kind: HoldKind = HoldKind.LOSS, carrier: str | None = None, *, until: int | None = None, lifted: int | None = None) -> Hold:
    return Hold(
        ref=HoldRef(f"{kind}-{carrier}"),
        card=CardRef("card"),
        carrier=None if carrier is None else CarrierRef(carrier),
        kind=kind,
        origin=CardRef("card"),
        placed=NOW - 5,
        placed_by="clerk",
        placed_person="staff",
        until=until,
        lifted=lifted,
    )


def actor_for(command: Command) -> Actor:
    role = next(role for role in Role if role in RULES[command].who)
    return HOLDER if role is Role.HOLDER else STAFF[role]


def permit(command: Command, before: Dossier | None, actor: Actor | None = None, evidence: object = None, now: int = NOW) -> lifecycle.Rule:
    given_evidence = RULES[command].evidence if evidence is None else frozenset()
    return lifecycle.permit(command, before, region=CQ, actor=actor or actor_for(command), evidence=given_evidence, now=now)


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
    with refused(faults.OTHER_REGION, desk_region=SC):
        permit(command, before, elsewhere)
    if rule.joint_desk:
        assert permit(command, before, replace(elsewhere, joint_desk=True)) is rule
    else:
        with refused(faults.OTHER_REGION):
            permit(command, before, replace(elsewhere, joint_desk=True))


def test_joint_desks_do_these() -> None:
    assert {command for command in Command if RULES[command].joint_desk} == {
        Command.APPLY,
        Command.ACTIVATE,
        Command.REPORT_LOSS,
        Command.WITHDRAW_LOSS,
    }


@pytest.mark.error("evidence-missing")
@pytest.mark.parametrize("command", [command for command in Command if RULES[command].evidence])
def test_evidence_that_is_missing_is_named(command: Command) -> None:
    state = next(iter(RULES[command].from_states))
    with refused(faults.EVIDENCE_MISSING, missing=", ".join(sorted(RULES[command].evidence))):
        permit(command, None if state is None else dossier(state), evidence="none")


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


KINDS = st.sets(st.sampled_from(HoldKind))


@given(card=st.sampled_from(CardState), carrier=st.sampled_from(CarrierState), kinds=KINDS)
def test_a_carriers_status_is_ended_then_frozen_then_suspended_then_valid(card: CardState, carrier: CarrierState, kinds: set[HoldKind]) -> None:
    ended = "ended" in {card.value, carrier.value}
    pending = "pending" in {card.value, carrier.value}
    wanted = [StatusType.INVALID] * ended + [StatusType.FROZEN] * (HoldKind.FREEZE in kinds) + [StatusType.SUSPENDED] * (bool(kinds) or pending)
    assert DIALECTS[carrier_status(card, carrier, kinds)].status is [*wanted, StatusType.VALID][0]


def test_the_three_dialects_say_the_same() -> None:
    assert {status: DIALECTS[status] for status in CarrierStatus} == {
        CarrierStatus.VALID: (StatusType.VALID, ChipState.ACTIVE),
        CarrierStatus.SUSPENDED: (StatusType.SUSPENDED, ChipState.SUSPENDED),
        CarrierStatus.FROZEN: (StatusType.FROZEN, ChipState.FROZEN),
        CarrierStatus.ENDED: (StatusType.INVALID, ChipState.CANCELLED),
    }


def test_a_hold_on_one_carrier_leaves_the_other_alone_and_one_on_the_card_stops_both() -> None:
    def statuses(*holds: Hold) -> list[CarrierStatus]:
        before = dossier(CardState.ACTIVE, *holds)
        return [lifecycle.status_of(before, carrier, NOW) for carrier in (CHIP, PHONE)]

    assert statuses(hold(HoldKind.LOSS, "phone")) == [CarrierStatus.VALID, CarrierStatus.SUSPENDED]
    assert statuses(hold(HoldKind.LOSS)) == [CarrierStatus.SUSPENDED, CarrierStatus.SUSPENDED]
    assert statuses(hold(HoldKind.FREEZE), hold(HoldKind.LOSS, "chip")) == [CarrierStatus.FROZEN, CarrierStatus.FROZEN]
    assert statuses(hold(HoldKind.FREEZE, until=NOW)) == [CarrierStatus.VALID, CarrierStatus.VALID]
    assert statuses(hold(HoldKind.FREEZE, until=NOW + 1)) == [CarrierStatus.FROZEN, CarrierStatus.FROZEN]


def test_the_chips_sequence_moves_only_when_the_chip_is_to_take_another_state() -> None:
    before = dossier()
    held_phone = lifecycle.advance(before, replace(before, holds=(hold(HoldKind.LOSS, "phone"),)), since=NOW, now=NOW)
    held_card = lifecycle.advance(before, replace(before, holds=(hold(),)), since=NOW, now=NOW)
    assert (held_phone.card.revision, held_phone.card.chip_seq) == (4, 1)
    assert (held_card.card.revision, held_card.card.chip_seq) == (4, 2)


def test_a_freeze_that_lapsed_counts_as_a_change_at_the_next_event() -> None:
    frozen = dossier(CardState.ACTIVE, hold(HoldKind.FREEZE, until=NOW))
    assert lifecycle.advance(frozen, frozen, since=NOW - 1, now=NOW).card.chip_seq == 2
    assert lifecycle.advance(frozen, frozen, since=NOW, now=NOW).card.chip_seq == 1


def test_a_card_without_a_chip_has_no_chip_to_turn() -> None:
    bare = replace(dossier(), carriers=(PHONE, replace(CHIP, state=CarrierState.ENDED, end_reason=EndReason.EXCHANGED)))
    assert bare.chip is None
    assert lifecycle.chip_target(bare, NOW) is None
    assert lifecycle.advance(bare, bare, since=NOW, now=NOW).card.chip_seq == 1


def test_while_a_new_chip_is_made_the_one_in_hand_is_the_cards_chip() -> None:
    both = replace(dossier(), carriers=(replace(CHIP, ref=CarrierRef("new"), state=CarrierState.PENDING), CHIP))
    assert both.chip == CHIP


def test_a_refusal_carries_a_hint_in_both_languages() -> None:
    with pytest.raises(StateError) as caught:
        permit(Command.ACTIVATE, dossier(CardState.ENDED))
    assert caught.value.fault.hint.zh
    assert caught.value.fault.hint.en
