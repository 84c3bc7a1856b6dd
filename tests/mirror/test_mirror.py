"""Office and chip through `physical.mirror`: whatever happens to a tap, the chip is old or new, the record knows no more than it proved, one more tap settles."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose, ChipState
from codes.errors import CardError
from ecard.lifecycle import Command
from ecard.model import Affair, Applicant, CancelGround, Decision
from ecard.papers import FOR_APPLICANT, FOR_CANCELLATION
from ecard.store import Store
from physical import faults
from physical.mirror import MOST_SCRIPTS, Action, Held, Question, Wanted, decide, tap
from tests.ecard.city import SECOND_CLERK, Stream, open_city, refused
from tests.ecard.desk import papers
from tests.mirror.pair import Keeping, Pair
from tests.mirror.walks import STEPS, Course
from tests.physical.chips import Entropy
from tests.physical.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecard.city import City

ACTIVE, SUSPENDED, FROZEN, CANCELLED = ChipState
LOSE, FIND, FREEZE, THAW, CANCEL = Command.REPORT_LOSS, Command.WITHDRAW_LOSS, Command.FREEZE, Command.UNFREEZE, Command.CANCEL
TRANSITIONS = {
    (ACTIVE, SUSPENDED): ((), LOSE),
    (SUSPENDED, ACTIVE): ((LOSE,), FIND),
    (ACTIVE, FROZEN): ((), FREEZE),
    (FROZEN, ACTIVE): ((FREEZE,), THAW),
    (SUSPENDED, FROZEN): ((LOSE,), FREEZE),
    (FROZEN, SUSPENDED): ((LOSE, FREEZE), THAW),
    (ACTIVE, CANCELLED): ((), CANCEL),
    (SUSPENDED, CANCELLED): ((LOSE,), CANCEL),
    (FROZEN, CANCELLED): ((FREEZE,), CANCEL),
}
"""What happened to the card before its last tap, and what happens to it now."""


def act(pair: Pair, command: Command) -> None:
    if command is not CANCEL:
        assert pair.act(command) == "ok"
        return
    office, city = pair.city.office, pair.city
    ground, applicant = CancelGround.MOVED_AWAY, Applicant.HOLDER
    more = FOR_CANCELLATION[ground] | FOR_APPLICANT[applicant]
    office.request_cancel(pair.ref, ground=ground, applicant=applicant, **papers(city, Command.REQUEST_CANCEL, *more))
    office.cancel(pair.ref, Decision.ACCEPTED, settled=set(Affair), **papers(city, Command.CANCEL, actor=SECOND_CLERK))


class Start:
    """A pair as it stands before something happens to it, to be taken up again and again."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._path = pair.city.path.with_name("start.db")
        pair.keep_record(self._path)
        pair.city.office.store.close()

    def again(self) -> Pair:
        path = self._path.with_name("again.db")
        for old in path.parent.glob("again.db*"):
            old.unlink()
        shutil.copyfile(self._path, path)
        city = replace(self._pair.city, path=path, where=path)
        city.office = replace(city.office, store=Store.open(path), entropy=Stream("again"))
        return self._pair.copied(city)


@pytest.mark.threat("E04", "E05")
@pytest.mark.parametrize(("before", "after"), TRANSITIONS, ids=lambda state: state.name.lower())
def test_a_tap_torn_at_any_step_or_robbed_of_any_answer_leaves_the_old_or_the_new_and_the_next_tap_settles(
    tmp_path: Path, before: ChipState, after: ChipState
) -> None:
    earlier, now = TRANSITIONS[before, after]
    pair = Pair(open_city(tmp_path / "record.db"))
    for command in earlier:
        act(pair, command)
    assert pair.tap() is None
    assert pair.held()[1] is before
    act(pair, now)
    start = Start(pair)
    whole = start.again()
    old = whole.held()
    whole.chip.memory.power_up()
    assert whole.tap() is None
    steps, new = whole.chip.memory.steps, whole.held()
    assert new[1] is after
    whole.city.office.store.close()
    broken = 0
    for cut_at, lose_answer in [*((number, None) for number in range(1, steps + 1)), *((None, number) for number in range(1, 12))]:
        torn = start.again()
        code = torn.tap(cut_at=cut_at, lose_answer=lose_answer)
        broken += code is not None
        assert code in {None, "chip-outcome-unknown"}
        assert torn.held() in {old, new}
        assert torn.tap() is None
        assert torn.held() == new
        file = torn.file
        assert file.note is not None
        assert ((file.note.seq, file.note.state), file.incidents) == (new, ())
        torn.city.office.store.close()
    assert broken > steps


