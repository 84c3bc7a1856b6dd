"""How often somebody may try, in turn and at once; and that nobody learns from the time which names there are."""

from __future__ import annotations

import random
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.errors import CardError
from ecard import faults, officechain, outbox, schema
from ecard.access import limits
from ecard.access.desk import AccessDesk
from ecard.access.passwords import Passwords
from ecard.access.tidying import Tidying
from ecard.store import Store
from tests.ecard.city import City, refused
from tests.ecard.reception import ADDRESS, PASSWORD, Reception

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def reception(city: City) -> Reception:
    return Reception.of(city, entropy=secrets.token_bytes).everybody()


def wrong(reception: Reception, name: str = "clerk-1", address: str = ADDRESS) -> str:
    with pytest.raises(CardError) as caught:
        reception.sign_in(name, password="wrong", code="000000", address=address)
    return caught.value.code


def written(reception: Reception) -> int:
    with reception.city.office.store.reading() as work:
        return work.connection.execute(sa.select(sa.func.count()).select_from(schema.sign_in_try)).scalar_one()


@pytest.mark.threat("G01")
@pytest.mark.error("sign-in-limit")
def test_five_wrong_tries_in_five_minutes_twenty_in_an_hour_fifty_in_a_day(reception: Reception, city: City) -> None:
    begun, judged = city.at, 0
    while (city.at - begun).total_seconds() < limits.KEPT:
        judged += wrong(reception, address=secrets.token_hex(4)) == "sign-in-refused"
        elapsed = (city.at - begun).total_seconds()
        assert judged <= (5 if elapsed < 300 else 20 if elapsed < 3600 else 50)
        city.later(seconds=29)
        if judged == 50:
            break
    with refused(faults.SIGN_IN_LIMIT):
        reception.sign_in("clerk-1", address="10.9.9.9")  # the right one does not pass either
    wait = paused(reception)
    city.later(seconds=wait - 1)
    assert paused(reception) == 1
    city.later(seconds=1)
    reception.sign_in("clerk-1")


def paused(reception: Reception) -> int:
    with pytest.raises(CardError) as caught:
        reception.sign_in("clerk-1")
    assert caught.value.code == "sign-in-limit"
    return int(str(caught.value.facts["after_s"]))


@pytest.mark.threat("G01")
def test_ten_wrong_tries_from_one_address_whatever_the_names(reception: Reception) -> None:
    codes = [wrong(reception, f"nobody-{number}") for number in range(12)]
    assert codes == ["sign-in-refused"] * 10 + ["sign-in-limit"] * 2
    reception.sign_in("clerk-1", address="10.0.0.8")


@pytest.mark.threat("G01")
def test_whoever_is_right_is_not_counted_and_a_lock_is_on_file_once_with_a_message(reception: Reception, city: City) -> None:
    for _ in range(12):
        reception.sign_in("clerk-1")
        city.later(seconds=30)
    assert written(reception) == 0
    for _ in range(6):
        wrong(reception)
    with city.office.store.reading() as work:
        acts = [act.act for act in officechain.acts_of(work, "staff/clerk-1")]
        told = work.connection.execute(sa.select(schema.outbox.c.mark).where(schema.outbox.c.topic == outbox.Topic.TASK.value)).scalars().all()
    assert acts.count("lock-sign-in") == 1
    assert len([mark for mark in told if mark.startswith("sign-in-locked/clerk-1/")]) == 1


@pytest.mark.threat("G20")
@pytest.mark.parametrize(
    "twin", ["CLERK-1", "Clerk-1", "ｃｌｅｒｋ-１", " clerk-1", "clerk-1\t", "cler k-1", "clerk\u20051".replace("\u2005", "-\u2005")]
)
def test_the_twins_of_a_name_hit_one_bucket(reception: Reception, twin: str) -> None:
    for number in range(5):
        assert wrong(reception, twin, address=f"10.1.0.{number}") == "sign-in-refused"
    assert wrong(reception, "clerk-1", address="10.2.0.1") == "sign-in-limit"


@pytest.mark.threat("G20")
def test_an_address_is_one_bucket_however_it_is_written_and_ipv6_by_its_first_64_bits() -> None:
    same = ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002:0:0:0:7", "2001:db8:1:2::1%eth0"]
    assert len(set(map(limits.of_address, same))) == 1
    assert limits.of_address("2001:db8:1:3::1") != limits.of_address(same[0])
    assert limits.of_address("::ffff:10.0.0.7") == limits.of_address("10.0.0.7") != limits.of_address("10.0.0.8")
    assert limits.of_address("::ffff:10.0.0.7") != limits.of_address("::ffff:10.0.0.8")
    assert limits.of_address("") == limits.of_address("not an address")


