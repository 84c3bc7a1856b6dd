"""Long days at the desk: commands of the whole table in any order, sent twice, sent late, against the reference model, on both databases."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from codes.errors import CardError
from ecard.check import PublicKeys, check_record
from ecard.model import seconds
from tests.ecard.model_based import WAIT, World, wait, wanted
from tests.ecard.moves import MOVES, NAMED
from tests.ecard.rehearsal import branch, rehearsing
from tests.ecard.scenes import PASSES, PRELUDES, WORLDS, works
from tests.ecard.stage import Move, Stage, check, compare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from ecard.office import CardOffice

LONGEST_WAITS = 8
"""Lists are numbered by days, and the city's numbers are few."""


class Sent:
    """An office that remembers the last request it was sent."""

    def __init__(self, office: CardOffice) -> None:
        self._office = office
        self._last: tuple[str, tuple[Any, ...], dict[str, Any]] = ("", (), {})

    def __getattr__(self, name: str) -> Any:
        if not callable(getattr(self._office, name)):
            return getattr(self._office, name)

        def send(*args: Any, **kwargs: Any) -> object:
            self._last = (name, args, kwargs)
            return getattr(self._office, name)(*args, **kwargs)

        return send

    def again(self, *, later: int) -> object:
        """The same request, so many seconds later."""
        name, args, kwargs = self._last
        return getattr(self._office, name)(*args, **{**kwargs, "at": kwargs["at"] + timedelta(seconds=later)})


class Desk(RuleBasedStateMachine):
    """One card, one desk, one clock."""

    fresh: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stage = self.stack.enter_context(branch(self.fresh))
        self.world = World()
        self.keys = 0

    @initialize(scene=st.sampled_from(sorted(PRELUDES)))
    def set_the_scene(self, scene: str) -> None:
        for name in PRELUDES[scene]:
            if name == PASSES:
                self.stage.city.later(days=WAIT)
            else:
                assert self.stage.perform(NAMED[name]) == "ok"
        self.world = WORLDS[scene]

    def _draw(self, data: st.DataObject, *, looks: bool = False) -> Move:
        """Most of the time a move that changes something."""
        moves = [move for move in MOVES if move.looks or not looks]
        working = [move for move in moves if works(move, self.world)]
        often = working and data.draw(st.integers(0, 3)) > 0
        return data.draw(st.sampled_from(working if often else moves))

    @rule(data=st.data())
    def give(self, data: st.DataObject) -> None:
        self.world = check(self.stage, self.world, self._draw(data))

    @rule(data=st.data())
    def send_twice(self, data: st.DataObject) -> None:
        """Under one key a request has one effect and one answer; what was refused is asked anew."""
        move = self._draw(data)
        hand = move.ready(self.stage)
        self.keys += 1
        sender = self.stage.session(request_key=f"request number {self.keys}")
        sent = Sent(sender.city.office)
        sender.city.office = cast("CardOffice", sent)
        after, said = move.model(self.world)
        first = sender.give(move, lambda _: hand)
        assert first[0] == said, move.name
        if said == "ok" and not move.name.endswith("lapse"):  # time needs no key
            assert sent.again(later=30) == first[1], move.name
        elif said != "ok":
            with pytest.raises(CardError) as refused:
                sent.again(later=30)
            assert refused.value.code == said, move.name
        self.stage.city.later(seconds=30)
        self.world = after

    @rule(data=st.data())
    def say_an_old_revision(self, data: st.DataObject) -> None:
        move = self._draw(data, looks=True)
        assert self.stage.perform(move, expected=self.world.events - 1) == "stale-revision", move.name

    @precondition(lambda self: self.world.last == self.world.day)
    @rule(data=st.data())
    def have_a_clock_that_is_behind(self, data: st.DataObject) -> None:
        """Whoever would write an event before the last one writes nothing."""
        move = data.draw(st.sampled_from([move for move in MOVES if move.model(self.world)[0].events > self.world.events]))
        late = self.stage.session()
        late.city.at = self._last_event() - timedelta(seconds=1)
        assert late.give(move, move.ready)[0] == "record-clock-behind", move.name

    def _last_event(self) -> datetime:
        last = self.stage.city.office.events(self.stage.ref)[-1].at
        return self.stage.city.at - timedelta(seconds=seconds(self.stage.city.at) - last)

    @precondition(lambda self: self.world.day < LONGEST_WAITS * WAIT)
    @rule()
    def let_forty_days_pass(self) -> None:
        self.stage.city.later(days=WAIT)
        self.world, _ = wait(self.world)

    @invariant()
    def the_record_shows_what_the_model_says(self) -> None:
        compare(self.stage, self.world, "now")

    def teardown(self) -> None:
        """Another checker, which shares no code with the record, finds nothing wrong."""
        office = self.stage.city.office
        keys = PublicKeys(receipts={region: issuer.receipts.public_key.load() for region, issuer in office.issuers.items()})
        try:
            with office.store.reading() as work:
                report = check_record(work.connection, keys, at=seconds(self.stage.city.at))
            assert not report.findings, report.findings
            assert office.stock_imbalances() == ()
        finally:
            self.stack.close()


@pytest.fixture
def fresh(where: Path | str) -> Iterator[Stage]:
    with rehearsing(where) as stage:
        yield stage


@pytest.mark.threat("F01")
@pytest.mark.threat("I07")
def test_whatever_is_done_all_day_the_record_is_where_the_model_is(fresh: Stage, where: Path | str) -> None:
    class Today(Desk):
        pass

    Today.fresh = fresh
    examples, steps = (8, 25) if isinstance(where, str) else (25, 30)
    phases = (Phase.explicit, Phase.reuse, Phase.generate)  # a day is short enough to read; making it shorter takes minutes
    terms = settings(max_examples=examples, stateful_step_count=steps, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Today, settings=terms)


def test_a_world_is_compared_in_everything_that_it_remembers() -> None:
    """What the record does not show as such follows from what it shows."""
    inferred = {
        "day",
        "last",
        "told",
        "reason",
        "keyed",
        "for_clerk",
        "reported",
        "file",
        "exchanged",
        "replaced",
        "stood",
        "until",
        "corrected",
        "stale",
        "other_placed",
    }
    named = {"events": "revision", "carriers": "statuses", "other_events": "other_revision"}
    assert {named.get(name, name) for name in World.__dataclass_fields__} - inferred == set(wanted(World()))
