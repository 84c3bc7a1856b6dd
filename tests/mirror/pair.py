"""An office with one card, and its chip of software: tapped through `physical.mirror`, torn, silenced, replayed, swapped; either of them put back in time.

pair = Pair(city)                    a card in its holder's hand, its chip in step
pair.tap(cut_at=7)                   one tap; power fails at the seventh step of the chip's memory. What broke it off is returned, None when nothing did
pair.check()                         after anything whatever: the record knows no more than the chip has proved
pair.settle()                        a clerk settles what is open and the card is tapped until both agree
"""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, ChipState
from codes.errors import CardError, SetupError, StateError
from codes.scripts import SCRIPT_BYTES
from ecard import faults
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import DIALECTS, RULES, Command, status_of
from ecard.model import FreezeGround, seconds
from ecard.stopping import LossOf
from ecard.store import Store
from physical.chipmemory import ChipMemory
from physical.mirror import tap
from physical.transport import whole
from tests.ecard.city import CLERK, CQ, SECOND_CLERK, WORKSHOP, region_issuer
from tests.physical.world import World
from webapp.chipdesk import OfficeDesk

if TYPE_CHECKING:
    from pathlib import Path

    from ecard.model import CardRef, ChipFile
    from physical.mirror import Question, Wanted
    from physical.transport import Transport
    from tests.ecard.city import City


class Keeping:
    """The office's own desk, which keeps every receipt that passes. `deaf`: the office never hears of them."""

    def __init__(self, pair: Pair, *, deaf: bool) -> None:
        self._pair, self._deaf = pair, deaf
        self._desk = OfficeDesk(pair.city.office, "walk", lambda: pair.city.at)

    def ask(self, card_id: bytes) -> Question:
        return self._desk.ask(card_id)

    def note(self, card_id: bytes, *, challenge: bytes, answer: bytes, condition: bytes) -> Wanted:
        return self._desk.note(card_id, challenge=challenge, answer=answer, condition=condition)

    def script(self, card_id: bytes, *, challenge: bytes) -> bytes:
        return self._desk.script(card_id, challenge=challenge)

    def receipt(self, card_id: bytes, *, script: bytes, answer: bytes) -> Wanted:
        self._pair.receipts.append((script, answer))
        if self._deaf:
            raise SetupError(faults.STORE_UNAVAILABLE)
        return self._desk.receipt(card_id, script=script, answer=answer)


class Swapped:
    """A reader in which the card is swapped for another after so many commands, quicker than anybody looks."""

    def __init__(self, first: Transport, second: Transport, *, after: int) -> None:
        self._first, self._second, self._left = first, second, after

    def transmit(self, command: bytes) -> bytes:
        self._left -= 1
        return (self._first if self._left >= 0 else self._second).transmit(command)