@pytest.mark.threat("G20")
def test_rotating_through_a_64_bit_network_is_one_caller(reception: Reception) -> None:
    codes = [wrong(reception, f"nobody-{number}", address=f"2001:db8::{number:x}") for number in range(11)]
    assert codes[-1] == "sign-in-limit"


@pytest.mark.threat("G01")
def test_ten_thousand_tries_at_once_are_judged_no_more_often_than_the_limit(reception: Reception, city: City) -> None:
    judged: list[str] = []

    class Counting(Passwords):
        def fits(self, kept: str, password: str) -> bool:
            judged.append(password)
            return super().fits(kept, password)

    passwords = Counting(secrets.token_bytes, passes=1, memory_kib=8, lanes=1)
    desk = AccessDesk.of(reception.desk.door.premises, passwords)
    tries = iter(range(10_000))

    def attack(_: int) -> list[str]:
        codes = []
        for number in tries:
            try:
                desk.sign_in("clerk-1", "guess", f"{number:06}", staff=reception.staff, address=f"10.{number >> 8}.{number & 255}.1", at=city.at)
            except CardError as error:
                codes.append(error.code)
        return codes

    with ThreadPoolExecutor(16) as pool:
        codes = [code for each in pool.map(attack, range(16)) for code in each]
    assert len(codes) == 10_000
    assert len(judged) == codes.count("sign-in-refused") <= 5
    assert set(codes) <= {"sign-in-refused", "sign-in-limit", "record-conflict"}


def test_a_store_opened_anew_remembers_every_try(reception: Reception, city: City) -> None:
    for _ in range(5):
        wrong(reception)
    opened = Store.open(city.where)
    with opened.reading() as work:
        assert limits.is_full(work, limits.of_name("clerk-1"), now=int(city.at.timestamp()))
    opened.close()


# ------------------------------------------------------------------------------------------------------------- time


FURTHEST = 0.6
"""Between two samples of forty from one distribution, the distance of Kolmogorov and Smirnov is larger once in a million times."""


def distance(one: list[float], other: list[float]) -> float:
    """How far apart two samples are, from 0 to 1: the largest difference between the shares of each that lie below a time (Kolmogorov-Smirnov).

    A busy machine stretches single times, of both alike, and hardly moves it.
    """
    return max(abs(sum(taken <= bound for taken in one) / len(one) - sum(taken <= bound for taken in other) / len(other)) for bound in one + other)


def measured(desk: AccessDesk, reception: Reception, rounds: int = 40) -> tuple[list[float], list[float]]:
    """Seconds that a wrong password takes for a name that somebody has, and for one that nobody has, in an order that is drawn."""
    taken: dict[str, list[float]] = {"clerk-1": [], "nobody-1": []}
    names = [name for name in taken for _ in range(rounds)]
    random.Random(7).shuffle(names)
    for name in names:
        with reception.city.office.store.writing() as work:
            work.connection.execute(sa.delete(schema.sign_in_try))
        begun = time.perf_counter()
        with pytest.raises(CardError):
            desk.sign_in(name, "guess", "000000", staff=reception.staff, address=ADDRESS, at=reception.city.at)
        taken[name].append(time.perf_counter() - begun)
    return taken["clerk-1"], taken["nobody-1"]


def costly(kind: Callable[..., Passwords] = Passwords) -> Passwords:
    """Dear enough to be seen beside everything else that a try takes."""
    return kind(secrets.token_bytes, passes=2, memory_kib=24 * 1024, lanes=1)


@pytest.mark.threat("G03")
def test_a_name_that_nobody_has_takes_as_long_and_the_measure_would_see_it_if_not(reception: Reception, city: City) -> None:
    class Hasty(Passwords):
        def fits(self, kept: str, password: str) -> bool:
            return kept != self.nobodys and super().fits(kept, password)

    reception.desk = AccessDesk.of(reception.desk.door.premises, costly())
    city.later(seconds=1)
    reception.enrol("clerk-1")
    assert distance(*measured(reception.desk, reception)) < FURTHEST
    hasty = AccessDesk.of(reception.desk.door.premises, costly(Hasty))
    assert distance(*measured(hasty, reception)) > FURTHEST
    reception.sign_in("clerk-1", password=PASSWORD)


def test_a_tick_forgets_old_tries_and_sessions_and_closes_what_nobody_decided(reception: Reception, city: City) -> None:
    reception.sign_in("clerk-2")
    wrong(reception)
    assert Tidying().run(city.office, at=city.at) == 0
    city.later(seconds=limits.KEPT)
    assert Tidying().run(city.office, at=city.at) == 0
    city.later(seconds=1)
    assert Tidying().run(city.office, at=city.at) == 2
    city.later(days=31)
    assert [Tidying().run(city.office, at=city.at) for _ in range(2)] == [1, 0]
    assert written(reception) == 0
