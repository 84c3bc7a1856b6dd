"""The tables of the mirror: what the database itself refuses, and what a record from before it gets when it is brought to this version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from codes.chipproof import ChipState
from ecard import database
from ecard.store import Store
from tests.ecard.chips import mirrored, tap
from tests.ecard.city import City, open_city
from tests.ecard.desk import lose

if TYPE_CHECKING:
    from pathlib import Path

GUARDED = [
    ("UPDATE chip_target SET state = 0", "chip_target_never_changes"),
    ("DELETE FROM chip_target", "chip_target_is_kept"),
    (
        "INSERT INTO chip_target SELECT carrier, seq, card, state, reason, revision, at FROM chip_target",
        "UNIQUE constraint failed: chip_target.carrier",
    ),
    ("INSERT INTO chip_target SELECT carrier, 0, card, state, reason, revision, at FROM chip_target", "targets_count_from_one"),
    ("INSERT INTO chip_target SELECT carrier, 9, card, 4, reason, revision, at FROM chip_target", "known_state_of_chip"),
    ("UPDATE chip_note SET seq = seq - 1", "chip_note_never_falls"),
    ("UPDATE chip_note SET counter = counter - 1", "chip_note_never_falls"),
    ("UPDATE chip_note SET seen = seen - 1", "chip_note_never_falls"),
    ("DELETE FROM chip_note", "chip_note_is_kept"),
    ("UPDATE chip_evidence SET seq = 9", "chip_evidence_never_changes"),
    ("DELETE FROM chip_evidence", "chip_evidence_is_kept"),
]


@pytest.mark.threat("F02")
@pytest.mark.parametrize(("statement", "guard"), GUARDED)
def test_the_database_keeps_what_was_wanted_and_what_was_proved(city: City, statement: str, guard: str) -> None:
    _, chip = mirrored(city)
    tap(city, chip)
    with closing(sqlite3.connect(city.path, isolation_level=None)) as hand, pytest.raises(sqlite3.IntegrityError, match=guard):
        hand.execute(statement)


def test_a_record_from_before_the_mirror_gets_a_first_target_for_every_chip_in_use(tmp_path: Path) -> None:
    city = open_city(tmp_path / "record.db")
    lost, chip = mirrored(city)
    lose(city, lost)
    mirrored(city, 2)
    city.apply(3)
    city.office.store.close()
    engine = database.open_engine(tmp_path / "record.db")
    with engine.begin() as connection:
        config = database.config(connection)
        before = ScriptDirectory.from_config(config).get_revision("r0070").down_revision
        command.downgrade(config, str(before))
    database.upgrade(engine)
    engine.dispose()
    city.office = type(city.office)(**{**vars(city.office), "store": Store.open(tmp_path / "record.db")})
    file = city.office.chip(chip.code)
    assert file.target is not None
    assert (file.target.seq, file.target.state, file.note) == (2, ChipState.SUSPENDED, None)
    with city.office.store.reading() as work:
        states = work.connection.exec_driver_sql("SELECT state FROM chip_target ORDER BY state").scalars().all()
    assert states == [0, 1]
    city.office.store.close()