class Pair:
    """See the module."""

    def __init__(self, city: City, order: int = 1, *, tzero: bool = False) -> None:
        self.city, self.receipts = city, list[tuple[bytes, bytes]]()
        applied = city.apply(order)
        self.ref: CardRef = applied.card.ref
        code = city.chip_of(applied).code
        self.chip = World(f"pair {order}", card_id=code, tzero=tzero, master=region_issuer(CQ).chip_master)
        nonce = city.office.nonce(self.ref, NoncePurpose.PERSONALISE, at=city.at).value
        answer = self.chip.session().authenticate(ChipPurpose.STATUS, nonce)
        city.office.personalise(self.ref, chip_key=self.chip.key, challenge=nonce, answer=answer, actor=WORKSHOP, at=city.at)
        city.office.activate(self.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)
        self.history = {self.held()}
        self.highest = 0
        assert self.tap() is None

    def copied(self, city: City) -> Pair:
        """The same card and chip in a copy of the office."""
        twin = copy.copy(self)
        twin.city, twin.receipts, twin.history, twin.chip = city, list(self.receipts), set(self.history), copy.deepcopy(self.chip)
        return twin

    # ------------------------------------------------------------------------------------------------------------ looking

    def held(self) -> tuple[int, ChipState]:
        """What stands in the chip's memory."""
        memory = ChipMemory(self.chip.memory)
        return memory.target.seq, memory.state

    @property
    def file(self) -> ChipFile:
        return self.city.office.chip(self.chip.card_id)

    def check(self) -> None:
        """The chip's version has not fallen; the record knows what the chip was at some time, and not more."""
        seq, state = self.held()
        assert seq >= self.highest, (seq, self.highest)
        self.highest = seq
        self.history.add((seq, state))
        note = self.file.note
        assert note is None or (note.seq, note.state) in self.history, (note, self.history)

    # ------------------------------------------------------------------------------------------------------------- tapping

    def tap(
        self, *, cut_at: int | None = None, lose_answer: int | None = None, deaf: bool = False, swap: tuple[Pair, int] | None = None
    ) -> str | None:
        """One tap. Returns the code of what broke it off."""
        wire = self.chip.insert(cut_at=cut_at, lose_answer=lose_answer)
        transport: Transport = whole(wire) if self.chip.tzero else wire
        if swap is not None:
            other, after = swap
            transport = Swapped(transport, other.chip.insert(), after=after)
        try:
            tap(transport, Keeping(self, deaf=deaf))
        except CardError as error:
            return error.code
        finally:
            self.city.later(seconds=2)
            self.check()
        return None

    def replay(self, number: int) -> str:
        """Send the chip a script that it was sent before; what it says."""
        scripts = [command for command in self.chip.traffic if len(command) == SCRIPT_BYTES and command[0] == 0x84]
        if not scripts:
            return "none"
        before = self.held()
        session = self.chip.session()
        session.challenge()
        try:
            session.apply_script(scripts[number % len(scripts)])
        except CardError as error:
            assert self.held() == before
            return error.code
        self.check()
        return "ok"

    def carry(self, number: int) -> None:
        """Bring a receipt that passed at some time to the record, late or again."""
        if self.receipts:
            script, answer = self.receipts[number % len(self.receipts)]
            self.city.office.note_chip_receipt(self.chip.card_id, script=script, answer=answer, reader="late", at=self.city.at)
            self.check()

    def block_offline(self) -> str:
        """Deliver a script made beforehand, if there is one; its receipt stays with the desk."""
        try:
            script = self.city.office.chip_script(self.chip.card_id, challenge=None).apdu
            self.receipts.append((script, self.chip.session().apply_script(script)))
        except CardError as error:
            return error.code
        self.check()
        return "ok"

    # -------------------------------------------------------------------------------------------------------- the card

    def act(self, command: Command) -> str:
        """Give a command about the card; "ok", or why not."""
        office, at = self.city.office, self.city.at
        given: dict[str, Any] = {"actor": CLERK, "evidence": RULES[command].evidence, "at": at}
        try:
            match command:
                case Command.REPORT_LOSS:
                    office.report_loss(self.ref, of=LossOf.CHIP, **given)
                case Command.WITHDRAW_LOSS:
                    office.withdraw_loss(self.ref, of=LossOf.CHIP, **given)
                case Command.FREEZE:
                    office.freeze(self.ref, ground=FreezeGround.THEFT, until=at + timedelta(days=9), **given)
                case Command.UNFREEZE:
                    office.unfreeze(self.ref, **{**given, "actor": SECOND_CLERK})
                case Command.RECONCILE:
                    office.reconcile_chip(self.ref, **given)
        except StateError as error:
            return error.code
        finally:
            self.city.later(seconds=2)
        return "ok"

    # ------------------------------------------------------------------------------------------------------ going back

    def put_chip_back(self, snapshot: bytes) -> None:
        """Somebody with a laboratory puts an old memory back: the one way in which a chip's version falls."""
        self.chip.restore(snapshot)
        self.highest = self.held()[0]

    def keep_record(self, path: Path) -> None:
        """A backup of the record."""
        with closing(sqlite3.connect(self.city.path)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)

    def put_record_back(self, path: Path) -> None:
        """The record as it was when it was backed up: whatever came after is forgotten."""
        self.city.office.store.close()
        for old in self.city.path.parent.glob(self.city.path.name + "*"):
            old.unlink()
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(self.city.path)) as target:
            source.backup(target)
        self.city.office = replace(self.city.office, store=Store.open(self.city.path))

    # ------------------------------------------------------------------------------------------------------- at the end

    def settle(self) -> None:
        """Until both agree: at most as many rounds as it takes the chip's counter to pass what is known of it."""
        note = self.file.note
        for _ in range(8 + (0 if note is None else note.counter)):
            self.act(Command.RECONCILE)
            assert self.tap() in {None, "chip-unknown"}
            file = self.file
            if not file.incidents and file.target is not None and self.held() == (file.target.seq, file.target.state):
                wanted = DIALECTS[status_of(file.dossier, file.chip, seconds(self.city.at))].chip
                assert self.held()[1] is wanted
                assert file.note is not None
                assert (file.note.seq, file.note.state) == self.held()
                return
        raise AssertionError(f"chip {self.held()} and record {self.file.target} do not come together")
