"""Many sessions at once: whatever they do, it comes out as if one had followed the other."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError, StateError
from ecard import contention, faults
from ecard.contention import Contended, persist
from ecard.lifecycle import RULES, CarrierStatus, Command, status_of
from ecard.model import FreezeGround
from ecard.stopping import LossOf
from tests.ecard.city import AT, CLERK, NOW, City, SoftPhone, Stream, refused

if TYPE_CHECKING:
    from ecard.model import CardRef, CarrierRef


@pytest.mark.threat("I08")
def test_sixty_four_writers_on_one_card_at_once_lose_nothing(city: City) -> None:
    """All of them have their effect; were one told to come again, it would have written nothing."""
    card, _ = city.card()
    gate = threading.Barrier(64)

    def freeze(number: int) -> int:
        gate.wait(60)
        until = AT + timedelta(days=1, seconds=number)
        evidence = RULES[Command.FREEZE].evidence
        try:
            stopped = city.office.freeze(card.card.ref, ground=FreezeGround.THEFT, until=until, actor=CLERK, evidence=evidence, at=AT)
        except StateError as error:
            if error.code != faults.CONFLICT.code:
                raise
            return 0
        return stopped.dossier.card.revision

    with ThreadPoolExecutor(64) as pool:
        revisions = list(pool.map(freeze, range(64)))
    done = {number for number, revision in enumerate(revisions) if revision}
    assert len(done) > 32
    assert sorted(revision for revision in revisions if revision) == list(range(4, 4 + len(done)))
    now = city.office.card(card.card.ref)
    assert {hold.until for hold in now.holds} == {NOW + 86400 + number for number in done}
    assert len(city.office.events(card.card.ref)) == now.card.revision == 3 + len(done)


def shared_phone(city: City) -> list[tuple[CardRef, CarrierRef]]:
    phone, bound = SoftPhone("p"), []
    for order in (1, 2):
        card, chip = city.card(order)
        bound.append((card.card.ref, city.bind(card, phone, chip).phone.ref))
    return bound


@pytest.mark.threat("I08")
def test_reports_of_one_phone_from_two_cards_block_neither(city: City) -> None:
    """Each takes its own card first and then the other one: the shape of a deadlock."""
    bound = shared_phone(city)

    def report(number: int) -> object:
        card, phone = bound[number % 2]
        return city.office.report_loss(card, of=LossOf.PHONE, phone=phone, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=AT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(report, range(8)))
    for card, _ in bound:
        dossier = city.office.card(card)
        assert {hold.origin for hold in dossier.holds} == {ref for ref, _ in bound}
        assert city.office.events(card)


@pytest.mark.threat("F01")
def test_a_phone_that_is_bound_while_it_is_reported_lost_does_not_slip_through(city: City) -> None:
    """Bound first: it is stopped there too. Reported first: it is not bound. Never bound and running."""
    for round_ in range(6):
        device = SoftPhone(f"p{round_}")
        one, chip = city.card(2 * round_ + 1)
        two, other_chip = city.card(2 * round_ + 2)
        phone = city.bind(one, device, chip).phone

        def report(ref: CardRef = one.card.ref, phone: CarrierRef = phone.ref) -> None:
            city.office.report_loss(ref, of=LossOf.PHONE, phone=phone, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=AT)

        def bind(device: SoftPhone = device) -> None:
            with contextlib.suppress(CardError):  # reported lost a moment before
                city.bind(two, device, other_chip)  # noqa: B023 - because the round ends before the next begins

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(report), pool.submit(bind)]:
                done.result()
        after = city.office.card(two.card.ref)
        assert all(status_of(after, bound, NOW) is CarrierStatus.SUSPENDED for bound in after.phones)


def test_what_stays_contended_is_given_up_after_a_bounded_number_of_pauses() -> None:
    pauses: list[float] = []

    def attempt() -> None:
        raise Contended

    with refused(faults.CONFLICT, attempts=contention.ATTEMPTS):
        persist(attempt, entropy=Stream(), pause=pauses.append)
    assert len(pauses) == contention.ATTEMPTS - 1
    assert 0 < pauses[0] <= contention.FIRST_PAUSE
    assert all(contention.LONGEST_PAUSE / 2 <= pause <= contention.LONGEST_PAUSE for pause in pauses[10:])
    assert len(set(pauses)) == len(pauses)


@pytest.mark.threat("I08")
def test_attempts_that_each_wait_long_are_few() -> None:
    """A table that is locked for an hour holds nobody for an hour."""
    times = iter(range(0, 1000, 11))

    def attempt() -> None:
        raise Contended

    with refused(faults.CONFLICT, attempts=3):
        persist(attempt, entropy=Stream(), pause=lambda _: None, clock=lambda: next(times))


def test_any_other_refusal_is_not_tried_again() -> None:
    tried: list[int] = []

    def attempt() -> None:
        tried.append(1)
        raise StateError(faults.CONFLICT)

    with refused(faults.CONFLICT):
        persist(attempt, entropy=Stream(), pause=lambda _: pytest.fail("paused"))
    assert tried == [1]


def test_the_attempt_that_succeeds_is_the_answer() -> None:
    left = [1, 2]

    def attempt() -> str:
        if left:
            left.pop()
            raise Contended
        return "done"

    assert persist(attempt, entropy=Stream(), pause=lambda _: None) == "done"
