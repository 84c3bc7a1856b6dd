"""One chip and whatever may befall it: power that fails at any step of its memory, answers that are lost, replayed commands, restored images.

world = World("seed")                       a finished chip with script keys; its holder's PIN is `PIN`
session = world.session()                   inserted and selected; cut_at=7: power fails at the seventh step of memory from now on
before = world.snapshot() ... world.restore(before)
world.traffic                               every command that any chip of this world was ever sent
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from codes.errors import SetupError
from codes.scripts import ChipStatus, Script, ScriptKeys, ScriptReceipt
from physical import faults
from physical.binding import BindingSession
from physical.chipmemory import blank_image
from physical.nvm import ERASED, PAGE, WORD, ArrayMemory
from physical.softcard import SoftCard, TZeroCard
from physical.transport import whole
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, Entropy, chip_credential

if TYPE_CHECKING:
    from codes.chipproof import ChipState

MASTER = bytes.fromhex("000102030405060708090a0b0c0d0e0f")


class PowerCutError(Exception):
    """The power is gone."""


class Tear(enum.Enum):
    """What the page being emptied, or the word being filled, holds when the power fails."""

    ANYTHING = enum.auto()
    NOTHING_YET = enum.auto()
    HALF = enum.auto()
    ALL_BUT_THE_NEXT = enum.auto()


class TornMemory(ArrayMemory):
    """Memory whose power fails at a chosen elementary step."""

    __slots__ = ("_entropy", "cut_at", "steps", "tear")

    def __init__(self, content: bytes, entropy: Entropy) -> None:
        super().__init__(content)
        self._entropy = entropy
        self.steps = 0
        self.cut_at: int | None = None
        self.tear = Tear.ANYTHING

    def power_up(self, *, cut_at: int | None = None) -> None:
        self.steps, self.cut_at = 0, cut_at

    def erase(self, offset: int, size: int) -> None:
        for at in range(offset, offset + size, PAGE):
            self._step(at, ERASED * PAGE)

    def write(self, offset: int, content: bytes) -> None:
        for at in range(0, len(content), WORD):
            self._step(offset + at, content[at : at + WORD])

    def _step(self, at: int, content: bytes) -> None:
        self.steps += 1
        if self.cut_at is not None and self.steps >= self.cut_at:
            if self.steps == self.cut_at:
                self.content[at : at + len(content)] = self._torn(self.read(at, len(content)), content)
            raise PowerCutError
        self.content[at : at + len(content)] = content

    def _torn(self, old: bytes, new: bytes) -> bytes:
        half = len(new) // 2
        return {Tear.ANYTHING: self._entropy(len(new)), Tear.NOTHING_YET: old, Tear.HALF: new[:half] + old[half:], Tear.ALL_BUT_THE_NEXT: new}[
            self.tear
        ]


class Wire:
    """A `Transport` to a chip of this world. `lose_answer`: the command with this number is obeyed, and its answer never comes."""

    def __init__(self, card: SoftCard | TZeroCard, traffic: list[bytes], *, lose_answer: int | None) -> None:
        self._card, self._traffic, self._lose_answer = card, traffic, lose_answer
        self._sent = 0
        self.gone = False

    def transmit(self, command: bytes) -> bytes:
        self._sent += 1
        self._traffic.append(command)
        if not self.gone:
            try:
                answer = self._card.apdu(command)
            except PowerCutError:
                self.gone = True
            else:
                self.gone = self._sent == self._lose_answer
        if self.gone:
            raise SetupError(faults.OUTCOME_UNKNOWN, ins=f"{command[1]:02X}")
        return answer


class World:
    """See the module."""

    def __init__(self, seed: str = "world", *, card_id: bytes = CARD_ID, tzero: bool = False, master: bytes = MASTER) -> None:
        self.card_id, self.tzero = card_id, tzero
        self.keys = ScriptKeys.derive(master, card_id=card_id)
        self.entropy = Entropy(seed)
        self.memory = TornMemory(blank_image(), self.entropy)
        self.traffic: list[bytes] = []
        session = self.session()
        self.key = session.generate_key()
        session.write_card_id(card_id)
        session.write_script_keys(self.keys)
        session.write_initial_pin(INITIAL_PIN)
        session.write_credential(chip_credential(self.key))
        session.activate()
        session.change_pin(INITIAL_PIN, PIN)

    # ------------------------------------------------------------------------------------------------------------ the hand

    def insert(self, *, cut_at: int | None = None, lose_answer: int | None = None) -> Wire:
        """Power the chip up in a reader: a transport with nothing selected."""
        self.memory.power_up(cut_at=cut_at)
        card = SoftCard(self.memory, self.entropy)
        return Wire(TZeroCard(card) if self.tzero else card, self.traffic, lose_answer=lose_answer)

    def session(self, *, cut_at: int | None = None, lose_answer: int | None = None) -> BindingSession:
        """Insert the chip and select the binding application."""
        wire = self.insert(cut_at=cut_at, lose_answer=lose_answer)
        session = BindingSession(whole(wire) if self.tzero else wire)
        session.select()
        return session

    def snapshot(self) -> bytes:
        """The whole memory, as somebody with a laboratory might copy it."""
        return bytes(self.memory.content)

    def restore(self, snapshot: bytes) -> None:
        """Put an old memory back."""
        self.memory.content[:] = snapshot

    # ---------------------------------------------------------------------------------------------------------- the record

    def script(self, seq: int, state: ChipState, *, challenge: bytes | None = None) -> bytes:
        """A script for this chip: live when there is a challenge."""
        script = Script(seq=seq, state=state, live=challenge is not None, nonce=self.entropy(8))
        return script.seal(self.keys, card_id=self.card_id, challenge=challenge)

    def tell(self, session: BindingSession, seq: int, state: ChipState) -> ScriptReceipt:
        """Deliver a live script and believe its receipt."""
        script = self.script(seq, state, challenge=session.challenge())
        return self.receipt(script, session.apply_script(script))

    def receipt(self, script: bytes, answer: bytes) -> ScriptReceipt:
        """The receipt in a chip's answer to this script, verified."""
        return ScriptReceipt.check(answer, keys=self.keys, card_id=self.card_id, nonce=Script.parse(script).nonce)

    def status(self, session: BindingSession | None = None) -> ChipStatus:
        """How the chip stands, verified; asked in a session of its own unless there is one."""
        nonce = self.entropy(8)
        answer = (session or self.session()).status(nonce)
        return ChipStatus.check(answer, keys=self.keys, card_id=self.card_id, nonce=nonce)
