"""Every command as a guided form: offered, repeated, done once, and by two people where the table says so."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from ecard.audit_walk import verify_chains
from ecard.check import PublicKeys, check_record
from ecard.lifecycle import RULES
from ecard.model import CardRef, HoldKind, seconds
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import ORIGIN, Browser, hall, house
from tests.webapp.officehouse import NAME, number
from webapp.console.cardpage import GROUPS
from webapp.office.acts import ACTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.webapp.consolehouse import House

__all__ = ["hall", "house"]

COUNTER = ("in-person", "identity-document-checked")
LOSS = (*COUNTER, "written-loss-report")


def holds(house: House, card: str) -> list[HoldKind]:
    return [hold.kind for hold in house.desk.card(CardRef(card)).holds if hold.in_force(int(house.clock().timestamp()))]


def test_every_act_that_an_operator_may_give_stands_under_a_heading_and_has_a_form(house: House) -> None:
    card = house.shell.active()
    listed = {command for _, commands in GROUPS for command in commands}
    assert listed == {act.command for act in ACTS if act.on_card and RULES[act.command].who - {"holder"}}
    browsers = {ref: house.open(ref) for ref in ("clerk-1", "bank-1", "shop-1")}
    for act in ACTS:
        rule = RULES[act.command]
        browser = next((each for ref, each in browsers.items() if set(house.office.settings.operators[ref].roles) & rule.who), None)
        if browser is None:
            assert rule.who == {"holder"}
            browsers["clerk-1"].get(f"/console/cards/{card}/acts/{act.word}", status=403)
            continue
        page = browser.get(f"/console/cards/{card}/acts/{act.word}" if act.on_card else f"/console/acts/{act.word}")
        assert rule.effect.zh in page
        assert all(article in page for article in rule.articles)
    browsers["clerk-1"].get(f"/console/cards/{card}/acts/nothing", status=404)
    browsers["clerk-1"].get("/console/acts/report-loss", status=404)


@pytest.mark.article("ZS-17a")
def test_a_loss_is_repeated_word_for_word_and_then_done_with_a_receipt(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("clerk-1")
    path = f"/console/cards/{card}/acts/report-loss"
    clerk.get(path)
    said = {"of": "card", "evidence": list(LOSS), "filed.written-loss-report": "2026-0417", "expected": clerk.hidden()["expected"]}
    page = clerk.post(path, step="review", **said)
    assert all(words in page for words in ("整卡（芯片和手机一起停）", "书面挂失申请（编号 2026-0417）", "clerk-1", "ZS-17a"))
    assert holds(house, card) == []
    sent = clerk.hidden() | {"step": "do"}
    first, again = clerk.post(path, **sent), clerk.post(path, **sent)
    assert "✓ 已办理" in first
    assert "打印回执" in first
    assert "此前已办理" in again
    assert holds(house, card) == [HoldKind.LOSS]
    assert len(house.desk.receipts(CardRef(card))) == 4
    (receipt,) = house.desk.receipts(CardRef(card))[-1:]
    assert receipt.says.number in clerk.get(f"/console/cards/{card}/receipts/{receipt.says.number}")
    assert clerk.raw(f"/console/cards/{card}/receipts/{receipt.says.number}/print.pdf").startswith(b"%PDF-")
    assert clerk.raw(f"/console/cards/{card}/forms/report-loss/print.pdf").startswith(b"%PDF-")
    clerk.get(f"/console/cards/{card}/receipts/AAAAAAAAAAAAAAAA", status=409)
    clerk.act(card, "withdraw-loss", COUNTER, of="card")
    assert holds(house, card) == []


def test_what_is_missing_or_wrong_is_marked_and_nothing_is_lost_of_what_was_filled_in(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("clerk-1")
    path = f"/console/cards/{card}/acts/freeze"
    clerk.get(path)
    page = clerk.post(path, status=409, step="review", ground="theft", until="2027-01-15", expected="3")
    assert "缺少这份材料。" in page
    assert '<option value="theft" selected>' in page
    assert 'value="2027-01-15"' in page
    page = clerk.post(path, status=400, step="review", ground="bad", until="2027-01-15", evidence="case-file")
    assert "请检查这一栏。" in page
    clerk.post(path, step="review", ground="theft", until="2027-01-15", evidence="case-file")
    page = clerk.post(path, **(clerk.hidden() | {"step": "edit"}))
    assert '<option value="theft" selected>' in page
    assert 'value="case-file" checked' in page
    clerk.post(path, status=400, step="review", ground=["theft", "false-use"], until="2027-01-15", evidence="case-file")
    clerk.post(path, status=400, step="do", key="short", ground="theft", until="2027-01-15", evidence="case-file")
    assert holds(house, card) == []


def test_a_form_filled_in_before_somebody_else_changed_the_card_is_refused(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("clerk-1")
    clerk.get(f"/console/cards/{card}/acts/freeze")
    before = clerk.hidden()["expected"]
    house.open("clerk-2").act(card, "report-loss", LOSS, of="card")
    said = {"step": "do", "key": "0" * 32, "ground": "theft", "until": "2027-01-15", "evidence": "case-file", "expected": before}
    clerk.post(f"/console/cards/{card}/acts/freeze", status=412, **said)
    assert holds(house, card) == [HoldKind.LOSS]


@pytest.mark.threat("F03")
def test_a_freeze_is_lifted_by_another_person_on_the_exact_request_with_a_fresh_code(house: House) -> None:
    card = house.shell.active()
    first, second, third = house.open("clerk-1"), house.open("clerk-2"), house.open("sup-1")
    first.act(card, "freeze", ("case-file",), ground="theft", until="2027-01-15")
    page = second.act(card, "unfreeze", ("review",))
    assert "已提交，等待第二人批准" in page
    assert holds(house, card) == [HoldKind.FREEZE]
    assert "等待第二人批准" in third.get("/console/")
    ref = next(part.partition('"')[0] for part in third.get("/console/queue").split("/console/queue/")[1:])
    own = second.get(f"/console/queue/{ref}")
    assert "须由另一人批准" in own
    third.get(f"/console/queue/{ref}")
    sent = third.hidden("/approve")
    house.clock.on(minutes=6)
    assert "再次验证身份" in third.post(f"/console/queue/{ref}/approve", status=403, **sent)
    code = house.code("clerk-2")
    second.get(f"/console/queue/{ref}")
    second.post(f"/console/queue/{ref}/approve", status=409, digest=sent["digest"], key="0" * 32, code=code)
    assert holds(house, card) == [HoldKind.FREEZE]
    third.get(f"/console/queue/{ref}")
    third.post(f"/console/queue/{ref}/approve", status=409, code=house.code("sup-1"), digest="00" * 32, key="1" * 32)
    third.get(f"/console/queue/{ref}")
    done = third.post(f"/console/queue/{ref}/approve", **third.hidden("/approve"))
    assert "✓ 已办理" in done
    assert holds(house, card) == []
    third.get("/console/queue")
    assert "没有等待批准的业务" in third.page


def test_a_proposal_may_be_declined_and_taken_back(house: House) -> None:
    card = house.shell.active()
    first, second = house.open("clerk-1"), house.open("clerk-2")
    first.act(card, "freeze", ("case-file",), ground="theft", until="2027-01-15")
    for who in (second, house.open("sup-1")):
        second.act(card, "unfreeze", ("review",))
        ref = next(part.partition('"')[0] for part in who.get("/console/queue").split("/console/queue/")[1:])
        who.get(f"/console/queue/{ref}")
        assert "没有等待批准的业务" in who.post(f"/console/queue/{ref}/decline", status=303, **who.hidden("/decline"))
    assert holds(house, card) == [HoldKind.FREEZE]


@pytest.mark.article("CQ-13b")
def test_a_destruction_is_approved_by_the_witness_alone(house: House) -> None:
    card = house.shell.active()
    clerk, second, boss = house.open("clerk-1"), house.open("clerk-2"), house.open("sup-1")
    clerk.act(card, "request-cancel", (*COUNTER, "application-form", "proof-of-move"), ground="moved-away", applicant="holder")
    affairs = ["insurance-benefits", "medical-account", "financial-account", "transport-balance", "loans"]
    clerk.act(card, "cancel", ("review",), decision="accepted", settled=affairs)
    approve(house, boss, "sup-1")
    dossier = house.desk.card(CardRef(card))
    assert dossier.card.state == "ended"
    chip = dossier.carriers[0].ref
    clerk.act(card, "record-destruction", ("destruction-protocol",), chip=chip, method="shredded", witness="clerk-2")
    ref = next(part.partition('"')[0] for part in boss.get("/console/queue").split("/console/queue/")[1:])
    boss.get(f"/console/queue/{ref}")
    boss.post(f"/console/queue/{ref}/approve", status=409, **(boss.hidden("/approve") | {"code": house.code("sup-1")}))
    approve(house, second, "clerk-2")


def approve(house: House, who: Browser, ref: str) -> None:
    proposal = next(part.partition('"')[0] for part in who.get("/console/queue").split("/console/queue/")[1:])
    who.get(f"/console/queue/{proposal}")
    page = who.post(f"/console/queue/{proposal}/approve", **(who.hidden("/approve") | {"code": house.code(ref)}))
    assert "✓ 已办理" in page


def test_a_card_is_applied_for_at_the_console_and_the_name_goes_nowhere_else(house: House) -> None:
    clerk = house.open("clerk-1")
    papers = ("application-form", "identity-document-checked", "portrait")
    page = clerk.act(None, "apply", papers, name=NAME, identity_number=number(1), identity_type="resident-id", region="CN-CQ")
    assert "✓ 已办理" in page
    assert NAME not in page
    assert number(1) not in page
    said = {"name": NAME, "identity_number": number(1), "identity_type": "resident-id", "evidence": list(papers)}
    clerk.post("/console/acts/apply", status=409, step="do", key="1" * 32, **said)


def test_of_a_file_only_the_digest_is_kept(house: House) -> None:
    card = house.shell.active()
    clerk = house.open("clerk-1")
    clerk.act(card, "open-misuse-case", ("case-file",), category="lent")
    (case,) = house.desk.cases(CardRef(card))
    path = f"/console/cards/{card}/acts/add-to-misuse-case"
    clerk.get(path)
    content = b"a photograph " * 20_000
    said: dict[str, Any] = {
        "case": case.ref,
        "kind": "photograph",
        "digest": (io.BytesIO(content), "seen.jpg"),
        "evidence": "case-file",
        "step": "review",
    }
    page = clerk.post(path, **said)
    assert hashlib.sha256(content).hexdigest() in page
    clerk.post(path, **(clerk.hidden() | {"step": "do"}))
    (case,) = house.desk.cases(CardRef(card))
    assert [item.digest for item in case.evidence] == [hashlib.sha256(content).digest()]
    clerk.post(path, status=400, **(said | {"digest": "/etc/passwd"}))


def test_a_code_for_a_phone_is_shown_once_and_a_provisional_one_needs_two(house: House) -> None:
    card = house.shell.active()
    clerk, boss = house.open("clerk-1"), house.open("sup-1")
    path = f"/console/cards/{card}/activation"
    clerk.get(path)
    assert "缺少" in clerk.post(path, status=409, grade="chip", key="0" * 32)
    page = clerk.post(path, grade="chip", evidence=list(COUNTER), key="0" * 32)
    assert page == clerk.post(path, grade="chip", evidence=list(COUNTER), key="0" * 32)
    assert "请当面" in page
    assert "离开本页后不再显示" in page
    clerk.get(path)
    clerk.post(path, status=400, grade="gold", evidence=list(COUNTER), key="1" * 32)
    clerk.get(path)
    assert "手机激活码待同意" in clerk.post(path, status=303, grade="provisional", evidence=list(COUNTER), key="2" * 32)
    ref = boss.get("/console/queue").split("/console/activations/")[1].partition('"')[0]
    clerk.post(f"/console/activations/{ref}", status=409, code=house.code("clerk-1"), key="3" * 32)
    here = Browser(house, "sup-1", clerk.client)  # where it was asked for, with the second person's own password
    said = {"name": "sup-1", "password": PASSWORD, "code": house.code("sup-1"), "next": ""}
    assert here.client.post("/console/sign-in", data=said, headers={"Origin": ORIGIN}).status_code == 303
    here.get("/console/queue")
    assert "另一台设备" in here.post(f"/console/activations/{ref}", status=409, code=house.code("sup-1"), key="6" * 32)
    assert "请当面" in boss.post(f"/console/activations/{ref}", code=house.code("sup-1"), key="4" * 32)
    hotline = house.open("desk-1")
    assert 'value="provisional"' not in hotline.get(path)
    assert "请当面" in hotline.post(path, grade="chip", evidence="hotline-identity-check", key="5" * 32)


def test_each_thing_that_is_done_leaves_one_event_and_the_record_agrees_with_itself(house: House) -> None:
    card = house.shell.active()
    clerk, boss = house.open("clerk-1"), house.open("sup-1")

    def links() -> int:
        report = verify_chains(house.desk.store, house.office.keyring.audit().public_key)
        assert report.good
        return report.links

    def one_more(what: Callable[[], object], more: int = 1) -> None:
        before = links()
        what()
        assert links() == before + more

    one_more(lambda: clerk.act(card, "freeze", ("case-file",), ground="theft", until="2027-01-15"))
    one_more(lambda: boss.act(card, "unfreeze", ("review",)))
    one_more(lambda: clerk.get(f"/console/cards/{card}"), 0)
    one_more(lambda: clerk.act(card, "open-misuse-case", ("case-file",), category="lent"))
    one_more(lambda: clerk.post(f"/console/cards/{card}/acts/freeze", status=409, step="review", ground="theft", until="2027-01-15"), 0)
    said = {"way": "card-number", "number": "C00000000", "purpose": "complaint"}
    clerk.get("/console/search")
    one_more(lambda: clerk.send("/console/search", said))
    with house.desk.store.reading() as work:
        told = check_record(work.connection, PublicKeys(), at=seconds(house.clock()))
    assert [finding for finding in told.findings if finding.code.startswith(("office", "card-chain"))] == []
