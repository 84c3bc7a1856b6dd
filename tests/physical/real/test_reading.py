"""Cards read through the real PC/SC stack."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose
from physical import pcsc
from physical.binding import BindingSession
from physical.generation3 import Psam
from physical.softcard import TZeroCard
from physical.ssc import Addressing, SscSession
from physical.sscfields import Generation
from physical.vpcd import ATR_T0, ATR_T1
from tests.physical.chips import CARD_ID
from tests.physical.sscchips import LONG, SoftPsam, holder_file, issuer_file, ssc_card

if TYPE_CHECKING:
    from physical.vpcd import Chip
    from physical.vpcd_service import VirtualReaders
    from tests.physical.real.conftest import Slot


@pytest.mark.parametrize("by", Addressing)
@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_an_identity_is_read(slot: Slot, by: Addressing, protocol: str) -> None:
    card: Chip = ssc_card() if protocol == "T=1" else TZeroCard(ssc_card())
    slot.insert(card, atr=ATR_T1 if protocol == "T=1" else ATR_T0)
    with pcsc.inserted(slot.name) as transport:
        session = SscSession(transport)
        assert session.select()
        assert session.issuer_file(by=by) == issuer_file(Generation.SECOND)
        assert session.holder_file(by=by) == holder_file()


def test_a_card_of_generation_three_is_opened_by_the_psam_beside_it(slot: Slot, psam_slot: Slot) -> None:
    slot.insert(ssc_card(Generation.THIRD, LONG))
    psam_slot.insert(SoftPsam())
    with pcsc.inserted(slot.name) as transport, pcsc.inserted(psam_slot.name) as keys:
        session = SscSession(transport)
        session.select()
        session.authenticate_by(Psam(keys, secrets.token_bytes), session.issuer_file().card_id)
        assert session.holder_file() == holder_file(LONG)


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_a_chip_proves_itself(slot: Slot, protocol: str) -> None:
    card: Chip = ssc_card() if protocol == "T=1" else TZeroCard(ssc_card())
    slot.insert(card, atr=ATR_T1 if protocol == "T=1" else ATR_T0)
    with pcsc.inserted(slot.name) as transport:
        session = BindingSession(transport)
        assert session.select()
        assert len(session.read_credential()) > 200
        for counter in (1, 2):
            challenge = secrets.token_bytes(32)
            assert session.prove(ChipPurpose.STATUS, challenge, key=session.read_public_key(), card_id=CARD_ID).counter == counter


def test_readers_do_not_share_their_cards(virtual: VirtualReaders, slot: Slot, other_slot: Slot) -> None:
    slot.insert(ssc_card(Generation.SECOND))
    other_slot.insert(ssc_card(Generation.THIRD))
    for name, generation in ((slot.name, Generation.SECOND), (other_slot.name, Generation.THIRD)):
        with pcsc.inserted(name) as transport:
            session = SscSession(transport)
            session.select()
            assert session.issuer_file().generation is generation
    with pcsc.readers() as seen:
        assert set(seen.names()) == set(virtual.names)
