"""The canaries' own tests: a planted one is found in every kind of artefact, and the run fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.canaries import ALLOWED, NAMES, PRINTED, Canaries, Search
from tests.ecard.city import open_city, person_number
from tests.ecard.conftest import cluster

if TYPE_CHECKING:
    from tests.ecard.postgres import Cluster

__all__ = ["cluster"]

ROOT = Path(__file__).parents[1]
CONFTEST = """
from tests.canaries import Canaries

def pytest_configure(config):
    canaries = Canaries(config)
    canaries.listen()
    config.pluginmanager.register(canaries, "canaries")
"""
PLANTED = """
import logging, sqlite3
from pathlib import Path
import pytest
from codes.errors import InputError
from ecard import faults
from tests.ecard.city import open_city, person_number

KEPT = []

def test_nothing(tmp_path):
    city = open_city(tmp_path / "record.db")
    city.apply(1)
    city.office.store.close()

def test_file(tmp_path):
    (tmp_path / "report.html").write_text("seen: 江小鱼", "gb18030")

def test_allowed_file(tmp_path):
    (tmp_path / "form.json").write_text("江小鱼")

def test_log_of_a_database(tmp_path):
    city = open_city(tmp_path / "record.db")
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("INSERT INTO reader (ref, region, registered, registered_by) VALUES ('r', 'CN-CQ', 1, ?)", (person_number(7),))
    KEPT.append(city)

def test_blob(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as hand:
        hand.execute("CREATE TABLE t (b BLOB)")
        hand.execute("INSERT INTO t VALUES (?)", (b"x" + person_number(8).encode() + b"y",))
    hand.close()

def test_print():
    print("江小鱼".encode().hex())

def test_print_that_is_read(capsys):
    print(person_number(9))
    capsys.readouterr()

def test_log():
    logging.getLogger("somewhere").warning("who: %s", "江大鱼")

def test_error():
    with pytest.raises(InputError):
        raise InputError(faults.CARD_NUMBER, number=person_number(3))

def test_somebody_new(tmp_path):
    from dataclasses import replace
    from ecard.lifecycle import RULES, Command
    from tests.ecard.city import CLERK
    city = open_city(tmp_path / "record.db")
    form = replace(city.form(4), name="新来客")
    city.office.apply(form, actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at)
    city.office.store.close()
    (tmp_path / "mail").write_text("新来客")
"""


@pytest.mark.threat("H09")
@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "with a worker"])
def test_a_canary_planted_in_any_artefact_of_a_run_is_found_and_the_run_fails(tmp_path: Path, workers: list[str]) -> None:
    place = tmp_path / "suite"
    place.mkdir()
    (place / "conftest.py").write_text(CONFTEST)
    (place / "test_planted.py").write_text(PLANTED)
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}", f"--rootdir={place}", *workers]
    command = [sys.executable, "-m", "pytest", str(place), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout
    assert "10 passed" in done.stdout
    found = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    places = ("test_file0/report.html", "test_log_of_a_database0/record.db-wal", "test_blob0/other.db", "test_somebody_new0/mail")
    for part in (*places, "::test_print", "::test_print_that_is_read", "log of somewhere", "an error: card-number"):
        assert any(line.endswith(part) for line in found), (part, found)
    assert not [line for line in found if "test_nothing" in line or "form.json" in line]
    assert not Search().hits("\n".join(found).encode())


@pytest.mark.threat("H09")
def test_a_canary_in_a_row_of_postgresql_is_found_before_the_database_goes(cluster: Cluster, pytestconfig: pytest.Config) -> None:
    canaries = Canaries(pytestconfig)
    name = cluster.database(like=cluster.template)
    city = open_city(cluster.url(name))
    city.apply(1)
    canaries.look_in_database(cluster.url(name))
    assert canaries.found == set()
    for text in (person_number(5), NAMES[0]):
        with city.office.store.writing() as work:
            work.connection.exec_driver_sql("DELETE FROM reader")
            work.connection.exec_driver_sql("INSERT INTO reader (ref, region, registered, registered_by) VALUES ('r', 'CN-CQ', 1, %s)", (text,))
        canaries.found.clear()
        canaries.look_in_database(cluster.url(name))
        assert len(canaries.found) == 1
        assert "table reader" in canaries.found.pop()
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("DELETE FROM reader")
        sealed = person_number(6).encode()
        work.connection.exec_driver_sql("INSERT INTO request VALUES (%s, 'apply', %s, 1, 1, %s)", (bytes(32), bytes(32), sealed))
    canaries.look_in_database(cluster.url(name))
    assert len(canaries.found) == 1
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("DELETE FROM request")
    city.office.store.close()
    cluster.drop(name)


def test_what_is_no_canary_is_none() -> None:
    search = Search()
    number = person_number(1)
    assert search.hits(number[:17].encode() + (b"0" if number[17] != "0" else b"1")) == []
    assert search.hits(f"500101{'9' * 12}".encode()) == []
    assert search.hits("江*鱼 clerk-1 2026-11-21".encode()) == []
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        assert search.hits(b"\x01" + "嘉行舟".encode(encoding) + b"\x02") == ["name"]
    assert search.hits(number.encode().hex().encode()) == ["number"]
    assert search.hits(rb"\u6c5f\u5c0f\u9c7c") == ["name"]
    search.learn("某")
    search.learn("Li")
    assert search.names == set(NAMES)


def test_every_exception_says_why() -> None:
    for reason in (*ALLOWED.values(), *PRINTED.values()):
        assert len(reason) > 10
