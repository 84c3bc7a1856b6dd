"""What the service must be told before it starts. Complete, or refused with everything that is missing at once; no secret has a default.

    ECARD_MODE                  embedded (if not said): one process, one origin; development: the same, where debugging is allowed; production
    ECARD_PUBLISHED             the published folder
    ECARD_OFFICE                the folder of an office: residents, terminals, operators are served; its published folder is served unless another is named
    ECARD_REDIS                 redis://, rediss:// or unix://: the processes count together, and news come sooner; or, because it may hold a password,
    ECARD_REDIS_FILE            a file with that address, which not everybody may read, and nobody else write
    ECARD_APP_ORIGIN            https://host of the residents' app, the terminals and the API
    ECARD_CONSOLE_ORIGIN        https://host of the operators' console, which is another host: what a browser keeps, it keeps for each origin
    ECARD_PROCESSES             how many processes serve in all, on all machines; if not said, WEB_CONCURRENCY, as for gunicorn
    ECARD_STREAMS               how many may be connected to one process
    ECARD_STREAMS_PER_ADDRESS   the same for one address
    ECARD_PROXIES               how many proxies of ours stand in front; nobody else is believed about where a request comes from
    ECARD_METRICS               addresses and networks that may read /metrics; if not said, this machine alone, and in production nobody
    PROMETHEUS_MULTIPROC_DIR    where the processes of one machine put their figures together
    ECARD_DEBUG                 1 in development, nowhere else; FLASK_DEBUG, which would do as much, is refused with it

Nothing else of the surroundings is read. In production an office wants a Redis, both origins, the number of processes and of proxies, and a PostgreSQL.
"""

from __future__ import annotations

import enum
import os
import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED, OFFICE, REDIS, REDIS_FILE = "ECARD_PUBLISHED", "ECARD_OFFICE", "ECARD_REDIS", "ECARD_REDIS_FILE"
STREAMS, STREAMS_PER_ADDRESS, PROXIES, PROCESSES = "ECARD_STREAMS", "ECARD_STREAMS_PER_ADDRESS", "ECARD_PROXIES", "ECARD_PROCESSES"
MODE, DEBUG, APP_ORIGIN, CONSOLE_ORIGIN, METRICS = "ECARD_MODE", "ECARD_DEBUG", "ECARD_APP_ORIGIN", "ECARD_CONSOLE_ORIGIN", "ECARD_METRICS"
CONCURRENCY, METRICS_FOLDER, FLASK_DEBUG = "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR", "FLASK_DEBUG"
VARIABLES = (
    *(MODE, PUBLISHED, OFFICE, REDIS, REDIS_FILE, APP_ORIGIN, CONSOLE_ORIGIN, PROCESSES, STREAMS, STREAMS_PER_ADDRESS, PROXIES, METRICS, DEBUG),
    *(CONCURRENCY, METRICS_FOLDER, FLASK_DEBUG),
)
"""Everything that is read."""
Network = IPv4Network | IPv6Network

_WHOLE = re.compile(r"[0-9]{1,6}")
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?")
_SCHEMES = {"redis", "rediss", "unix"}
_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Mode(enum.StrEnum):
    """In which form the service runs."""

    DEVELOPMENT = "development"
    EMBEDDED = "embedded"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one service.

    `published` is the folder that the record publishes into and this service reads from: `metadata/` and `targets/` of the trust repository, `status/` and
    `chain/`. It may still be empty when the service starts; /readyz says so.
    """

    published: Path
    office: Path | None = None
    redis: str | None = field(default=None, repr=False)
    """May hold a password, so it is never shown."""
    mode: Mode = Mode.EMBEDDED
    debug: bool = False
    app_origin: str | None = None
    """Where residents, terminals and programs come in; None where one origin serves all."""
    console_origin: str | None = None
    processes: int = 1
    streams: int = 4096
    streams_per_address: int = 256
    proxies: int = 0
    metrics: tuple[Network, ...] = _THIS_MACHINE
    metrics_folder: Path | None = None

    @property
    def is_production(self) -> bool:
        """Whether strangers come here."""
        return self.mode is Mode.PRODUCTION

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, *, instead: Mapping[str, str] | None = None) -> Self:
        """Settings from environment variables; `instead` names folders that count in place of theirs.

        Raises `SetupError`: settings, naming all that are missing or unusable; office-missing, office-file.
        """
        told = os.environ if environ is None else environ  # noqa: TID251 because this is the one place of the house that reads the environment
        said = {name: text for name in VARIABLES if (text := told.get(name, "").strip())}
        if instead:
            said = {name: text for name, text in said.items() if name not in {PUBLISHED, OFFICE}} | dict(instead)
        wrong: dict[str, str] = {**_folders(said), **_numbers(said), **_mode(said), **_networks(said), **_origins(said)}
        redis, problems = _redis(said)
        wrong |= problems
        office = Path(said[OFFICE]) if OFFICE in said else None
        if office is not None and OFFICE not in wrong:
            wrong = {**_several(said), **_grown(said, office), **wrong}
        if wrong:
            raise SetupError(faults.SETTINGS, **wrong)
        numbers = {name: int(said[variable]) for name, variable in _NUMBERS.items() if variable in said}
        mode = Mode(said.get(MODE, Mode.EMBEDDED))
        nobody = () if mode is Mode.PRODUCTION else _THIS_MACHINE
        return cls(
            published=_published(said.get(PUBLISHED), office),
            office=office,
            redis=redis,
            mode=mode,
            debug=said.get(DEBUG) == "1",
            app_origin=said.get(APP_ORIGIN),
            console_origin=said.get(CONSOLE_ORIGIN),
            processes=_processes(said),
            metrics=tuple(map(ip_network, said[METRICS].split(","))) if METRICS in said else nobody,
            metrics_folder=Path(said[METRICS_FOLDER]) if METRICS_FOLDER in said else None,
            **numbers,
        )


_NUMBERS = {"streams": STREAMS, "streams_per_address": STREAMS_PER_ADDRESS, "proxies": PROXIES}


def may_read(networks: tuple[Network, ...], address: str) -> bool:
    """Whether an address lies in one of these networks; what is no address does not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)


