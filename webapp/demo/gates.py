"""Terminals of the city: each a state directory made by the terminal's own `init` and fed by its own `import`. Every verdict comes from one of them."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from codes.errors import InputError
from verify.fetching import Server
from verify.importing import import_folder
from verify.journal import FOLDER as JOURNAL
from verify.state import StateDirectory
from verify.syncing import Sync
from verify.terminal import Terminal, make_state
from verify.terminal_key import terminal_signer
from verify.uploading import next_upload

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from codes.keys import SoftwareSigner
    from verify.syncing import Part
    from verify.verdict import Verdict
    from webapp.demo.plastic import Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, where and when it was given, and the milliseconds it took."""

    scene: str
    at: datetime
    verdict: Verdict
    ms: float


class Gate:
    """One terminal. It keeps its state open, as a terminal does, until it is closed."""

    def __init__(self, path: Path, scene: str) -> None:
        self._directory = StateDirectory(path)
        self._path = path
        self.scene = scene
        self._terminal: Terminal | None = None

    @classmethod
    def set_up(cls, path: Path, scene: str, *, terminal: str, root: Path) -> Gate:
        """Make the state directory from the root that somebody brought in person. Raises as `make_state`."""
        gate = cls(path, scene)
        make_state(gate._directory, root.read_bytes(), terminal=terminal, scene=scene, region=None)
        return gate

    def take(self, folder: Path, *, at: datetime) -> int:
        """Import what a publisher signed; returns how many parts were new. Raises the `InputError` of the first part that was refused."""
        parts = import_folder(self._directory, folder, now=int(at.timestamp()))
        for part in parts:
            if part.fault is not None:
                raise InputError(part.fault, **part.facts)
        return sum(part.outcome == "taken" for part in parts)

    def judge(self, text: str, *, at: datetime, challenge: bytes | None = None) -> Judged:
        """Judge a scanned text."""
        terminal = self._open()
        since = perf_counter()
        verdict = terminal.judge(text, at=at, challenge=challenge)
        return Judged(scene=self.scene, at=at, verdict=verdict, ms=(perf_counter() - since) * 1000)

    def insert(self, chip: Chip, *, at: datetime) -> Judged:
        """Judge an inserted chip."""
        terminal = self._open()
        since = perf_counter()
        verdict = chip.present(terminal, at=at)
        return Judged(scene=self.scene, at=at, verdict=verdict, ms=(perf_counter() - since) * 1000)

    @property
    def signer(self) -> SoftwareSigner:
        """The terminal's own key."""
        return terminal_signer(self._directory)

    def sync(self, url: str, *, at: datetime) -> list[Part]:
        """One round of `ecard-terminal sync` from the office's server."""
        server = Server(url)
        try:
            return Sync(self._directory, server, self.signer).round(now=int(at.timestamp()))
        finally:
            server.close()

    def journal(self, *, at: datetime) -> bytes:
        """What `ecard-terminal upload --out` writes: everything that the office does not have yet."""
        folder = self._path / JOURNAL
        made = next_upload(folder, terminal=self._directory.load().terminal, signer=self.signer, after=0, now=int(at.timestamp()))
        return made.to_bytes() if made else b""

    def close(self) -> None:
        """Let another process scan with this state."""
        if self._terminal is not None:
            self._terminal.close()

    def _open(self) -> Terminal:
        if self._terminal is None:
            self._terminal = Terminal(self._path)
        return self._terminal