@pytest.mark.threat("E04")
def test_a_recovery_that_is_torn_as_well_settles_at_the_third_tap(tmp_path: Path) -> None:
    pair = Pair(open_city(tmp_path / "record.db"))
    act(pair, LOSE)
    start = Start(pair)
    for first in range(3, 22, 3):
        for second in range(2, 22, 4):
            torn = start.again()
            torn.tap(cut_at=first)
            torn.tap(cut_at=second)
            assert torn.tap() is None
            assert torn.held() == (2, SUSPENDED)
            torn.city.office.store.close()


@pytest.mark.threat("E05")
def test_what_the_office_did_not_hear_of_is_settled_by_the_next_tap_or_by_the_receipt_when_it_comes(city: City) -> None:
    pair = Pair(city)
    act(pair, LOSE)
    assert pair.tap(deaf=True) == "store-unavailable"
    known = pair.file.note
    assert (pair.held(), known is not None and known.seq) == ((2, SUSPENDED), 1)
    pair.carry(len(pair.receipts) - 1)
    note = pair.file.note
    assert note is not None
    assert (note.seq, note.state) == (2, SUSPENDED)


@pytest.mark.threat("E01", "E02")
@pytest.mark.parametrize("after", range(12))
def test_a_card_swapped_in_the_middle_of_a_tap_is_never_taken_for_the_other(city: City, after: int) -> None:
    pair, other = Pair(city), Pair(city, 2)
    act(pair, LOSE)
    before = other.held()
    code = pair.tap(swap=(other, after))
    other.check()
    assert other.held() == before
    assert other.file.incidents == pair.file.incidents == ()
    assert code is None or pair.file.note is None or pair.file.note.seq == pair.held()[0] or pair.held() == (1, ACTIVE)
    assert pair.tap() is None
    assert pair.held() == (2, SUSPENDED)


@pytest.mark.threat("E02", "E03")
def test_a_script_that_was_heard_once_does_nothing_when_it_is_sent_again(city: City) -> None:
    pair = Pair(city)
    for command in (LOSE, FIND, FREEZE, THAW):
        act(pair, command)
        assert pair.tap() is None
    before = pair.held()
    said = {pair.replay(number) for number in range(5)}
    assert said <= {"script-mac", "script-stale", "chip-conditions"}
    assert pair.held() == before


@pytest.mark.threat("E03")
def test_a_blocking_script_that_was_held_back_does_nothing_once_the_chip_knows_better(city: City) -> None:
    pair = Pair(city)
    act(pair, LOSE)
    held_back = city.office.chip_script(pair.chip.card_id, challenge=None).apdu
    act(pair, FIND)
    assert pair.tap() is None
    with pytest.raises(CardError, match="script-stale"):
        pair.chip.session().apply_script(held_back)
    assert pair.held() == (3, ACTIVE)


