"""The office on the command line over PostgreSQL: the same short life of a card as over a file, and the same answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ecard import postgres
from tests.webapp.officehouse import COUNTER, Shell, an_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the record lies, as `ecard office init --database` is told."""
    if request.param == "sqlite":
        yield "record.db"
        return
    reason = postgres.missing()
    if reason is not None:
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    cluster = postgres.start()
    try:
        yield cluster.url(cluster.database())
    finally:
        cluster.stop()


@pytest.fixture
def shell(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(an_office(tmp_path / "office", "--database", database), capsys)


def test_a_card_lives_its_short_life_from_a_shell_on_either_database(shell: Shell) -> None:
    card = shell.with_phone()
    papers = (*COUNTER, "--evidence", "written-loss-report", "--filed", "written-loss-report=2026-0417")
    report = ("card", "report-loss", card, "--of", "chip", "--as", "clerk-1", *papers, "--yes", "--key", "report 2026-0417")
    assert shell.done(*report)["changed"]
    shell.done(*report)
    statuses = {carrier["kind"]: carrier["status"] for carrier in shell.done("card", "show", card)["carriers"]}
    assert statuses == {"chip": "suspended", "phone": "valid"}
    assert [event["command"] for event in shell.done("card", "events", card)["events"]] == [
        "apply",
        "personalise",
        "activate",
        "bind-phone",
        "report-loss",
    ]
    assert shell("tick").status == 0
    assert shell.done("check")["bad"] == 0
    shell.done("audit", "checkpoint")
    assert shell.done("audit", "verify")["good"]
    assert shell.done("db", "verify")["rows"]["card"] == 1
    shell.done("db", "backup", str(shell.home / "backup"))
    assert (shell.home / "backup").is_file()
