"""What the service must be told before it starts. Complete, or refused with everything that is missing at once; no secret has a default.

    ECARD_PUBLISHED             the published folder
    ECARD_OFFICE                the folder of an office: what terminals send is taken in; its published folder is served unless another is named
    ECARD_REDIS                 redis://, rediss:// or unix://: news come through Redis, and sooner
    ECARD_STREAMS               how many may be connected to one process
    ECARD_STREAMS_PER_ADDRESS   the same for one address
    ECARD_PROXIES               how many proxies of ours stand in front; nobody else is believed about where a request comes from

Nothing else of the surroundings is read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED, OFFICE, REDIS = "ECARD_PUBLISHED", "ECARD_OFFICE", "ECARD_REDIS"
STREAMS, STREAMS_PER_ADDRESS, PROXIES = "ECARD_STREAMS", "ECARD_STREAMS_PER_ADDRESS", "ECARD_PROXIES"
_WHOLE = re.compile(r"[0-9]{1,6}")


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
    streams: int = 4096
    streams_per_address: int = 256
    proxies: int = 0

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, *, instead: Mapping[str, str] | None = None) -> Self:
        """Settings from environment variables; `instead` names folders that count in place of theirs.

        Raises `SetupError`: settings, naming all that are missing or unusable; office-missing, office-file.
        """
        told = os.environ if environ is None else environ  # noqa: TID251 because this is the one place of the house that reads the environment
        said = {name: text for name in (PUBLISHED, OFFICE, REDIS, STREAMS, STREAMS_PER_ADDRESS, PROXIES) if (text := told.get(name, "").strip())}
        if instead:
            said = {name: text for name, text in said.items() if name not in {PUBLISHED, OFFICE}} | dict(instead)
        wrong = {} if OFFICE in said or PUBLISHED in said else {PUBLISHED: "missing"}
        wrong |= {name: "not an absolute path" for name in (PUBLISHED, OFFICE) if name in said and not Path(said[name]).is_absolute()}
        wrong |= {name: "not a whole number" for name in (STREAMS, STREAMS_PER_ADDRESS, PROXIES) if name in said and not _WHOLE.fullmatch(said[name])}
        if REDIS in said and urlsplit(said[REDIS]).scheme not in {"redis", "rediss", "unix"}:
            wrong[REDIS] = "not the address of a Redis"
        if wrong:
            raise SetupError(faults.SETTINGS, **wrong)
        numbers = {name: int(said[variable]) for name, variable in _NUMBERS.items() if variable in said}
        office = Path(said[OFFICE]) if OFFICE in said else None
        return cls(published=_published(said.get(PUBLISHED), office), office=office, redis=said.get(REDIS), **numbers)


_NUMBERS = {"streams": STREAMS, "streams_per_address": STREAMS_PER_ADDRESS, "proxies": PROXIES}


def _published(said: str | None, office: Path | None) -> Path:
    """The folder that is named, or the office's own."""
    if said is not None or office is None:
        return Path(said or "")
    from webapp.office.settings import read_settings  # noqa: PLC0415 because a service without an office needs nothing of the record

    return read_settings(office).published
