"""What the doctor looks at outside an office: settings, Redis, the published folder, packages."""

from __future__ import annotations

import importlib
import json
import os
import resource
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from codes.errors import CardError
from webapp.operations.findings import Finding, attend, broken, refused, well
from webapp.published import PublishedFolder
from webapp.settings import METRICS, PROXIES, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.errors import Fact
    from webapp.settings import Settings

SKEW, WRONG = timedelta(seconds=1), timedelta(seconds=30)
"""From which difference of two clocks on somebody has to look, and from which codes are refused that are good."""
OLD_HEAD = timedelta(minutes=15)
SOON = timedelta(days=1)
ROOT_SOON = timedelta(days=60)
_SPARE_FILES = 256
LOW_DISK = 512 << 20
_PUBLISHER = (
    "请确认发布进程在运行：ecard publish --follow（systemd：ecard-publisher）。",
    "See that the publisher runs: ecard publish --follow (systemd: ecard-publisher).",
)


def settings(told: Settings) -> Iterator[Finding]:
    """What the environment says, and whether this process may open as many files as it may have connections."""
    yield well("settings", "完整", "complete", mode=told.mode.value, processes=told.processes, proxies=told.proxies, redis=told.redis is not None)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < told.streams + _SPARE_FILES:
        yield attend(
            "settings",
            ("可打开的文件数少于允许的连接数", "fewer files may be open than connections are allowed"),
            (f"请提高 ulimit -n（systemd：LimitNOFILE），或调低 {STREAMS}。", f"Raise ulimit -n (systemd: LimitNOFILE), or lower {STREAMS}."),
            files=soft,
            streams=told.streams,
        )
    if told.is_production and not told.metrics:
        yield attend(
            "settings",
            ("无人可读取 /metrics", "nobody may read /metrics"),
            (f"请用 {METRICS} 指明监控主机的地址。", f"Name the addresses of your monitoring in {METRICS}."),
        )
    if told.is_production and told.proxies == 0:
        yield attend(
            "settings",
            ("前面没有代理：须由本进程直接面对外网", "no proxy in front: this process faces the world itself"),
            (f"请在前面放置终止 TLS 的代理，并设 {PROXIES}=1。", f"Put a proxy that speaks TLS in front, and set {PROXIES}=1."),
        )


def redis(address: str, *, at: datetime) -> Iterator[Finding]:
    """Whether Redis answers, forgets under pressure, and has the same time."""
    from redis import Redis  # noqa: PLC0415 because a service without Redis does not load its client
    from redis.exceptions import RedisError  # noqa: PLC0415 because of the same

    try:
        with closing(Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)) as client:
            link: Any = client
            version, memory = link.info("server")["redis_version"], link.info("memory")
            seconds, micros = link.time()
    except (RedisError, OSError) as problem:
        yield broken(
            "redis",
            (
                "连接不上；各进程按各自份额限流，状态消息靠目录轮询",
                "does not answer; each process limits by its share, and news come from the folder",
            ),
            (
                "请启动 Redis 或核对其地址与密码；单次有效的事项不受影响。",
                "Start Redis, or check its address and password; nothing single-use is affected.",
            ),
            problem=type(problem).__name__,
        )
        return
    yield well("redis", "已应答", "answers", version=version)
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if int(memory.get("maxmemory", 0)) and policy.startswith("allkeys"):
        yield attend(
            "redis",
            ("内存不足时会丢弃计数", "drops counts when memory is short"),
            (
                "请将 maxmemory-policy 设为 noeviction，或为它单独部署一个 Redis。",
                "Set maxmemory-policy to noeviction, or give it a Redis of its own.",
            ),
            policy=policy,
        )
    yield clock("Redis", datetime.fromtimestamp(seconds + micros / 1e6, UTC), at=at)


