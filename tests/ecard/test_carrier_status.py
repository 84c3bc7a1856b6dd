from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.chipproof import ChipState
from codes.claims import StatusType
from ecard import lifecycle
from ecard.lifecycle import DIALECTS, CarrierStatus, carrier_status
from ecard.model import (
    CardState,
    CarrierRef,
    CarrierState,
    EndReason,
    Hold,
    HoldKind,
)
from tests.ecard.city import NOW
from tests.ecard.dossiers import CHIP, PHONE, dossier, hold

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


SPELLS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([None, "chip", "phone"]), st.booleans()), max_size=5)


@pytest.mark.article("ZS-17c")
@given(spells=SPELLS, at=st.integers(0, 9))
def test_a_place_is_lost_since_the_second_from_which_every_second_was_stopped(spells: list[tuple[int, int, str | None, bool]], at: int) -> None:
    holds = [
        replace(
            hold(
                HoldKind.LOSS if early else HoldKind.PRE_LOSS,
                carrier,
                lifted=begin + length if early else None,
                until=None if early else begin + length,
            ),
            placed=begin,
        )
        for begin, length, carrier, early in spells
        if early or length
    ]
    stopped = {
        second
        for spell in holds
        if spell.carrier in {None, "chip"}
        for second in range(spell.placed, min(end for end in (spell.lifted, spell.until) if end is not None))
    }
    since = at
    while since - 1 in stopped:
        since -= 1
    wanted = since if at in stopped else None
    assert lifecycle.lost_since(dossier(CardState.ACTIVE, *holds), CHIP.ref, at) == wanted


def test_a_freeze_or_a_lock_is_no_loss() -> None:
    before = dossier(CardState.ACTIVE, hold(HoldKind.FREEZE), hold(HoldKind.SELF_LOCK))
    assert lifecycle.lost_since(before, None, NOW) is None
    assert lifecycle.lost_since(dossier(CardState.ACTIVE, hold()), PHONE.ref, NOW) == NOW - 5


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
