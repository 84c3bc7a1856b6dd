"""The chip reader beside the camera: a card in it is judged on the same page, and a reader's trouble is said in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from codes.claims import Profile, StatusRef
from codes.credential import Credential, Statement
from codes.errors import SetupError
from codes.journal import ChipShown
from codes.trust import Bounds, IssuerKey, encode_issuers
from tests.browser.terminalhouse import House
from tests.browser.terminalscreen import Screen
from tests.verify import gate
from tests.verify.agents import Post, over_http, station
from tests.verify.city import DAY, NOW, p256
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("chip"))
    house.found()
    with house.served():
        yield house


@pytest.fixture
def post(tmp_path: Path) -> Post:
    bounds = {Profile.CHIP: Bounds(longest_life=7 * DAY, longest_max_age=60)}
    issuer = IssuerKey(region="CN-CQ", key=p256("chips").public_key, profiles=bounds, not_before=0, not_after=NOW + 400 * DAY)
    city = station(tmp_path / "published", **{"issuers.cbor": encode_issuers("CN-CQ", [issuer])})
    city.token("sl:c10")
    return Post(tmp_path / "gate", city)


def chip() -> Credential:
    """What stands on a good chip."""
    hour = NOW - 3600
    fields: dict[str, Any] = {"iss": "CN-CQ", "sub": "AAAAAAAA", "exp": hour + 7 * DAY, "iat": hour, "holder": p256("chip").public_key}
    says = Statement(**fields, status=StatusRef("sl:c10", 7), chip_tag=bytes(8), max_age=30, profile=Profile.CHIP, fare=0)
    return Credential.issue(says, p256("chips"))


def test_a_card_in_the_reader_is_judged_beside_the_camera(house: House, post: Post, browser: Browser) -> None:
    inserted = [chip()]

    def reader(challenge: bytes) -> ChipShown:
        if not inserted:
            raise SetupError(faults.AGENT_READER)
        return ChipShown(inserted[0].raw, gate.answer(challenge, signer=p256("chip")), challenge)

    with (
        over_http(post.agent(reader), origins=frozenset({house.url})) as port,
        Screen.opened(browser, house.url, port=port) as screen,
    ):
        screen.begin()
        screen.page.get_by_role("button", name="读实体卡").click()
        shown = screen.shown()
        assert shown.colour == "green"
        expect(screen.page.locator(".note")).to_contain_text("实体卡")
        screen.next()
        inserted.clear()
        screen.page.get_by_role("button", name="读实体卡").click()
        expect(screen.advice().first).to_contain_text(faults.AGENT_READER.title.zh)
        expect(screen.page.locator("[data-result]")).to_have_count(0)


def test_a_terminal_without_a_reader_shows_no_button_for_one(house: House, post: Post, browser: Browser) -> None:
    with (
        over_http(post.agent(), origins=frozenset({house.url})) as port,
        Screen.opened(browser, house.url, port=port) as screen,
    ):
        screen.begin()
        expect(screen.page.get_by_role("button", name="选照片")).to_be_visible()
        expect(screen.page.get_by_role("button", name="读实体卡")).to_have_count(0)
        expect(screen.page.get_by_role("button", name="口述码")).to_have_count(0)