def clock(whose: str, theirs: datetime, *, at: datetime) -> Finding:
    """Two clocks, compared."""
    apart = abs((theirs - at).total_seconds())
    if apart < SKEW.total_seconds():
        return well("clock", f"与 {whose} 一致", f"agrees with {whose}", seconds=round(apart, 3))
    make = broken if apart >= WRONG.total_seconds() else attend
    return make(
        "clock",
        (f"与 {whose} 相差过大", f"apart from {whose}"),
        ("请在两台主机上启用时间同步（chrony 或 systemd-timesyncd）。", "Let both hosts keep time by NTP (chrony or systemd-timesyncd)."),
        seconds=round(apart, 3),
    )


def published(told: Settings, *, at: datetime) -> Iterator[Finding]:
    """Whether what anybody may read is there, fresh, and from no later time than this."""
    folder = PublishedFolder(told.published)
    try:
        folder.check_ready()
        yield _trust(folder, "timestamp.json", SOON, at=at)
        yield _trust(folder, _newest_root(told), ROOT_SOON, at=at)
        yield from _heads(folder, at=at)
    except CardError as error:
        yield refused("published", error)
        return
    found = os.statvfs(told.published)
    if (free := found.f_bavail * found.f_frsize) < LOW_DISK:
        yield attend("published", ("所在磁盘空间不多", "little room on its disk"), ("请腾出空间。", "Make room."), free_mib=free >> 20)


def _newest_root(told: Settings) -> str:
    names = [path.name for path in (told.published / "metadata").glob("*.root.json")]
    return max(names, key=lambda name: int(name.partition(".")[0]) if name.partition(".")[0].isdigit() else 0, default="1.root.json")


def _trust(folder: PublishedFolder, name: str, soon: timedelta, *, at: datetime) -> Finding:
    try:
        expires = datetime.fromisoformat(json.loads(folder.trust(f"metadata/{name}").content)["signed"]["expires"])
    except (ValueError, KeyError, TypeError) as problem:
        todo = ("请从备份恢复发布目录。", "Restore the published folder from a backup.")
        return broken("published", ("信任文件读不出来", "a trust document cannot be read"), todo, file=name, problem=type(problem).__name__)
    facts = {"file": name, "expires": expires.isoformat()}
    root = name.endswith("root.json")
    todo = ("请安排签名仪式：ecard trust rotate。", "Hold a ceremony: ecard trust rotate.") if root else _PUBLISHER
    if expires <= at:
        return broken("published", ("信任文件已过期，终端将停止判断", "a trust document has expired; terminals stop judging"), todo, **facts)
    if expires - at < soon:
        return attend("published", ("信任文件即将过期", "a trust document expires soon"), todo, **facts)
    return well("published", "信任文件有效", "a trust document is in force", **facts)


def _heads(folder: PublishedFolder, *, at: datetime) -> Iterator[Finding]:
    from webapp.feeding.news import News  # noqa: PLC0415 because a folder without chains needs none of it

    for region, space, _ in folder.heads():
        said = datetime.fromtimestamp(News.read(folder.head(region, space).content).iat, UTC)
        age = at - said
        facts: dict[str, Fact] = {"chain": f"{region}/{space}", "age_s": int(age.total_seconds())}
        if age < -SKEW:
            todo = ("请核对本机时钟与发布主机的时钟。", "Compare the clock of this host with the publisher's.")
            yield broken("clock", ("状态链来自未来", "a status chain is from the future"), todo, **facts)
        elif age > OLD_HEAD:
            yield attend("published", ("状态链已久未更新", "a status chain has not been said again for long"), _PUBLISHER, **facts)
        else:
            yield well("published", "状态链是新的", "a status chain is fresh", **facts)


def packages(told: Settings) -> Iterator[Finding]:
    """What is installed beside Python's own, where this service needs it."""
    if told.office is None:
        return
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError) as problem:
        yield attend(
            "packages",
            ("不能打印回执与表单", "receipts and forms cannot be printed"),
            (
                "请安装 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk。",
                "Install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk.",
            ),
            problem=type(problem).__name__,
        )
