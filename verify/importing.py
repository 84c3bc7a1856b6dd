"""Taking in what a publisher signed, from a folder or a stick: all or nothing of each part, whatever else lies there (FORMATS section 5, `import`).

    PATH/metadata/, PATH/targets/     the trust repository: one part; a region whose own documents cannot be used is refused apart
    PATH/status/*.cwt, PATH/*.cwt     status list tokens: one part each
    PATH/chain/<region>/<space>/      a status chain: one part each, and every object of it that is refused (`chain_import`)

The folder is not believed: every file is bounded, no link is followed out of it, nothing but plain files is opened, and what is there beside the known
names is not looked at. A refusal leaves what the terminal had. Trust and tokens come into force in one instant, then every version of a chain in its own.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from codes.errors import InputError
from codes.status import MAX_TOKEN_BYTES
from verify import faults
from verify.chain_import import import_chains
from verify.clock import ClockFloor
from verify.imported import Imported
from verify.state import IMPORT_LOCK
from verify.status_store import StatusStore, is_over, take_token
from verify.trust_source import Source
from verify.trust_store import TIMESTAMP, open_trust, update_trust

if TYPE_CHECKING:
    from pathlib import Path

    from verify.ports import Shard
    from verify.state import StateDirectory
    from verify.status_store import Stored
    from verify.trust import TrustView

MAX_TOKENS = 4096
"""Status files that one import looks at."""
_TOKEN_FILE = re.compile(r"[0-9a-z-]{1,32}\.cwt")


def import_folder(directory: StateDirectory, path: Path, *, now: int) -> list[Imported]:
    """Take from `path` what may be taken, at the terminal's time `now` (seconds since 1970 UTC); say what became of every part.

    A clock below the floor does not stop an import: then the floor is the better time, and the import may bring a better one still.
    Raises `InputError` import-unreadable or import-nothing, `SetupError` for a state that cannot be used (state-*, trust-absent, trust-damaged).
    """
    folder = Folder(path)
    report = import_source(directory, folder, now=now)
    return report + import_chains(directory, folder, now=now)


def import_source(directory: StateDirectory, folder: Publication, *, now: int) -> list[Imported]:
    """The same from any publication. Raises besides what the publication raises: a part that cannot be read is not taken, and neither is anything after it."""
    directory.mark()  # before the lock's file is made: a directory that was mistyped is left as it was
    with directory.locked(IMPORT_LOCK):
        state = directory.load()
        report: list[Imported] = []
        files = directory.trust_files(state)
        trust, floor = None, ClockFloor(overall=state.floor)
        if folder.has_trust():
            try:
                trust, floor = update_trust(files, folder, floor=floor, now=now)
            except InputError as error:
                report.append(Imported.refused("trust", error))
                if TIMESTAMP not in files:  # a terminal without any trust cannot judge what else lies there
                    return report
            else:
                facts = {"version": trust.view.version, "issued": trust.issued, "expires": trust.view.expires}
                report.append(Imported(part="trust", outcome="kept" if trust.files == files else "taken", facts=facts))
                report += [Imported.refused(f"trust/{region}", error) for region, error in sorted(trust.refused.items())]
        known = trust or open_trust(files)
        stored = {uri: (iat, directory.status_token(uri, iat)) for uri, iat in state.status.items()}
        before = StatusStore.open(stored, known.view)
        tokens = before.binding(stored)
        shards = {uri: shard for uri, shard in before.shards.items() if uri in tokens}
        taken = _take_tokens(folder, report, trust=known.view, tokens=tokens, shards=shards, now=max(now, floor.overall))
        heads = StatusStore(shards).heads()
        over = [uri for uri, shard in shards.items() if is_over(shard, head=heads[shard.region], trust=known.view)]
        status = {uri: iat for uri, (iat, _) in tokens.items() if uri not in over}
        is_new = known.files != files
        after = replace(state, floor=floor.overall, status=status, trust=state.trust + is_new)
        if after != state or taken:
            after = replace(after, generation=state.generation + 1)
            directory.commit(after, trust=known.files if is_new else None, status={uri: data for uri, data in taken.items() if uri in status})
    return report


def _take_tokens(
    folder: Publication, report: list[Imported], *, trust: TrustView, tokens: dict[str, Stored], shards: dict[str, Shard], now: int
) -> dict[str, bytes]:
    """The tokens that are news, by uri; `tokens` and `shards` follow."""
    taken: dict[str, bytes] = {}
    for name in folder.tokens():
        part = name.rpartition("/")[2]
        try:
            data = folder.read(name, MAX_TOKEN_BYTES) or b""
            token, shard, is_news = take_token(data, trust, held=tokens, now=now)
        except InputError as error:
            report.append(Imported.refused(part, error))
            continue
        if is_news:
            taken[token.uri], tokens[token.uri], shards[token.uri] = data, (token.iat, data), shard
        report.append(Imported(part=part, outcome="taken" if is_news else "kept", facts={"uri": token.uri, "iat": token.iat}))
    return taken


class Publication(Source, Protocol):
    """Published files, wherever they are read from."""

    def has_trust(self) -> bool:
        """Whether there is a trust repository."""
        ...

    def tokens(self) -> list[str]:
        """Names of the list tokens."""
        ...

    def read(self, name: str, limit: int) -> bytes | None:
        """One of them; None if it is not there."""
        ...


class Folder:
    """A folder of published files that nobody vouches for: the `Source` of an import."""

    def __init__(self, path: Path) -> None:
        """Raises `InputError` import-unreadable unless `path` is a folder that can be listed."""
        try:
            self._path = path.resolve(strict=True)
            os.scandir(self._path).close()
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(faults.IMPORT_UNREADABLE, problem=getattr(error, "strerror", None)) from None

    def has_trust(self) -> bool:
        """Whether there is a trust repository. Raises `InputError` import-nothing when there is not even a token or a chain."""
        try:
            found = (self._path / "metadata").is_dir()
        except OSError as error:
            raise InputError(faults.IMPORT_UNREADABLE, at="metadata", problem=error.strerror) from None
        if not found and not self.tokens() and not self.names("chain", MAX_TOKENS):
            raise InputError(faults.IMPORT_NOTHING)
        return found

    def tokens(self) -> list[str]:
        """Names of the token files, in order. Raises `InputError` import-too-many."""
        names: list[str] = []
        for folder in ("", "status/"):
            names += sorted(folder + name for name in self.names(folder, MAX_TOKENS) if _TOKEN_FILE.fullmatch(name))
        return names

    def names(self, folder: str, most: int) -> list[str]:
        """What lies in a folder, in any order; nothing if there is none. Raises `InputError`: import-too-many (more than `most`), import-unreadable."""
        try:
            with os.scandir(self._path / folder) as entries:
                found = [entry.name for entry in islice(entries, most + 1)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise InputError(faults.IMPORT_UNREADABLE, at=folder, problem=error.strerror) from None
        if len(found) > most:
            raise InputError(faults.IMPORT_TOO_MANY, at=folder, limit=most)
        return found

    def metadata(self, role: str, version: int | None, limit: int) -> bytes | None:
        """See `Source`."""
        return self.read(f"metadata/{role}.json" if version is None else f"metadata/{version}.{role}.json", limit)

    def target(self, path: str, digest: str, limit: int) -> bytes | None:
        """See `Source`."""
        folder, _, name = path.rpartition("/")
        return self.read(f"targets/{folder}/{digest}.{name}", limit)

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's bytes, None if it is not there. Raises `InputError`: import-link, import-too-large, import-unreadable."""
        path = self._path / name
        try:
            if path.resolve() != path:
                raise InputError(faults.IMPORT_LINK, file=name)
            with open(path, "rb", opener=_unled) as file:  # which closes what it opened, whatever happens
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise InputError(faults.IMPORT_LINK, file=name)
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError) as error:
            raise InputError(faults.IMPORT_UNREADABLE, file=name, problem=getattr(error, "strerror", None)) from None
        if len(data) > limit:
            raise InputError(faults.IMPORT_TOO_LARGE, file=name, limit=limit)
        return data


def _unled(path: str, flags: int) -> int:
    """Open for `open`: no link at the end is followed, and a pipe posing as a file does not hold us."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
