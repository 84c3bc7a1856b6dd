"""The second factor: a code of an authenticator (RFC 6238, 30 s, six digits), or one of ten recovery codes. Each works once (threat G02)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.model import Entropy

SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 bits: more than anybody tries, so that a plain digest keeps them."""
DIGEST_BYTES = 32
ISSUER = "川渝电子社保卡"
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}")


@dataclass(frozen=True, slots=True)
class TimeStep:
    """A code of the authenticator, by its step of 30 seconds."""

    number: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """A recovery code, by its digest."""

    digest: bytes


Factor = TimeStep | Recovery


def judge(code: str, *, secret: bytes, recovery: bytes, operator: str, at: datetime) -> Factor | None:
    """What a code is, if it is one: the step of the authenticator's present code, or an unused recovery code. Only the very characters count.

    Whether the step was used before is asked of the record, in the transaction that uses it.
    """
    if _CODE.fullmatch(code):  # before pyotp, which takes full-width digits for plain ones
        totp = pyotp.TOTP(base32(secret))
        return TimeStep(totp.timecode(at)) if totp.verify(code, for_time=at, valid_window=0) else None
    if _RECOVERY.fullmatch(code):
        digest = recovery_digest(code, operator)
        return Recovery(digest) if any([hmac.compare_digest(digest, kept) for kept in digests(recovery)]) else None  # noqa: C419 - because every one is compared, whichever fits
    return None


def draw_recovery(entropy: Entropy) -> list[str]:
    """Fresh recovery codes, as they are printed."""
    drawn = [base64.b32encode(entropy(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in drawn]


def recovery_digest(code: str, operator: str) -> bytes:
    """What is kept of a recovery code."""
    return hashlib.sha256(f"ecard recovery code\n{operator}\n{code}".encode()).digest()


def digests(recovery: bytes) -> list[bytes]:
    """The digests of the codes that are left."""
    return [recovery[start : start + DIGEST_BYTES] for start in range(0, len(recovery), DIGEST_BYTES)]


def base32(secret: bytes) -> str:
    """A secret as people type it into an authenticator that cannot scan."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, operator: str) -> str:
    """What an authenticator scans: otpauth://totp/.."""
    return pyotp.TOTP(base32(secret)).provisioning_uri(name=operator, issuer_name=ISSUER)
