"""`ecard card`: what is done to one card, as a shell does it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.webapp.officehouse import COUNTER, FORM, NAME, Shell, number
from tests.webapp.test_office import founded, shell
from verify.verdict import Accepted
from webapp import cli
from webapp.demo.gates import Gate
from webapp.phones.phone import Phone

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["founded", "shell"]


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


@pytest.mark.error("office-purpose")
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
@pytest.mark.error("office-receipt")
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


@pytest.mark.error("office-holder")
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


@pytest.mark.article("ZS-17b")
def test_a_holder_reports_the_loss_of_the_chip_from_a_phone_of_the_card_and_from_no_other(shell: Shell, tmp_path: Path) -> None:
    card = shell.with_phone()
    Phone.create(tmp_path / "strange")
    pre = ("card", "pre-report-loss", card, "--of", "chip", "--as", "holder", "--yes", "--phone-folder")
    assert shell.refused(*pre, str(tmp_path / "strange")) == (1, "carrier-unknown")
    page = shell.done(*pre, shell.phone)
    assert page["changed"]
    assert [hold["kind"] for hold in page["card"]["holds"]] == ["pre-loss"]
    assert page["result"]["due"].startswith("20")


def test_what_was_shown_stands_in_the_history_and_a_paper_is_known_again_by_its_reference(shell: Shell) -> None:
    card = shell.active()
    papers = ("--evidence", "in-person", "--evidence", "identity-document-checked", "--evidence", "written-loss-report")
    shell.done("card", "report-loss", card, "--as", "clerk-1", *papers, "--filed", "written-loss-report=2026-0417", "--yes")
    told = shell("card", "show", card, "--history").out
    assert "书面挂失申请 / written loss report" in told
    assert "2026-0417" not in told
    assert "this is the paper" not in told
    assert "✓ 相符 / this is the paper" in shell("card", "show", card, "--history", "--filed", "written-loss-report=2026-0417").out
    assert "this is the paper" not in shell("card", "events", card, "--filed", "written-loss-report=2026-0418").out
    assert shell("card", "withdraw-loss", card, "--as", "clerk-1", *papers[:4], "--filed", "death=1", "--yes").status == 2
    assert shell.done("check")["bad"] == 0


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


@pytest.mark.error("office-operator")
def test_a_stale_revision_and_unknown_people_are_refused(shell: Shell) -> None:
    card = shell.active()
    report = ("card", "report-loss", card, *COUNTER, "--evidence", "written-loss-report", "--yes", "--as")
    assert shell.refused(*report, "clerk-1", "--expected", "1") == (1, "stale-revision")
    assert shell.refused(*report, "nobody") == (2, "office-operator")
    assert shell.refused("card", "show", "0" * 32) == (1, "card-unknown")
    assert shell("card", "show", "0" * 31).status == 2


@pytest.mark.error("office-pin")
@pytest.mark.parametrize("pins", ["", "123", "1234567", "123456\n12345x", "123456\n123456\n123456"])
def test_a_pin_that_cannot_be_one_never_reaches_the_chip(shell: Shell, pins: str) -> None:
    card = shell.active()
    file = shell.home / "pins"
    file.write_text(pins, "ascii")
    chip = ("--image", str(shell.home / "chip.img"), "--reader", "reader-1", "--pin-file", str(file))
    assert shell.refused("card", "bind-phone", card, "--as", "clerk-2", *chip, "--phone-folder", shell.phone, "--yes") == (2, "office-pin")


def test_without_the_chip_a_phone_is_bound_for_a_while(shell: Shell) -> None:
    card = shell.active()
    act = ("card", "bind-phone", card, "--as", "clerk-2", "--phone-folder", shell.phone, "--yes")
    assert shell.refused(*act) == (1, "evidence-missing")
    shell.done(*act, "--evidence", "in-person", "--evidence", "identity-document-checked")
    assert "临时至 / provisional until" in shell("card", "show", card).out
    assert "凭证 / profile: general" in shell("card", "renew-credentials", card, "--phone-folder", shell.phone, "--profile", "general", "--yes").out


def test_a_case_of_misuse_keeps_the_digest_of_a_paper_and_is_decided_by_another(shell: Shell) -> None:
    card, paper = shell.active(), shell.home / "paper.pdf"
    case = shell.done("card", "open-misuse-case", card, "--as", "clerk-1", "--category", "lent", "--evidence", "case-file", "--yes")["result"]["ref"]
    add = ("card", "add-to-misuse-case", card, "--as", "clerk-1", "--case", case, "--kind", "statement", "--evidence", "case-file", "--yes", "--file")
    assert shell(*add, str(paper)).status == 2
    paper.write_bytes(b"paper")
    assert shell.done(*add, str(paper))["result"]["evidence"][0]["kind"] == "statement"
    decide = ("card", "decide-misuse-case", card, "--case", case, "--decision", "warned", "--evidence", "review", "--yes", "--as")
    assert shell.refused(*decide, "clerk-1") == (1, "same-person")
    assert shell.done(*decide, "clerk-2")["result"]["decision"] == "warned"


def test_a_fare_is_granted_on_proof_from_a_file(shell: Shell) -> None:
    card = shell.with_phone()
    phone = next(carrier["ref"] for carrier in shell.done("card", "show", card)["carriers"] if carrier["kind"] == "phone")
    review, end = ((cli._now() + timedelta(days=days)).strftime("%Y-%m-%d") for days in (100, 200))
    terms = ("--carrier", phone, "--fare", "1", "--review", review, "--expires", end, "--form", shell.form(document="老年优待证 1234"))
    page = shell.done("card", "grant-fare", card, "--as", "clerk-1", *terms, "--evidence", "proof-of-fare-entitlement", "--yes")
    assert page["result"]["entitlement"]["fare"] == 1
    assert shell.done("card", "show", card)["entitlements"][0]["carrier"] == phone


def test_a_change_of_name_is_proposed_from_a_file_and_decided_by_another(shell: Shell) -> None:
    card = shell.active()
    propose = ("card", "propose-correction", card, "--as", "clerk-1", "--form", shell.form(name="嘉行舟"), *FORM, "--yes")
    assert "嘉行舟" not in shell(*propose, "--evidence", "proof-of-changed-data").out
    shell.done("card", "decide-correction", card, "--as", "clerk-2", "--decision", "accepted", "--evidence", "review", "--yes")
    page = shell.done("card", "show", card, "--purpose", "check-correction", "--as", "clerk-1")
    assert page["person"]["name"] == "嘉行舟"
