"""External authentication of cards of generation 3.0, by whoever holds the keys: a PSAM in a second slot, or a key service in two steps.

    00 84 00 00 08                      the card's challenge C
    00 82 00 0A 10 <E 8><R 8>           E = DES(S, R), S = 3DES(K, C) with K the card's read key and R random: then the card shows everything

K comes from the region's master key in two levels, each left half 3DES(master, factor), right half 3DES(master, not factor): the factors are the two
halves of the card identification code, first region and registered issuer, then batch and serial number. No key is ever in this program: a PSAM or a
key service makes E and R. What is real here is the exchange (LD/T 32.4, PBOC); which diversifiers a region's PSAM takes is its office's own affair,
and `Psam` is the one page to change.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from codes.errors import SetupError
from physical import faults
from physical.apdu import CommandApdu, ResponseApdu, StatusWord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from physical.transport import Transport

READ_KEY = 0x0A
"""Number of the key that opens EF05 tag 07 and EF06 for reading (RK of the environment SSSE)."""
CHALLENGE_BYTES, CRYPTOGRAM_BYTES, KEY_BYTES, CARD_ID_BYTES = 8, 16, 16, 16
PSAM_AID = bytes.fromhex("D15600000590")
_PSAM_READ_KEY = bytes.fromhex("4502")
"""Usage and number of the read master key inside a PSAM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRequest:
    """What the keeper of the keys has to know to answer for the reader: the card, its challenge (good for one answer), and which key it wants."""

    card_id: bytes
    challenge: bytes
    key: int = READ_KEY

    @property
    def region(self) -> str:
        """The card's region: the first six digits of its identification code."""
        return self.card_id[:3].hex()


class Authenticator(Protocol):
    """Whoever holds the keys. Raises `SetupError` psam-unfit or hsm-unfit, and what its way raises."""

    def cryptogram(self, request: AuthenticationRequest) -> bytes:
        """E and R, 16 bytes, for EXTERNAL AUTHENTICATION."""
        ...


class Psam:
    """A PSAM in another slot (`80 1A`: derive the card's key, `80 FA`: session key and cryptogram, inside the PSAM)."""

    def __init__(self, transport: Transport, entropy: Callable[[int], bytes]) -> None:
        self._transport, self._entropy = transport, entropy

    def cryptogram(self, request: AuthenticationRequest) -> bytes:
        """See `Authenticator.cryptogram`."""
        random = self._entropy(CHALLENGE_BYTES)
        self._send(CommandApdu(cla=0x00, ins=0xA4, p1=0x04, data=PSAM_AID, ne=256))
        self._send(CommandApdu(cla=0x80, ins=0x1A, p1=_PSAM_READ_KEY[0], p2=_PSAM_READ_KEY[1], data=request.card_id))
        encrypted = self._send(CommandApdu(cla=0x80, ins=0xFA, p1=0x05, data=request.challenge + random, ne=8))
        if len(encrypted) != 8:
            raise SetupError(faults.PSAM_UNFIT, size=len(encrypted))
        return encrypted + random

    def _send(self, command: CommandApdu) -> bytes:
        answer = ResponseApdu.parse(self._transport.transmit(command.to_bytes()))
        if answer.sw != StatusWord.OK:
            raise SetupError(faults.PSAM_UNFIT, ins=f"{command.ins:02X}", sw=f"{answer.sw:04X}")
        return answer.data


class KeyService:
    """A key service behind a program of the office: one JSON object on its standard input, one on its standard output.

    {"region": "500000", "card_id": hex, "challenge": hex, "key": 10}  ->  {"cryptogram": hex of 16 bytes}
    """

    def __init__(self, command: Sequence[str], *, seconds: float) -> None:
        self._command, self._seconds = list(command), seconds

    def cryptogram(self, request: AuthenticationRequest) -> bytes:
        """See `Authenticator.cryptogram`."""
        asked = {"region": request.region, "card_id": request.card_id.hex(), "challenge": request.challenge.hex(), "key": request.key}
        try:
            told = subprocess.run(  # noqa: S603 because the operator names the program, and no shell reads it
                self._command, input=json.dumps(asked).encode(), capture_output=True, timeout=self._seconds, check=True
            )
            answer = bytes.fromhex(json.loads(told.stdout)["cryptogram"])
        except subprocess.CalledProcessError as problem:
            raise SetupError(faults.HSM_UNFIT, status=problem.returncode) from None
        except subprocess.TimeoutExpired:
            raise SetupError(faults.HSM_UNFIT, seconds=self._seconds) from None
        except OSError as problem:
            raise SetupError(faults.HSM_UNFIT, problem=problem.strerror) from None
        except (ValueError, TypeError, KeyError, RecursionError):
            raise SetupError(faults.HSM_UNFIT, wrong="answer") from None
        if len(answer) != CRYPTOGRAM_BYTES:
            raise SetupError(faults.HSM_UNFIT, size=len(answer))
        return answer


def card_key(master: bytes, card_id: bytes) -> bytes:
    """The read key of one card, from its region's master key (16 bytes each). `ValueError` for other sizes."""
    if len(master) != KEY_BYTES or len(card_id) != CARD_ID_BYTES:
        msg = "a master key has 16 bytes, an identification code too"
        raise ValueError(msg)
    key = master
    for factor in (card_id[:8], card_id[8:]):
        key = _encrypt(key, factor) + _encrypt(key, bytes(byte ^ 0xFF for byte in factor))
    return key


def cryptogram(key: bytes, challenge: bytes, random: bytes) -> bytes:
    """What proves knowledge of a card's read key: E and R. `ValueError` for a challenge or random number of another size than 8."""
    if len(challenge) != CHALLENGE_BYTES or len(random) != CHALLENGE_BYTES:
        msg = "challenge and random number have 8 bytes each"
        raise ValueError(msg)
    return _encrypt(_encrypt(key, challenge), random) + random


def _encrypt(key: bytes, block: bytes) -> bytes:
    """3DES of one block; an 8-byte key is single DES, a 16-byte key has two parts."""
    whole = key * 3 if len(key) == 8 else key + key[:8]
    return Cipher(TripleDES(whole), modes.ECB()).encryptor().update(block)  # noqa: S305 because one block is all that PBOC ever encrypts here
