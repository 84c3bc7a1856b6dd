"""/help/: what is made known to everybody, told from the tables by which the office works."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecard.itemseed import SEED
from ecard.lifecycle import RULES, Command
from ecard.policy import ARTICLES
from tests.webapp.helphouse import Help, opened, read
from tests.webapp.test_office import founded, shell
from webapp.public import permissions, telling, values
from webapp.public.frame import LANGUAGES, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]
AS = ("--as", "sup-1")
PAGES = ("", "items", "changes", "procedures", "rules", "codes", "rights", "units", "report", "ticket")
TEMPLATES = Path(__file__).resolve().parents[2] / "webapp" / "templates" / "public"


@pytest.fixture
def public(shell: Shell) -> Iterator[Help]:
    with opened(shell) as public:
        yield public


@pytest.mark.article("CQ-22")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_lines_stand_on_every_page_in_the_same_place_and_every_page_has_both_languages(public: Help, lang: str) -> None:
    public.publish()
    for path in (*PAGES, "items/campus", "items/nothing"):
        html = public.get(f"{path}?lang={lang}", 404 if path.endswith("nothing") else 200)
        head = html[: html.index("<main")]
        assert '<a href="tel:12333">12333</a> <a href="tel:12345">12345</a>' in head
        assert f'<html lang="{lang}">' in html
        assert re.search(r"<h1>[^<]+</h1>", html)
        if lang == "en":
            links = re.findall(r'href="(/help/[^"]*)"', html)
            assert sum("lang=en" not in link for link in links) == 1, "only the way to the other language leaves this one"


@pytest.mark.article("ZZ-15")
def test_policy_carrier_scope_use_and_procedure_of_an_item_are_made_known(public: Help) -> None:
    public.publish("clinic-registration", "migrant-wages", "bus-and-metro")
    listed = public.words("items")
    assert re.search(r"现行清单为第 \d 版", public.words())
    for title in ("就医挂号与结算", "农民工工资发放", "公共汽车与轨道交通"):
        assert title in listed
    assert "校园通行与用餐" not in listed
    clinic = public.words("items/clinic-registration")
    for says in ("实体卡或电子社保卡码", "重庆市、四川省", "川渝联合清单", "本地户籍、在本地参保", "您同意后才提供", "姓名", "CQ-7b"):
        assert says in clinic
    assert "激活卡上的金融账户" in public.words("items/migrant-wages")
    assert "逐步纳入" in public.words("items/migrant-wages")
    bus = public.words("items/bus-and-metro")
    assert "只看到可以用或不可以用，不看到您是谁" in bus
    assert "证件号码" not in bus
    rules = public.words("rules")
    for says in ("2026-1", "卡的有效期 10 年", "ZS-26", "投诉和咨询多久内答复 15 天", "首次申领一律免费"):
        assert says in rules


@pytest.mark.article("ZZ-15")
@pytest.mark.article("CQ-21a")
def test_functions_fields_norms_and_procedures_are_told_from_the_tables_that_the_office_works_by(public: Help) -> None:
    public.publish()
    listed = public.words("items")
    assert all(item.title.zh in listed for item in SEED)
    assert len(re.findall("<h2", public.get("items"))) == len({item.group for item in SEED})
    told = public.words("procedures")
    for command in telling.RESIDENTS:
        rule = RULES[command]
        assert rule.title.zh in told
        assert rule.effect.zh in told
        assert all(article in told for article in rule.articles)
    english = public.words("procedures?lang=en")
    assert RULES[Command.REPORT_LOSS].effect.en in english
    assert "not for the other region: your own does it" in english
    for item in SEED:
        assert item.title.en in public.words(f"items/{item.id}?lang=en")


@pytest.mark.article("ZZ-7-end")
def test_every_change_of_the_list_is_announced_with_its_day_and_what_it_changed(public: Help) -> None:
    assert "清单尚未公布" in public.words("items")
    assert "清单尚未公布" in public.words("changes")
    public.publish("campus", "utilities")
    time.sleep(1.1)  # a version is what is live at the end of a second
    public.shell.done("items", "step", "campus", "withdraw", "--by", "CN-CQ", "--document", "公告〔2026〕9号", *AS)
    told = public.words("changes")
    assert told.index("停止 校园通行与用餐") < told.index("新增")
    assert re.search(r"第 \d 版 20\d\d-\d\d-\d\d \d\d:\d\d 起施行", told)
    assert "水电气等公用事业缴费" in public.words()
    public.get("items/campus", 404)
    public.get("items/utilities")


@pytest.mark.article("ZZ-9b")
def test_units_are_asked_not_to_issue_cards_of_their_own_and_told_how_to_join(public: Help) -> None:
    told = public.words("units")
    for says in ("不必另发卡，也不必另做一个码", "向人力资源社会保障部门提出事项", "功能重复的卡和码不得新设", "ZZ-9b", "/v1/openapi.json"):
        assert says in told
    assert public.client.get("/v1/openapi.json").status_code == 200


def test_what_a_code_shows_and_never_shows_is_told_and_what_to_do_when_too_much_is_asked(public: Help) -> None:
    told = public.words("codes")
    for says in ("部分姓名和证件号码后四位", "完整的姓名和证件号码", "每 15 秒换一个"):
        assert says in told
    assert public.shell.done("office", "show")["policy"]["refresh"] == 15


def test_pages_are_kept_for_a_minute_forms_never_and_everything_they_name_is_there(public: Help) -> None:
    public.publish("campus")
    for path in PAGES:
        answer = public.client.get(f"/help/{path}")
        kept = answer.headers["Cache-Control"]
        assert ("no-store" in kept) == (path in {"report", "ticket"}), path
        html = answer.get_data(as_text=True)
        for link in set(re.findall(r'(?:href|src|action)="(/[^"#]*)"', html)):
            assert public.client.get(link.replace("&amp;", "&")).status_code == 200, link
        assert not re.search(r"<(script|style|iframe|img)|style=|onclick", html)
    public.get("look/none.css", 404)
    assert public.client.get("/help/look/help.css").headers["Content-Type"] == "text/css; charset=utf-8"


def test_every_text_is_there_in_both_languages_and_used() -> None:
    chinese, english = (texts(language) for language in LANGUAGES)
    assert list(chinese) == list(english)
    assert all(text.strip() for text in [*chinese.values(), *english.values()] if text not in {", ", "; ", ": "})
    assert not [key for key, text in chinese.items() if re.search(r"[\u4e00-\u9fff][,;:!?]", text)]
    assert {key for key in chinese if chinese[key].count("|") != english[key].count("|")} == set()
    said = "".join(path.read_text("utf-8") for path in TEMPLATES.iterdir())
    begins = ("nav.", "home.", "changes.", "report.wrong_", "codes.", "rights.", "units.")
    assert [key for key in chinese if f"'{key}'" not in said and not key.startswith(begins)] == []


def test_every_value_that_rests_on_an_article_has_a_name_and_every_page_a_permission() -> None:
    assert set(values.NAMES) == set(ARTICLES)
    pages = {f"public.{name}" for name in (*permissions.READ, *permissions.SENT)}
    assert {name for name, _ in permissions.PERMISSIONS} == pages | {"sharing.changes", "sharing.cards"}


def test_an_office_that_is_not_fit_says_so_on_a_page(public: Help) -> None:
    (public.shell.folder / "policies" / "2026-1.toml").write_text("[edition]\n", "utf-8")
    answer = public.client.get("/help/rules")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "12333" in read(answer.get_data(as_text=True))
