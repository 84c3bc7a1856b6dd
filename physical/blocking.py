"""A desk without a line stops a chip: by a script that its region made beforehand, and only while a fresh status list says that this chip is stopped.

Three things must agree before anything is delivered: the chip proves who it is by a credential that this terminal believes; a status list within the scene's
budget calls that credential not valid; and the region's signed list, still good, has a script for this chip. The chip decides the rest: it obeys the newest
version only, and then signs what it holds. Receipt and proofs are carried back to the record, where they count whenever they arrive.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codes import faults as form
from codes.chipproof import CHALLENGE_BYTES, ChipPurpose, ChipReport, ChipState
from codes.claims import Profile, StatusType
from codes.credential import Credential
from codes.errors import CardError, InputError, SetupError, StateError
from codes.scripts import Script
from physical import faults
from physical.binding import BindingSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.blocklists import BlockList
    from codes.credential import Statement
    from physical.transport import Transport
    from verify.believing import Believing


class Outcome(enum.StrEnum):
    """What came of it."""

    BLOCKED = "blocked"
    UNPROVED = "unproved"
    """The chip took the script, and has not said under its signature that it holds the version: its receipt is the record's to check."""
    KNOWN = "known"
    """The chip had this version, or a newer one, already."""
    VALID = "valid"
    """Nothing stops this chip: nothing was delivered."""
    NOT_LISTED = "not-listed"
    """It is stopped, and no script for it is at hand: the record has to tell it live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """What was done, and the proofs of it for the record."""

    outcome: Outcome
    carried: tuple[dict[str, Any], ...]
    """As `ecard chip receipts` takes them, without the reader's name."""


def block(transport: Transport, believing: Believing, listed: BlockList, *, entropy: Callable[[int], bytes], now: int) -> Blocking:
    """Deliver the script for this chip if it may be delivered. `entropy(n)` gives n unpredictable bytes.

    A receipt is for whoever shares the chip's keys, and a terminal does not: it calls a chip stopped when the chip has signed that it is.

    Raises `InputError`: block-list-signature, block-list-elsewhere, chip-proof, and what step 2 to 4 of the decision raise; `StateError` block-list-old;
    `SetupError` block-status-old, and what the session and the terminal's readiness raise. Nothing has been delivered then, but for a lost answer.
    """
    believing.ready(now)
    session = BindingSession(transport)
    session.select()
    credential = Credential.from_bytes(session.read_credential())
    says = credential.says
    if says.profile is not Profile.CHIP:
        raise InputError(form.CLAIM_VALUE, claim="profile")
    trusted = believing.issuer(credential)
    believing.scope(trusted, says, now)
    believing.signature(trusted, credential)
    report, seen = _proof(session, says, entropy)
    check_list(believing, listed, says, now=now)
    if not is_stopped(believing, says, now=now):
        return Blocking(outcome=Outcome.VALID, carried=(seen,))
    script = listed.script_for(report.card_id, says.holder.thumbprint())
    if script is None:
        return Blocking(outcome=Outcome.NOT_LISTED, carried=(seen,))
    if Script.parse(script).seq <= report.seq:
        return Blocking(outcome=Outcome.KNOWN, carried=(seen,))
    receipt = session.apply_script(script)
    told = {"card_id": report.card_id.hex(), "script": script.hex(), "receipt": receipt.hex()}
    try:
        after, again = _proof(session, says, entropy)
    except CardError:  # the receipt is worth carrying whatever became of the chip
        return Blocking(outcome=Outcome.UNPROVED, carried=(seen, told))
    stopped = after.seq >= Script.parse(script).seq and after.state is not ChipState.ACTIVE
    return Blocking(outcome=Outcome.BLOCKED if stopped else Outcome.UNPROVED, carried=(seen, told, again))


def _proof(session: BindingSession, says: Statement, entropy: Callable[[int], bytes]) -> tuple[ChipReport, dict[str, Any]]:
    """What the chip signs for a fresh challenge, read and as it is carried to the record."""
    challenge = entropy(CHALLENGE_BYTES)
    answer = session.authenticate(ChipPurpose.PRESENCE, challenge)
    report = ChipReport.check(answer, key=says.holder.load(), purpose=ChipPurpose.PRESENCE, challenge=challenge)
    return report, {"card_id": report.card_id.hex(), "challenge": challenge.hex(), "answer": answer.hex()}


def check_list(believing: Believing, listed: BlockList, says: Statement, *, now: int) -> None:
    """Return if this list is its region's, signed by a key that the terminal trusts for it, and still good."""
    authority = believing.trust.authorities.get(says.iss)
    if authority is None or listed.region != says.iss:
        raise InputError(faults.BLOCK_LIST_ELSEWHERE, region=listed.region)
    keys = [trusted for trusted in authority.keys if trusted.key.kid() == listed.kid and trusted.not_before <= now < trusted.not_after]
    if not keys:
        raise InputError(form.BLOCK_LIST_SIGNATURE, kid=listed.kid.hex())
    listed.check(keys[0].key.load())
    if not listed.iat <= now < listed.exp:
        raise StateError(faults.BLOCK_LIST_OLD, expires=listed.exp)


def is_stopped(believing: Believing, says: Statement, *, now: int) -> bool:
    """Whether a fresh status list stops this credential. Raises `SetupError` block-status-old: no list, or one beyond the scene's budget."""
    shard = believing.status.shard(says.status.uri)
    if shard is None or shard.region != says.iss or shard.profile is not says.profile or now - shard.iat > believing.scene.staleness.allowed:
        raise SetupError(faults.BLOCK_STATUS_OLD, as_of=None if shard is None else shard.iat)
    return shard.statuses[says.status.idx] is not StatusType.VALID
