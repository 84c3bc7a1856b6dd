"""`ecard office sign-in` and its like, as an admin uses the shell: told once, and by two people when something was lost."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from codes.errors import SetupError
from ecard.access.desk import AccessDesk
from tests.webapp.officehouse import COUNTER
from tests.webapp.test_office import founded, shell
from webapp import cli
from webapp.office.opening import open_office
from webapp.office.settings import FILE, read_settings

if TYPE_CHECKING:
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]

PASSWORD = "a long enough 口令 here"


class Present:
    """The time that the shell is told."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)  # noqa: TID251 - because the office was founded by the machine's clock

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> Present:
    present = Present()
    monkeypatch.setattr(cli, "_now", present)
    return present


@pytest.fixture
def staffed(shell: Shell, present: Present) -> Shell:
    """An office with an admin who has the means to sign in, and a clerk who signed in once."""
    shell.done("office", "operator", "admin-1", "--person", "staff-9", "--role", "admin")
    given(shell, "admin-1")
    signs_in(shell, "clerk-1", given(shell, "clerk-1"), present.at)
    return shell


def password_file(shell: Shell) -> tuple[str, str]:
    file = shell.home / "password"
    file.write_text(PASSWORD + "\n", "utf-8")
    return "--password-file", str(file)


def given(shell: Shell, operator: str, by: str = "admin-1") -> Any:
    return shell.done("office", "sign-in", operator, "--as", by, *password_file(shell))


def not_given(shell: Shell, operator: str, by: str = "admin-1") -> tuple[int, str]:
    return shell.refused("office", "sign-in", operator, "--as", by, *password_file(shell))


def signs_in(shell: Shell, operator: str, page: Any, at: datetime) -> None:
    with open_office(shell.folder, at=at) as office:
        code = pyotp.TOTP(page["secret"]).at(at)
        AccessDesk.of(office.desk).sign_in(operator, PASSWORD, code, staff=office.settings.operators, address="", at=at)


def test_an_operator_is_given_an_authenticator_codes_and_a_password_and_signs_in(staffed: Shell) -> None:
    known = {each["operator"]: each for each in staffed.done("office", "sign-ins")["operators"]}
    assert (known["clerk-1"]["used"], known["clerk-1"]["sessions"], known["admin-1"]["used"]) == (True, 1, False)
    page = given(staffed, "clerk-2")
    assert page["address"].startswith("otpauth://totp/")
    assert (page["operator"], len(set(page["recovery"]))) == ("clerk-2", 10)
    assert not_given(staffed, "clerk-1") == (1, "operator-enrolled")
    assert not_given(staffed, "sup-1", by="clerk-1") == (1, "not-permitted")
    assert not_given(staffed, "sup-1", by="sup-1") == (1, "same-person")
    assert staffed.done("office", "sign-out", "clerk-1", "--as", "admin-1") == {"operator": "clerk-1", "ended": 1}
    assert staffed.done("check")["bad"] == 0


def test_people_are_told_in_words_and_with_a_symbol_for_the_authenticator(staffed: Shell) -> None:
    told = staffed("office", "sign-in", "clerk-2", "--as", "admin-1", *password_file(staffed), "--qr").out
    assert "只显示这一次" in told
    assert "█" in told
    assert told.count("-") >= 50
    assert "clerk-1  staff-2" in staffed("office", "sign-ins").out


def test_a_password_may_come_through_a_pipe_and_a_weak_one_is_refused(staffed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("clerk-2 clerk-2\n"))
    assert staffed.refused("office", "sign-in", "clerk-2", "--as", "admin-1") == (2, "password-weak")
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    staffed.done("office", "sign-in", "clerk-2", "--as", "admin-1")


@pytest.mark.parametrize(("typed", "status"), [((PASSWORD, PASSWORD), 0), ((PASSWORD, PASSWORD + "!"), 2)])
def test_a_password_typed_at_a_terminal_is_typed_twice_and_never_shown(staffed: Shell, typed: tuple[str, str], status: int) -> None:
    ours, theirs = pty.openpty()
    words = [str(Path(sys.executable).with_name("ecard")), "office", "sign-in", "clerk-2", "--as", "admin-1", "--office", str(staffed.folder)]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as program:
        os.close(theirs)
        shown = b""
        for number, line in enumerate(typed, start=1):
            while shown.count(b": ") < number:
                shown += os.read(ours, 4096)
            os.write(ours, line.encode() + b"\n")
        with suppress(OSError):  # the terminal ends with the program
            while piece := os.read(ours, 4096):
                shown += piece
        assert program.wait(60) == status, shown
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert (b"otpauth://" in shown) == (status == 0)


