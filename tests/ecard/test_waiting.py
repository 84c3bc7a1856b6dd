"""Nobody waits for ever on PostgreSQL: locks and statements have limits, and what they mean to a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from ecard import database, faults
from ecard.contention import Contended
from ecard.store import Store
from tests.ecard.city import City, open_city, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ecard.postgres import Cluster


@pytest.fixture
def impatient(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[City, str]]:
    """A city, and the name of its database, in which a lock is waited for a moment only, and a statement may take hardly longer."""
    name = cluster.database(like=cluster.template)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 30)
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT_MS", 500)
    city = open_city(cluster.url(name), folder=tmp_path)
    yield city, name
    city.office.store.close()
    cluster.drop(name)


@pytest.mark.threat("I08")
def test_who_waits_too_long_for_a_locked_table_is_told_to_come_again_and_wrote_nothing(cluster: Cluster, impatient: tuple[City, str]) -> None:
    city, name = impatient
    card = city.apply()
    with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name) as other:
        other.execute("LOCK TABLE card IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Contended), city.office.store.writing() as work:
            work.dossier(card.card.ref)
    assert city.office.card(card.card.ref) == card


@pytest.mark.threat("I08")
def test_a_statement_that_does_not_end_is_ended(impatient: tuple[City, str]) -> None:
    city, _ = impatient
    with refused(faults.STORE_UNAVAILABLE, problem="QueryCanceled"), city.office.store.writing() as work:
        work.connection.exec_driver_sql("SELECT pg_sleep(3600)")


def test_the_limits_of_every_connection_are_those_of_the_program(cluster: Cluster) -> None:
    assert cluster.template
    store = Store.open(cluster.url(cluster.template))
    try:
        with store.reading() as work:
            limits = {name: work.connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("lock_timeout", "statement_timeout")}
    finally:
        store.close()
    assert limits == {"lock_timeout": "10s", "statement_timeout": "1min"}
