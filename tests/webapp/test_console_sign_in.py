"""Coming to the console and leaving it: one form, one answer to whatever was wrong, and nothing but the sign-in page for whoever is not in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecard.model import Role
from tests.ecard.reception import PASSWORD
from tests.webapp.consolehouse import ORIGIN, hall, house
from webapp.console.permissions import PERMISSIONS, SECTIONS

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["hall", "house"]


def test_whoever_is_not_in_is_shown_the_way_in_and_brought_back(house: House) -> None:
    client = house.app.test_client()
    answer = client.get("/console/queue")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/sign-in?next=/console/queue")
    said = {"name": "clerk-1", "password": PASSWORD, "code": house.code("clerk-1"), "next": "/console/queue"}
    answer = client.post("/console/sign-in", data=said, headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/queue")
    for foreign in ("https://evil.example/console/", "//evil.example/console/", "/console\\evil", "/v1/time", ""):
        said |= {"code": house.code("clerk-1"), "next": foreign}
        assert client.post("/console/sign-in", data=said, headers={"Origin": ORIGIN}).headers["Location"] == "/console/"


def test_whatever_was_wrong_the_page_says_the_same(house: House) -> None:
    client = house.app.test_client()
    right = {"name": "clerk-1", "password": PASSWORD, "code": house.code("clerk-1")}
    pages = []
    for wrong in ({"password": "not the password"}, {"code": "000000"}, {"name": "nobody-1"}):
        answer = client.post("/console/sign-in", data=right | wrong, headers={"Origin": ORIGIN})
        assert answer.status_code >= 400
        pages.append(answer.text.replace("nobody-1", "clerk-1"))
    assert len(set(pages)) == 1


def test_signing_out_and_sitting_idle_both_end_it(house: House) -> None:
    clerk = house.open("clerk-1")
    clerk.post("/console/sign-out", status=303)
    assert clerk.client.get("/console/").status_code == 303
    clerk = house.open("clerk-1")
    house.clock.ahead += timedelta(minutes=16)
    assert clerk.client.get("/console/").status_code == 303


def test_the_second_factor_is_asked_for_again_and_a_wrong_one_told(house: House) -> None:
    clerk = house.open("clerk-1")
    clerk.get("/console/step-up?next=/console/search")
    assert "动态口令" in clerk.post("/console/step-up", status=403, code="000000", next="")
    assert "卡片查询" in clerk.post("/console/step-up", status=303, code=house.code("clerk-1"), next="/console/search")


def test_both_languages_are_whole_and_one_is_chosen_by_a_link(house: House) -> None:
    clerk = house.open("clerk-1")
    assert '<html lang="zh-CN">' in clerk.page
    clerk.get("/console/language/fr", status=404)
    answer = clerk.client.get("/console/language/en?back=/console/search")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/search")
    assert '<html lang="en">' in clerk.get("/console/search")
    assert "Find a card" in clerk.page


@pytest.mark.parametrize("ref", ["sup-1", "clerk-1", "desk-1", "town-1", "bank-1", "shop-1", "audit-1", "admin-1"])
def test_the_navigation_offers_what_the_roles_permit_and_nothing_else(house: House, ref: str) -> None:
    worker = house.open(ref)
    roles = {Role(role) for role in worker.house.office.settings.operators[ref].roles}
    for section, who in SECTIONS:
        offered = f'href="/console/{"" if section == "home" else section}"' in worker.page
        assert offered == bool(who & roles)
        path = f"/console/{'' if section == 'home' else section}"
        assert worker.client.get(path).status_code == (200 if who & roles else 403)
        assert PERMISSIONS[f"console.{section}", "GET"].roles == who


def test_a_password_is_changed_with_the_old_one_and_a_code(house: House) -> None:
    clerk, elsewhere = house.open("clerk-1"), house.open("clerk-1")
    said: dict[str, Any] = {"old": PASSWORD, "new": "三峡大坝 river 2027", "again": "三峡大坝 river 2027"}
    clerk.get("/console/password")
    assert "两次填写的新密码不一致" in clerk.post("/console/password", status=400, **(said | {"again": "x"}))
    clerk.post("/console/password", status=400, code=house.code("clerk-1"), **(said | {"new": "short", "again": "short"}))
    assert "密码已修改" in clerk.post("/console/password", code=house.code("clerk-1"), **said)
    clerk.post("/console/sign-out", status=303)
    assert elsewhere.client.get("/console/").status_code == 303
    wrong = {"name": "clerk-1", "password": PASSWORD, "code": house.code("clerk-1"), "next": ""}
    assert clerk.client.post("/console/sign-in", data=wrong, headers={"Origin": ORIGIN}).status_code == 401


def test_an_office_that_cannot_be_read_is_a_page_that_says_when_to_come_back(house: House) -> None:
    clerk = house.open("clerk-1")
    file = house.shell.folder / "office.toml"
    file.rename(file.with_suffix(".away"))
    answer = clerk.client.get("/console/")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert int(answer.headers["Retry-After"]) >= 1
    file.with_suffix(".away").rename(file)
    clerk.get("/console/")
