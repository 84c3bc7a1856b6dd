"""`ecard office` and `ecard card`: an office founded, and everything done to a card, as a shell does it."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardState, CarrierKind, EndReason, HoldKind, Role
from tests.webapp.officehouse import COUNTER, FORM, NAME, PEOPLE, Shell, Terminal, number
from verify.verdict import Accepted
from webapp import cli
from webapp.demo.gates import Gate
from webapp.office import words
from webapp.office.acts import ACTS, BY_TIME, WITH_HARDWARE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded") / "office"
    assert cli.main(["office", "init", str(folder), "--region", "CN-CQ"]) == 0
    at = ["--office", str(folder)]
    for ref, (person, roles) in PEOPLE.items():
        says = [word for role in roles for word in ("--role", role)]
        assert cli.main(["office", "operator", ref, "--person", person, *says, "--point", "hall-1", *at]) == 0
    assert cli.main(["office", "point", "hall-1", "--name", "办事大厅", "--kind", "centre", "--as", "sup-1", *at]) == 0
    assert cli.main(["office", "reader", "reader-1", "--as", "sup-1", *at]) == 0
    return folder


@pytest.fixture
def shell(founded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shutil.copytree(founded, tmp_path / "office")
    return Shell(tmp_path / "office", capsys)


# ------------------------------------------------------------------------------------------------------------ the table


def test_every_command_of_the_table_can_be_given_or_is_the_clocks() -> None:
    assert {act.command for act in ACTS} | WITH_HARDWARE | BY_TIME == set(RULES) == set(Command)
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


def test_an_office_is_not_made_over_another(shell: Shell) -> None:
    answer = shell.plain("office", "init", str(shell.folder), "--region", "CN-CQ", "--json")
    assert (answer.status, answer.page["error"]["code"]) == (3, "office-exists")


@pytest.mark.parametrize("where", ["postgresql://office:secret@db/record", "mysql://db/record"])
def test_a_password_has_no_place_on_the_command_line(shell: Shell, where: str) -> None:
    answer = shell.plain("office", "init", str(shell.home / "new"), "--region", "CN-CQ", "--database", where)
    assert answer.status == 2
    assert not (shell.home / "new").exists()
    assert "secret" not in answer.out + answer.err


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


def test_a_folder_without_an_office_says_how_to_make_one(shell: Shell) -> None:
    answer = shell.plain("tick", "--office", str(shell.home))
    assert answer.status == 3
    assert "ecard office init" in answer.err


# ------------------------------------------------------------------------------------------------------------ a card's life


@pytest.mark.article("CQ-5a")
def test_a_person_applies_once_and_the_name_stands_in_no_answer(shell: Shell) -> None:
    card = shell.applied()
    form = shell.form(name=NAME, identity_number=number(1))
    assert shell.refused("card", "apply", "--as", "clerk-1", "--form", form, *FORM, "--yes") == (1, "person-has-card")
    assert [found["card"]["ref"] for found in shell.done("card", "find", "--as", "clerk-1", "--form", form)["cards"]] == [card]
    for words_ in (("show", card), ("events", card), ("receipts", card), ("find", "--as", "clerk-1", "--form", form)):
        for more in ((), ("--json",)):
            answer = shell("card", *words_, *more)
            assert answer.status == 0
            assert NAME not in answer.out
            assert number(1) not in answer.out


def test_a_name_is_shown_for_a_purpose_which_is_put_on_record(shell: Shell) -> None:
    card = shell.applied()
    links = shell.done("audit", "verify")["links"]
    assert shell.refused("card", "show", card, "--purpose", "compare-with-document") == (2, "office-purpose")
    assert shell.refused("card", "show", card, "--purpose", "compare-with-document", "--as", "shop-1") == (1, "not-permitted")
    assert shell("card", "show", card, "--as", "clerk-1", "--purpose", number(1)).status == 2
    page = shell.done("card", "show", card, "--purpose", "compare-with-document", "--as", "clerk-1")
    assert page["person"]["name"] == NAME
    assert shell.done("audit", "verify")["links"] == links + 1
    by_number = shell.form(card_number=page["number"])
    assert shell.done("card", "find", "--as", "clerk-1", "--form", by_number)["cards"][0]["card"]["ref"] == card
    assert "此次查询已记入" in shell("card", "show", card, "--purpose", "compare-with-document", "--as", "clerk-1").out


def test_a_card_is_made_handed_over_bound_and_its_code_accepted(shell: Shell) -> None:
    shell.with_phone()
    shell.done("publish")
    code = shell.plain("code", "--phone", shell.phone).out.strip()
    gate = Gate.set_up(shell.home / "gate", "metro", terminal="T-1", root=shell.folder / "published" / "metadata" / "1.root.json")
    at = cli._now()
    gate.take(shell.folder / "published", at=at)
    assert isinstance(gate.judge(code, at=at).verdict, Accepted)
    gate.close()


@pytest.mark.article("ZS-17b")
def test_a_loss_by_phone_is_stopped_once_under_one_key_and_withdrawn(shell: Shell) -> None:
    card = shell.active()
    call = ("card", "pre-report-loss", card, "--as", "desk-1", "--evidence", "hotline-identity-check", "--yes", "--key", "0123456789abcdef")
    first, again = shell.done(*call), shell.done(*call)
    assert (first["changed"], again["changed"]) == (True, False)
    assert first["result"]["due"] == again["result"]["due"]
    assert "须于此前书面挂失" in shell("card", "show", card).out
    page = shell.done("card", "withdraw-pre-loss", card, "--as", "desk-1", "--evidence", "hotline-identity-check", *COUNTER, "--yes")
    assert page["card"]["carriers"][0]["status"] == "valid"
    assert "此前已办理" in shell(*call).out


@pytest.mark.article("ZS-17a")
def test_a_written_report_stops_the_card_and_the_receipt_proves_it(shell: Shell) -> None:
    card, receipt = shell.active(), shell.home / "receipt.cbor"
    page = shell.done("card", "report-loss", card, "--as", "clerk-1", *COUNTER, "--evidence", "书面挂失申请", "--receipt", str(receipt), "--yes")
    assert page["card"]["carriers"][0]["status"] == "suspended"
    told = shell.done("receipt", "verify", str(receipt))
    assert (told["number"], told["in_record"]) == (page["receipt"]["number"], True)
    assert "档案中有此回执" in shell("receipt", "verify", str(receipt)).out
    spoilt = bytearray(receipt.read_bytes())
    spoilt[-1] ^= 1
    receipt.write_bytes(spoilt)
    assert shell.refused("receipt", "verify", str(receipt)) == (2, "office-receipt")


@pytest.mark.article("CQ-20b")
def test_a_freeze_is_lifted_by_another_person_only(shell: Shell) -> None:
    card = shell.active()
    freeze = ("card", "freeze", card, "--as", "clerk-1", "--evidence", "case-file", "--ground", "theft", "--yes")
    assert shell(*freeze, "--until", "tomorrow").status == 2
    assert shell.refused(*freeze, "--until", "2099-01-01") == (2, "freeze-terms")
    until = (cli._now() + timedelta(days=10)).isoformat()
    assert shell.done(*freeze, "--until", until)["card"]["carriers"][0]["status"] == "frozen"
    unfreeze = ("card", "unfreeze", card, "--evidence", "review", "--yes", "--as")
    assert shell.refused(*unfreeze, "clerk-1") == (1, "same-person")
    assert shell.done(*unfreeze, "clerk-2")["card"]["carriers"][0]["status"] == "valid"


def test_a_holder_locks_with_the_phone_and_nobody_else_does(shell: Shell) -> None:
    card = shell.with_phone()
    lock = ("card", "lock", card, "--yes", "--as")
    assert shell.refused(*lock, "holder") == (2, "office-holder")
    assert shell.refused(*lock, "clerk-1") == (1, "not-permitted")
    assert shell.done(*lock, "holder", "--phone-folder", shell.phone)["changed"]
    assert shell.done("card", "unlock", card, "--as", "holder", "--phone-folder", shell.phone, "--yes")["changed"]
    page = shell.done("card", "lock-items", card, "--as", "holder", "--phone-folder", shell.phone, "--group", "banking", "--yes")
    assert page["result"] == ["banking"]
    assert shell.done("card", "show", card)["locked_items"] == ["banking"]
    pre = ("card", "pre-report-loss", card, "--as", "holder", "--phone-folder", shell.phone, "--yes")
    assert shell.refused(*pre) == (1, "not-permitted")


def test_papers_that_the_ground_asks_for_are_named_before_anything_is_done(shell: Shell) -> None:
    card = shell.active()
    exchange = ("card", "exchange", card, "--as", "clerk-1", "--ground", "damage", *FORM, "--yes")
    answer = shell(*exchange)
    assert answer.status == 1
    assert "✗ 已查看损坏情况" in answer.err
    assert shell.done(*exchange, "--evidence", "damage-seen")["result"]["exchange"]["ground"] == "damage"
    assert "免费 / free of charge" not in shell("card", "show", card).out


def test_a_card_is_cancelled_by_two_people_once_its_affairs_are_settled(shell: Shell) -> None:
    card = shell.active()
    request = ("card", "request-cancel", card, "--as", "clerk-1", "--ground", "moved-away", "--applicant", "holder", *FORM, "--yes")
    shell.done(*request, "--evidence", "in-person", "--evidence", "proof-of-move")
    cancel = ("card", "cancel", card, "--decision", "accepted", "--evidence", "review", "--yes", "--as")
    assert shell.refused(*cancel, "clerk-1") == (1, "same-person")
    assert shell.refused(*cancel, "clerk-2") == (1, "affairs-unsettled")
    settled = [
        word
        for affair in ("insurance-benefits", "medical-account", "transport-balance", "loans", "financial-account")
        for word in ("--settled", affair)
    ]
    answer = shell(*cancel, "clerk-2", *settled)
    assert answer.status == 0
    assert "已终止 / ended (注销 / cancelled)" in answer.out
    assert shell.done("check")["bad"] == 0


def test_a_stale_revision_and_unknown_people_are_refused(shell: Shell) -> None:
    card = shell.active()
    report = ("card", "report-loss", card, *COUNTER, "--evidence", "written-loss-report", "--yes", "--as")
    assert shell.refused(*report, "clerk-1", "--expected", "1") == (1, "stale-revision")
    assert shell.refused(*report, "nobody") == (2, "office-operator")
    assert shell.refused("card", "show", "0" * 32) == (1, "card-unknown")
    assert shell("card", "show", "0" * 31).status == 2


# ------------------------------------------------------------------------------------------------------------ asking


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
