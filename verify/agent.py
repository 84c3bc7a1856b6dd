"""One terminal for every program on its machine: gates and desks ask, one verdict at a time is given (`ecard-terminal serve`).

What is answered has been written into the journal before, so a killed agent loses no verdict. An acceptance whose gate did not open can be taken back for
as long as it would refuse; the journal then says both. In a group, neighbours hear of an acceptance; a gate where a wrong yes costs money or reveals
somebody (class A, B) waits for those who are there, as long as nobody notices, and refuses what another has accepted in the same moment.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from codes.errors import SetupError, StateError
from codes.passage import GivenPassage
from codes.presentation import Presentation
from codes.scenes import SceneClass
from verify import faults
from verify.clock import seconds_of
from verify.health import health
from verify.verdict import Accepted, not_accepted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from codes.journal import ChipShown
    from codes.scenes import SceneRules
    from verify.asking import Asking
    from verify.state import StateDirectory
    from verify.telling import Pending
    from verify.terminal import Terminal
    from verify.verdict import Verdict

HEARD_S = 0.05
"""Seconds for which a gate of class A or B waits for its neighbours."""
MOST_PASSAGES = 4096
"""Acceptances that can still be taken back."""
CHALLENGE_BYTES = 32
_REPLAYED_STEP = 12


class Group(Protocol):
    """The neighbours, as the agent needs them."""

    def share(self, says: GivenPassage) -> Pending:
        """Tell them of a passage."""
        ...

    def health(self) -> dict[str, Any]:
        """How they are."""
        ...


class _Given(NamedTuple):
    """An acceptance of a code here."""

    says: GivenPassage
    must_be_heard: bool


class Agent:
    """A terminal that several threads may ask. `now` is its clock, `entropy` random bytes, `reader` what a chip in the reader shows."""

    def __init__(
        self,
        terminal: Terminal,
        directory: StateDirectory,
        *,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        reader: Callable[[bytes], ChipShown] | None = None,
    ) -> None:
        self._terminal = terminal
        self._directory = directory
        self._now, self._entropy, self._reader = now, entropy, reader
        self._name = directory.load().terminal
        self._alone, self._reading, self._looking = Lock(), Lock(), Lock()
        self._is_open = True
        self._given: OrderedDict[int, tuple[GivenPassage | None, int]] = OrderedDict()
        """By seq: what was given to a code, None to a chip, and until when it can be taken back."""
        self._back: OrderedDict[int, None] = OrderedDict()
        self._learnt: OrderedDict[tuple[str, str], tuple[str, int]] = OrderedDict()
        """Which terminal told us of a passage, and which code's it was: only that terminal can take it back."""
        self.group: Group | None = None
        self.asking: Asking | None = None
        """The server, where there is one to ask."""

    def verify(self, text: str, *, challenge: bytes | None = None) -> dict[str, Any]:
        """The verdict on a scanned text as FORMATS section 5 has it, with the seq under which the journal has it, null where no journal is kept.

        Raises `SetupError` agent-stopping.
        """
        with self._alone:
            at, scene = self._open_now(), self._scene()
            verdict = self._terminal.judge(text, at=at, challenge=challenge)
            seq = self._terminal.written
            given = self._note(verdict, scene, text, seq, now=seconds_of(at))
        if given is not None and self.group is not None:
            pending = self.group.share(given.says)
            if given.must_be_heard and pending.wait(HEARD_S):
                verdict = self._take_back(given.says, seq)
        return verdict.to_json() | {"seq": seq}

    def chip(self) -> dict[str, Any]:
        """The verdict on the chip in this terminal's reader, as `verify`. Raises `SetupError` agent-reader, agent-stopping, and what the reader raises."""
        if self._reader is None:
            raise SetupError(faults.AGENT_READER)
        with self._reading:
            shown = self._reader(self._entropy(CHALLENGE_BYTES))
        with self._alone:
            at, scene = self._open_now(), self._scene()
            verdict = self._terminal.judge_chip(shown.credential, shown.answer, challenge=shown.challenge, at=at)
            seq = self._terminal.written
            if scene is not None and isinstance(verdict, Accepted) and seq is not None:
                self._keep(seq, None, seconds_of(at) + scene.passback)
        return verdict.to_json() | {"seq": seq}

    def passage(self, seq: int, *, opened: bool) -> dict[str, Any]:
        """What became of the acceptance `seq`. If its gate did not open, the holder may come again at once; saying it twice is saying it once.

        Raises `StateError` agent-passage: no acceptance of the last minutes and of this run of the agent; `SetupError` agent-stopping, state-unwritable.
        """
        with self._alone:
            at = self._open_now()
            now = seconds_of(at)
            if seq not in self._back:
                says, until = self._given.get(seq, (None, -1))
                if now > until:
                    raise StateError(faults.AGENT_PASSAGE, seq=seq)
                if opened:
                    return {"seq": seq, "released": False}
                self._terminal.release(seq, at=at)
                del self._given[seq]
                self._back[seq] = None
                while len(self._back) > MOST_PASSAGES:
                    self._back.popitem(last=False)
                if says is not None:
                    self._terminal.memory.release(says.iss, says.sub, iat=says.made)
                    if self.group is not None:
                        self.group.share(says._replace(iat=now, until=0))
        return {"seq": seq, "released": True}

    def spoken(self, locator: str, code: str) -> dict[str, Any]:
        """The verdict of the server on a code that its holder spoke. Raises `SetupError` agent-server, and as `Asking.spoken`."""
        if self.asking is None:
            raise SetupError(faults.AGENT_SERVER)
        return self.asking.spoken(locator, code) | {"seq": None}

    def venue(self) -> dict[str, Any]:
        """The venue's number, which a phone asks for before its holder speaks. Raises as `spoken`."""
        if self.asking is None:
            raise SetupError(faults.AGENT_SERVER)
        return self.asking.venue()

    def health(self) -> dict[str, Any]:
        """The page of `ecard-terminal health`, how the neighbours are, and what a page on this machine needs to know of scene and inputs.

        Raises `SetupError` state-*.
        """
        with self._looking:
            page = health(self._directory, now=seconds_of(self._now()))
        with self._alone:
            scene = self._scene()
        return page | {
            "neighbours": self.group.health() if self.group else None,
            "rules": scene and {"title": {"zh": scene.title_zh, "en": scene.title_en}, "class": scene.scene_class, "freshness": scene.freshness},
            "inputs": {"chip": self._reader is not None and bool(scene and scene.chip), "spoken": self.asking is not None},
        }

    def bounds(self) -> tuple[int, int]:
        """See `hearing.Gate`."""
        with self._alone:
            self._open_now()
            scene = self._terminal.verifier().scene
        return scene.passback, scene.future

    def learn(self, says: GivenPassage, *, now: int) -> bool:
        """See `hearing.Gate`."""
        key = (says.iss, says.sub)
        with self._alone:
            self._open_now()
            memory = self._terminal.memory
            if says.until == 0:
                if self._learnt.get(key) == (says.terminal, says.made):
                    del self._learnt[key]
                    memory.release(says.iss, says.sub, iat=says.made)
                return False
            told_by, _ = self._learnt.get(key, ("", 0))
            knew = not memory.learn(says.iss, says.sub, iat=says.made, now=now, until=says.until) and told_by != says.terminal
            if not knew:
                self._learnt[key] = says.terminal, says.made
                while len(self._learnt) > MOST_PASSAGES:
                    self._learnt.popitem(last=False)
            return knew

    def close(self) -> None:
        """Finish what is being judged; judge nothing more."""
        with self._alone:
            self._is_open = False
            self._terminal.close()

    def _open_now(self) -> datetime:
        if not self._is_open:
            raise SetupError(faults.AGENT_STOPPING)
        return self._now()

    def _scene(self) -> SceneRules | None:
        """The rules by which the next verdict is given; None while there are none, and the verdict will say why."""
        with suppress(SetupError):
            return self._terminal.verifier().scene
        return None

    def _note(self, verdict: Verdict, scene: SceneRules | None, text: str, seq: int | None, *, now: int) -> _Given | None:
        """Keep an acceptance for as long as it can be taken back."""
        if scene is None or not isinstance(verdict, Accepted):
            return None
        code, claims = Presentation.from_text(text), verdict.claims
        self._learnt.pop((claims.iss, claims.sub), None)  # from here on it is this gate's own
        says = GivenPassage(self._name, now, claims.iss, claims.sub, code.iat, now + scene.passback)
        if seq is not None:
            self._keep(seq, says, now + scene.passback)
        return _Given(says, scene.scene_class in {SceneClass.A, SceneClass.B})

    def _keep(self, seq: int, says: GivenPassage | None, until: int) -> None:
        self._given[seq] = says, until
        while len(self._given) > MOST_PASSAGES:
            self._given.popitem(last=False)

    def _take_back(self, says: GivenPassage, seq: int | None) -> Verdict:
        """A neighbour has accepted the same credential: its gate opens, or has opened, and this one does not. The memory keeps it."""
        with self._alone:
            at = self._open_now()
            if seq is not None:
                self._given.pop(seq, None)
                self._terminal.release(seq, at=at)
        return not_accepted(StateError(faults.REPLAYED, again_in_s=max(0, says.until - seconds_of(at) + 1)), step=_REPLAYED_STEP)
