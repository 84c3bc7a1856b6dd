from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ecard import faults, schema, upkeep
from ecard.lifecycle import RULES, Command
from ecard.stopping import LossOf
from ecard.store import Store
from tests.ecard.city import CLERK, City, SoftPhone, refused

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def lived(city: City) -> City:
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    city.card(2)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=city.at)
    return city


@pytest.fixture
def elsewhere(lived: City, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path | str]:
    """An empty place of the same kind as the city's own."""
    if isinstance(lived.where, Path):
        yield tmp_path / "restored.db"
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.database()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.mark.threat("I10")
@pytest.mark.article("CQ-20a")
def test_a_backup_brings_every_card_back_and_the_office_goes_on(lived: City, elsewhere: Path | str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    saved = upkeep.backup(lived.where, tmp_path / "saved", progress=lambda done, of: seen.append((done, of)))
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0
    before = upkeep.verify(lived.where)
    assert upkeep.restore(tmp_path / "saved", elsewhere) == saved == before
    assert saved.rows["card"] == 2
    again = Store.open(elsewhere)
    with again.reading() as work, lived.office.store.reading() as original:
        for ref in work.connection.execute(sa.select(schema.card.c.ref)).scalars():
            assert work.dossier(ref) == original.dossier(ref)
            assert work.events(ref) == original.events(ref)
    again.close()


@pytest.mark.threat("I10")
def test_a_backup_taken_while_cards_are_opened_is_of_one_moment(lived: City, elsewhere: Path | str, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        for order in range(3, 60):
            if stop.is_set():
                return
            lived.apply(order)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        upkeep.backup(lived.where, tmp_path / "saved")
    finally:
        stop.set()
        thread.join()
    restored = upkeep.restore(tmp_path / "saved", elsewhere)
    assert 2 <= restored.rows["card"] <= upkeep.verify(lived.where).rows["card"]
    assert restored.rows["vault_key"] == restored.rows["holder"] == restored.rows["card"]


@pytest.mark.error("backup-broken")
def test_a_backup_with_one_flipped_bit_is_not_restored(lived: City, elsewhere: Path | str, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    upkeep.backup(lived.where, saved)
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 4
    saved.write_bytes(bytes(data))
    with refused(faults.BACKUP_BROKEN, check="bytes"):
        upkeep.restore(saved, elsewhere)
    assert not (isinstance(elsewhere, Path) and elsewhere.exists())


@pytest.mark.error("backup-broken")
def test_a_backup_that_does_not_hold_what_its_page_promises_is_not_believed(lived: City, elsewhere: Path | str, tmp_path: Path) -> None:
    saved, page = tmp_path / "saved", tmp_path / "saved.json"
    upkeep.backup(lived.where, saved)
    said = json.loads(page.read_text("utf-8"))
    page.write_text(json.dumps({**said, "rows": {**said["rows"], "card": 3}}), "utf-8")
    with refused(faults.BACKUP_BROKEN, check="contents", first="card"):
        upkeep.restore(saved, elsewhere)
    page.unlink()
    with refused(faults.BACKUP_BROKEN, check="page"):
        upkeep.restore(saved, elsewhere)


@pytest.mark.error("backup-exists")
def test_nothing_is_written_over(lived: City, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    upkeep.backup(lived.where, saved)
    with refused(faults.BACKUP_EXISTS, file="saved"):
        upkeep.backup(lived.where, saved)
    with refused(faults.BACKUP_EXISTS):
        upkeep.restore(saved, lived.where)


def test_a_backup_of_the_other_kind_of_database_is_refused(lived: City, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    upkeep.backup(lived.where, saved)
    other: Path | str = "postgresql:///x" if isinstance(lived.where, Path) else tmp_path / "other.db"
    with refused(faults.BACKUP_BROKEN, check="kind of database"):
        upkeep.restore(saved, other)


def test_a_database_is_brought_up_to_date_and_says_its_version(lived: City) -> None:
    assert upkeep.upgrade(lived.where) == upkeep.verify(lived.where).version


@pytest.mark.error("store-unavailable")
def test_what_is_not_there_cannot_be_copied(tmp_path: Path) -> None:
    with refused(faults.STORE_UNAVAILABLE):
        upkeep.backup(tmp_path / "none.db", tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.error("database-tool-missing")
def test_a_missing_client_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(upkeep, "_CLIENTS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with refused(faults.TOOL_MISSING, program="pg_dump"):
        upkeep._run("pg_dump", "postgresql:///x")


def test_pages_that_do_not_fit_together_are_found(city: City) -> None:
    if not isinstance(city.where, Path):
        return
    city.card()
    city.office.store.close()
    with sqlite3.connect(city.where) as hand:
        hand.execute("PRAGMA foreign_keys=OFF")
        hand.execute("UPDATE nonce SET card = 'nobody', used = NULL WHERE used IS NULL")
        hand.execute("INSERT INTO nonce SELECT randomblob(32), 'nobody', 'bind', 1, 2, NULL")
    hand.close()
    with refused(faults.BACKUP_BROKEN, check="references", findings=1):
        upkeep.verify(city.where)
