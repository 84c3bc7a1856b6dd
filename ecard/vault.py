"""The identity vault: the only place with names and numbers.

Each person has a data key of their own, wrapped by a key-encryption key that is never in the database; without it, or once a person's key is gone,
their fields are noise. A sealed field is

    algorithm 1 ‖ key version u32 ‖ nonce 12 ‖ ciphertext and tag          algorithm 1: AES-256-GCM; others may join
    associated data = table "|" column "|" row "|" key version

so a field moved to another row or column does not open. A person is found by a keyed index, one key per purpose, and never by a bare digest, which falls
to a dictionary in hours. Every reading and every search that finds somebody names its purpose and leaves a link in that person's own chain.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from codes.errors import SetupError, StateError
from ecard import chain, faults, schema
from ecard.identity import Identity, IdentityType, PersonName
from ecard.model import Access, HolderRef
from ecard.rows import access_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.model import Actor, Entropy
    from ecard.store import Work

KEY_BYTES = 32
KEY_VERSION = 1
AES_256_GCM = 1
_HEADER = struct.Struct(">BI12s")


class KeyWrapper(Protocol):
    """Whatever holds the key-encryption key: a file in the embedded mode, a hardware module in production."""

    @property
    def name(self) -> str:
        """Which key this is, at most 32 characters; stored beside what it wrapped."""
        ...

    def wrap(self, key: bytes) -> bytes:
        """`key`, readable only by `unwrap`."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key again. Raises `SetupError` vault-key when it was not wrapped by this one."""
        ...


