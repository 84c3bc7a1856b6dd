"""Hash chains over what happened: each link names the hash of the one before it, so that nothing can be taken out, put in or changed unseen.

A digest is SHA-256 over the one canonical CBOR encoding of an object's fields; fields without a value are left out.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from typing import TYPE_CHECKING

from codes import cbor
from codes.errors import SetupError
from codes.keys import CoseKey
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import DataclassInstance

    from ecard.model import CardEvent, Dossier

NOTHING = bytes(32)
"""The digest before the first event, and the hash before the first link."""


def digest(record: DataclassInstance, *, without: str | None = None) -> bytes:
    """Digest of a frozen object of the model."""
    return hashlib.sha256(cbor.encode(_canonical(record, without))).digest()


def dossier_digest(dossier: Dossier) -> bytes:
    """Digest of a card with all that hangs on it, whatever the order in which it was read."""
    parts: list[DataclassInstance] = [
        dossier.card,
        *sorted(dossier.carriers, key=lambda carrier: carrier.ref),
        *sorted(dossier.holds, key=lambda hold: hold.ref),
    ]
    return hashlib.sha256(b"".join(digest(part) for part in parts)).digest()


def seal(link: DataclassInstance) -> bytes:
    """The hash that closes a link: over all of it but the hash itself."""
    return digest(link, without="hash")


def verify(events: Sequence[CardEvent], dossier: Dossier) -> None:
    """Return if the whole chain of a card fits together and ends in the record as it is now.

    Raises `SetupError` chain-broken with the number of the first event that does not fit; 0 when the record itself was changed past the chain.
    """
    previous, before = NOTHING, NOTHING
    for number, event in enumerate(events, start=1):
        if event.card != dossier.card.ref or event.seq != number or event.previous != previous or event.before != before or event.hash != seal(event):
            raise SetupError(faults.CHAIN_BROKEN, card=dossier.card.ref, event=number)
        previous, before = event.hash, event.after
    if before != dossier_digest(dossier) or len(events) != dossier.card.revision:
        raise SetupError(faults.CHAIN_BROKEN, card=dossier.card.ref, event=0, events=len(events), revision=dossier.card.revision)


def _canonical(value: object, without: str | None = None) -> cbor.Value:
    if isinstance(value, CoseKey):
        return value.to_cbor()
    if isinstance(value, enum.StrEnum):
        return str(value)
    if isinstance(value, int | str | bytes):
        return value
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.name != without}
        return {name: _canonical(member) for name, member in members.items() if member is not None}
    raise TypeError(type(value).__name__)
