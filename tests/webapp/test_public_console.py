"""Complaints at the console: what waits, one that is read, the answer that closes it, and one that somebody brings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ecard import officechain
from tests.ecard.test_tickets import NAUGHTY
from tests.webapp.consolehouse import House, hall, house
from tests.webapp.helphouse import Help

if TYPE_CHECKING:
    from tests.webapp.consolehouse import Browser

__all__ = ["hall", "house"]


@pytest.fixture
def public(house: House) -> Help:
    return Help(house.shell, house.app.test_client(), house.clock)


def answered(browser: Browser, number: str, **fields: str) -> str:
    browser.get(f"/console/tickets/{number}")
    return browser.post(f"/console/tickets/{number}", 303, **(browser.hidden(number) | {"outcome": "upheld", "answer": "已整改。", **fields}))


@pytest.mark.article("ZZ-16b")
def test_what_somebody_reported_waits_at_the_console_is_read_answered_and_told_to_them(house: House, public: Help) -> None:
    number, word = public.reported(place="8 路公交")
    plain = number.replace(" ", "")
    clerk = house.open("clerk-1")
    assert number in clerk.get("/console/tickets")
    clerk.get(f"/console/tickets/{plain}")
    for says in ("司机不让扫码。", "8 路公交", "拒绝我用卡或用码"):
        assert says in clerk.text()
    answered(clerk, plain)
    assert "属实，已处理" in clerk.text()
    assert number not in clerk.get("/console/tickets")
    assert number in clerk.get("/console/tickets?all=1")
    assert "已整改。" in public.ask(number, word)
    clerk.get(f"/console/tickets/{plain}")
    assert "answer_ticket" not in clerk.page
    assert acts_of(house, plain) == ["take-ticket", "read-ticket", "read-ticket", "answer-ticket", "read-ticket", "read-ticket"]


def test_a_supervisor_alone_reads_of_what_may_be_about_the_desk_and_nobody_reads_of_another_region(house: House, public: Help) -> None:
    number, _ = public.reported(category="abuse", text="窗口索要好处费。")
    plain = number.replace(" ", "")
    house.open("desk-1").get(f"/console/tickets/{plain}", 403)
    assert "窗口索要好处费。" in house.open("sup-1").get(f"/console/tickets/{plain}")
    house.open("sup-9").get(f"/console/tickets/{plain}", 403)
    house.open("shop-1").get("/console/tickets", 403)
    house.open("audit-1").get(f"/console/tickets/{plain}", 403)
    assert number in house.open("audit-1").get("/console/tickets")


@pytest.mark.article("CQ-22")
def test_who_comes_or_calls_is_taken_in_and_told_number_and_word(house: House, public: Help) -> None:
    line = house.open("desk-1")
    line.get("/console/tickets")
    form = line.hidden("tickets") | {"category": "comment", "channel": "12333", "text": "想问怎么换卡。"}
    line.post("/console/tickets", 201, **form)
    number, word = re.findall(r'class="code[^"]*">([^<]+)<', line.page)
    line.post("/console/tickets", 201, **form)
    assert [number, word] == re.findall(r'class="code[^"]*">([^<]+)<', line.page)
    assert "正在办理" in public.ask(number, word)
    for wrong in ({"channel": "platform"}, {"category": "x"}, {"text": " "}):
        assert line.send("/console/tickets", form | {"key": "f" * 32} | wrong).status_code == 400


@pytest.mark.parametrize("text", NAUGHTY)
def test_what_was_written_runs_nowhere_at_the_console(house: House, public: Help, text: str) -> None:
    number, _ = public.reported(text=text, place=text, contact=text)
    page = house.open("sup-1").get(f"/console/tickets/{number.replace(' ', '')}")
    assert "<script" not in page


def test_what_is_late_is_marked_in_both_languages(house: House, public: Help) -> None:
    number, _ = public.reported()
    house.clock.on(days=16)
    assert "1 件已超过答复期限" in house.open("sup-1").get("/console/tickets")
    assert "1 should have been answered by now" in house.open("sup-1", english=True).get("/console/tickets")
    assert number


def acts_of(house: House, number: str) -> list[str]:
    with house.desk.store.reading() as work:
        return [act.act for act in officechain.acts_of(work, f"ticket-{number}")]
