"""A terminal from its state directory: ready to judge, and aware of what an import brings while it runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from codes.errors import SetupError
from codes.journal import ChipShown
from verify import faults
from verify.chain_store import ChainStore
from verify.chip import verify_chip
from verify.clock import ClockFloor, seconds_of
from verify.journal import FOLDER as JOURNAL
from verify.journal import Journal
from verify.recording import Recorder
from verify.replay import FreshMemory, StoredMemory, empty_file
from verify.state import REPLAY_LOCK, State, StateDirectory
from verify.status_sources import StatusSources
from verify.status_store import StatusStore
from verify.trust_store import anchor, open_trust
from verify.verdict import not_accepted
from verify.verifier import Verifier

if TYPE_CHECKING:
    from datetime import datetime

    from codes.scenes import SceneRules
    from verify.trust_descent import Trust
    from verify.verdict import Verdict

REPLAY = "replay"
"""Name of the replay memory's file in a state directory."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Everything that a state directory holds, verified again."""

    state: State
    trust: Trust
    status: StatusStore
    """The lists that came as tokens, but for those that the chain has as new."""
    chain: ChainStore
    """The lists that are followed."""
    source: StatusSources
    """Both, as they are now."""
    floor: ClockFloor

    @classmethod
    def read(cls, directory: StateDirectory, *, chain: ChainStore | None = None, mends: bool = False) -> Holdings:
        """Read and verify. `chain` is one that is open already; `mends` as `ChainStore.open` says.

        Raises `SetupError`: state-missing, state-damaged, state-version, state-unreadable, trust-absent, trust-damaged.
        """
        state = directory.load()
        trust = open_trust(directory.trust_files(state))
        if chain is None:
            chain = ChainStore.open(directory.path, trust.view, mends=mends)
        else:
            chain.refresh(trust.view)
        lists = chain.shards
        wanted = {uri: iat for uri, iat in state.status.items() if uri not in lists or lists[uri].iat < iat}
        status = StatusStore.open({uri: (iat, directory.status_token(uri, iat)) for uri, iat in wanted.items()}, trust.view)
        return cls._of(state, trust, status, chain)

    @classmethod
    def _of(cls, state: State, trust: Trust, status: StatusStore, chain: ChainStore) -> Holdings:
        source = StatusSources(status, chain)
        floor = ClockFloor(overall=state.floor, regions=source.heads())
        return cls(state=state, trust=trust, status=status, chain=chain, source=source, floor=floor)

    def follow(self) -> Holdings:
        """The same after the chain has gone on; this one itself if it has not. Raises `SetupError` state-unreadable."""
        return self._of(self.state, self.trust, self.status, self.chain) if self.chain.refresh() else self

    def scene(self, name: str | None = None) -> SceneRules:
        """The rules of the state's own scene, or of another: of the same region, or of the one region that defines it.

        Raises `SetupError` scene-unknown or scene-ambiguous.
        """
        if name is None or name == self.state.scene:
            return self._rules(self.state.scene, self.state.region)
        home = self.scene().region
        return self._rules(name, home if name in self.trust.view.scenes[home].scenes else None)

    def _rules(self, name: str, region: str | None) -> SceneRules:
        documents = self.trust.view.scenes
        found = [document.scenes[name] for key, document in documents.items() if name in document.scenes and region in {None, key}]
        if not found:
            raise SetupError(faults.SCENE_UNKNOWN, scene=name, region=region)
        if len(found) > 1:
            raise SetupError(faults.SCENE_AMBIGUOUS, scene=name, regions=", ".join(sorted(rules.region for rules in found)))
        return found[0]


