"""What a campaign stands on, all of it its own and on loopback: PostgreSQL with a crowd, Redis, an office over both, and gunicorn in front."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from codes.keys import SoftwareSigner
from codes.scenes import encode_scenes
from ecard.folder import SECRET, write_whole
from ecard.keyring import Keyring, to_pem
from ecard.policybook import DEFAULT
from tests.bench.record import people
from tests.bench.record.lives import LIVES, PRESENT, REGIONS, SPACES, Life, issuer
from tests.bench.record.loading import TUNED, load, make_caster
from tests.ecard import postgres
from tests.ecard.city import NOW
from tests.webapp.chainhouse import Server, unit
from tests.webapp.redishouse import RedisServer
from webapp.office.settings import FILE, RegionSettings, first_page
from webapp.places import scene_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.keys import Signer
    from tests.bench.record.casting import Caster
    from tests.ecard.postgres import Cluster

WITH_PHONE = {Life.with_phone, Life.with_identity, Life.found_again}
"""Lives that go on with a phone in use; in the others it is held, or there are two."""
SERVING = {"shared_buffers": "1GB", "max_connections": 100, "checkpoint_timeout": "15min", "wal_compression": "lz4"}
"""Of the cluster, beside the settings it was loaded with: nothing that would lose an acknowledged commit (docs/operations.md)."""
PROCESSES = 2


class Handset(NamedTuple):
    """A phone of the crowd: its card, its own reference, its key."""

    card: str
    phone: str
    region: str
    number: int

    @property
    def signer(self) -> SoftwareSigner:
        """Its enrolment key."""
        return people.signer(self.number, "phone 0")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that stands."""

    server: Server
    urgent: Server
    """For losses, as `deploy/` has it: a process of its own."""
    cluster: Cluster
    redis: int
    """Its process."""
    database: str
    handsets: list[Handset]
    cards: int
    database_bytes: int

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor that the service and the database have used."""
        tick = os.sysconf("SC_CLK_TCK")
        used = {}
        for name, process in (
            ("gunicorn", self.server.process.pid),
            ("urgent", self.urgent.process.pid),
            ("postgres", self.cluster.server.pid),
            ("redis", self.redis),
        ):
            pids = [process, *_children(process)]
            used[name] = sum(sum(map(int, fields[11:15])) for pid in pids if (fields := _stat(pid))) / tick
        return used


@contextmanager
def standing(cards: int, handsets: int) -> Iterator[Stage]:
    """A stage with so many cards, of which so many phones are known to the campaign."""
    with ExitStack() as closing_all, tempfile.TemporaryDirectory(prefix="ecard-load-") as home:
        folder = Path(home)
        folder.chmod(0o755)  # the server runs as another user
        cluster = postgres.start(parent=folder if cards > 100_000 else None, tuned={**TUNED, **SERVING})
        closing_all.callback(cluster.stop)
        caster = make_caster()
        loaded = load(cluster, cards, caster)
        redis = RedisServer(folder)
        redis.start()
        closing_all.callback(redis.kill)
        assert redis.process is not None
        office = _office(folder / "office", cluster.url(loaded.name))
        environ = {
            "ECARD_OFFICE": str(office),
            "ECARD_REDIS": redis.url,
            "ECARD_PROCESSES": str(PROCESSES + 1),
            "ECARD_PROXIES": "1",
            "LOAD_AHEAD_S": str(PRESENT - time.time()),  # noqa: TID251 - because the crowd has a present of its own
        }
        server = unit(folder / "service.log", ["-w", str(PROCESSES)], "tests.load.service:app", environ, apart=True)
        closing_all.callback(server.end)
        urgent = unit(folder / "urgent.log", ["-w", "1"], "tests.load.service:app", environ, apart=True)
        closing_all.callback(urgent.end)
        yield Stage(
            server=server,
            urgent=urgent,
            cluster=cluster,
            redis=redis.process.pid,
            database=loaded.name,
            handsets=_handsets(cluster, loaded.name, caster, cards, handsets),
            cards=cards,
            database_bytes=loaded.bytes,
        )


def _office(folder: Path, database: str) -> Path:
    """An office with the keys of the crowd, founded when its first card was."""
    folder.mkdir(mode=0o700)
    Keyring.create(folder / "keys", secrets.token_bytes, regions=REGIONS)
    founded = datetime.fromtimestamp(NOW - 4_000 * 86_400, UTC)
    regions = []
    for region in REGIONS:
        made = issuer(region)
        for name, signer in (("issuer-phone", made.phone.signer), ("issuer-chip", made.chip.signer), ("receipt", made.receipts)):
            _put(folder, f"{region}.{name}", signer)
        for name, secret in (("chip-tag", made.chip_tag_key), ("chip-master", made.chip_master)):
            write_whole(folder / "keys" / f"{region}.{name}.pem", to_pem(secret), mode=SECRET)
        bounds = {**made.phone.power.profiles, **made.chip.power.profiles}
        regions.append(
            RegionSettings(
                region=region,
                letter=made.letter,
                division=made.division,
                founded=founded,
                max_age=30,
                longest_life={profile: bound.longest_life for profile, bound in bounds.items()},
                lists=dict(SPACES),
            )
        )
        write_whole(folder / "scenes" / f"{region}.json", encode_scenes(scene_document(region)))
    for name, label in (("vault", b"kek"), ("blind-index", b"index")):
        write_whole(folder / "keys" / f"{name}.pem", to_pem(hashlib.sha256(label).digest()), mode=SECRET)
    for edition in DEFAULT.glob("*.toml"):
        write_whole(folder / "policies" / edition.name, edition.read_bytes())
    (folder / "published").mkdir()
    write_whole(folder / FILE, first_page(database, regions).encode(), mode=SECRET)
    return folder


def _put(folder: Path, name: str, signer: Signer) -> None:
    if not isinstance(signer, SoftwareSigner):
        raise TypeError(name)
    write_whole(folder / "keys" / f"{name}.pem", to_pem(signer._private), mode=SECRET)


def _handsets(cluster: Cluster, database: str, caster: Caster, cards: int, many: int) -> list[Handset]:
    """Phones that the campaign has the keys of: the crowd's people are made from their numbers alone, and so are their keys."""
    lives = [act for act, _ in LIVES]
    numbers = {}
    for number in range(cards):
        if lives[caster.cast(number).life] in WITH_PHONE:
            numbers[people.point(number, "phone 0")[2]] = number
            if len(numbers) == many:
                break
    with closing(psycopg.connect(host=str(cluster.folder), user="postgres", dbname=database)) as connection:
        rows = connection.execute(
            "SELECT c.card, c.ref, d.region, c.thumbprint FROM carrier c JOIN card d ON d.ref = c.card WHERE c.thumbprint = ANY(%s)"
            " AND NOT EXISTS (SELECT 1 FROM card_event e WHERE e.card = c.card AND e.at > %s)",  # a few lives reach past the present
            [list(numbers), PRESENT],
        ).fetchall()
    return [Handset(card, phone, region, numbers[bytes(thumbprint)]) for card, phone, region, thumbprint in rows]


def _children(process: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return []