def test_a_bit_flipped_anywhere_in_a_proof_or_a_receipt_is_refused_and_changes_nothing(city: City) -> None:
    pair = Pair(city)
    act(pair, LOSE)
    session = pair.chip.session()
    asked = Keeping(pair, deaf=False).ask(pair.chip.card_id).challenge
    answer, condition = session.authenticate(ChipPurpose.STATUS, asked), session.status(asked[:8])
    script = city.office.chip_script(pair.chip.card_id, challenge=None).apdu
    before = pair.file
    for at in range(len(answer)):
        spoilt = answer[:at] + bytes([answer[at] ^ 1 << at % 8]) + answer[at + 1 :]
        with pytest.raises(CardError, match="chip-proof"):
            city.office.note_chip_status(pair.chip.card_id, challenge=asked, answer=spoilt, condition=condition, reader="x", at=city.at)
    for at in range(len(condition)):
        spoilt = condition[:at] + bytes([condition[at] ^ 1 << at % 8]) + condition[at + 1 :]
        with pytest.raises(CardError, match="chip-status"):
            city.office.note_chip_status(pair.chip.card_id, challenge=asked, answer=answer, condition=spoilt, reader="x", at=city.at)
    for at in range(len(script)):
        spoilt = script[:at] + bytes([script[at] ^ 1 << at % 8]) + script[at + 1 :]
        with pytest.raises(CardError):
            pair.chip.session().apply_script(spoilt)
    assert (pair.file, pair.held()) == (before, (1, ACTIVE))


@pytest.mark.threat("E05", "E06")
def test_random_walks_end_in_agreement(tmp_path: Path) -> None:
    """`make walks` does ten thousand; docs/measurements.md says what came of them."""
    course, done = Course(tmp_path), 0
    for seed in range(40):
        done += sum(course.walk(seed).values())
    assert done > 40
    assert len(STEPS) >= 13


@pytest.mark.parametrize(
    ("wanted", "found", "action"),
    [
        (Held(0, SUSPENDED), Held(0, ACTIVE), Action.NOTHING),
        (Held(3, ACTIVE), Held(3, ACTIVE), Action.NOTHING),
        (Held(3, ACTIVE), Held(0, ACTIVE), Action.DELIVER),
        (Held(9, FROZEN), Held(3, SUSPENDED), Action.DELIVER),
        (Held(3, ACTIVE), Held(3, SUSPENDED), Action.RECORD),
        (Held(3, ACTIVE), Held(4, ACTIVE), Action.RECORD),
        (Held(0, SUSPENDED), Held(1, ACTIVE), Action.RECORD),
        (Held(9, ACTIVE), Held(3, CANCELLED), Action.RECORD),
        (Held(2, CANCELLED), Held(3, CANCELLED), Action.NOTHING),
        (Held(4, CANCELLED), Held(3, ACTIVE), Action.DELIVER),
    ],
)
def test_what_is_to_be_done_follows_from_two_versions_and_two_states(wanted: Held, found: Held, action: Action) -> None:
    assert decide(wanted, found) is action


class Restless:
    """A desk at which the card changes again and again while it is being tapped."""

    def __init__(self, world: World) -> None:
        self._world, self._seq, self._entropy = world, 0, Entropy("restless")

    def _wanted(self) -> Wanted:
        self._seq += 1
        return Wanted(target=Held(self._seq, SUSPENDED))

    def ask(self, card_id: bytes) -> Question:
        assert card_id == self._world.card_id
        return Question(challenge=self._entropy(32), key=self._world.key)

    def note(self, card_id: bytes, *, challenge: bytes, answer: bytes, condition: bytes) -> Wanted:
        assert card_id + challenge + answer + condition
        return self._wanted()

    def script(self, card_id: bytes, *, challenge: bytes) -> bytes:
        assert card_id == self._world.card_id
        return self._world.script(self._seq, SUSPENDED, challenge=challenge)

    def receipt(self, card_id: bytes, *, script: bytes, answer: bytes) -> Wanted:
        assert card_id + script + answer
        return self._wanted()


@pytest.mark.error("mirror-unsettled")
def test_a_card_that_changes_faster_than_its_chip_can_follow_is_said_to() -> None:
    world = World()
    with refused(faults.MIRROR_UNSETTLED, scripts=MOST_SCRIPTS):
        tap(world.insert(), Restless(world))
