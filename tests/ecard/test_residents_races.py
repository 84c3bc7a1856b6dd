"""What serves once serves once, whoever comes at the same moment, on both databases; and nothing of it can be put in or changed by hand unseen."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.claims import Audience, Profile
from codes.errors import CardError
from codes.presentation import Presentation
from ecard import schema
from ecard.check import check_record
from ecard.items import Step
from ecard.itemseed import SEED
from ecard.lifecycle import Evidence
from ecard.model import Role
from ecard.residents import speaking
from ecard.residents.activating import Grade
from ecard.residents.resolving import Asked
from tests.ecard.city import CLERK, CQ, NOW, SC, SECOND_CLERK, SUPERVISOR, SoftPhone, key, open_city
from tests.ecard.test_check import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codes.keys import CoseKey
    from ecard.model import Terminal
    from tests.ecard.city import City

AT_ONCE = 6
IN_PERSON = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})
CAMPUS = "campus"


@pytest.fixture
def city(where: Path | str, tmp_path: Path) -> Iterator[City]:
    city = open_city(where, folder=tmp_path)
    city.office = replace(city.office, entropy=secrets.token_bytes)  # a seeded stream is for one session at a time
    yield city
    city.office.store.close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each of them answers, or the code of its refusal, when all are let go together."""
    gate = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        gate.wait(30)
        try:
            answers[place] = calls[place]()
        except CardError as error:
            answers[place] = error.code

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return answers


def terminal(city: City, name: str) -> Terminal:
    return city.office.register_terminal(name, key(name).public_key, venue="第一小学", scenes=["campus"], actor=SUPERVISOR, at=city.at)


def listed(city: City) -> None:
    """The list of items, in force."""
    item = next(item for item in SEED if item.id == CAMPUS)
    given: dict[str, Any] = {"document": "文件 1", "actor": SUPERVISOR, "at": city.at}
    city.office.draft_item(item, by="department", **given)
    for step, by in ((Step.DECIDE, CQ), (Step.PUBLISH, CQ)):
        city.office.take_item_step(CAMPUS, step, by=by, **given)


def phone_of(city: City) -> tuple[SoftPhone, str]:
    """A phone that the chip endorsed, with credentials, and its card."""
    dossier, chip = city.card()
    phone = SoftPhone("phone-a")
    bound = city.bind(dossier, phone, chip)
    city.renew(bound.phone, phone, Profile.IDENTITY)
    return phone, dossier.card.ref


@pytest.mark.threat("G17")
def test_a_proof_is_spent_by_one_of_many(city: City) -> None:
    who = key("phone").public_key
    answers = at_once(*[lambda: city.office.spend_proof(who, "A" * 22, until=NOW + 300)] * AT_ONCE)
    assert sorted(answers) == [False] * (AT_ONCE - 1) + [True]


def test_a_code_is_redeemed_by_one_key_of_many(city: City) -> None:
    dossier, _ = city.card()
    made = city.office.ask_activation(dossier.card.ref, Grade.CHIP, actor=CLERK, evidence=IN_PERSON, at=city.at)
    assert made.code is not None
    code: str = made.code

    def redeem(who: CoseKey) -> Callable[[], str]:
        return lambda: city.office.begin_enrolment(code, who, at=city.at).ref

    answers = at_once(*[redeem(key(f"fresh {number}").public_key) for number in range(AT_ONCE)])
    assert answers.count("activation-unusable") == AT_ONCE - 1


@pytest.mark.threat("G01")
def test_wrong_tries_are_counted_also_when_they_come_together(city: City) -> None:
    dossier, _ = city.card()
    made = city.office.ask_activation(dossier.card.ref, Grade.CHIP, actor=CLERK, evidence=IN_PERSON, at=city.at)
    assert made.code is not None
    wrong = made.code[:4] + f"{(int(made.code[4:]) + 1) % 10_000:04}"
    guessers = [[key(f"guess {lot} {number}").public_key for number in range(AT_ONCE)] for lot in range(2)]
    for lot in guessers:
        answers = at_once(*[lambda who=who: city.office.begin_enrolment(wrong, who, at=city.at) for who in lot])
        assert set(answers) == {"activation-unusable"}
    with city.office.store.reading() as work:
        tries = work.connection.execute(sa.select(sa.func.count()).where(schema.attempt.c.scope == "activation-code")).scalar_one()
    assert tries == 5
    with pytest.raises(CardError, match="activation-unusable"):
        city.office.begin_enrolment(made.code, key("the right one").public_key, at=city.at)


