"""What only PostgreSQL does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from ecard import database, faults, schema
from ecard.contention import Contended
from ecard.lifecycle import RULES, Command
from ecard.stopping import LossOf
from ecard.store import Store
from tests.ecard.city import CLERK, City, SoftPhone, open_city, refused
from tests.ecard.test_guards import GUARDED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ecard.postgres import Cluster


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    name = cluster.database()
    yield name
    cluster.drop(name)


@pytest.fixture
def city(cluster: Cluster, tmp_path: Path) -> Iterator[City]:
    name = cluster.database(like=cluster.template)
    opened = open_city(cluster.url(name), folder=tmp_path)
    yield opened
    opened.office.store.close()
    cluster.drop(name)


@pytest.mark.error("store-unsafe")
@pytest.mark.threat("I02")
@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_a_database_that_acknowledges_before_it_is_durable_is_not_opened(cluster: Cluster, empty: str, value: str) -> None:
    cluster.execute(f"ALTER DATABASE {empty} SET synchronous_commit = {value}")
    with refused(faults.STORE_UNSAFE, setting="synchronous_commit", found=value):
        Store.create(cluster.url(empty))


@pytest.mark.parametrize("url", ["postgresql://nobody@/none?host=/nowhere", "no url at all"])
def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    with refused(faults.STORE_UNAVAILABLE):
        Store.create(url)


def test_a_database_of_another_version_is_not_opened(cluster: Cluster, empty: str) -> None:
    with refused(faults.STORE_BEHIND, found=None):
        Store.open(cluster.url(empty))


def test_the_migrations_make_the_tables_that_the_program_knows_and_can_be_taken_back(cluster: Cluster, empty: str) -> None:
    engine = database.open_engine(cluster.url(empty))
    database.upgrade(engine)
    database.upgrade(engine)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the expression index cannot be reflected
        assert compare_metadata(MigrationContext.configure(connection), schema.METADATA) == []
    with engine.begin() as connection:
        command.downgrade(database.config(connection), "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_reading_cannot_write(city: City) -> None:
    with refused(faults.STORE_UNAVAILABLE, problem="ReadOnlySqlTransaction"), city.office.store.reading() as work:
        work.connection.execute(sa.insert(schema.holder).values(ref="x", region="CN-CQ", created=1))


def test_every_transaction_of_one_session_has_its_own_settings_and_leaves_none(city: City) -> None:
    store = city.office.store
    said = []
    for transaction in (store.writing, store.noting, store.reading, store.noting, store.writing, store.reading):
        with transaction() as work:
            names = ("transaction_isolation", "enable_seqscan", "jit")
            said.append([work.connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names])
    writing, noting, reading = ["serializable", "off", "off"], ["read committed", "off", "off"], ["repeatable read", "on", "off"]
    assert said == [writing, noting, reading, noting, writing, reading]


@pytest.mark.threat("F01")
def test_two_transactions_that_each_decide_on_what_the_other_changes_do_not_both_happen(city: City) -> None:
    store = city.office.store
    count = sa.select(sa.func.count()).select_from(schema.holder)

    def decide() -> None:
        with store.writing() as one:
            assert one.connection.execute(count).scalar() == 0
            with store.writing() as two:
                assert two.connection.execute(count).scalar() == 0
                two.connection.execute(sa.insert(schema.holder).values(ref="two", region="CN-CQ", created=1))
            one.connection.execute(sa.insert(schema.holder).values(ref="one", region="CN-CQ", created=1))

    with pytest.raises(Contended):
        decide()
    with store.reading() as work:
        assert work.connection.execute(sa.select(schema.holder.c.ref)).scalars().all() == ["two"]


@pytest.mark.error("outcome-unknown")
def test_a_server_process_that_dies_before_the_commit_leaves_an_unknown_outcome_and_nothing_half_done(cluster: Cluster, city: City) -> None:
    card, _ = city.card()
    killed: list[int] = []

    def kill(connection: sa.Connection) -> None:
        if not killed:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            killed.append(pid)
            cluster.execute(f"SELECT pg_terminate_backend({pid}, 10000)")

    sa.event.listen(city.office.store._engine, "commit", kill)
    key = "one request, sent twice"
    papers = RULES[Command.REPORT_LOSS].evidence
    with refused(faults.OUTCOME_UNKNOWN):
        city.office.once(key).report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
    assert city.office.card(card.card.ref) == card
    assert city.office.once(key).report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at).dossier.card.revision == 4


def test_a_server_process_that_dies_in_the_middle_wrote_nothing(cluster: Cluster, city: City) -> None:
    card, _ = city.card()

    def work_and_die() -> None:
        with city.office.store.writing() as work:
            work.connection.execute(sa.insert(schema.holder).values(ref="x", region="CN-CQ", created=1))
            cluster.execute(f"SELECT pg_terminate_backend({work.connection.exec_driver_sql('SELECT pg_backend_pid()').scalar_one()}, 10000)")
            work.connection.exec_driver_sql("SELECT 1")

    with refused(faults.STORE_UNAVAILABLE):
        work_and_die()
    assert city.office.card(card.card.ref) == card
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(schema.holder.c.ref).where(schema.holder.c.ref == "x")).first() is None


def test_a_server_that_went_away_between_two_transactions_is_noticed_without_asking_it_each_time(
    cluster: Cluster, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FRESH", 0.0)
    store, made = city.office.store, []
    sa.event.listen(store._engine, "connect", lambda *_: made.append(1))

    def who() -> int:
        with store.reading() as work:
            return int(work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    first = who()
    asked = "SELECT query FROM pg_stat_activity WHERE pid = {}"
    assert cluster.execute(asked.format(first)) == [("COMMIT",)]
    assert who() == first
    cluster.execute(f"SELECT pg_terminate_backend({first}, 10000)")
    second = who()
    assert second != first
    assert len(made) == 1
    monkeypatch.setattr(database, "QUIET", 0.0)
    assert who() == second
    assert len(made) == 1


POSTGRES_NAMES = {
    "UNIQUE constraint failed: carrier.card": "one_active_chip",
    "UNIQUE constraint failed: carrier.card, carrier.thumbprint": "one_binding_per_phone",
    "UNIQUE constraint failed: credential.uri, credential.idx": "one_credential_per_index",
    "UNIQUE constraint failed: credential.region, credential.sub": "one_credential_per_sub",
    "UNIQUE constraint failed: card.holder": "one_active_card",
    "UNIQUE constraint failed: card.number": "card_number_key",
    "FOREIGN KEY constraint failed": "violates foreign key constraint",
}


@pytest.mark.threat("F02")
def test_the_database_refuses_what_the_lifecycle_refuses(city: City) -> None:
    """The statements of the other database, one after the other: each is refused by name."""
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    engine = city.office.store._engine
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION randomblob(size int) RETURNS bytea LANGUAGE sql AS $$ SELECT substring(sha256(random()::text::bytea) FOR size) $$"
        )
    for statement, guard in GUARDED:
        spelled = statement.replace("x'00'", "'\\x00'::bytea")
        with pytest.raises(sa.exc.IntegrityError, match=POSTGRES_NAMES.get(guard, guard)), engine.begin() as connection:
            connection.exec_driver_sql(spelled)