@pytest.mark.threat("F12")
def test_what_was_lost_is_given_anew_by_two_people_and_after_a_day(staffed: Shell, present: Present) -> None:
    asked = staffed.done("office", "reset-sign-in", "clerk-1", "--as", "admin-1", *COUNTER)
    assert (asked["asked_by"], asked["due"]) == ("admin-1", None)
    assert staffed.refused("office", "reset-sign-in", "clerk-1", "--as", "sup-1", *COUNTER) == (1, "reset-open")
    assert staffed.refused("office", "approve-reset", "clerk-1", "--as", "admin-1") == (1, "same-person")
    staffed.done("office", "approve-reset", "clerk-1", "--as", "sup-1")
    assert not_given(staffed, "clerk-1") == (1, "reset-waits")
    assert "重置 / reset  clerk-1" in staffed("office", "sign-ins").out
    staffed.done("tick")
    told = [path.read_text("utf-8") for path in (staffed.folder / "messages" / "task").iterdir()]
    assert sum('"operator-reset-a' in text for text in told) == 2
    present.at += timedelta(days=1)
    page = given(staffed, "clerk-1")
    signs_in(staffed, "clerk-1", page, present.at)
    assert staffed.done("check")["bad"] == 0


def test_a_reset_can_be_turned_down_and_needs_the_document_seen(staffed: Shell) -> None:
    assert staffed.refused("office", "reset-sign-in", "clerk-1", "--as", "admin-1") == (1, "evidence-missing")
    staffed.done("office", "reset-sign-in", "clerk-1", "--as", "admin-1", *COUNTER)
    assert "已撤销" in staffed("office", "decline-reset", "clerk-1", "--as", "sup-1").out
    assert staffed.refused("office", "approve-reset", "clerk-1", "--as", "sup-1") == (1, "reset-missing")


# ------------------------------------------------------------------------------------------------------------- roles apart


@pytest.mark.error("roles-apart")
@pytest.mark.threat("F03")
@pytest.mark.parametrize(
    ("person", "roles"),
    [
        ("staff-8", ["admin", "clerk"]),
        ("staff-8", ["auditor", "supervisor"]),
        ("staff-8", ["admin", "auditor"]),
        ("staff-2", ["admin"]),  # clerk-1's own second account
        ("staff-2", ["auditor"]),
        ("STAFF-2", ["clerk"]),  # the same person, spelt otherwise
    ],
)
def test_auditors_and_admins_are_nothing_else_in_any_account_of_theirs(shell: Shell, person: str, roles: list[str]) -> None:
    words = [word for role in roles for word in ("--role", role)]
    before = (shell.folder / FILE).read_bytes()
    assert shell.refused("office", "operator", "new-1", "--person", person, *words) == (1, "roles-apart")
    assert (shell.folder / FILE).read_bytes() == before
    listed = ", ".join(f'"{role}"' for role in roles)
    table = f'\n[operator."new-1"]\nperson = "{person}"\nroles = [{listed}]\nregion = "CN-CQ"\n'
    (shell.folder / FILE).write_bytes(before + table.encode())
    with pytest.raises(SetupError) as caught:
        read_settings(shell.folder)
    assert (caught.value.code, caught.value.facts["where"]) == ("office-file", "operator.new-1")


@pytest.mark.parametrize("person", ["x" * 65, "staff\\u00072"])
def test_a_staff_number_is_one_line_that_the_record_can_keep(shell: Shell, person: str) -> None:
    table = f'\n[operator."new-1"]\nperson = "{person}"\nroles = ["clerk"]\nregion = "CN-CQ"\n'
    (shell.folder / FILE).write_bytes((shell.folder / FILE).read_bytes() + table.encode())
    with pytest.raises(SetupError) as caught:
        read_settings(shell.folder)
    assert (caught.value.code, caught.value.facts["where"]) == ("office-file", "operator.new-1")


def test_an_auditor_or_an_admin_has_no_command_of_any_card(staffed: Shell) -> None:
    staffed.done("office", "operator", "auditor-1", "--person", "staff-10", "--role", "auditor")
    card = staffed.active()
    for who in ("auditor-1", "admin-1"):
        words = ("card", "report-loss", card, "--of", "card", "--as", who, *COUNTER, "--evidence", "written-loss-report", "--yes")
        assert staffed.refused(*words) == (1, "not-permitted")
