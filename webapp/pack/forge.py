"""A lenient writer for what `codes` refuses to write: the other half of every refusal case.

`codes` has one encoding per value and no way to write a wrong one. Whoever tests a reader needs the wrong ones too, with real signatures over them, so
that nothing but the defect is wrong. Maps are sequences of pairs, written in the order given; `Raw` stands for bytes that are already an item; lengths
can be forced into longer forms. Left alone, a `Draft` writes exactly the bytes that `Presentation.make` writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes import base45
from codes.cose import ALG, ESP256, KCWT, KID, TYP, sig_structure
from codes.credential import TYP_SD_CWT
from codes.presentation import PREFIX, TYP_KB_CWT

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.keys import Signer

_INFO_OF_WIDTH = {1: 24, 2: 25, 4: 26, 8: 27}


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that are written as they stand."""

    encoded: bytes


Item = int | bytes | str | bool | list["Item"] | tuple[tuple["Item", "Item"], ...] | Raw
Pairs = tuple[tuple[Item, Item], ...]
"""A map in the order in which it is written."""

CREDENTIAL = Raw(b"")
"""Stands in a code's headers where the signed credential goes."""


def head(major: int, argument: int, *, width: int | None = None) -> bytes:
    """Initial bytes of an item; `width` (1, 2, 4, 8) forces that many bytes for the argument, however small it is."""
    if width is None:
        if argument < 24:
            return bytes((major << 5 | argument,))
        width = next(size for size in _INFO_OF_WIDTH if argument < 1 << 8 * size)
    return bytes((major << 5 | _INFO_OF_WIDTH[width],)) + argument.to_bytes(width)


def write(item: Item) -> bytes:
    """The bytes of `item`: shortest lengths, maps in the order given."""
    if isinstance(item, Raw):
        return item.encoded
    if isinstance(item, bool):
        return b"\xf5" if item else b"\xf4"
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, ~item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(write, item))
    return head(5, len(item)) + entries(item)


def entries(pairs: Pairs) -> bytes:
    """Keys and values one after the other, without the head of the map."""
    return b"".join(write(key) + write(value) for key, value in pairs)


def ordered(pairs: Pairs) -> Pairs:
    """The same pairs, keys in bytewise order of their encoding."""
    return tuple(sorted(pairs, key=lambda pair: write(pair[0])))


def value(pairs: Pairs, key: Item) -> Item:
    """What stands under `key`."""
    return next(item for name, item in pairs if name == key)


def members(item: Item) -> Pairs:
    """The pairs of a map inside a draft. `TypeError` for anything else."""
    if not isinstance(item, tuple):
        raise TypeError("not a map")
    return item


def put(pairs: Pairs, key: Item, item: Item) -> Pairs:
    """`item` under `key`, in place or added in order."""
    if any(name == key for name, _ in pairs):
        return tuple((name, item if name == key else old) for name, old in pairs)
    return ordered((*pairs, (key, item)))


def drop(pairs: Pairs, key: Item) -> Pairs:
    """Without `key`."""
    return tuple(pair for pair in pairs if pair[0] != key)


def sign1(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes) -> bytes:
    """A tagged COSE_Sign1 of these four, in its one right form."""
    return b"\xd2\x84" + write(protected) + unprotected + write(payload) + write(signature)


def _as_signed(signature: bytes) -> bytes:
    return signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One COSE_Sign1 to be: the credential, or the code around it. Every part can be replaced; the signature is made over what is really written."""

    headers: Pairs
    claims: Pairs
    protected: bytes | None = None
    """The encoded protected header, where it is not simply `headers`."""
    payload: bytes | None = None
    """The encoded payload, where it is not simply `claims`."""
    unprotected: bytes = b"\xa0"
    after_signing: Callable[[bytes], bytes] = _as_signed
    """What happens to the 64 bytes of the signature before they are written."""
    frame: Callable[[bytes, bytes, bytes, bytes], bytes] = sign1

    def parts(self) -> tuple[bytes, bytes]:
        """Protected header and payload as bytes."""
        protected = write(self.headers) if self.protected is None else self.protected
        payload = write(self.claims) if self.payload is None else self.payload
        return protected, payload

    def signed_bytes(self) -> bytes:
        """The Sig_structure (RFC 9052 section 4.4)."""
        return sig_structure(*self.parts())

    def sign(self, signer: Signer) -> bytes:
        """The whole object."""
        protected, payload = self.parts()
        return self.frame(protected, self.unprotected, payload, self.after_signing(signer.sign(sig_structure(protected, payload))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A code to be: both layers and both keys. `dataclasses.replace` a part, or use the methods, and take `text()`."""

    inner: Layer
    outer: Layer
    issuer: Signer
    holder: Signer

    def credential(self) -> bytes:
        """The signed credential."""
        return self.inner.sign(self.issuer)

    def _filled(self) -> Layer:
        if all(item is not CREDENTIAL for _, item in self.outer.headers):
            return self.outer
        credential = Raw(self.credential())
        return replace(self.outer, headers=tuple((key, credential if item is CREDENTIAL else item) for key, item in self.outer.headers))

    def code(self) -> bytes:
        """The signed code."""
        return self._filled().sign(self.holder)

    def signed_bytes(self) -> bytes:
        """What the holder's signature covers."""
        return self._filled().signed_bytes()

    def text(self) -> str:
        """What the QR says."""
        return to_text(self.code())

    def with_inner(self, **parts: object) -> Draft:
        """With parts of the credential replaced, by their names in `Layer`."""
        return replace(self, inner=replace(self.inner, **parts))  # type: ignore[arg-type] # because the names and types are those of Layer

    def with_outer(self, **parts: object) -> Draft:
        """With parts of the code replaced, by their names in `Layer`."""
        return replace(self, outer=replace(self.outer, **parts))  # type: ignore[arg-type] # because the names and types are those of Layer

    def with_claim(self, key: Item, item: Item) -> Draft:
        """With a claim of the credential set."""
        return self.with_inner(claims=put(self.inner.claims, key, item))

    def with_code_claim(self, key: Item, item: Item) -> Draft:
        """With a claim of the code set."""
        return self.with_outer(claims=put(self.outer.claims, key, item))


def credential_headers(kid: bytes) -> Pairs:
    """The protected header of a credential."""
    return ((ALG, ESP256), (KID, kid), (TYP, TYP_SD_CWT))


def code_headers() -> Pairs:
    """The protected header of a code, with the place for its credential."""
    return ((ALG, ESP256), (KCWT, CREDENTIAL), (TYP, TYP_KB_CWT))


def to_text(code: bytes) -> str:
    """Prefix and Base45."""
    return PREFIX + base45.encode(code)
