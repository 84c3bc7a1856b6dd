"""From a verdict to its entry in the journal, and what happens when the journal takes no more (threat C15).

A scene where a wrong yes costs money or reveals somebody (class A, B) accepts nobody whose acceptance it cannot record. A gate or a library (C, D) goes
on and counts what it could not write; the count stands in the next signed head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import base45, reasons
from codes.credential import Credential
from codes.errors import SetupError
from codes.journal import Entry
from codes.presentation import Presentation, body_of
from codes.scenes import SceneClass
from verify.verdict import Accepted, not_accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codes.journal import ChipShown
    from codes.trust import JournalKey
    from verify.journal import Journal
    from verify.verdict import Verdict
    from verify.verifier import Verifier

BELIEVED = 5
"""The first step after the issuer's signature: what a code says before that is nobody's word, and is not written down."""
NOT_WRITTEN = -1
"""The step of an acceptance that could not be recorded: the terminal was not ready for it."""


class Recorder:
    """Writes what a terminal decided. `keys` are those that journals are sealed to; without one in force for the scene's region nothing is written."""

    def __init__(self, journal: Journal, keys: Sequence[JournalKey]) -> None:
        self.journal = journal
        self.keys = keys
        self.last: int | None = None
        """Seq under which the last verdict was written; None if it was not."""

    def record(self, verdict: Verdict, *, verifier: Verifier, now: int, text: str = "", chip: ChipShown | None = None) -> Verdict:
        """Write the verdict and return it; or, where an acceptance cannot be written and must be, the doubt that takes its place."""
        scene = verifier.scene
        self.last = None
        key = self.key_for(scene.region, now)
        if key is None:
            return verdict
        try:
            self.last = self.journal.note(_entry(verdict, verifier, self.journal, now=now, text=text, chip=chip), key)
        except SetupError as error:
            if isinstance(verdict, Accepted) and scene.scene_class in {SceneClass.A, SceneClass.B}:
                return not_accepted(error, step=NOT_WRITTEN)
            self.journal.drop()
        return verdict

    def release(self, seq: int, *, verifier: Verifier, now: int) -> None:
        """Write that the passage of the acceptance `seq` did not happen. Where the journal takes no more, it is counted."""
        scene, journal = verifier.scene, self.journal
        key = self.key_for(scene.region, now)
        if key is None:
            return
        try:
            journal.note(Entry(journal.terminal, journal.seq + 1, now, scene.name, None, released=seq), key)
        except SetupError:
            journal.drop()

    def key_for(self, region: str, now: int) -> JournalKey | None:
        """The newest key of the region that is in force."""
        good = [key for key in self.keys if key.region == region and key.not_before <= now < key.not_after]
        return max(good, key=lambda key: key.not_before, default=None)


def _entry(verdict: Verdict, verifier: Verifier, journal: Journal, *, now: int, text: str, chip: ChipShown | None) -> Entry:
    """What is written of a verdict."""
    entry = Entry(journal.terminal, journal.seq + 1, now, verifier.scene.name, reasons.ACCEPTED.number)
    if isinstance(verdict, Accepted):
        entry = entry._replace(as_of=verdict.as_of)
    else:
        entry = entry._replace(number=reasons.TABLE[verdict.reason].number)
        if verdict.step < BELIEVED:
            return entry
    if chip is not None:
        iss = Credential.from_bytes(chip.credential).says.iss
        return entry._replace(shown=chip, head=verifier.believing.status.head(iss))
    shown = base45.decode(body_of(text))
    iss = Presentation.from_bytes(shown).credential.says.iss
    return entry._replace(shown=shown, head=verifier.believing.status.head(iss))
