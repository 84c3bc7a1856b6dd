"""What the service must be told before it starts. Complete, or refused with everything that is missing at once; no secret has a default."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED = "ECARD_PUBLISHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one service.

    `published` is the folder that the record publishes into and this service reads from: `metadata/` and `targets/` of the trust repository, and
    `status/<shard>.cwt`. It may still be empty when the service starts; /readyz says so.
    """

    published: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Settings from environment variables. Raises `SetupError` settings, naming all that are missing or unusable."""
        told = os.environ if environ is None else environ  # noqa: TID251 because this is the one place of the house that reads the environment
        wrong = {name: "missing" for name in (PUBLISHED,) if not told.get(name, "").strip()}
        published = Path(told.get(PUBLISHED, ""))
        if PUBLISHED not in wrong and not published.is_absolute():
            wrong[PUBLISHED] = "not an absolute path"
        if wrong:
            raise SetupError(faults.SETTINGS, **wrong)
        return cls(published=published)
