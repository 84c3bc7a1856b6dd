"""Passwords of operators: argon2id (RFC 9106), and as much work for a name that nobody has as for one that somebody has (threat G03)."""

from __future__ import annotations

import base64
import re
import unicodedata
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from codes.errors import InputError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Collection

    from ecard.model import Entropy

SHORTEST, LONGEST = 12, 128
FEWEST_KINDS = 5
"""Different characters that a password has at least."""
_SALT_BYTES, _HASH_BYTES = 16, 32
_COUNTED_FROM = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


class Passwords:
    """Hashes and checks. The costs are RFC 9106's second recommendation; `abreast` bounds the memory of those who try at once."""

    def __init__(self, entropy: Entropy, *, passes: int = 3, memory_kib: int = 64 * 1024, lanes: int = 4, abreast: int = 4) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES, type=Type.ID
        )
        self._entropy = entropy
        self._abreast = BoundedSemaphore(abreast)
        salt, nothing = (base64.b64encode(entropy(size)).rstrip(b"=").decode() for size in (_SALT_BYTES, _HASH_BYTES))
        self.nobodys = f"$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${nothing}"
        """A hash that no password has, and that takes as long to find out as any other."""

    def hash(self, password: str) -> str:
        """What is kept of a password that passed `check`."""
        with self._abreast:
            return self._hasher.hash(_spelt(password), salt=self._entropy(_SALT_BYTES))

    def fits(self, kept: str, password: str) -> bool:
        """Whether it is the password that `kept` is of. A password that nobody can have is compared like any other."""
        possible = len(password) <= LONGEST
        with self._abreast:
            try:
                self._hasher.verify(kept, _spelt(password[:LONGEST]))
            except (VerificationError, InvalidHashError):
                return False
        return possible

    def outgrown(self, kept: str) -> bool:
        """Whether it was hashed at other costs than these."""
        return self._hasher.check_needs_rehash(kept)


def check(password: str, *, about: Collection[str]) -> None:
    """Return if a password may be used; `about` is what must not stand in it, such as the account's name. Raises `InputError` password-weak."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise InputError(faults.PASSWORD_WEAK, length=len(password), shortest=SHORTEST, longest=LONGEST)
    if len(set(plain)) < FEWEST_KINDS or any(len(word) > 2 and word.casefold() in plain for word in about) or _is_counted(plain):
        raise InputError(faults.PASSWORD_WEAK, length=len(password))


def _is_counted(plain: str) -> bool:
    """Whether most of it walks along a row of keys or of the alphabet, in either direction."""
    steps = sum(any(pair in row or pair[::-1] in row for row in _COUNTED_FROM) for pair in re.findall(r"(?=(..))", plain))
    return steps * 3 >= len(plain) * 2


def _spelt(password: str) -> bytes:
    """The one spelling of what was typed, however a keyboard put its accents together (RFC 8265, OpaqueString)."""
    return "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", password)).encode("utf-8", "surrogatepass")
