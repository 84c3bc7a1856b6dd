"""Hash chains over what happened: each link names the hash of the one before it, so that nothing can be taken out, put in or changed unseen.

A digest is SHA-256 over the one canonical CBOR encoding of an object's fields; fields without a value are left out.

An event of a card has one of two forms. The first says what was done; the second also says what was shown, and covers what is enclosed in the card's file
(`ecard.enclosures`). A chain that has begun in the first goes on in the second and never back.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from typing import TYPE_CHECKING, Any

from codes import cbor
from codes.errors import SetupError
from codes.keys import CoseKey
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import DataclassInstance

    from ecard.model import CardEvent, Dossier

NOTHING = bytes(32)
"""The digest before the first event, and the hash before the first link."""
FORM = 2
"""The form of events that are written now."""


def digest(record: DataclassInstance, *, without: str | None = None) -> bytes:
    """Digest of a frozen object of the model."""
    return hashlib.sha256(cbor.encode(_canonical(record, without))).digest()


def dossier_digest(dossier: Dossier, form: int | None, enclosed: bytes) -> bytes:
    """Digest of a card with its carriers and holds, whatever the order in which they were read; in the second form with what is enclosed, too."""
    parts: list[DataclassInstance] = [
        dossier.card,
        *sorted(dossier.carriers, key=lambda carrier: carrier.ref),
        *sorted(dossier.holds, key=lambda hold: hold.ref),
    ]
    return hashlib.sha256(b"".join(digest(part) for part in parts) + (enclosed if form is not None else b"")).digest()


def row_digest(row: Mapping[str, Any]) -> bytes:
    """Digest of a row as it lies in its table: {column: value}, without the columns that have none."""
    return hashlib.sha256(cbor.encode({name: value for name, value in row.items() if value is not None})).digest()


def seal(link: DataclassInstance) -> bytes:
    """The hash that closes a link: over all of it but the hash itself."""
    return digest(link, without="hash")


def verify(events: Sequence[CardEvent], dossier: Dossier, enclosed: bytes) -> None:
    """Return if the whole chain of a card fits together and ends in the record as it is now; `enclosed` is what `enclosures.digest_of` says of it.

    Raises `SetupError` chain-broken with the number of the first event that does not fit; 0 when the record itself was changed past the chain.
    """
    previous, before, form = NOTHING, NOTHING, None
    for number, event in enumerate(events, start=1):
        goes_on = (event.card, event.seq, event.previous, event.before) == (dossier.card.ref, number, previous, before)
        if not goes_on or event.hash != seal(event) or event.form not in {form, FORM}:
            raise SetupError(faults.CHAIN_BROKEN, card=dossier.card.ref, event=number)
        previous, before, form = event.hash, event.after, event.form
    if before != dossier_digest(dossier, form, enclosed) or len(events) != dossier.card.revision:
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
