"""What the doctor looks at inside an office: its file, its keys and how long they last, its database and the time there."""

from __future__ import annotations

import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from codes.errors import CardError
from ecard import Store, headroom
from ecard.headroom import Room
from ecard.keyring import Keyring
from ecard.modulekeys import ModuleSigner
from webapp.office.opening import KEY_LIFE
from webapp.office.settings import FILE, read_settings
from webapp.office.statuskeys import read_plan
from webapp.operations.examining import clock
from webapp.operations.findings import Finding, attend, broken, refused, well
from webapp.operations.orders import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.office.settings import OfficeSettings
    from webapp.settings import Settings

YEAR, QUARTER = timedelta(days=366), timedelta(days=92)
DAILY = ("issuer-phone", "issuer-chip", "status", "receipt")
_SAFE = ("root-", "targets-")
_SPARE_CONNECTIONS = 10


def office(folder: Path, told: Settings, *, at: datetime) -> Iterator[Finding]:
    """Everything about an office; what stands on something broken is left out."""
    try:
        settings = read_settings(folder)
    except CardError as error:
        yield refused("office", error)
        return
    yield well("office", "office.toml 可用", "office.toml can be used", regions=", ".join(settings.regions), operators=len(settings.operators))
    if stat.S_IMODE((folder / FILE).stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield attend("office", ("他人可读取 office.toml", "others may read office.toml"), (f"chmod go-rwx {FILE}。", f"Run chmod go-rwx {FILE}."))
    yield from _keys(settings, at=at)
    yield from _database(settings, told, at=at)


def _keys(settings: OfficeSettings, *, at: datetime) -> Iterator[Finding]:
    try:
        keyring = Keyring.open(settings.keys)
    except CardError as error:
        yield refused("keys", error)
        return
    in_module = 0
    for name in ("audit", *(f"{region}.{purpose}" for region in settings.regions for purpose in DAILY)):
        try:
            signer = keyring.signer(name)
            if isinstance(signer, ModuleSigner):
                signer.sign(b"ecard doctor")
                in_module += 1
        except CardError as error:
            yield refused("keys", error)
    yield well("keys", "日常密钥齐备，他人不可读取", "the keys of daily work are here, and nobody else can read them", in_module=in_module)
    if offline := sorted(path.stem for path in settings.keys.glob("*.pem") if path.stem.startswith(_SAFE)):
        yield attend(
            "keys",
            ("根密钥与目标密钥不应放在服务主机上", "root and targets keys do not belong on the host of the service"),
            ("请移到离线介质：ecard trust take-out --out DIR。", "Move them to a safe: ecard trust take-out --out DIR."),
            keys=len(offline),
        )
    for region, says in settings.regions.items():
        yield from _lasting(f"{region}.issuer", says.founded + KEY_LIFE, YEAR, at=at)
        try:
            until = max(key.not_after for key in read_plan(settings, keyring, region).keys)
        except CardError as error:
            yield refused("keys", error)
        else:
            yield from _lasting(f"{region}.status", datetime.fromtimestamp(until, UTC), QUARTER, at=at)


def _lasting(key: str, until: datetime, soon: timedelta, *, at: datetime) -> Iterator[Finding]:
    todo = ("请备好下一把：ecard trust status-key 或 ecard trust issuer。", "Prepare the next one: ecard trust status-key, or ecard trust issuer.")
    if until <= at:
        yield broken("keys", ("密钥已到期", "a key has run out"), todo, key=key, until=until.isoformat())
    elif until - at < soon:
        yield attend("keys", ("密钥即将到期", "a key runs out soon"), todo, key=key, until=until.isoformat())


def _database(settings: OfficeSettings, told: Settings, *, at: datetime) -> Iterator[Finding]:
    if not isinstance(settings.database, str) and not settings.database.is_file():
        todo = ("请核对 office.toml 的 database，或从备份恢复。", "Check database in office.toml, or restore a backup.")
        yield broken("database", ("档案文件不在", "the record's file is not there"), todo)
        return
    try:
        with closing(Store.open(settings.database)) as store:
            yield well("database", "可连接，结构与程序一致", "answers, and has the tables of this program", kind=_kind(settings))
            if isinstance(settings.database, str):
                yield from _server(store, told, at=at)
            else:
                yield from _room(headroom.look(settings.database))
    except CardError as error:
        yield refused("database", error)


def _kind(settings: OfficeSettings) -> str:
    return "postgresql" if isinstance(settings.database, str) else "sqlite"


def _server(store: Store, told: Settings, *, at: datetime) -> Iterator[Finding]:
    with store.reading() as work:
        now, most, standby = work.connection.exec_driver_sql(
            "SELECT clock_timestamp(), current_setting('max_connections')::int, current_setting('synchronous_standby_names') <> ''"
        ).one()
    began = datetime.now(UTC) - at  # noqa: TID251 because what is compared is the clock of this very moment
    yield clock("PostgreSQL", now.astimezone(UTC) - began, at=at)
    wanted = told.processes * sum(places.inside for places in PLACES.values()) + _SPARE_CONNECTIONS
    if most < wanted:
        yield attend(
            "database",
            ("服务器允许的连接数可能不够", "the server may allow too few connections"),
            ("请调高 max_connections，或减少进程数。", "Raise max_connections, or serve from fewer processes."),
            max_connections=most,
            wanted=wanted,
        )
    if told.is_production and not standby:
        yield attend(
            "database",
            ("没有同步备库：主库主机损毁会丢失已确认的办理", "no synchronous standby: losing the primary's host loses what was acknowledged"),
            ("请配置 synchronous_standby_names。", "Configure synchronous_standby_names."),
        )


def _room(found: Any) -> Iterator[Finding]:
    facts = {"free_mib": found.free // headroom.MIB, "reserve": found.reserve}
    if found.room is Room.PLENTY:
        yield well("database", "磁盘空间充足", "plenty of room on its disk", **facts)
    else:
        make = broken if found.room is Room.READ_ONLY else attend
        todo = ("请立即腾出空间，再执行 ecard tick。", "Make room now, then run ecard tick.")
        yield make("database", ("磁盘空间不足", "too little room on its disk"), todo, room=found.room.value, **facts)
