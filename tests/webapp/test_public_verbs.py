"""`ecard venue`, `ecard staff` and `ecard sharing`: what the office enters about places, people and data that it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_terminals import register, terminal

if TYPE_CHECKING:
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]
AS = ("--as", "sup-1")
LOOK = ("venue", "look", "library-1", "--name", "市图书馆", "--readers", "1")


@pytest.mark.article("CQ-15b")
def test_a_venues_gaps_are_told_until_it_has_reader_scanner_facilities_and_trained_staff(shell: Shell) -> None:
    shell.done(*LOOK, "--scanners", "0", *AS)
    answer = shell("venue", "gaps", *AS)
    assert answer.status == 1
    for says in ("没有扫码器 / no code scanner", "没有为老年人准备的设施", "没有为残疾人准备的设施", "没有受过培训的人员"):
        assert says in answer.out
    shell.done(*LOOK, "--scanners", "2", "--access", "seats", "--access", "step-free", *AS)
    trained = ("--person", "lib-1", "--venue", "library-1", "--document", "签到〔2026〕3号", "--signed", "2026-11-01")
    shell.done("staff", "training", "librarian-1", *trained, *AS)
    assert shell.done("venue", "gaps", *AS)["venues"][0]["gaps"] == []
    assert "休息座椅" in shell("venue", "gaps", *AS).out
    assert shell.refused("venue", "look", "library-1", "--name", "x", "--readers", "1", "--scanners", "1", "--as", "clerk-1") == (1, "not-permitted")
    shell.done("venue", "end", "library-1", *AS)
    assert shell("venue", "gaps", *AS).out.startswith("没有登记场所")
    assert shell.done("check")["bad"] == 0


def test_a_terminal_is_given_items_of_the_list(shell: Shell) -> None:
    shell.done(*register(terminal(shell)))
    shell.done(*LOOK, "--scanners", "2", *AS)
    serve = ("venue", "serve", "T-1", "--venue", "library-1", "--item", "campus", "--item", "utilities", *AS)
    assert shell.refused(*serve) == (2, "venue-item")
    shell.done("items", "draft", "--seed", "--by", "市人社局", "--document", "首批清单", *AS)
    for item in ("campus", "utilities"):
        for step in ("decide", "publish"):
            shell.done("items", "step", item, step, "--by", "CN-CQ", "--document", "公告", *AS)
    assert shell.done(*serve)["terminals"] == {"T-1": ["campus", "utilities"]}


@pytest.mark.article("ID-9a")
@pytest.mark.article("CQ-21b")
def test_undertakings_and_trainings_are_entered_and_who_lacks_them_is_told(shell: Shell) -> None:
    sup_2 = ("office", "operator", "sup-2", "--person", "staff-9", "--role", "supervisor", "--region", "CN-CQ")
    shell.done(*sup_2)
    paper = ("--document", "保密〔2026〕7号", "--signed", "2026-11-01")
    entered = shell.done("staff", "undertaking", "clerk-1", *paper, *AS)
    assert (entered["person"], entered["kind"]) == ("staff-2", "undertaking")
    shell.done("staff", "training", "clerk-1", *paper, *AS)
    assert shell.refused("staff", "undertaking", "sup-1", *paper, *AS) == (2, "staff-paper")
    shell.done("staff", "undertaking", "sup-1", *paper, "--as", "sup-2")
    answer = shell("staff", "papers", *AS, "--json")
    lacking = {each["operator"]: each["kinds"] for each in answer.page["lacking"]}
    assert answer.status == 1
    assert "clerk-1" not in lacking
    assert (lacking["sup-1"], lacking["clerk-2"]) == (["training"], ["undertaking", "training"])
    assert "缺 / lacks  clerk-2  保密承诺书、培训" in shell("staff", "papers", *AS).out
    assert "已作废 / ended" in shell("staff", "end", entered["ref"], *AS).out