def _folders(said: Mapping[str, str]) -> dict[str, str]:
    wrong = {} if OFFICE in said or PUBLISHED in said else {PUBLISHED: "missing"}
    return wrong | {
        name: "not an absolute path" for name in (PUBLISHED, OFFICE, METRICS_FOLDER) if name in said and not Path(said[name]).is_absolute()
    }


def _numbers(said: Mapping[str, str]) -> dict[str, str]:
    counted = (STREAMS, STREAMS_PER_ADDRESS, PROXIES, PROCESSES, CONCURRENCY)
    wrong = {name: "not a whole number" for name in counted if name in said and not _WHOLE.fullmatch(said[name])}
    return wrong | {name: "not one at least" for name in (PROCESSES, CONCURRENCY) if name in said and not said[name].strip("0")}


def _processes(said: Mapping[str, str]) -> int:
    return int(said.get(PROCESSES, said.get(CONCURRENCY, "1")))


def _mode(said: Mapping[str, str]) -> dict[str, str]:
    if said.get(MODE, Mode.EMBEDDED) not in set(Mode):
        return {MODE: f"not one of {', '.join(Mode)}"}
    if said.get(MODE) == Mode.DEVELOPMENT:
        return {} if said.get(DEBUG, "1") in {"0", "1"} else {DEBUG: "neither 0 nor 1"}
    return {name: "only in development" for name in (DEBUG, FLASK_DEBUG) if said.get(name, "0") != "0"}


def _networks(said: Mapping[str, str]) -> dict[str, str]:
    try:
        tuple(map(ip_network, said[METRICS].split(",") if METRICS in said else ()))
    except ValueError:
        return {METRICS: "not addresses or networks with commas between them"}
    return {}


def _origins(said: Mapping[str, str]) -> dict[str, str]:
    wrong = {name: "not an origin: https://host" for name in (APP_ORIGIN, CONSOLE_ORIGIN) if name in said and not _ORIGIN.fullmatch(said[name])}
    if said.get(MODE) == Mode.PRODUCTION:
        wrong = {name: "not https" for name in (APP_ORIGIN, CONSOLE_ORIGIN) if name in said and not said[name].startswith("https://")} | wrong
        hosts = [urlsplit(said[name]).hostname for name in (APP_ORIGIN, CONSOLE_ORIGIN) if name in said and name not in wrong]
        if len(hosts) > len(set(hosts)):
            wrong[CONSOLE_ORIGIN] = f"the host of {APP_ORIGIN}"
    return wrong


def _redis(said: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """The address of the Redis, and what is wrong with what was said about it."""
    if REDIS in said and REDIS_FILE in said:
        return None, {REDIS_FILE: f"and {REDIS}: one of them"}
    address, name = said.get(REDIS), REDIS
    if REDIS_FILE in said:
        path, name = Path(said[REDIS_FILE]), REDIS_FILE
        try:
            if path.stat().st_mode & 0o027:  # a group may read: a credential of systemd shows its mask there
                return None, {REDIS_FILE: "others may read it"}
            address = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            return None, {REDIS_FILE: type(problem).__name__}
    if address is not None and urlsplit(address).scheme not in _SCHEMES:
        return None, {name: "not the address of a Redis"}
    return address, {}


def _several(said: Mapping[str, str]) -> dict[str, str]:
    """What an office in several processes cannot do without: something that joins them."""
    if _numbers(said) or _processes(said) == 1 or REDIS in said or REDIS_FILE in said:
        return {}
    return {REDIS: "missing: there are several processes"}


def _grown(said: Mapping[str, str], office: Path) -> dict[str, str]:
    """What an office in production cannot do without."""
    if said.get(MODE) != Mode.PRODUCTION:
        return {}
    wrong = {name: "missing" for name in (APP_ORIGIN, CONSOLE_ORIGIN, PROXIES) if name not in said}
    if REDIS not in said and REDIS_FILE not in said:
        wrong[REDIS_FILE] = "missing"
    if PROCESSES not in said and CONCURRENCY not in said:
        wrong[PROCESSES] = "missing"
    from webapp.office.settings import read_settings  # noqa: PLC0415 because a service without an office needs nothing of the record

    if isinstance(read_settings(office).database, Path):
        wrong[OFFICE] = "its database is a file; in production it is a PostgreSQL"
    return wrong


def _published(said: str | None, office: Path | None) -> Path:
    """The folder that is named, or the office's own."""
    if said is not None or office is None:
        return Path(said or "")
    from webapp.office.settings import read_settings  # noqa: PLC0415 because a service without an office needs nothing of the record

    return read_settings(office).published
