"""The record on both its databases: modules named in `ON_BOTH` run every test that has a city twice, once on each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ecard.store import Store
from tests.ecard import postgres
from tests.ecard.city import City, open_city

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ecard.postgres import Cluster

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is

ON_BOTH = {
    "test_terminals",
    "test_terminal_desk",
    "test_access_approving",
    "test_access_limits",
    "test_access_proposals",
    "test_access_resets",
    "test_access_signing_in",
    "test_accounts",
    "test_applying",
    "test_at_once",
    "test_audit",
    "test_batches",
    "test_becoming_due",
    "test_binding",
    "test_cancelling",
    "test_chain_publish_quick",
    "test_correcting",
    "test_daily_renewal",
    "test_enclosures",
    "test_evidence",
    "test_every_pair",
    "test_exchanging",
    "test_fares",
    "test_freezing",
    "test_handing",
    "test_intake",
    "test_issuing",
    "test_locking",
    "test_long_days",
    "test_making",
    "test_misuse",
    "test_older_cards",
    "test_outbox",
    "test_preloss",
    "test_production",
    "test_receipts",
    "test_renewing",
    "test_replacing",
    "test_worklist",
    "test_requests",
    "test_retention",
    "test_sessions",
    "test_standing_in",
    "test_statuses",
    "test_stopping",
    "test_store",
    "test_tick",
    "test_tickets",
    "test_upkeep",
    "test_vault",
    "test_venues",
    "test_residents_races",
    "test_sharing",
    "test_links",
    "test_timeline",
}
"""Modules whose tests depend on what the database does."""
ONE_FILE = {"hand", "filled"}
"""Fixtures that take a client of SQLite in hand; tests of damage by hand are about our own checks, which are the same on both."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = set(metafunc.fixturenames)
    if "where" in names and not names & ONE_FILE and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        metafunc.parametrize("where", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running PostgreSQL with one migrated database to copy from."""
    reason = postgres.missing()
    if reason is not None:
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    started = postgres.start()
    try:
        started.template = started.database()
        Store.create(started.url(started.template)).close()
        yield started
    finally:
        started.stop()


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A database for one record: a file that is not there yet, or the URL of one that has its tables."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield tmp_path / "record.db"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.database(like=cluster.template)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def city(where: Path | str, tmp_path: Path) -> Iterator[City]:
    opened = open_city(where, folder=tmp_path)
    yield opened
    opened.office.store.close()