class AesKeyWrapper:
    """A `KeyWrapper` whose 32-byte key lies in memory (RFC 3394, AES-256 key wrap)."""

    __slots__ = ("_key", "name")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            msg = f"a key-encryption key has {KEY_BYTES} bytes, not {len(key)}"
            raise ValueError(msg)
        self._key = key
        self.name = "aes-kw-" + hmac.digest(key, b"ecard vault key name", "sha256")[:8].hex()

    def wrap(self, key: bytes) -> bytes:
        """See `KeyWrapper.wrap`."""
        return keywrap.aes_key_wrap(self._key, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """See `KeyWrapper.unwrap`."""
        try:
            return keywrap.aes_key_unwrap(self._key, wrapped)
        except (keywrap.InvalidUnwrap, ValueError):
            raise SetupError(faults.VAULT_KEY) from None


class Field(enum.StrEnum):
    """What the vault keeps about a person."""

    IDENTITY_TYPE = "identity-type"
    IDENTITY_NUMBER = "identity-number"
    NAME = "name"


class IndexPurpose(enum.StrEnum):
    """Why a person may be looked up by number. Each purpose has its own key, so equal people do not look equal across them."""

    ONE_PERSON = "one-person-one-card"
    COUNTER = "counter-desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is, as long as it is needed and no longer. Prints masked."""

    identity: Identity
    name: PersonName


class Vault:
    """Seals, opens and finds people, inside a transaction of the store."""

    def __init__(self, *, wrapper: KeyWrapper, index_key: bytes, entropy: Entropy) -> None:
        if len(index_key) != KEY_BYTES:
            msg = f"an index key has {KEY_BYTES} bytes, not {len(index_key)}"
            raise ValueError(msg)
        self.wrapper = wrapper
        self._entropy = entropy
        self._index_keys = {purpose: hmac.digest(index_key, f"ecard vault index {purpose}".encode(), "sha256") for purpose in IndexPurpose}
        self._file_key = hmac.digest(index_key, b"ecard vault file fingerprint", "sha256")

    def add(self, work: Work, holder: HolderRef, person: Person) -> None:
        """Seal a new person. A number that is already known for somebody else is refused by the database (record-conflict)."""
        key = self._entropy(KEY_BYTES)
        wrapped = {"holder": holder, "version": KEY_VERSION, "wrapper": self.wrapper.name, "wrapped": self.wrapper.wrap(key)}
        work.connection.execute(sa.insert(schema.vault_key).values(wrapped))
        self._write(work, holder, person, key)

    def correct(self, work: Work, holder: HolderRef, person: Person, *, actor: Actor, at: int) -> None:
        """Seal what is now known of a person in place of what was. Leaves a link in the person's chain. Raises what `read` does."""
        key = self._key_of(work, holder)
        work.connection.execute(sa.delete(schema.vault_field).where(schema.vault_field.c.holder == holder))
        work.connection.execute(sa.delete(schema.vault_index).where(schema.vault_index.c.holder == holder))
        self._write(work, holder, person, key)
        self._note(work, holder, fields=tuple(sorted(Field)), purpose="correct-data", actor=actor, at=at)

    def seal(self, work: Work, holder: HolderRef, text: str, *, place: str) -> bytes:
        """`text` under a person's own key, readable only at `place` (table|column|row). Raises `StateError` vault-empty, `SetupError` vault-key."""
        return self._sealed(self._key_of(work, holder), text, f"{place}|{KEY_VERSION}".encode())

    def unseal(self, work: Work, holder: HolderRef, sealed: bytes, *, place: str) -> str:
        """What was sealed at `place`. Raises `StateError` vault-empty; `SetupError`: vault-key, vault-field."""
        return _open(self._key_of(work, holder), sealed, place.partition("|")[0], f"{place}|{KEY_VERSION}".encode(), KEY_VERSION)

    def _sealed(self, key: bytes, text: str, bound: bytes) -> bytes:
        nonce = self._entropy(12)
        return _HEADER.pack(AES_256_GCM, KEY_VERSION, nonce) + AESGCM(key).encrypt(nonce, text.encode(), bound)

    def _write(self, work: Work, holder: HolderRef, person: Person, key: bytes) -> None:
        fields = {Field.IDENTITY_TYPE: person.identity.type.value, Field.IDENTITY_NUMBER: person.identity.number, Field.NAME: person.name.text}
        for field, text in fields.items():
            sealed = self._sealed(key, text, _bound_to(field, holder, KEY_VERSION))
            work.connection.execute(sa.insert(schema.vault_field).values({"holder": holder, "field": field.value, "sealed": sealed}))
        for purpose in IndexPurpose:
            entry = {"purpose": purpose.value, "value": self._index(purpose, person.identity), "holder": holder}
            work.connection.execute(sa.insert(schema.vault_index).values(entry))

    def _key_of(self, work: Work, holder: HolderRef) -> bytes:
        row = work.connection.execute(sa.select(schema.vault_key).where(schema.vault_key.c.holder == holder)).one_or_none()
        if row is None:
            raise StateError(faults.VAULT_EMPTY)
        if row.wrapper != self.wrapper.name:
            raise SetupError(faults.VAULT_KEY, wanted=row.wrapper, loaded=self.wrapper.name)
        if row.version != KEY_VERSION:
            raise SetupError(faults.VAULT_FIELD, version=row.version)
        return self.wrapper.unwrap(row.wrapped)

    def find(self, work: Work, identity: Identity, *, purpose: IndexPurpose, actor: Actor, at: int) -> HolderRef | None:
        """The holder with this number, in whichever of its forms."""
        where = (schema.vault_index.c.purpose == purpose.value) & (schema.vault_index.c.value == self._index(purpose, identity))
        found = work.connection.execute(sa.select(schema.vault_index.c.holder).where(where)).scalar_one_or_none()
        if found is None:
            return None
        self._note(work, HolderRef(found), fields=(), purpose=purpose, actor=actor, at=at)
        return HolderRef(found)

    def read(self, work: Work, holder: HolderRef, *, purpose: str, actor: Actor, at: int) -> Person:
        """Who a holder is. Leaves a link in the person's chain, in the same transaction.

        Raises `StateError` vault-empty; `SetupError`: vault-key, vault-field (moved, altered, or sealed by another key).
        """
        key = self._key_of(work, holder)
        sealed = work.connection.execute(sa.select(schema.vault_field).where(schema.vault_field.c.holder == holder)).all()
        text = {
            Field(entry.field): _open(key, entry.sealed, entry.field, _bound_to(Field(entry.field), holder, KEY_VERSION), KEY_VERSION)
            for entry in sealed
        }
        if text.keys() != set(Field):
            raise SetupError(faults.VAULT_FIELD, missing=", ".join(sorted(set(Field) - text.keys())))
        self._note(work, holder, fields=tuple(sorted(text)), purpose=purpose, actor=actor, at=at)
        return Person(identity=Identity(IdentityType(text[Field.IDENTITY_TYPE]), text[Field.IDENTITY_NUMBER]), name=PersonName(text[Field.NAME]))

    def reveal(self, work: Work, holder: HolderRef, field: Field, *, purpose: str, actor: Actor, at: int) -> str:
        """One field of a person; leaves a link in the person's chain, in the same transaction. Raises what `read` raises."""
        where = (schema.vault_field.c.holder == holder) & (schema.vault_field.c.field == field.value)
        sealed = work.connection.execute(sa.select(schema.vault_field.c.sealed).where(where)).scalar_one_or_none()
        if sealed is None:
            raise StateError(faults.VAULT_EMPTY)
        self._note(work, holder, fields=(field.value,), purpose=purpose, actor=actor, at=at)
        return self.unseal(work, holder, sealed, place=f"vault_field|{field}|{holder}")

    def erase(self, work: Work, holder: HolderRef, *, purpose: str, actor: Actor, at: int) -> None:
        """Destroy a person's key, with everything sealed under it and every index that finds them. What was done to their cards stays, without a name.

        Leaves a link in the person's chain. Raises `StateError`: vault-empty (erased already), erasure-early (a card that has not ended).
        """
        if work.cards_of(holder):
            raise StateError(faults.ERASURE_EARLY)
        for table in (schema.vault_index, schema.vault_field):
            work.connection.execute(sa.delete(table).where(table.c.holder == holder))
        if work.connection.execute(sa.delete(schema.vault_key).where(schema.vault_key.c.holder == holder)).rowcount != 1:
            raise StateError(faults.VAULT_EMPTY)
        self._note(work, holder, fields=tuple(sorted(Field)), purpose=purpose, actor=actor, at=at)

    def accesses(self, work: Work, holder: HolderRef) -> Sequence[Access]:
        """See `accesses_of`."""
        return accesses_of(work, holder)

    def fingerprint(self, content: bytes) -> bytes:
        """A keyed digest, 32 bytes, by which a file about people is known again though it is not kept."""
        return hmac.digest(self._file_key, content, hashlib.sha256)

    def _index(self, purpose: IndexPurpose, identity: Identity) -> bytes:
        return hmac.digest(self._index_keys[purpose], identity.person.encode(), hashlib.sha256)

    def _note(self, work: Work, holder: HolderRef, *, fields: tuple[str, ...], purpose: str, actor: Actor, at: int) -> None:
        newest = sa.select(schema.vault_access).where(schema.vault_access.c.holder == holder).order_by(schema.vault_access.c.seq.desc()).limit(1)
        row = work.connection.execute(newest).one_or_none()
        access = Access(
            holder=holder,
            seq=1 if row is None else row.seq + 1,
            at=at,
            actor=actor.ref,
            person=actor.person,
            role=actor.role,
            purpose=str(purpose),
            fields=fields,
            previous=chain.NOTHING if row is None else row.hash,
            hash=b"",
        )
        access = replace(access, hash=chain.seal(access))
        values = {"holder": holder, "seq": access.seq, "at": at, "actor": access.actor, "person": access.person, "role": access.role.value}
        values |= {"purpose": access.purpose, "fields": " ".join(fields), "previous": access.previous, "hash": access.hash}
        work.connection.execute(sa.insert(schema.vault_access).values(values))
        work.mark_unsealed("person", holder, access.seq, at=at)


def accesses_of(work: Work, holder: HolderRef) -> Sequence[Access]:
    """Every reading about a person, oldest first. Raises `SetupError` chain-broken when a link was changed or taken out."""
    found = work.connection.execute(sa.select(schema.vault_access).where(schema.vault_access.c.holder == holder).order_by(schema.vault_access.c.seq))
    accesses = [access_of(row) for row in found]
    previous = chain.NOTHING
    for number, access in enumerate(accesses, start=1):
        if access.seq != number or access.previous != previous or access.hash != chain.seal(access):
            raise SetupError(faults.CHAIN_BROKEN, holder=holder, event=number)
        previous = access.hash
    return accesses


def _bound_to(field: Field, holder: HolderRef, version: int) -> bytes:
    return f"vault_field|{field}|{holder}|{version}".encode()


def _open(key: bytes, sealed: bytes, field: str, bound: bytes, version: int) -> str:
    algorithm, sealed_version, nonce = _HEADER.unpack_from(sealed.ljust(_HEADER.size, b"\0"))
    if algorithm != AES_256_GCM or sealed_version != version:
        raise SetupError(faults.VAULT_FIELD, field=field, algorithm=algorithm, version=sealed_version)
    try:
        return AESGCM(key).decrypt(nonce, sealed[_HEADER.size :], bound).decode()
    except InvalidTag:
        raise SetupError(faults.VAULT_FIELD, field=field) from None
