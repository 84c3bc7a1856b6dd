"""Finding a card: whole numbers, a purpose, a limit, and everything on record (threat F05)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecard import chain, lookups, officechain
from ecard.lookups import A_DAY, desk_of
from ecard.model import CardRef, Role, seconds
from ecard.vault import accesses_of
from tests.webapp.consolehouse import hall, house
from tests.webapp.officehouse import NAME, number

if TYPE_CHECKING:
    from tests.webapp.consolehouse import Browser, House

__all__ = ["hall", "house"]
FOUND = {"way": "identity-number", "kind": "resident-id", "purpose": "holder-at-counter"}


def find(browser: Browser, serial: int, status: int = 303, **more: str) -> str:
    browser.get("/console/search")
    return browser.post("/console/search", status=status, **(FOUND | {"number": number(serial)} | more))


def test_a_card_is_found_by_a_whole_number_and_what_was_typed_stands_nowhere(house: House) -> None:
    card = house.shell.applied()
    clerk = house.open("clerk-1")
    page = find(clerk, 1)
    assert f"/console/cards/{card}" in page
    assert number(1) not in page
    assert NAME not in page
    assert "没有符合的卡片" in find(clerk, 2, status=200)
    assert number(2) not in clerk.page
    for part in ("%", "_", number(1)[:6], number(1)[:17] + "%"):
        assert f"/console/cards/{card}" not in find(clerk, 1, status=400, number=part)


def test_a_card_number_in_full_finds_it_too_and_a_wrong_one_says_so(house: House) -> None:
    card = house.shell.applied()
    whole = house.desk.card(CardRef(card)).card.number
    clerk = house.open("clerk-1")
    assert f"/console/cards/{card}" in find(clerk, 1, way="card-number", number=whole)
    find(clerk, 1, status=400, way="card-number", number="C1234567X")
    assert "没有符合的卡片" in find(clerk, 1, status=200, way="older-card", number="12345678", scheme="medical-2011")


@pytest.mark.error("console-purpose")
@pytest.mark.error("console-form")
def test_nobody_is_looked_up_without_a_purpose(house: House) -> None:
    clerk = house.open("clerk-1")
    assert "请先说明查询用途" in find(clerk, 1, status=400, purpose="")
    assert "表单填写不完整" in find(clerk, 1, status=400, way="name")
    with house.desk.store.reading() as work:
        assert lookups.made_today(work, "staff-2", now=seconds(house.clock())) == 0


@pytest.mark.threat("F05")
@pytest.mark.error("look-limit")
def test_the_thousand_and_first_look_up_of_a_day_is_refused_and_tomorrow_is_another_day(house: House) -> None:
    house.shell.applied()
    clerk = house.open("clerk-1")
    actor, now = house.office.settings.operators["clerk-1"].acting(), seconds(house.clock())
    with house.desk.store.writing() as work:
        rows = [("look/holder-at-counter/number", chain.NOTHING)] * (A_DAY - 1)
        officechain.enter(work, desk_of("staff-2"), "look-up", rows, actor=actor, at=now)
    find(clerk, 1)
    card = clerk.page
    assert "今天的查询次数已用完" in find(clerk, 1, status=409)
    assert "今天的查询次数已用完" in find(clerk, 1, status=409, way="card-number", number="C12345678")
    assert card != clerk.page
    find(house.open("clerk-2"), 1)  # another person's own thousand
    house.clock.on(hours=25)
    find(house.open("clerk-1"), 1)


@pytest.mark.threat("F05")
@pytest.mark.article("ID-9b")
def test_every_field_that_is_shown_leaves_a_link_with_its_purpose(house: House) -> None:
    card = house.shell.applied()
    clerk = house.open("clerk-1")
    path = f"/console/cards/{card}"
    shown = {"name": NAME, "identity-number": number(1), "card-number": house.desk.card(CardRef(card)).card.number}
    for field, text in shown.items():
        assert text not in clerk.get(path)
        assert text in clerk.post(f"{path}/reveal", field=field, purpose="compare-with-document")
        assert "已显示一项资料，并记入该人的查询记录" in clerk.page
        assert sum(other in clerk.page for other in shown.values()) == 1
    with house.desk.store.reading() as work:
        looks = [(look.fields, look.purpose) for look in accesses_of(work, work.dossier(CardRef(card)).card.holder)]
        acts = [(act.act, act.about) for act in officechain.acts_of(work, desk_of("staff-2"))]
    assert looks[-2:] == [(("name",), "compare-with-document"), (("identity-number",), "compare-with-document")]
    assert acts == [("reveal", f"look/compare-with-document/{card}")] * 3
    clerk.post(f"{path}/reveal", status=400, field="name", purpose="")
    house.open("desk-1").post(f"{path}/reveal", status=403, field="name", purpose="compare-with-document")


def test_looking_for_a_person_is_not_for_everybody(house: House) -> None:
    card = house.shell.applied()
    shop = house.open("shop-1")
    assert 'value="identity-number"' not in shop.get("/console/search")
    find(shop, 1, status=403)
    whole = house.desk.card(CardRef(card)).card.number
    assert f"/console/cards/{card}" in find(shop, 1, way="card-number", number=whole)
    assert Role.PRODUCTION not in lookups.LOOKERS


def test_a_card_of_the_other_region_is_as_unknown_as_one_that_is_not(house: House) -> None:
    card = house.shell.applied()
    other = house.open("clerk-9")
    foreign, none = other.get(f"/console/cards/{card}", status=404), other.get(f"/console/cards/{'0' * 32}", status=404)
    assert foreign.replace(card, "0" * 32) == none
    whole = house.desk.card(CardRef(card)).card.number
    assert "请求外地冻结" in find(other, 1, status=200, way="card-number", number=whole)
    assert "没有符合的卡片" in find(other, 1, status=200)
    other.act(card, "request-freeze", ("case-file",), ground="false-use", until="2027-01-15")
    assert "外地冻结请求" in house.open("clerk-1").page
    house.clock.on(seconds=timedelta(minutes=1).total_seconds())
