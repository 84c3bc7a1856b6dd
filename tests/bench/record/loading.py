"""Filling a PostgreSQL database with a crowd: COPY in one transaction, keys and indexes made afterwards, so that the database itself checks them all."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import tempfile
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from codes.checkpoint import FIRST, Checkpoint, Head, Seal, heads_digest
from codes.claims import shard_uri
from codes.status import SHARD_CAPACITY
from ecard import schema
from ecard.policy import DAY, Policy
from ecard.renewal import reminder_days
from ecard.store import Store
from ecard.vault import AesKeyWrapper, Vault
from tests.bench.record.casting import Caster, Shard, chunks
from tests.bench.record.lives import PRESENT, REGIONS, issuer, open_record, play
from tests.bench.record.moulds import cell
from tests.ecard.city import key
from webapp.office.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.pool import AsyncResult

    from tests.ecard.postgres import Cluster

PORTION = 1_000
AHEAD = 6
"""Portions that may wait to be written."""
TUNED = {"shared_buffers": "1GB", "wal_level": "minimal", "max_wal_senders": 0, "max_wal_size": "4GB", "maintenance_work_mem": "512MB"}
"""Of the cluster: a transaction that made its tables empty need not write them twice."""
BYTES = 7_200
"""What a card takes on the disk, with its indexes."""
_FREE = 5 << 30
"""Bytes of disk that stay free whatever is loaded."""


class Portion(NamedTuple):
    """Lines of some people by table, and the ends of their chains."""

    lines: dict[str, bytes]
    shards: set[Shard]
    heads: list[Head]
    links: int
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A database with a crowd in it."""

    name: str
    cards: int
    bytes: int
    """On disk, with indexes."""


def make_caster() -> Caster:
    """Plays every life and cuts the moulds; seconds of work."""
    with tempfile.TemporaryDirectory() as folder:
        played, made_of = play(Path(folder))
        city = open_record(Path(folder) / "other.db")
        city.office.store.close()
        own: Vault = city.office.vault
    assert isinstance(own.wrapper, AesKeyWrapper)
    vault = Vault(wrapper=own.wrapper, index_key=bytes(32), entropy=secrets.token_bytes)
    vault._index_keys = own._index_keys
    return Caster(played, made_of, vault)


_caster: Caster
"""Of a worker; it inherits the one that the loader made."""


def _pour(numbers: range) -> Portion:
    into: dict[str, list[bytes]] = defaultdict(list)
    shards: set[Shard] = set()
    heads, total = [], 0
    for number in numbers:
        for end, subject, link in _caster.pour(_caster.cast(number), into, shards):
            heads.append(Head(end.chain, subject.decode(), end.seq, link))
            total += end.links
    return Portion({table: b"".join(lines) for table, lines in into.items()}, shards, heads, total, heads_digest(heads))


def load(cluster: Cluster, cards: int, caster: Caster) -> Loaded:
    """A new database with this many cards. `RuntimeError` when the disk would become too full: see `BYTES`."""
    free = os.statvfs(cluster.folder).f_bavail * os.statvfs(cluster.folder).f_frsize
    if free < cards * BYTES + _FREE:
        msg = f"{cards} cards want {cards * BYTES >> 30} GiB and {_FREE >> 30} more; {free >> 30} are free"
        raise RuntimeError(msg)
    name = cluster.database()
    Store.create(cluster.url(name)).close()
    with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name) as connection, Progress(f"{cards} 张卡 / cards") as progress:
        tables = [row[0] for row in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")]
        tables.remove("alembic_version")
        connection.execute("TRUNCATE " + ", ".join(tables))
        rebuild = list(_take_down(connection))
        _write(connection, cards, caster, progress)
        for number, statement in enumerate(rebuild, start=1):
            connection.execute(statement)
            progress(number, len(rebuild))
    cluster.execute("VACUUM (ANALYZE)", name)
    cluster.execute("CHECKPOINT")
    return Loaded(name=name, cards=cards, bytes=cluster.execute(f"SELECT pg_database_size('{name}')")[0][0])


def _take_down(connection: psycopg.Connection) -> Iterator[str]:
    """Drop every key and index; the statements that make them again, references last."""
    found = "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    found += " WHERE contype = ANY(%s) AND connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass"
    references, keys = connection.execute(found, [["f"]]).fetchall(), connection.execute(found, [["p", "u"]]).fetchall()
    for name, table, _ in references + keys:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    left = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    indexes = connection.execute(left).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield from (f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {what}' for name, table, what in keys)
    yield from (what for _, what in indexes)
    yield from (f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {what}' for name, table, what in references)


def _write(connection: psycopg.Connection, cards: int, caster: Caster, progress: Callable[[int, int], None]) -> None:
    global _caster  # noqa: PLW0603 - because workers inherit it when they are forked, and a thing this large is not sent
    _caster = caster
    shards: set[Shard] = set()
    last, links, number, done = FIRST, 0, 0, 0
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for portion, count in _in_order(pool, cards):
            number += 1
            links += portion.links
            for table, lines in portion.lines.items():
                _copy(connection, table, lines)
            says = Seal(iat=PRESENT, number=number, previous=last, links=links, heads=len(portion.heads), digest=portion.digest)
            signed = Checkpoint.issue(says, key("audit"))
            last = signed.hash
            _copy(connection, "checkpoint", _line(number, PRESENT, signed.raw))
            _copy(connection, "checkpoint_head", b"".join(_line(number, *head) for head in portion.heads))
            shards |= portion.shards
            done += count
            progress(done, cards)
    newest = {(shard.region, shard.profile, shard.day): shard.number for shard in sorted(shards, key=lambda shard: shard.number)}
    letters = {region: issuer(region).letter for region in REGIONS}
    lists = (
        _line(shard_uri(letters[region], place), region, place, profile, day, SHARD_CAPACITY, newest[region, profile, day] == place)
        for region, profile, day, place in sorted(shards)
    )
    _copy(connection, "shard", b"".join(lists))
    told = (_line(f"renewal-{days}", PRESENT + days * DAY, "") for days in reminder_days(Policy()))
    _copy(connection, "looked", b"".join(told))


def _in_order(pool: multiprocessing.pool.Pool, cards: int) -> Iterator[tuple[Portion, int]]:
    """Portions in order, with no more than a few waiting: workers are quicker than the disk."""
    under_way: deque[tuple[AsyncResult[Portion], int]] = deque()
    for numbers in chunks(cards, PORTION):
        under_way.append((pool.apply_async(_pour, [numbers]), len(numbers)))
        if len(under_way) > AHEAD:
            result, count = under_way.popleft()
            yield result.get(), count
    for result, count in under_way:
        yield result.get(), count


def _copy(connection: psycopg.Connection, table: str, lines: bytes) -> None:
    columns = ", ".join(f'"{name}"' for name in schema.METADATA.tables[table].columns.keys())  # noqa: SIM118 - because it is no dictionary
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FREEZE)") as copy:
        copy.write(lines)


def _line(*values: object) -> bytes:
    return b"\t".join(map(cell, values)) + b"\n"
