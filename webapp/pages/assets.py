"""The files of webapp/static as they are served: read once, hashed, compressed, each with an explicit type, under one version that names all of them.

The version stands in the address (/static/VERSION/shared/cbor.js), so a file may be kept for ever, modules find one another by relative names, and
modules of two versions never meet.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import posixpath
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from codes.errors import StateError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STATIC = Path(__file__).resolve().parent.parent / "static"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    "": "text/plain; charset=utf-8",
}
"""Types are ours and not the machine's: the registry of a Windows computer can say anything about .js."""
_PACKED = {".png", ".woff2"}
"""Compressed already."""
_IMPORT = re.compile(r'\bfrom "(\.{1,2}/[^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file, ready to be sent."""

    path: str
    content: bytes
    packed: bytes | None
    """With gzip, where that is worth it."""
    type: str
    digest: bytes

    @property
    def integrity(self) -> str:
        """As a browser compares it (Subresource Integrity)."""
        return f"sha256-{base64.b64encode(self.digest).decode()}"


class Assets:
    """All of them. Making it reads the folder."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files: Mapping[str, Asset] = {asset.path: asset for asset in _read(folder)}
        digest = hashlib.sha256()
        for path, asset in self._files.items():
            digest.update(f"{path}\0".encode() + asset.digest)
        self.version = digest.hexdigest()[:16]

    def find(self, version: str, path: str) -> Asset:
        """The file at this address. Raises `StateError` not-found; another version's files are not ours to give."""
        asset = self._files.get(path) if version == self.version else None
        if asset is None:
            raise StateError(faults.NOT_FOUND)
        return asset

    def url(self, path: str) -> str:
        """The address of a file. `KeyError` for one that does not exist: a bug of the page that names it."""
        return f"/static/{self.version}/{self._files[path].path}"

    def under(self, *places: str) -> list[Asset]:
        """The files in these folders (written with a slash at the end), and these files. `KeyError` for a place where there is none."""
        found: list[Asset] = []
        for place in places:
            here = [asset for path, asset in self._files.items() if path == place or (place.endswith("/") and path.startswith(place))]
            if not here:
                raise KeyError(place)
            found += here
        return found

    def needed_by(self, module: str) -> list[Asset]:
        """A module and all that it imports, nearest first: what a page has to fetch before it begins. `KeyError` for an import of what there is not."""
        needed = [self._files[module]]
        for asset in needed:
            for path in _IMPORT.findall(asset.content.decode()):
                wanted = self._files[posixpath.normpath(posixpath.join(posixpath.dirname(asset.path), path))]
                if wanted not in needed:
                    needed.append(wanted)
        return needed


def _read(folder: Path) -> Iterable[Asset]:
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".d.ts")):
        content = file.read_bytes()
        packed = gzip.compress(content, 9, mtime=0) if file.suffix not in _PACKED else content
        yield Asset(
            path=file.relative_to(folder).as_posix(),
            content=content,
            packed=packed if len(packed) < len(content) else None,
            type=_TYPES[file.suffix],
            digest=hashlib.sha256(content).digest(),
        )


@cache
def standing() -> Assets:
    """The files of this installation, read by the first application of a process and shared by all of it."""
    return Assets()
