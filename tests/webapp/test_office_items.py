"""`ecard items`: drafted by departments, decided by governments, published in versions that stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]

ITEM = {"id": "archives", "group": "other", "title": {"zh": "档案查询", "en": "Archives"}, "needs": ["query"], "regions": ["CN-CQ"]}
AS = ("--as", "sup-1")


def drafted(shell: Shell, **changes: object) -> str:
    path = shell.home / "item.json"
    path.write_text(json.dumps({**ITEM, **changes}, ensure_ascii=False), "utf-8")
    return str(path)


@pytest.mark.article("ZZ-7-end")
@pytest.mark.article("CQ-14a")
def test_an_item_is_drafted_decided_and_published_and_the_list_says_what_changed(shell: Shell) -> None:
    assert "清单尚未公布" in shell("items", "show").out
    draft = ("items", "draft", "--form", drafted(shell), "--by", "市档案局", "--document", "档函〔2026〕1号", *AS)
    assert shell.done(*draft) == shell.done(*draft) == {"drafted": ["archives"]}
    publish = ("items", "step", "archives", "publish", "--by", "CN-CQ", "--document", "公告〔2026〕2号", *AS)
    assert shell.refused(*publish) == (1, "item-step")
    shell.done("items", "step", "archives", "decide", "--by", "CN-CQ", "--document", "渝府〔2026〕2号", *AS)
    shell.done(*publish)
    told = shell("items", "show", "--all").out
    assert "第 1 版 / version 1" in told
    assert "渝府〔2026〕2号" in told
    shell.done("items", "publish")
    page = json.loads((shell.folder / "published" / "items.json").read_text("utf-8"))
    assert [item["id"] for item in page["versions"][0]["items"]] == ["archives"]
    assert page["changes"] == []
    assert shell.done("check")["bad"] == 0


@pytest.mark.article("ZZ-7(1)-(13)")
def test_the_first_list_is_drafted_at_once_and_nothing_of_it_is_live_before_it_is_decided(shell: Shell) -> None:
    page = shell.done("items", "draft", "--seed", "--by", "市人社局", "--document", "首批清单", *AS)
    assert len(page["drafted"]) == 20
    assert shell.done("items", "show")["versions"] == []


def test_whoever_is_no_supervisor_enters_nothing_and_what_cannot_be_an_item_is_refused(shell: Shell) -> None:
    words = ("--by", "x", "--document", "x")
    assert shell.refused("items", "draft", "--form", drafted(shell), *words, "--as", "clerk-1") == (1, "not-permitted")
    assert shell.refused("items", "draft", "--form", drafted(shell, group="none"), *words, *AS) == (2, "office-form")
    assert shell.refused("items", "draft", "--form", drafted(shell, needs=[]), *words, *AS) == (2, "item-list")
    assert shell.refused("items", "step", "archives", "decide", *words, *AS) == (2, "item-list")
    shell.done("items", "draft", "--form", drafted(shell), *words, *AS)
    assert shell.refused("items", "draft", "--form", drafted(shell, duty="phased"), *words, *AS) == (1, "item-step")
