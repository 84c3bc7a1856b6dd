"""The directory in which a terminal keeps what it knows: layout, whole writes, locks.

    state.json               who we are and what we hold; replaced as a whole, it is the one commit point of every import
    trust/<n>/metadata/      TUF metadata by role, and under trust/<n>/targets/ the documents it vouches for
    status/<name>-<iat>.cwt  one status list token each, named in state.json
    replay                   acceptances that must be remembered (verify/replay.py)
    lock, replay.lock        held by the one importer and the one scanner

New files are written and synchronised beside the old ones; then one rename of state.json makes them count, and what is no longer named is swept. A
power cut or a full disk at any instant leaves the old state or the new one. What a previous state named is kept until the import after it, so that a
reader in the middle of opening finds its files. Only what is written here is ever read back as state; anything else in the directory is ignored.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.claims import REGION_PATTERN, URI_PATTERN
from codes.errors import SetupError
from verify import faults
from verify.clock import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORMAT = 1
IMPORT_LOCK, REPLAY_LOCK = "lock", "replay.lock"
_STATE = "state.json"
_LARGEST_FILE = 1 << 21


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What state.json says."""

    terminal: str
    scene: str
    region: str | None
    """Region whose scene this is; None: the one that defines it."""
    generation: int
    """Rises with every import."""
    trust: int
    """Number of the trust folder in force."""
    floor: int
    """Overall clock floor, seconds since 1970 UTC."""
    status: Mapping[str, int]
    """Signing time of the list we hold, by uri."""