@pytest.mark.threat("A08")
def test_two_numbers_read_aloud_serve_at_one_counter_of_many(city: City) -> None:
    phone, card = phone_of(city)
    desks = [terminal(city, f"T-{number}") for number in range(AT_ONCE)]
    given = city.office.begin_spoken(phone.enrolment.public_key, card, speaking.venue_number(desks[0]), at=city.at)
    code = speaking.number(given.secret, int(city.at.timestamp()))
    answers = at_once(*[lambda desk=desk: city.office.hear_spoken(desk, given.locator, code, at=city.at) for desk in desks])
    assert len([answer for answer in answers if answer is not None]) == 1


def resolved(city: City, phone: SoftPhone) -> Callable[[Terminal, str], Any]:
    """Asking who showed one code."""
    credential = next(credential for credential in city_credentials(city, phone))
    now = int(city.at.timestamp())
    text = Presentation.make(credential, phone.holders[credential.says.holder.x], audience=Audience.IDENTITY, iat=now).to_text()
    return lambda desk, visit: city.office.resolve(desk, Asked(code=text, scanned=now, item=CAMPUS, visit=visit), at=city.at)


def city_credentials(city: City, phone: SoftPhone) -> tuple[Any, ...]:
    carrier = next(carrier for dossier in city.office.my_dossiers(phone.enrolment.public_key) for carrier in dossier.phones)
    return city.renew(carrier, phone, Profile.IDENTITY)


def test_a_code_is_resolved_for_one_visit_of_many_and_that_one_stays_one(city: City) -> None:
    phone, card = phone_of(city)
    listed(city)
    desk = terminal(city, "T-1")
    ask = resolved(city, phone)
    same = at_once(*[lambda: ask(desk, "visit-1")] * AT_ONCE)
    assert len({(told.ref, tuple(told.fields.items())) for told in same}) == 1
    others = at_once(*[lambda visit=visit: ask(desk, f"visit-{visit}") for visit in range(2, 2 + AT_ONCE)])
    assert set(others) == {"resolution-done"}
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).where(schema.disclosure.c.card == card)).scalar_one() == 1


@pytest.mark.threat("F09")
def test_what_was_put_in_or_changed_by_hand_is_found(city: City) -> None:
    phone, card = phone_of(city)
    listed(city)
    resolved(city, phone)(terminal(city, "T-1"), "visit-1")
    asked = city.office.ask_activation(card, Grade.PROVISIONAL, actor=CLERK, evidence=IN_PERSON, at=city.at)  # type: ignore[arg-type] # because a reference is text
    made = city.office.approve_activation(asked.ref, actor=SECOND_CLERK, at=city.at)
    assert made.code is not None
    city.office.begin_enrolment(made.code, key("fresh").public_key, at=city.at)
    city.office.pin_region("sc-desk", key("sc").public_key, region=SC, actor=SUPERVISOR, at=city.at)
    assert found(city) == set()
    for table in ("disclosure", "enrolment"):
        with pytest.raises(CardError, match="record-conflict"), city.office.store.writing() as work:
            work.connection.execute(sa.text(f"UPDATE {table} SET card = card"))
    for table in ("activation", "disclosure", "enrolment", "region_peer"):
        with pytest.raises(CardError, match="record-conflict"), city.office.store.writing() as work:
            work.connection.execute(sa.text(f"DELETE FROM {table}"))
    with city.office.store.writing() as work:
        row = dict(work.connection.execute(sa.select(schema.enrolment)).mappings().one())
        act = dict(work.connection.execute(sa.select(schema.activation)).mappings().one())
        work.connection.execute(sa.insert(schema.activation).values(act | {"ref": "a" * 32}))
        work.connection.execute(sa.insert(schema.enrolment).values(row | {"ref": "b" * 32, "activation": "a" * 32}))
    assert found(city) == {f"activation/{'a' * 32}", f"enrolment/{'b' * 32}"}


def found(city: City) -> set[str]:
    """What the checker finds of the office's own acts."""
    with city.office.store.reading() as work:
        report = check_record(work.connection, KEYS, at=int(city.at.timestamp()))
    return {finding.subject for finding in report.findings if finding.code.startswith("office-")}


def test_a_code_that_does_without_the_chip_needs_two_people_in_the_database_too(city: City) -> None:
    dossier, _ = city.card()
    row = {
        "ref": "c" * 32,
        "card": dossier.card.ref,
        "grade": "provisional",
        "evidence": "",
        "asked": NOW,
        "asked_by": "clerk-1",
        "asked_person": "staff-1",
        "approved": NOW,
        "approved_by": "clerk-9",
        "approved_person": "staff-1",
        "approved_role": Role.CLERK.value,
        "region": CQ,
        "locator": "0000",
        "code": hashlib.sha256(b"").digest(),
        "expires": NOW + 600,
    }
    with pytest.raises(CardError, match="record-conflict"), city.office.store.writing() as work:
        work.connection.execute(sa.insert(schema.activation).values(row))
