"""The same decision for an inserted chip: its credential is believed on the very path of a code's, and the chip itself answers for it.

A chip signs the terminal's fresh challenge instead of a time (CHIP section 4.3, purpose 03), so there is no audience, no window and no replay to judge:
steps 0, 8, 9 and 12 have no counterpart, and all others keep their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import faults as form
from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.claims import Profile
from codes.credential import Credential
from codes.errors import CardError, InputError, StateError
from codes.reasons import Reason
from verify import faults
from verify.clock import seconds_of
from verify.verdict import Accepted, Verdict, not_accepted

if TYPE_CHECKING:
    from datetime import datetime

    from verify.verifier import Verifier


def verify_chip(verifier: Verifier, credential: bytes, answer: bytes, *, challenge: bytes, at: datetime) -> Verdict:
    """Judge a chip by the credential read from it and by its `answer` to the terminal's own fresh 32-byte `challenge` at time `at` (aware).

    A chip that says of itself that it is stopped is believed at once: it knows of a stop that the list may not have brought yet.
    A naive `at` is a `ValueError`.
    """
    now = seconds_of(at)
    believing = verifier.believing
    step = -1
    try:
        believing.ready(now)

        step = 1  # form
        chip = Credential.from_bytes(credential)
        says = chip.says
        if says.profile is not Profile.CHIP:
            raise InputError(form.CLAIM_VALUE, claim="profile")

        step = 2  # issuer
        trusted = believing.issuer(chip)

        step = 3  # scope
        believing.scope(trusted, says, now)

        step = 4  # issuer signature
        believing.signature(trusted, chip)

        step = 5  # recognition
        believing.recognition(says)
        if not verifier.scene.chip:
            raise StateError(faults.CHIP_NOT_HERE)

        step = 6  # credential time
        believing.times(says, now)

        step = 7  # holder signature, by the chip
        report = ChipReport.check(answer, key=says.holder.load(), purpose=ChipPurpose.PRESENCE, challenge=challenge)

        step = 10  # status
        if report.state is not ChipState.ACTIVE:  # before the list: a missing or stale one must not turn this no into doubt
            raise StateError(_STOPPED[report.state], chip_seq=report.seq)
        as_of, notes = believing.good_status(says, now)

        step = 11  # scene rule
        notes = believing.scene_rule(says, notes)

    except CardError as error:
        return not_accepted(error, step=step, otherwise=Reason.HOLDER_SIGNATURE)

    return Accepted.of(says, verifier.scene, notes=notes, as_of=as_of, now=now)


_STOPPED = {
    ChipState.SUSPENDED: faults.STATUS_SUSPENDED,
    ChipState.FROZEN: faults.STATUS_FROZEN,
    ChipState.CANCELLED: faults.STATUS_REVOKED,
}
