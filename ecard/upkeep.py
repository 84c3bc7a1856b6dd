"""Looking after the database: bring it up to date, copy it while it is in use, bring a copy back, and look whether all of it is there.

A backup is one file, and a page beside it (`<name>.json`) that says what must be in it: its SHA-256, the rows of every table and one digest over the end of
every card's chain, all of the same moment. Restoring believes nothing until the restored database says the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import SetupError
from ecard import database, faults, schema
from ecard.folder import SECRET, sync_folder, write_whole
from ecard.model import CardRef
from ecard.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecard.store import Work

    Progress = Callable[[int, int], None]

PAGES = 256
"""Pages of a SQLite file that one step copies; commands go on between the steps."""
_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"
_CLIENTS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a record: rows by table, and a digest over the last link of every card's chain."""

    version: str
    rows: Mapping[str, int]
    heads: str


def upgrade(where: Path | str) -> str:
    """Bring a database to this program's version; which it then has. Raises as `Store.create` does."""
    Store.create(where).close()
    engine = database.open_engine(where)
    try:
        with engine.connect() as connection:
            return contents_of(connection).version
    finally:
        engine.dispose()


def contents_of(connection: sa.Connection) -> Contents:
    """The contents of a database, as one transaction sees them."""
    version = ", ".join(sorted(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()))
    rows = {
        name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()) for name, table in schema.METADATA.tables.items()
    }
    event = schema.card_event.c
    last = sa.select(event.hash).join_from(schema.card, schema.card_event, (event.card == schema.card.c.ref) & (event.seq == schema.card.c.revision))
    heads = hashlib.sha256()
    for head in sorted(connection.execute(last).scalars()):  # sorted here: two databases need not agree on how text is ordered
        heads.update(head)
    return Contents(version=version, rows=dict(sorted(rows.items())), heads=heads.hexdigest())


def verify(where: Path | str, *, progress: Progress = lambda _done, _of: None) -> Contents:
    """Look at every page, every reference and every card's chain; what is there.

    Raises `SetupError`: backup-broken (the database says itself that it is damaged), chain-broken, and those of `Store.open`.
    """
    store = Store.open(where)
    try:
        with store.reading() as work:
            if isinstance(where, Path):
                _check_pages(work)
            refs = work.connection.execute(sa.select(schema.card.c.ref).order_by(schema.card.c.ref)).scalars().all()
            for number, ref in enumerate(refs, start=1):
                work.verify(CardRef(ref))
                progress(number, len(refs))
            return contents_of(work.connection)
    finally:
        store.close()


def _check_pages(work: Work) -> None:
    said = work.connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    if said != ["ok"]:
        raise SetupError(faults.BACKUP_BROKEN, check="integrity", findings=len(said))
    loose = work.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if loose:
        raise SetupError(faults.BACKUP_BROKEN, check="references", findings=len(loose))


def backup(where: Path | str, target: Path, *, progress: Progress = lambda _done, _of: None) -> Contents:
    """Copy a record that is in use into the file `target`, with the page of its contents beside it; what is in it.

    Raises `SetupError`: backup-exists, backup-broken, database-tool-missing, store-unavailable, folder-unwritable.
    """
    for taken in (target, _page(target)):
        if taken.exists():
            raise SetupError(faults.BACKUP_EXISTS, file=taken.name)
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=SECRET)
        contents = _copy_sqlite(where, part, progress) if isinstance(where, Path) else _dump_postgres(where, part)
        with part.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        part.rename(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as problem:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(problem).__name__) from None
    finally:
        part.unlink(missing_ok=True)
    write_whole(_page(target), json.dumps({"sha256": digest, **asdict(contents)}, indent=1).encode() + b"\n", mode=SECRET)
    return contents