class StateDirectory:
    """One terminal's directory. Every method raises `SetupError` state-unreadable or state-unwritable where the disk will not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, state: State, trust: Mapping[str, bytes]) -> None:
        """Make the directory with its first state. Raises `SetupError` state-exists unless it is absent or empty."""
        with writing(self.path):
            try:
                self.path.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                raise SetupError(faults.STATE_EXISTS, wrong="a file has this name") from None
            if any(self.path.iterdir()):
                raise SetupError(faults.STATE_EXISTS)
        with self.locked(IMPORT_LOCK):
            self.commit(state, trust=trust, status={})

    def mark(self) -> tuple[int, int]:
        """What changes whenever an import has changed the state; costs one stat. Raises `SetupError` state-missing."""
        try:
            found = os.stat(self.path / _STATE)  # noqa: PTH116 because this is called for every scanned line
        except FileNotFoundError:
            raise SetupError(faults.STATE_MISSING) from None
        except OSError as error:
            raise SetupError(faults.STATE_UNREADABLE, problem=error.strerror) from error
        return found.st_ino, found.st_mtime_ns

    def load(self) -> State:
        """Read state.json. Raises `SetupError`: state-missing, state-damaged, state-version."""
        data = self._read(_STATE)
        if data is None:
            raise SetupError(faults.STATE_MISSING)
        return _decode(data)

    def trust_files(self, state: State) -> dict[str, bytes]:
        """The files of the trust folder in force, by their path inside it ("metadata/root.json", "targets/CN-CQ/issuers.cbor")."""
        folder = self.path / "trust" / str(state.trust)
        with reading(folder):
            names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
        found = {name: self._read(f"trust/{state.trust}/{name}") for name in names}
        return {name: data for name, data in found.items() if data is not None}

    def status_token(self, uri: str, iat: int) -> bytes | None:
        """The bytes of one list token that the state names, or None if the file is gone."""
        return self._read(_token_name(uri, iat))

    def commit(self, state: State, *, trust: Mapping[str, bytes] | None, status: Mapping[str, bytes]) -> None:
        """Write what is new (all of a trust folder, tokens by uri) and then `state`, which must name it. Call with the import lock held."""
        with writing(self.path):
            if trust is not None:
                folder = self.path / "trust" / str(state.trust)
                shutil.rmtree(folder, ignore_errors=True)  # left by an import that a power cut ended
                for name, data in trust.items():
                    write_whole(folder / name, data)
            for uri, data in status.items():
                write_whole(self.path / _token_name(uri, state.status[uri]), data)
            kept = [state]
            with suppress(SetupError):
                kept.append(self.load())
            write_whole(self.path / _STATE, _encode(state))
        self._sweep(kept)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold one of the directory's locks; it ends with the process at the latest. Raises `SetupError` state-locked."""
        descriptor = self.take(name)
        try:
            yield
        finally:
            os.close(descriptor)

    def take(self, name: str) -> int:
        """Hold a lock for as long as the returned descriptor is open. Raises `SetupError` state-locked."""
        with writing(self.path):
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise SetupError(faults.STATE_LOCKED, lock=name) from None
        return descriptor

    def _read(self, name: str) -> bytes | None:
        with reading(self.path):
            try:
                with (self.path / name).open("rb") as file:
                    data = file.read(_LARGEST_FILE + 1)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if len(data) > _LARGEST_FILE:
            raise SetupError(faults.STATE_DAMAGED, file=name, wrong="larger than any state file")
        return data

    def _sweep(self, kept: list[State]) -> None:
        """Remove what neither the new nor the previous state names. A file that will not go is tried again next time."""
        trusts = {str(state.trust) for state in kept}
        tokens = {Path(_token_name(uri, iat)).name for state in kept for uri, iat in state.status.items()}
        with suppress(OSError):
            for folder in (self.path / "trust").iterdir():
                if folder.name not in trusts:
                    shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            for path in (self.path / "status").iterdir():
                if path.name not in tokens:
                    path.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that every reader, and the disk after a power cut, has the old bytes or the new ones. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)  # who passed when is nobody else's business
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    for folder in (path.parent, path.parent.parent):  # the name itself, and a folder that was new
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the disk says into `SetupError` state-unreadable."""
    try:
        yield
    except OSError as error:
        raise SetupError(faults.STATE_UNREADABLE, at=path.name, problem=error.strerror) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk says into `SetupError` state-unwritable."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> SetupError:
    """What the disk said, as `SetupError` state-unwritable."""
    return SetupError(faults.STATE_UNWRITABLE, at=path.name, problem=error.strerror)


def _token_name(uri: str, iat: int) -> str:
    return f"status/{uri.removeprefix('sl:')}-{iat}.cwt"


def _encode(state: State) -> bytes:
    text = json.dumps(asdict(state), sort_keys=True)
    return json.dumps({"format": FORMAT, "sha256": sha256(text.encode()).hexdigest(), "state": text}, indent=1).encode() + b"\n"


def _decode(data: bytes) -> State:
    try:
        page = json.loads(data)
        version, digest, text = page["format"], page["sha256"], page["state"]
        if version != FORMAT:
            raise SetupError(faults.STATE_VERSION, found=str(version), expected=FORMAT)
        if sha256(text.encode()).hexdigest() != digest:
            raise SetupError(faults.STATE_DAMAGED, file=_STATE, wrong="checksum")
        fields = json.loads(text)
        state = State(**fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SetupError(faults.STATE_DAMAGED, file=_STATE, wrong="not a state") from None
    if not _is_sound(fields):
        raise SetupError(faults.STATE_DAMAGED, file=_STATE, wrong="a field")
    return state


def _is_sound(fields: dict[str, Any]) -> bool:
    region, status = fields["region"], fields["status"]
    return (
        all(type(fields[name]) is str and fields[name] for name in ("terminal", "scene"))
        and all(type(fields[name]) is int and fields[name] >= 0 for name in ("generation", "trust", "floor"))
        and fields["floor"] <= LATEST
        and (region is None or (type(region) is str and REGION_PATTERN.fullmatch(region) is not None))
        and type(status) is dict
        and all(URI_PATTERN.fullmatch(uri) and type(iat) is int for uri, iat in status.items())
    )
