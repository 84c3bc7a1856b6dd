"""Stopping a chip at a desk without a line: what lets a script be delivered, and everything that keeps it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codes import faults as form
from codes.blocklists import BlockList, blinded
from codes.chipproof import ChipState
from codes.claims import Profile, StatusType
from codes.errors import CardError, SetupError
from codes.scripts import RECEIPT_BYTES, Script, ScriptKeys
from physical import faults
from physical.binding import BindingSession
from physical.blocking import Outcome, block
from physical.chipmemory import ChipMemory, blank_image
from physical.nvm import ArrayMemory
from physical.softcard import InProcess, SoftCard
from tests.physical.chips import CARD_ID, INITIAL_PIN, Entropy
from tests.verify.gate import CHIP_ISSUER, DAY, METRO, NOW, STATUS, STRANGER, Gate, Lists, issue, says, trust

if TYPE_CHECKING:
    from codes.credential import Credential
    from codes.errors import Fault
    from codes.keys import CoseKey, SoftwareSigner
    from physical.blocking import Blocking

KEYS = ScriptKeys(script=bytes(16), receipt=bytes(range(16)))
SALT = bytes(16)
STOPPED = Lists(stopped=[(Profile.CHIP, 7, StatusType.SUSPENDED)])


class Card:
    """A finished chip with a credential that the gate believes, unless a test wants another."""

    def __init__(self, **changes: Any) -> None:
        self.memory = ArrayMemory(blank_image())
        session = self._session()
        self.key: CoseKey = session.generate_key()
        session.write_card_id(CARD_ID)
        session.write_script_keys(KEYS)
        session.write_initial_pin(INITIAL_PIN)
        session.write_credential(self._credential(changes).raw)
        session.activate()

    def _credential(self, changes: dict[str, Any]) -> Credential:
        profile = changes.pop("profile", Profile.CHIP)
        return issue(says(profile, **{"holder": self.key, **changes}), CHIP_ISSUER if profile is Profile.CHIP else None)

    def _session(self) -> BindingSession:
        session = BindingSession(self.inserted())
        session.select()
        return session

    def inserted(self) -> InProcess:
        return InProcess(SoftCard(self.memory, Entropy("card")))

    @property
    def state(self) -> ChipState:
        return ChipMemory(self.memory).state

    def named(self) -> bytes:
        return blinded(SALT, CARD_ID, self.key.thumbprint())


def listed(card: Card, *, region: str = "CN-CQ", iat: int = NOW - 60, signer: SoftwareSigner = STATUS, on_it: bool = True, seq: int = 2) -> BlockList:
    script = Script(seq=seq, state=ChipState.SUSPENDED, live=False, nonce=bytes(8)).seal(KEYS, card_id=CARD_ID, challenge=None)
    return BlockList.issue(region, {card.named(): script} if on_it else {}, signer, salt=SALT, iat=iat, exp=iat + DAY)


def attempt(card: Card, found: BlockList, gate: Gate | None = None) -> Blocking:
    gate = gate or Gate(status=STOPPED)
    return block(card.inserted(), gate.verifier.believing, found, entropy=Entropy("desk"), now=NOW)


@pytest.mark.threat("E03")
def test_a_chip_that_a_fresh_list_stops_is_stopped_once_and_gives_its_receipt() -> None:
    card = Card()
    done = attempt(card, listed(card))
    assert (done.outcome, card.state, len(done.carried)) == (Outcome.BLOCKED, ChipState.SUSPENDED, 3)
    again = attempt(card, listed(card))
    assert (again.outcome, len(again.carried)) == (Outcome.KNOWN, 1)


class Pretending:
    """A way to the chip on which somebody answers a script without the chip, and may take the chip away thereafter."""

    def __init__(self, card: Card, *, gone: bool) -> None:
        self._inner, self._gone, self._asked = card.inserted(), gone, False

    def transmit(self, command: bytes) -> bytes:
        if command[:2] == b"\x84\x1e":
            self._asked = True
            return bytes(RECEIPT_BYTES) + b"\x90\x00"
        if self._asked and self._gone:
            raise SetupError(faults.OUTCOME_UNKNOWN)
        return self._inner.transmit(command)


@pytest.mark.threat("E05")
@pytest.mark.parametrize("gone", [False, True], ids=["the chip is still there", "the chip is gone"])
def test_a_desk_calls_no_chip_stopped_that_has_not_signed_it_and_carries_the_receipt_all_the_same(gone: bool) -> None:
    card, gate = Card(), Gate(status=STOPPED)
    done = block(Pretending(card, gone=gone), gate.verifier.believing, listed(card), entropy=Entropy("desk"), now=NOW)
    assert (done.outcome, card.state) == (Outcome.UNPROVED, ChipState.ACTIVE)
    assert done.carried[1].keys() == {"card_id", "script", "receipt"}


@pytest.mark.parametrize(
    ("gate", "on_it", "outcome"),
    [(Gate(), True, Outcome.VALID), (Gate(status=STOPPED), False, Outcome.NOT_LISTED)],
    ids=["nothing stops it", "no script for it"],
)
def test_otherwise_nothing_is_delivered_and_the_chips_proof_is_still_carried(gate: Gate, on_it: bool, outcome: Outcome) -> None:
    card = Card()
    done = attempt(card, listed(card, on_it=on_it), gate)
    assert (done.outcome, card.state, len(done.carried)) == (outcome, ChipState.ACTIVE, 1)


def cases() -> list[tuple[str, dict[str, Any], Gate, Fault]]:
    gone, other = Lists(), Lists(stopped=[(Profile.CHIP, 7, StatusType.SUSPENDED)])
    gone.shards.clear()
    other.shards["sl:c1"] = replace(other.shards["sl:c1"], region="CN-SC")
    profile = Lists(stopped=[(Profile.CHIP, 7, StatusType.SUSPENDED)])
    profile.shards["sl:c1"] = replace(profile.shards["sl:c1"], profile=Profile.GENERAL)
    stale = Lists(iat=NOW - METRO.staleness.allowed - 1, stopped=[(Profile.CHIP, 7, StatusType.SUSPENDED)])
    good = Gate(status=STOPPED)
    return [
        ("another signer", {"signer": STRANGER}, good, form.BLOCK_LIST_SIGNATURE),
        ("another region", {"region": "CN-SC"}, good, faults.BLOCK_LIST_ELSEWHERE),
        ("a region without status", {}, Gate(status=STOPPED, trust=trust(authorities=[])), faults.BLOCK_LIST_ELSEWHERE),
        ("out of date", {"iat": NOW - DAY}, good, faults.BLOCK_LIST_OLD),
        ("of tomorrow", {"iat": NOW + 1}, good, faults.BLOCK_LIST_OLD),
        ("no status list", {}, Gate(status=gone), faults.BLOCK_STATUS_OLD),
        ("a status list of another region", {}, Gate(status=other), faults.BLOCK_STATUS_OLD),
        ("a status list of another profile", {}, Gate(status=profile), faults.BLOCK_STATUS_OLD),
        ("a stale status list", {}, Gate(status=stale), faults.BLOCK_STATUS_OLD),
    ]


@pytest.mark.error("block-list-signature")
@pytest.mark.error("block-list-elsewhere")
@pytest.mark.error("block-list-old")
@pytest.mark.error("block-status-old")
@pytest.mark.parametrize(("terms", "gate", "fault"), [case[1:] for case in cases()], ids=[case[0] for case in cases()])
def test_a_list_or_a_status_that_cannot_be_believed_stops_nothing(terms: dict[str, Any], gate: Gate, fault: Fault) -> None:
    card = Card()
    with pytest.raises(CardError) as caught:
        attempt(card, listed(card, **terms), gate)
    assert (caught.value.code, card.state) == (fault.code, ChipState.ACTIVE)


def test_a_credential_that_is_no_chips_or_that_nobody_trusts_stops_nothing() -> None:
    phone = Card(profile=Profile.GENERAL)
    with pytest.raises(CardError, match="claim-value"):
        attempt(phone, listed(phone))
    card = Card()
    with pytest.raises(CardError, match="issuer-unknown"):
        attempt(card, listed(card), Gate(status=STOPPED, trust=trust(issuers=[])))
