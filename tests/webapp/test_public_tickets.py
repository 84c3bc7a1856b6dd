"""/help/report and /help/ticket: anybody, without a name and without a script; and the desk that owes the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ecard.test_tickets import NAUGHTY
from tests.webapp.helphouse import Help, opened, read
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]
AS = ("--as", "sup-1")


@pytest.fixture
def public(shell: Shell) -> Iterator[Help]:
    with opened(shell) as public:
        yield public


def text_in(shell: Shell, text: str) -> str:
    path = shell.home / "said.txt"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.article("ZZ-16a")
@pytest.mark.article("ZZ-16b")
@pytest.mark.article("HZ-5b")
@pytest.mark.article("CQ-25(2)")
def test_a_refused_card_is_reported_without_a_name_and_the_answer_goes_back_to_who_reported_it(public: Help) -> None:
    number, word = public.reported(place="8 路公交", day="2026-11-20")
    assert "正在办理，答复前不会结案" in public.ask(number, word)
    shell = public.shell
    (waiting,) = shell.done("ticket", "list", *AS)["tickets"]
    assert (waiting["category"], waiting["channel"], waiting["late"]) == ("refused", "platform", False)
    page = shell.done("ticket", "show", number.replace(" ", ""), *AS)
    assert page["statement"] == {"text": "司机不让扫码。", "place": "8 路公交", "day": "2026-11-20", "contact": ""}
    shell.done("ticket", "answer", waiting["number"], "--outcome", "upheld", "--text", text_in(shell, "线路已整改。\n谢谢您。"), *AS)
    told = public.ask(number.replace(" ", ""), word.upper())
    assert "属实，已处理" in told
    assert "线路已整改。 谢谢您。" in told
    assert shell.done("check")["bad"] == 0
    counts = shell("ticket", "report", "--since", "2026-01-01", *AS, "--json").page["categories"]["refused"]
    assert counts == {"all": 1, "open": 0, "upheld": 1}


@pytest.mark.article("ID-T6")
def test_whoever_is_asked_for_too_much_reads_what_nobody_may_ask_and_reports_it_in_one_step(public: Help) -> None:
    rights = public.get("rights")
    for says in ("扣留您的卡，或收卡作抵押", "未经授权复印、扫描、拍照您的卡或码", "可以当场拒绝"):
        assert says in rights
    (link,) = set(re.findall(r'href="(/help/report\?about=kept)"', rights))
    form = public.get(link.removeprefix("/help/"))
    assert 'value="kept" required checked' in form
    assert "<details open>" in form
    assert "扣留您的卡" in form
    number, word = public.reported(category="kept", text="前台收走了卡，说退房才还。")
    assert "扣押、复印、扫描或抵押我的卡" in public.ask(number, word)


@pytest.mark.article("ID-T7")
@pytest.mark.parametrize("category", ["forged", "leaked"])
def test_forgery_trade_false_use_and_leaks_are_reported_and_handed_over_and_no_clerk_reads_of_a_leak(public: Help, category: str) -> None:
    number, word = public.reported(category=category, text="有人在群里卖。")
    if category == "leaked":
        assert public.shell.refused("ticket", "show", number, "--as", "clerk-1") == (1, "not-permitted")
    answered = ("ticket", "answer", number, "--outcome", "handed-over", "--text", text_in(public.shell, "已移交公安机关。"), *AS)
    assert public.shell.done(*answered)["outcome"] == "handed-over"
    assert "已移交有关机关" in public.ask(number, word)


@pytest.mark.article("CQ-22")
def test_a_venue_and_both_lines_take_tickets_in_and_word_and_number_are_told_to_who_came(public: Help) -> None:
    for channel in ("venue", "12345", "12333"):
        words = ("ticket", "take", "--category", "comment", "--channel", channel, "--text", text_in(public.shell, "建议延长服务时间。"))
        taken = public.shell.done(*words, "--as", "desk-1")
        assert "最迟答复" in public.ask(taken["number"], taken["word"])
    assert {each["channel"] for each in public.shell.done("ticket", "list", *AS)["tickets"]} == {"venue", "12345", "12333"}


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_written_runs_nowhere_and_comes_back_as_text(public: Help, text: str) -> None:
    answer = public.report(text=text, place=text, contact=text, day="")
    assert answer.status_code == 201
    refused = public.report(text=text, category=text)
    assert refused.status_code == 422
    html = refused.get_data(as_text=True)
    assert "<script" not in html
    assert ">alert(1)" not in html
    assert re.search(r"<textarea[^>]*>(.*)</textarea>", html, re.DOTALL)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("category", "x", "请选择一类"),
        ("category", "", "请选择一类"),
        ("region", "CN-BJ", "请选择地区"),
        ("text", "  ", "请写明情况"),
        ("text", "字" * 4001, "请写明情况"),
        ("place", "字" * 201, "200 字以内"),
        ("contact", "字" * 201, "200 字以内"),
        ("day", "2026-13-01", "日期不对"),
        ("day", "2999-01-01", "日期不对"),
        ("day", "20260101", "日期不对"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_filled_in_and_nothing_is_lost(public: Help, field: str, value: str, says: str) -> None:
    answer = public.report(**{"text": "还在这里", field: value})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in read(html)
    assert 'role="alert"' in html
    assert f'href="#{field}"' in html
    assert field == "text" or "还在这里" in html
    assert public.shell.done("ticket", "list", *AS) == {"tickets": []}


def test_a_form_sent_twice_is_one_ticket_and_a_changed_one_is_asked_about(public: Help) -> None:
    page = public.get("report")
    first, again = (public.report(page).get_data() for _ in range(2))
    assert first == again
    changed = public.report(page, text="另一件事。")
    assert changed.status_code == 409
    assert "这一份已经提交过" in read(changed.get_data(as_text=True))
    assert public.report(changed.get_data(as_text=True), text="另一件事。").status_code == 201
    assert public.report(key="no key").status_code == 409
    assert len(public.shell.done("ticket", "list", *AS)["tickets"]) == 2


def test_a_wrong_word_is_refused_alike_and_not_for_ever(public: Help) -> None:
    number, word = public.reported()
    for _ in range(5):
        assert "编号或口令不对" in public.ask(number, "bamo-lude-tika-zufe", 404)
        assert "编号或口令不对" in public.ask("1234 5678 90", word, 404)
    limited = public.client.post("/help/ticket", data={"number": number, "word": word})
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert "请求过于频繁" in read(limited.get_data(as_text=True))
    public.clock.on(minutes=6)
    assert "正在办理" in public.ask(number, word)


def test_one_address_does_not_fill_the_record(public: Help) -> None:
    for order in range(10):
        public.reported(text=f"第 {order} 件")
    limited = public.report(text="第 11 件")
    assert limited.status_code == 429
    assert "12333" in limited.get_data(as_text=True)
    assert public.client.post("/help/report", data={"text": "x" * 70_000}).status_code == 413


def test_what_is_late_is_said_to_the_desk_and_to_who_waits(public: Help) -> None:
    number, word = public.reported()
    public.clock.on(days=16)
    assert "已超过答复期限" in public.ask(number, word)


def test_pages_with_words_in_them_stay_in_no_cache_and_bring_a_policy_without_scripts(public: Help) -> None:
    for answer in (public.report(), public.client.get("/help/report"), public.client.get("/help/ticket"), public.client.get("/help/items/nothing")):
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "<script" not in answer.get_data(as_text=True)
