"""The script that brings a chip to its target: made for this chip alone, and for this moment when it lifts anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import StateError
from codes.scripts import NONCE_BYTES, SCRIPT_CHALLENGE_BYTES, Script
from ecard import faults
from ecard.chips import targets
from ecard.chips.proofs import identity_of, keys_of

if TYPE_CHECKING:
    from ecard.model import Carrier, ChipTarget, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

PREMADE = frozenset({ChipState.SUSPENDED, ChipState.FROZEN})
"""What a script made beforehand can say: it stops a chip, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A script, ready to be carried to its chip by anybody."""

    apdu: bytes
    seq: int
    state: ChipState
    live: bool


def seal(premises: Premises, work: Work, dossier: Dossier, chip: Carrier, *, challenge: bytes | None) -> Sealed:
    """The script of the version in force. `challenge` is the chip's own, of 8 bytes; without one the script is made beforehand.

    Raises `StateError`: chip-settled, chip-live-only, chip-not-personalised.
    """
    target = targets.target_of(work, chip.ref)
    if target is None:
        raise StateError(faults.CHIP_SETTLED)
    return sealed(premises, dossier.card.region, identity_of(chip), target, challenge=challenge)


def sealed(premises: Premises, region: str, code: bytes, target: ChipTarget, *, challenge: bytes | None) -> Sealed:
    """The same for a version that is at hand."""
    if challenge is None and target.state not in PREMADE:
        raise StateError(faults.CHIP_LIVE_ONLY, state=target.state.name.lower())
    if challenge is not None and len(challenge) != SCRIPT_CHALLENGE_BYTES:
        msg = f"a chip's challenge has {SCRIPT_CHALLENGE_BYTES} bytes, not {len(challenge)}"
        raise ValueError(msg)
    script = Script(seq=target.seq, state=target.state, live=challenge is not None, nonce=premises.entropy(NONCE_BYTES))
    apdu = script.seal(keys_of(premises, region, code), card_id=code, challenge=challenge)
    return Sealed(apdu=apdu, seq=target.seq, state=target.state, live=script.live)
