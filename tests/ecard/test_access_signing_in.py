"""Signing in: one answer to whatever was wrong, codes that count once and in one spelling, sessions that end."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.errors import CardError
from ecard import faults, officechain, schema
from ecard.access import sessions
from ecard.check import PublicKeys, check_record
from ecard.model import Role
from tests.ecard.city import City, refused
from tests.ecard.reception import ADDRESS, PASSWORD, Reception, cheap

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def reception(city: City) -> Reception:
    return Reception.of(city).everybody()


def acts(reception: Reception, operator: str) -> list[str]:
    with reception.city.office.store.reading() as work:
        return [act.act for act in officechain.acts_of(work, f"staff/{operator}")]


def bad(city: City) -> set[str]:
    with city.office.store.reading() as work:
        return {finding.code for finding in check_record(work.connection, PublicKeys(), at=1).findings if finding.code.startswith("office")}


def test_name_password_and_code_begin_a_session_and_signing_out_ends_it(reception: Reception) -> None:
    opened = reception.sign_in("clerk-1")
    assert reception.is_in(opened)
    assert (opened.session.operator, opened.session.person) == ("clerk-1", "staff-1")
    assert [session.ref for session in reception.desk.sessions(at=reception.city.at)] == [opened.session.ref]
    actor = reception.staff["clerk-1"].acting()
    for _ in range(2):
        reception.desk.sign_out(opened.secret, actor=actor, at=reception.city.at)
    assert not reception.is_in(opened)
    assert acts(reception, "clerk-1") == ["enrol", "sign-in", "sign-out"]
    assert bad(reception.city) == set()


@pytest.mark.threat("G03")
@pytest.mark.error("sign-in-refused")
def test_whatever_was_wrong_the_answer_is_the_same(reception: Reception) -> None:
    reception.staff["ghost-1"] = replace(reception.staff["clerk-1"], ref="ghost-1", person="staff-8")
    reception.staff["clerk-2"] = replace(reception.staff["clerk-2"], person="staff-8")
    del reception.staff["lead-2"]
    right = {name: reception.code(name) for name in ("clerk-1", "clerk-2", "lead-2")}
    answers = []
    for name, password, code in (
        ("clerk-1", "not the password", right["clerk-1"]),
        ("clerk-1", PASSWORD, "000000"),
        ("nobody-1", PASSWORD, "000000"),
        ("ghost-1", PASSWORD, "000000"),  # works here, was never enrolled
        ("clerk-2", PASSWORD, right["clerk-2"]),  # the account was another person's
        ("lead-2", PASSWORD, right["lead-2"]),  # no longer works here
        ("", "", ""),
        ("clerk-1\0", PASSWORD * 100, "\ud800"),
    ):
        with pytest.raises(CardError) as caught:
            reception.sign_in(name, password=password, code=code, address=secrets.token_hex(4))
        answers.append((caught.value.code, dict(caught.value.facts)))
    assert set(map(str, answers)) == {str(("sign-in-refused", {}))}


@pytest.mark.threat("G02")
def test_only_the_very_digits_of_now_are_a_code_and_no_twin_of_them(reception: Reception) -> None:
    code = reception.code("clerk-1")
    wide = code.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    arabic = code.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})
    twins = [
        wide,
        arabic,
        f" {code}",
        f"{code} ",
        f"{code}\n",
        f"\t{code}",
        f"{code[:3]} {code[3:]}",
        f"{code[:3]}-{code[3:]}",
        f"+{code}",
        f"0{code}",
    ]
    twins += [
        f"{code}\0",
        f"{code}.0",
        f"{code}e0",
        f"0x{int(code):x}",
        f"{code[:3]}_{code[3:]}",
        f"\ufeff{code}",
        f"{code}\u200b",
        code[:5],
        code + code,
    ]
    twins += [
        code[:5] + wide[5],
        "",
        reception.code("clerk-1", reception.city.at - timedelta(seconds=30)),
        reception.code("clerk-1", reception.city.at + timedelta(seconds=30)),
    ]
    assert len(set(twins) - {code}) >= 20
    for twin in twins:
        with reception.city.office.store.writing() as work:
            work.connection.execute(sa.delete(schema.sign_in_try))
        with refused(faults.SIGN_IN_REFUSED):
            reception.sign_in("clerk-1", code=twin)
    reception.sign_in("clerk-1")


@pytest.mark.threat("G02")
def test_a_code_counts_once_also_when_two_show_it_at_once(reception: Reception, city: City) -> None:
    desk = Reception.of(city, entropy=secrets.token_bytes).desk
    code = reception.code("clerk-1")

    def attempt(_: int) -> str:
        try:
            return desk.sign_in("clerk-1", PASSWORD, code, staff=reception.staff, address=ADDRESS, at=city.at).session.operator
        except CardError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["clerk-1", "sign-in-refused"]
    with refused(faults.SIGN_IN_REFUSED):
        reception.sign_in("clerk-1", code=code)
    city.later(seconds=30)
    reception.sign_in("clerk-1")
    city.later(seconds=-30)
    with refused(faults.SIGN_IN_REFUSED):  # nor does a clock that goes back bring it back
        reception.sign_in("clerk-1", code=code)


@pytest.mark.threat("G02")
def test_a_recovery_code_counts_once_for_its_own_operator(reception: Reception) -> None:
    first, second, *_ = reception.given["clerk-1"].recovery
    reception.sign_in("clerk-1", code=first)
    for name, code in (("clerk-1", first), ("clerk-2", second), ("clerk-1", second.lower()), ("clerk-1", second.replace("-", ""))):
        with refused(faults.SIGN_IN_REFUSED):
            reception.sign_in(name, code=code)
    reception.sign_in("clerk-1", code=second)
    with reception.city.office.store.reading() as work:
        told = work.connection.execute(sa.select(schema.outbox.c.mark)).scalars().all()
    assert len([mark for mark in told if mark.startswith("recovery-code-used/clerk-1/")]) == 2
    assert bad(reception.city) == set()


@pytest.mark.threat("F10")
def test_a_session_ends_after_fifteen_idle_minutes_and_after_eight_hours(reception: Reception, city: City) -> None:
    idle = reception.sign_in("clerk-1")
    city.later(seconds=sessions.IDLE - 1)
    assert reception.is_in(idle)
    city.later(seconds=sessions.IDLE - 1)
    assert reception.is_in(idle)
    city.later(seconds=sessions.IDLE)
    assert not reception.is_in(idle)
    busy = reception.sign_in("clerk-1")
    for _ in range(8 * 4 + 2):
        city.later(minutes=14, seconds=30)
        alive = city.at < datetime.fromtimestamp(busy.session.begun, UTC) + timedelta(hours=8)
        assert reception.is_in(busy) == alive
    assert not reception.is_in(busy)


@pytest.mark.threat("G04")
def test_every_sign_in_and_step_up_has_a_new_secret_and_the_one_before_opens_nothing(reception: Reception, city: City) -> None:
    first = reception.sign_in("clerk-1")
    city.later(seconds=30)
    stepped = reception.desk.step_up(first.secret, reception.code("clerk-1"), staff=reception.staff, address=ADDRESS, at=city.at)
    assert stepped.secret != first.secret
    assert (stepped.session.ref, stepped.session.stepped) == (first.session.ref, int(city.at.timestamp()))
    assert [reception.is_in(opened) for opened in (first, stepped)] == [False, True]
    city.later(seconds=30)
    again = reception.sign_in("clerk-1", before=stepped.secret)
    assert [reception.is_in(opened) for opened in (stepped, again)] == [False, True]
    with city.office.store.reading() as work:
        kept = work.connection.execute(sa.select(schema.operator_session.c.secret)).scalars().all()
    assert {first.secret, stepped.secret, again.secret} & set(kept) == set()


@pytest.mark.threat("G04")
@pytest.mark.parametrize("change", [{"roles": (Role.SUPERVISOR,)}, {"region": "CN-SC"}, {"person": "staff-8"}, {"joint_desk": True}, None])
def test_whoever_has_gone_or_is_something_else_is_out_at_the_next_request(reception: Reception, change: dict[str, object] | None) -> None:
    opened = reception.sign_in("clerk-1")
    was = reception.staff.pop("clerk-1")
    if change is not None:
        reception.staff["clerk-1"] = replace(was, **change)  # type: ignore[arg-type] # because the cases name fields of Worker
    assert not reception.is_in(opened)
    reception.staff["clerk-1"] = was
    assert not reception.is_in(opened)
    assert acts(reception, "clerk-1")[-1] == "end-session"


@pytest.mark.threat("F10")
@pytest.mark.error("step-up-needed")
@pytest.mark.error("second-factor-refused")
def test_a_second_factor_is_fresh_for_five_minutes_and_steps_up_once_a_code(reception: Reception, city: City) -> None:
    opened = reception.sign_in("clerk-1")
    now = opened.session.stepped
    sessions.require_step_up(opened.session.stepped, now=now + 299)
    for stepped, late in ((opened.session.stepped, now + 300), (None, now)):
        with refused(faults.STEP_UP_NEEDED):
            sessions.require_step_up(stepped, now=late)
    for code in (reception.code("clerk-1"), "000000"):  # the one that signed in is used up
        with refused(faults.SECOND_FACTOR_REFUSED):
            reception.desk.step_up(opened.secret, code, staff=reception.staff, address=ADDRESS, at=city.at)
    with refused(faults.SECOND_FACTOR_REFUSED):
        reception.desk.step_up(b"x" * 32, "000000", staff=reception.staff, address=ADDRESS, at=city.at)
    city.later(seconds=60)
    code = reception.code("clerk-1")
    reception.desk.step_up(opened.secret, code, staff=reception.staff, address=ADDRESS, at=city.at)
    assert acts(reception, "clerk-1")[-2:] == ["sign-in", "step-up"]


@pytest.mark.error("password-weak")
def test_a_password_is_changed_with_the_old_one_and_ends_every_other_session(reception: Reception, city: City) -> None:
    other = reception.sign_in("clerk-1")
    city.later(seconds=30)
    mine = reception.sign_in("clerk-1")
    city.later(seconds=30)
    new = "a quite different 秘密 here"

    def change(old: str, wanted: str) -> sessions.Opened:
        return reception.desk.change_password(mine.secret, old, wanted, reception.code("clerk-1"), staff=reception.staff, address=ADDRESS, at=city.at)

    with refused(faults.SIGN_IN_REFUSED):
        change("not the old one", new)
    for weak in weak_ones():
        with refused(faults.PASSWORD_WEAK):
            change(PASSWORD, weak)
    changed = change(PASSWORD, new)
    assert [reception.is_in(opened) for opened in (other, mine, changed)] == [False, False, True]
    city.later(seconds=30)
    with refused(faults.SIGN_IN_REFUSED):
        reception.sign_in("clerk-1")
    reception.sign_in("clerk-1", password=new)
    assert bad(city) == set()


def weak_ones() -> Sequence[str]:
    return [
        "short 1 two",
        "x" * 129,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012",
        "abcdefghijklm",
        "my clerk-1 is me",
        "STAFF-1 staff-1 !",
        "line\nbreak one two",
    ]


def test_a_password_hashed_at_other_costs_is_hashed_anew_at_sign_in(reception: Reception, city: City) -> None:
    with city.office.store.reading() as work:
        before = work.connection.execute(
            sa.select(schema.operator_secret.c.password).where(schema.operator_secret.c.operator == "clerk-1")
        ).scalar_one()
    assert before.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    door = replace(reception.desk.door, passwords=type(reception.desk.door.passwords)(city.office.entropy, passes=2, memory_kib=16, lanes=1))
    reception.desk = replace(reception.desk, door=door)
    reception.sign_in("clerk-1")
    with city.office.store.reading() as work:
        after = work.connection.execute(
            sa.select(schema.operator_secret.c.password).where(schema.operator_secret.c.operator == "clerk-1")
        ).scalar_one()
    assert after.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    city.later(seconds=30)
    reception.sign_in("clerk-1")


def test_a_password_reads_the_same_however_a_keyboard_puts_accents_together(city: City) -> None:
    passwords = cheap(city.office.entropy)
    kept = passwords.hash("caf\u00e9 on the river")
    assert passwords.fits(kept, "cafe\u0301 on\u3000the river")
    assert not passwords.fits(kept, "cafe on the river")
    assert not passwords.fits("not a hash", "caf\u00e9 on the river")
    longest = passwords.hash("y" * 128)
    assert not passwords.fits(longest, "y" * 129)


def test_a_secret_put_in_by_hand_is_found(reception: Reception) -> None:
    forged = reception.desk.door.passwords.hash("the thief's own word")
    with reception.city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.operator_secret).where(schema.operator_secret.c.operator == "clerk-1").values(password=forged))
    assert bad(reception.city) == {"office-differs"}
