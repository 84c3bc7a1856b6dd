"""What the retention run destroys, looked for in the raw bytes of every file that the record is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ecard import database, faults, schema
from ecard.retention import retain
from tests.ecard.city import City, refused
from tests.ecard.test_retention import parted

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def traces(city: City) -> list[bytes]:
    """Every byte string that only the vault has of a person whose time will be over."""
    parted(city)
    with city.office.store.reading() as work:
        found = list(work.connection.execute(sa.select(schema.vault_key.c.wrapped)).scalars())
        found += work.connection.execute(sa.select(schema.vault_field.c.sealed)).scalars()
        found += work.connection.execute(sa.select(schema.vault_index.c.value)).scalars()
    city.at = city.at.replace(year=city.at.year + 5) + timedelta(seconds=1)
    return found


def held(city: City, traces: list[bytes]) -> dict[str, int]:
    """How many traces each file of the record holds."""
    files: list[Path] = [path for path in city.path.parent.iterdir() if path.name.startswith(city.path.name)]
    return {path.name: sum(trace in path.read_bytes() for trace in traces) for path in files}


@pytest.mark.threat("H10")
@pytest.mark.article("HZ-10")
def test_the_retention_run_leaves_no_byte_of_what_it_destroyed_in_any_file_of_the_record(city: City, traces: list[bytes]) -> None:
    assert len(traces) == 6
    assert sum(held(city, traces).values()) >= len(traces)
    report = retain(city.office, at=city.at)
    assert report.done["identity"] == 1
    assert report.gone
    assert report.to_json()["gone"] is True
    assert set(held(city, traces).values()) == {0}
    assert city.path.with_name("record.db-wal").stat().st_size == 0


@pytest.mark.threat("H10")
def test_a_reader_in_the_way_is_said_and_the_next_run_does_it(city: City, traces: list[bytes]) -> None:
    with city.office.store.reading() as work:
        work.connection.exec_driver_sql("SELECT count(*) FROM holder").scalar_one()
        report = retain(city.office, at=city.at)
        assert (report.done["identity"], report.gone) == (1, False)
        assert "下次运行再清空" in report.to_text(chinese=True)
        assert "the next run does it" in report.to_text()
        assert sum(held(city, traces).values()) > 0
    assert retain(city.office, at=city.at).gone
    assert set(held(city, traces).values()) == {0}


def test_a_log_that_cannot_be_folded_is_an_error(city: City) -> None:
    with refused(faults.STORE_UNAVAILABLE):
        database.fold(sa.create_engine(sa.URL.create("sqlite", database=str(city.path.parent))))
