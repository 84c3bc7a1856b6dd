"""Chips for the tests: a soft card in an array, personalised step by step, with entropy that repeats from run to run."""

from __future__ import annotations

import hashlib

from codes.claims import Profile, StatusRef
from codes.credential import Credential, Statement
from codes.keys import CoseKey, SoftwareSigner
from physical.binding import BindingSession
from physical.chipmemory import blank_image
from physical.nvm import ArrayMemory
from physical.softcard import InProcess, SoftCard

CARD_ID = bytes.fromhex("500000d15600000599110145ffffffff")
INITIAL_PIN, PIN = "204816", "135790"
ISSUER = SoftwareSigner.from_scalar(20261121)


class Entropy:
    """A repeatable stream: SHA-256 of a counter."""

    def __init__(self, seed: str) -> None:
        self.seed, self.drawn = seed, 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(f"{self.seed} {self.drawn}".encode()).digest(size)


def power_up(memory: ArrayMemory, seed: str = "chip") -> BindingSession:
    """Insert the card: a session with nothing selected yet."""
    return BindingSession(InProcess(SoftCard(memory, Entropy(seed))))


def chip_credential(holder: CoseKey) -> bytes:
    says = Statement(
        iss="CN-CQ",
        sub="Ab3dEf7h",
        exp=1_900_000_800 // 3600 * 3600,
        iat=1_790_000_000 // 3600 * 3600,
        holder=holder,
        status=StatusRef("sl:c1", 7),
        chip_tag=bytes(8),
        max_age=30,
        profile=Profile.CHIP,
        fare=0,
    )
    return Credential.issue(says, ISSUER).raw


def personalise(memory: ArrayMemory) -> BindingSession:
    """A finished chip whose holder has changed the PIN."""
    session = power_up(memory)
    session.select()
    key = session.generate_key()
    session.write_card_id(CARD_ID)
    session.write_initial_pin(INITIAL_PIN)
    session.write_credential(chip_credential(key))
    session.activate()
    session.change_pin(INITIAL_PIN, PIN)
    return session


def blank() -> ArrayMemory:
    return ArrayMemory(blank_image())
