"""`ecard office`: an office founded, its settings, how a command is shown and asked about, and where personal data comes from."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardState, CarrierKind, EndReason, HoldKind, Role
from tests.webapp.officehouse import COUNTER, FORM, NAME, Shell, Terminal, an_office, number
from webapp.office import words
from webapp.office.acts import ACTS, BY_PROOF, BY_TIME, WITH_HARDWARE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_office(tmp_path_factory.mktemp("founded") / "office")


@pytest.fixture
def shell(founded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shutil.copytree(founded, tmp_path / "office")
    return Shell(tmp_path / "office", capsys)


# ------------------------------------------------------------------------------------------------------------ the table


def test_every_command_of_the_table_can_be_given_or_is_the_clocks() -> None:
    assert {act.command for act in ACTS} | WITH_HARDWARE | BY_PROOF | BY_TIME == set(RULES) == set(Command)
    assert len({act.word for act in ACTS}) == len(ACTS)


def test_every_word_of_the_record_has_a_name_at_the_counter() -> None:
    for named, all_of in (
        (words.EVIDENCE, Evidence),
        (words.ROLES, Role),
        (words.STATES, CardState),
        (words.ENDS, EndReason),
        (words.KINDS, CarrierKind),
        (words.HOLDS, HoldKind),
    ):
        assert set(named) == set(all_of)


@pytest.mark.parametrize("word", sorted({act.word for act in ACTS}))
def test_help_names_articles_roles_and_effect(shell: Shell, word: str) -> None:
    command = next(act.command for act in ACTS if act.word == word)
    said = shell.plain("card", word, "--help").out
    assert RULES[command].effect.zh in said
    assert RULES[command].articles[0] in said


# ------------------------------------------------------------------------------------------------------------ an office


def test_an_office_is_nobody_elses_to_read(founded: Path) -> None:
    assert founded.stat().st_mode & 0o777 == 0o700
    assert (founded / "office.toml").stat().st_mode & 0o777 == 0o600
    assert (founded / "keys" / "vault.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.error("office-exists")
def test_an_office_is_not_made_over_another(shell: Shell) -> None:
    answer = shell.plain("office", "init", str(shell.folder), "--region", "CN-CQ", "--json")
    assert (answer.status, answer.page["error"]["code"]) == (3, "office-exists")


@pytest.mark.parametrize("where", ["postgresql://office:secret@db/record", "mysql://db/record"])
def test_a_password_has_no_place_on_the_command_line(shell: Shell, where: str) -> None:
    answer = shell.plain("office", "init", str(shell.home / "new"), "--region", "CN-CQ", "--database", where)
    assert answer.status == 2
    assert not (shell.home / "new").exists()
    assert "secret" not in answer.out + answer.err


@pytest.mark.error("office-operator-known")
def test_who_is_in_the_office_is_shown_and_taken_once(shell: Shell) -> None:
    page = shell.done("office", "show")
    assert page["operators"]["desk-1"]["roles"] == ["hotline", "clerk"]
    assert shell.refused("office", "operator", "clerk-1", "--person", "x", "--role", "clerk") == (1, "office-operator-known")
    assert shell.refused("office", "operator", "new-1", "--person", "x", "--role", "clerk", "--region", "CN-SC") == (2, "region-unknown")
    assert "主管 / supervisor" in shell("office", "show").out


@pytest.mark.parametrize(
    "change",
    [
        ("version = 1", "version = 2"),
        ("version = 1", "version = "),
        ("version = 1", "version = 1\ncolour = 'red'"),
        ('letter = "c"', 'letter = "cc"'),
        ("max_age = 30", "max_age = 0"),
        ("general = [0, 99999]", "general = [5, 1]"),
        ("general = 604800", "general = 'long'"),
        ('roles = ["supervisor"]', 'roles = ["holder"]'),
        ('roles = ["supervisor"]\nregion = "CN-CQ"', 'roles = ["supervisor"]\nregion = "CN-SC"'),
        ('keys = "keys"', 'keys = ""'),
        ("[region.CN-CQ]", "[region.Chongqing]"),
        ("founded = 2", 'founded = "2" # '),
    ],
)
@pytest.mark.error("office-file")
def test_a_wrong_word_in_the_settings_is_named(shell: Shell, change: tuple[str, str]) -> None:
    path = shell.folder / "office.toml"
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), "utf-8")
    assert shell.refused("office", "show") == (3, "office-file")


def test_a_policy_longer_than_the_keys_may_sign_does_not_open(shell: Shell) -> None:
    path = shell.folder / "office.toml"
    path.write_text(path.read_text("utf-8").replace("general = 604800", "general = 3600"), "utf-8")
    assert shell.refused("office", "show") == (3, "policy-contradiction")


@pytest.mark.error("office-missing")
def test_a_folder_without_an_office_says_how_to_make_one(shell: Shell) -> None:
    answer = shell.plain("tick", "--office", str(shell.home))
    assert answer.status == 3
    assert "ecard office init" in answer.err


# ------------------------------------------------------------------------------------------------------------ asking


@pytest.mark.error("office-unconfirmed")
def test_nothing_is_done_where_nobody_can_be_asked(shell: Shell) -> None:
    card = shell.active()
    report = ("card", "report-loss", card, "--as", "clerk-1", *COUNTER, "--evidence", "written-loss-report")
    answer = shell(*report)
    assert answer.status == 2
    assert "--yes" in answer.err
    assert RULES[Command.REPORT_LOSS].effect.zh in answer.err
    assert shell.done("card", "show", card)["card"]["revision"] == 3


@pytest.mark.parametrize(("said", "status", "revision"), [("y\n", 0, 4), ("n\n", 1, 3), ("", 1, 3)])
def test_somebody_at_a_terminal_is_asked(shell: Shell, monkeypatch: pytest.MonkeyPatch, said: str, status: int, revision: int) -> None:
    card = shell.active()
    monkeypatch.setattr(sys, "stdin", Terminal(said))
    answer = shell("card", "report-loss", card, "--as", "clerk-1", *COUNTER, "--evidence", "written-loss-report")
    assert answer.status == status
    assert "办理？" in answer.err
    assert shell.done("card", "show", card)["card"]["revision"] == revision


# ------------------------------------------------------------------------------------------------------------ forms


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1]",
        '{"name": "x"}',
        '{"name": 1, "identity_number": "1"}',
        '{"name": "x", "identity_number": "1", "colour": "red"}',
        "\xff" * 70_000,
    ],
)
@pytest.mark.error("office-form")
def test_a_form_that_cannot_be_used_is_refused_without_quoting_it(shell: Shell, content: str) -> None:
    form = shell.home / "form"
    form.write_bytes(content.encode("latin-1"))
    answer = shell("card", "apply", "--as", "clerk-1", "--form", str(form), *FORM, "--yes", "--json")
    assert (answer.status, answer.page["error"]["code"]) == (2, "office-form")
    assert "red" not in answer.out


def test_a_form_may_be_toml_in_chinese(shell: Shell) -> None:
    form = shell.home / "form.toml"
    form.write_text(f'"姓名" = "{NAME}"\n"证件号码" = "{number(7)}"\n"申领资格" = "insured"\n', "utf-8")
    apply = ("card", "apply", "--as", "clerk-1", "--form", str(form), *FORM, "--yes")
    assert shell.refused(*apply) == (1, "evidence-missing")
    assert shell.done(*apply, "--evidence", "insurance-record")["changed"]


def test_a_form_may_be_typed_in(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{NAME}\n{number(8)}\n\n\n\n"))
    answer = shell("card", "apply", "--as", "clerk-1", *FORM, "--yes")
    assert answer.status == 0
    assert "证件号码 / its number" in answer.err


def test_a_wrong_number_is_refused_and_not_repeated(shell: Shell) -> None:
    form = shell.form(name=NAME, identity_number=number(1)[:-1] + "x")
    answer = shell("card", "apply", "--as", "clerk-1", "--form", form, *FORM, "--yes", "--json")
    assert answer.status == 2
    assert number(1)[:-1] not in answer.out
    assert json.loads(answer.out)["error"]["hint"]["zh"]


@pytest.mark.error("office-unreadable")
def test_a_file_that_is_not_there_is_named(shell: Shell) -> None:
    assert shell.refused("card", "apply", "--as", "clerk-1", "--form", str(shell.home / "none"), *FORM, "--yes") == (3, "office-unreadable")
