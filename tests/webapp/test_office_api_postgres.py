"""The office API over PostgreSQL: two of the lives that are walked over a file, with the same one event for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ecard import postgres
from tests.webapp.consolehouse import PEOPLE, House, opened
from tests.webapp.officehouse import Shell
from tests.webapp.officelives import LIVES, Life, frozen, in_stock
from tests.webapp.phonehouse import Phone
from tests.webapp.staffhouse import at_desk
from webapp import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    cluster = postgres.start()
    try:
        folder = tmp_path / "office"
        at = ["--office", str(folder)]
        assert cli.main(["office", "init", str(folder), "--region", "CN-CQ", "--region", "CN-SC", "--database", cluster.url(cluster.database())]) == 0
        for ref, (person, roles, region, point) in PEOPLE.items():
            says = [word for role in roles for word in ("--role", role)] + (["--point", point] if point else [])
            assert cli.main(["office", "operator", ref, "--person", person, "--region", region, *says, *at]) == 0
        assert cli.main(["office", "point", "hall-1", "--name", "渝中办事大厅", "--kind", "centre", "--as", "sup-1", *at]) == 0
        with opened(Shell(folder, capsys)) as house:
            yield house
    finally:
        cluster.stop()


@pytest.mark.threat("F08")
@pytest.mark.parametrize("lived", [frozen, in_stock], ids=lambda lived: lived.__name__)
def test_a_life_on_postgresql_leaves_one_event_for_each_command_too(house: House, tmp_path: Path, lived: Callable[[Life], None]) -> None:
    life = Life(house, tmp_path)
    lived(life)
    assert life.given == LIVES[lived].split()
    assert life.who("audit-1").post("/audit/verify")["good"]


@pytest.mark.threat("G13")
def test_nothing_that_is_typed_or_named_is_what_postgresql_cannot_be_asked(house: House) -> None:
    boss, phone = house.open("sup-1"), Phone.over(house.app.test_client())
    for path in (
        "/cards/{}",
        "/cards/{}/activation",
        "/cards/{}/acts/freeze",
        "/batches/{}",
        "/queue/{}",
        "/cards/{}/receipts/{}",
        "/audit/cards/{}",
    ):
        boss.get("/console" + path.replace("{}", "%00"), status=404)
    boss.get("/console/search")
    typed = {"purpose": "holder-at-counter", "way": "older-card", "scheme": "x\0", "number": "1"}
    assert boss.send("/console/search", typed).status_code == 400
    for path in ("/activations/%00", "/applications/%00", "/batches/%00/approve", "/queue/%00/approve", "/queue/%00/decline"):
        assert boss.send(f"/console{path}", {"key": "0" * 32, "digest": "00"}).status_code == 404
    for path in ("/v1/cards/%00/timeline", "/v1/cards/%00/receipts", "/v1/enrolments/%00"):
        assert phone.ask("GET", path).status == 404


@pytest.mark.threat("G13")
def test_no_address_asks_postgresql_what_it_cannot_read(house: House) -> None:
    head = at_desk(house, "sup-1")
    head.step_up()
    for naughty in ("%00", "%F0%9F%92%A9", "a" * 4000, "%27%3B--", "..%2F..", "%ED%A0%80"):
        for method, path in (
            ("GET", "/cards/{}"),
            ("GET", "/batches/{}"),
            ("GET", "/proposals/{}"),
            ("GET", "/audit/desks/{}"),
            ("POST", "/applications/{}/approve"),
            ("POST", "/orders/{}/file"),
            ("POST", "/points/{}/end"),
            ("POST", "/terminals/{}/end"),
            ("POST", "/cards/" + "0" * 32 + "/commands/{}"),
        ):
            status, code = head.refused(method, path.format(naughty), {} if method == "POST" else None)
            assert (status, code) in {(404, "not-found"), (404, "card-unknown"), (400, "request-refused")}, (path, naughty)