class Terminal:
    """An open state directory that judges. One scanner at a time: opening takes the scanner's lock unless it is `read_only`."""

    def __init__(self, path: Path, *, read_only: bool = False, scene: str | None = None) -> None:
        """Verify everything that is stored. `read_only`: nothing is written, and what is accepted is remembered by this object only.

        A state that has not been given any trust yet opens all the same: it answers when the first import has been made.

        Raises `SetupError`: those of `Holdings` but trust-absent, state-locked, state-unwritable, replay-damaged.
        """
        self._directory = StateDirectory(path)
        self._scene = scene
        self._mark = self._directory.mark()
        self._is_read_only = read_only
        self._holdings = holdings = self._read()
        rules = holdings and holdings.scene(scene)
        self._replay = FreshMemory() if read_only else _open_memory(self._directory, rules.future if rules else 0)
        self._recorder: Recorder | None = None
        self._verifier = self._build(holdings, rules) if holdings and rules else None

    def verifier(self) -> Verifier:
        """The verifier of the state as it is now. Costs four system calls, unless an import or a sync has changed the state.

        Raises `SetupError` trust-absent before the first import; after an import as `Holdings` does.
        """
        mark = self._directory.mark()
        if mark != self._mark:
            chain = self._holdings.chain if self._holdings else None
            holdings = Holdings.read(self._directory, chain=chain, mends=not self._is_read_only)
            self._verifier = self._build(holdings, holdings.scene(self._scene))
            self._mark, self._holdings = mark, holdings
        elif self._holdings is not None and self._verifier is not None and (now := self._holdings.follow()) is not self._holdings:
            self._verifier.believing.follow(status=now.source, floor=now.floor)
            self._holdings = now
        if self._verifier is None:
            raise SetupError(faults.TRUST_ABSENT)
        return self._verifier

    def judge(self, text: str, *, at: datetime, challenge: bytes | None = None) -> Verdict:
        """The verdict on a scanned text, written into the journal before it is returned where journals are kept. Never raises a `CardError`."""
        try:
            verifier = self.verifier()
        except SetupError as error:  # an import that went wrong under us; the next text tries again
            return not_accepted(error, step=-1)
        verdict = verifier.verify(text, at=at, challenge=challenge)
        return self._recorder.record(verdict, verifier=verifier, now=seconds_of(at), text=text) if self._recorder else verdict

    def judge_chip(self, credential: bytes, answer: bytes, *, challenge: bytes, at: datetime) -> Verdict:
        """The verdict on an inserted chip, as `judge` (see `verify.chip`)."""
        try:
            verifier = self.verifier()
        except SetupError as error:
            return not_accepted(error, step=-1)
        verdict = verify_chip(verifier, credential, answer, challenge=challenge, at=at)
        shown = ChipShown(credential, answer, challenge)
        return self._recorder.record(verdict, verifier=verifier, now=seconds_of(at), chip=shown) if self._recorder else verdict

    @property
    def written(self) -> int | None:
        """Seq of the journal's entry of the last verdict; None if it was not written."""
        return self._recorder.last if self._recorder else None

    @property
    def memory(self) -> FreshMemory:
        """What was accepted here and by neighbours."""
        return self._replay

    def release(self, seq: int, *, at: datetime) -> None:
        """Write into the journal that the passage of its acceptance `seq` did not happen. Raises `SetupError` as `verifier`."""
        verifier = self.verifier()
        if self._recorder:
            self._recorder.release(seq, verifier=verifier, now=seconds_of(at))

    def _read(self) -> Holdings | None:
        try:
            return Holdings.read(self._directory, mends=not self._is_read_only)
        except SetupError as error:
            if error.fault is faults.TRUST_ABSENT:
                return None
            raise

    def close(self) -> None:
        """Let another process scan; the memory is complete on disk. Happens by itself when the process ends in an orderly way."""
        if isinstance(self._replay, StoredMemory):
            self._replay.close()
        if self._recorder is not None:
            self._recorder.journal.close()

    def _build(self, holdings: Holdings, rules: SceneRules) -> Verifier:
        keys = holdings.trust.view.journals
        if self._recorder is not None:
            self._recorder.keys = keys
        elif keys and not self._is_read_only:
            journal = Journal(self._directory.path / JOURNAL, terminal=holdings.state.terminal, entropy=os.urandom)
            self._recorder = Recorder(journal, keys)
        return Verifier(trust=holdings.trust.view, scene=rules, status=holdings.source, replay=self._replay, floor=holdings.floor)


def _open_memory(directory: StateDirectory, future: int) -> StoredMemory:
    lock = directory.take(REPLAY_LOCK)
    try:
        return StoredMemory(directory.path / REPLAY, boot=boot_name(BOOT_ID), future=future, lock=lock)
    except SetupError:
        os.close(lock)
        raise


def boot_name(path: Path) -> bytes | None:
    """The kernel's name for its present run, 16 bytes; None where there is none."""
    try:
        return UUID(path.read_text().strip()).bytes
    except (OSError, ValueError):
        return None


def make_state(directory: StateDirectory, root: bytes, *, terminal: str, scene: str, region: str | None) -> State:
    """A new terminal that trusts `root` and has imported nothing yet.

    Raises `InputError` trust-root or trust-time; `SetupError` state-exists, state-unwritable, state-locked.
    """
    files, floor = anchor(root)
    state = State(terminal=terminal, scene=scene, region=region, generation=1, trust=1, floor=floor, status={})
    directory.create(state, files)
    empty_file(directory.path / REPLAY)
    return state
