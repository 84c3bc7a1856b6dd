"""Where trust files are read from: a publisher's folder that nobody vouches for, or what a terminal holds already. Neither is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_METADATA = 1 << 19
"""Bytes of the largest metadata file that a terminal reads."""
MAX_TARGET = 1 << 20
"""Bytes of the largest document that a terminal reads."""


class Source(Protocol):
    """Where published files are read from. None: there is no such file. More than `limit` bytes: `InputError` import-too-large."""

    def metadata(self, role: str, version: int | None, limit: int) -> bytes | None:
        """The metadata file of a role; timestamp alone has no version in its name."""
        ...

    def target(self, path: str, digest: str, limit: int) -> bytes | None:
        """The document with this path and SHA-256 (hex)."""
        ...


class Held:
    """A trust folder as a `Source`. Its names carry no versions: the metadata itself is held to them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def metadata(self, role: str, version: int | None = None, limit: int = MAX_METADATA) -> bytes | None:  # noqa: ARG002 because it is a Source
        """See `Source`."""
        return self._files.get(f"metadata/{role}.json")

    def target(self, path: str, digest: str, limit: int) -> bytes | None:  # noqa: ARG002 because it is a Source
        """See `Source`."""
        return self._files.get(f"targets/{path}")

    def kept(self, region: str) -> bytes | None:
        """The metadata by which a region's older documents are in force because newer ones cannot be used; empty if none are, None if all is well."""
        return self._files.get(kept_name(region))


def kept_name(region: str) -> str:
    """Where `Held.kept` finds it in a trust folder."""
    return f"kept/{region}.json"