def restore(saved: Path, where: Path | str) -> Contents:
    """Bring a backup back into a file that does not exist or a database that is empty, and check that all of it came; what is there.

    Raises `SetupError`: backup-exists, backup-broken, database-tool-missing, and those of `verify`. A file that does not check out is not left behind.
    """
    try:
        page = json.loads(_page(saved).read_bytes())
        promised = Contents(version=page["version"], rows=page["rows"], heads=page["heads"])
        with saved.open("rb") as file:
            kind = file.read(16)
            file.seek(0)
            whole = hashlib.file_digest(file, "sha256").hexdigest() == page["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(faults.BACKUP_BROKEN, check="page") from None
    if not whole or not kind.startswith(_SQLITE if isinstance(where, Path) else _POSTGRES):
        raise SetupError(faults.BACKUP_BROKEN, check="bytes" if not whole else "kind of database")
    if isinstance(where, Path):
        _restore_sqlite(saved, where, promised)
    else:
        _restore_postgres(saved, where)
    return _promised(verify(where), promised)


def _promised(found: Contents, promised: Contents) -> Contents:
    if found != promised:
        differs = [name for name, count in promised.rows.items() if found.rows.get(name) != count] or ["chains"]
        raise SetupError(faults.BACKUP_BROKEN, check="contents", first=differs[0], tables=len(differs))
    return found


def _page(saved: Path) -> Path:
    return saved.with_name(f"{saved.name}.json")


def _copy_sqlite(path: Path, part: Path, progress: Progress) -> Contents:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as source, closing(sqlite3.connect(part)) as copy:
        source.execute(f"PRAGMA busy_timeout={database.BUSY_TIMEOUT_MS}")
        source.backup(copy, pages=PAGES, progress=lambda _status, left, of: progress(of - left, of), sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    return _look(part)


def _look(part: Path) -> Contents:
    """Contents of a copy, read without changing a byte of it."""
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True))
    try:
        with engine.connect() as connection:
            return contents_of(connection)
    except sa.exc.DBAPIError as error:
        raise SetupError(faults.BACKUP_BROKEN, check="copy", problem=type(error.orig).__name__) from None
    finally:
        engine.dispose()


def _restore_sqlite(saved: Path, path: Path, promised: Contents) -> None:
    if any(path.with_name(path.name + end).exists() for end in ("", "-wal", "-shm")):
        raise SetupError(faults.BACKUP_EXISTS, file=path.name)
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=SECRET)
        with saved.open("rb") as source, part.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        _promised(_look(part), promised)
        part.rename(path)
        sync_folder(path.parent)
    except OSError as problem:
        raise SetupError(faults.STORE_UNAVAILABLE, problem=type(problem).__name__) from None
    finally:
        part.unlink(missing_ok=True)


def _dump_postgres(url: str, part: Path) -> Contents:
    """Counting and copying see one snapshot: what is written meanwhile is in neither."""
    engine = database.open_engine(url)
    try:
        with engine.connect().execution_options(**{database.READING: True}) as connection, connection.begin():
            contents = contents_of(connection)
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={part.absolute()}")
            return contents
    except sa.exc.DBAPIError as error:
        raise database.trouble(error) from None
    finally:
        engine.dispose()


def _restore_postgres(saved: Path, url: str) -> None:
    engine = database.open_engine(url)
    try:
        with engine.connect() as connection:
            if sa.inspect(connection).get_table_names():
                raise SetupError(faults.BACKUP_EXISTS, database=connection.engine.url.database)
    finally:
        engine.dispose()
    _run("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(saved.absolute()))


def _run(program: str, url: str, *arguments: str) -> None:
    """Run a client of PostgreSQL; the password goes to it past the list of processes."""
    newest = sorted(_CLIENTS.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0, reverse=True)
    found = str(newest[0]) if newest else shutil.which(program)
    if found is None:
        raise SetupError(faults.TOOL_MISSING, program=program)
    parsed = sa.make_url(url).set(drivername="postgresql")
    secret = {} if parsed.password is None else {"PGPASSWORD": str(parsed.password)}
    clean = parsed._replace(password=None).render_as_string(hide_password=False)
    done = subprocess.run([found, f"--dbname={clean}", *arguments], env={"PATH": "/usr/bin:/bin", **secret}, capture_output=True, check=False)  # noqa: S603 - because program and arguments are ours, and no shell reads them
    if done.returncode:
        raise SetupError(faults.BACKUP_BROKEN, check=program, status=done.returncode)
