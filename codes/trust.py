"""Signed documents of the trust repository: who may issue, who may publish status, whom journals are sealed to (FORMATS section 4).

    <region>/issuers.cbor   {1: 1, 2: region, 3: [+ issuer key]}
        issuer key          {1: kid, 2: COSE_Key, 3: {+ profile: [longest life s, longest max_age s]}, 4: not-before, 5: not-after}
    <region>/status.cbor    {1: 1, 2: region, 3: letter, 4: epoch, 5: [+ status key], 6: {+ profile: [first shard, last shard]}, ? 7: [+ checkpoint]}
        status key          {1: kid, 2: COSE_Key, 4: not-before, 5: not-after}
        checkpoint          [space, epoch, seq, root]: a version of a chain, by a key that no status host holds; at most one for each space, in order
    <region>/journal.cbor   {1: 1, 2: region, 3: [+ journal key]}      a journal key stands there as a status key does

All are TUF targets: their authenticity is the repository's. What stands here is read as strictly as a code all the same. Times are whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, faults
from codes.chain import MAX_EPOCH, MAX_SEQ, ListSpace
from codes.claims import REGION_PATTERN, Profile
from codes.errors import InputError
from codes.keys import CoseKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

VERSION = 1
MAX_BYTES = 1 << 16
"""Bytes of a document."""
_PROFILES = {int(profile): profile for profile in Profile}
_SPACES = {int(space): space for space in ListSpace}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a key may sign for one profile, in seconds."""

    longest_life: int
    longest_max_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """One issuing key and the bounds of its power. Chip keys stand apart from phone keys."""

    region: str
    key: CoseKey
    profiles: Mapping[Profile, Bounds]
    not_before: int
    not_after: int

    @property
    def kid(self) -> bytes:
        """The key's name in headers."""
        return self.key.kid()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusKey:
    """One key that signs a region's status lists."""

    key: CoseKey
    not_before: int
    not_after: int

    @property
    def kid(self) -> bytes:
        """The key's name in headers."""
        return self.key.kid()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalKey:
    """One key that a region's terminals seal their journals to."""

    region: str
    key: CoseKey
    not_before: int
    not_after: int

    @property
    def kid(self) -> bytes:
        """The key's name."""
        return self.key.kid()


class ChainPoint(NamedTuple):
    """One version of a chain, named by the region's trust documents: whoever holds another root at this seq was lied to, or we were."""

    space: ListSpace
    epoch: int
    seq: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAuthority:
    """Who publishes a region's status and which shard numbers belong to which profile (first and last, both included)."""

    region: str
    letter: str
    epoch: int
    keys: Sequence[StatusKey]
    spaces: Mapping[Profile, tuple[int, int]]
    checkpoint: Sequence[ChainPoint] = ()
    """The version of each chain that stood when this was written, daily (STATUS section 5.4). A stolen status key can lie no longer than until the next."""


def encode_issuers(region: str, issuer_keys: Sequence[IssuerKey]) -> bytes:
    """The bytes of `<region>/issuers.cbor`, read back before they are returned."""
    data = cbor.encode({1: VERSION, 2: region, 3: [_issuer_to_cbor(issuer) for issuer in issuer_keys]})
    decode_issuers(data)
    return data


def _issuer_to_cbor(issuer: IssuerKey) -> cbor.Value:
    bounds: dict[int | str, cbor.Value] = {int(profile): [bound.longest_life, bound.longest_max_age] for profile, bound in issuer.profiles.items()}
    return {1: issuer.kid, 2: issuer.key.to_cbor(), 3: bounds, 4: issuer.not_before, 5: issuer.not_after}


def decode_issuers(data: bytes) -> tuple[IssuerKey, ...]:
    """Read `<region>/issuers.cbor`.

    Raises `InputError`: cbor-*, key-shape, key-point, document-shape (also: two keys of one kid, a kid that is not its key's, a key for chips and
    phones at once).
    """
    document = _document(data, {1, 2, 3})
    region, entries = _region(document), document[3]
    if type(entries) is not list or not entries:
        raise InputError(faults.DOCUMENT_SHAPE, field="issuer keys")
    issuers = tuple(_issuer(region, entry) for entry in entries)
    if len({issuer.kid for issuer in issuers}) != len(issuers):
        raise InputError(faults.DOCUMENT_SHAPE, field="kid", wrong="used twice")
    return issuers


def _issuer(region: str, entry: cbor.Value) -> IssuerKey:
    if type(entry) is not dict or entry.keys() != {1, 2, 3, 4, 5} or type(bounds := entry[3]) is not dict or not bounds:
        raise InputError(faults.DOCUMENT_SHAPE, field="issuer key")
    profiles: dict[Profile, Bounds] = {}
    for number, bound in bounds.items():
        first, second = _pair(bound, "bounds")
        if number not in _PROFILES or first == 0 or second == 0:
            raise InputError(faults.DOCUMENT_SHAPE, field="bounds")
        profiles[Profile(number)] = Bounds(longest_life=first, longest_max_age=second)
    if Profile.CHIP in profiles and len(profiles) > 1:
        raise InputError(faults.DOCUMENT_SHAPE, field="profiles", wrong="chip and phone")
    key, not_before, not_after = _key(entry)
    return IssuerKey(region=region, key=key, profiles=profiles, not_before=not_before, not_after=not_after)


def encode_status_authority(authority: StatusAuthority) -> bytes:
    """The bytes of `<region>/status.cbor`, read back before they are returned."""
    keys: list[cbor.Value] = [{1: key.kid, 2: key.key.to_cbor(), 4: key.not_before, 5: key.not_after} for key in authority.keys]
    spaces: dict[int | str, cbor.Value] = {int(profile): list(space) for profile, space in authority.spaces.items()}
    document: dict[int | str, cbor.Value] = {1: VERSION, 2: authority.region, 3: authority.letter, 4: authority.epoch, 5: keys, 6: spaces}
    if authority.checkpoint:
        document[7] = [[int(point.space), point.epoch, point.seq, point.root] for point in authority.checkpoint]
    data = cbor.encode(document)
    decode_status_authority(data)
    return data


def decode_status_authority(data: bytes) -> StatusAuthority:
    """Read `<region>/status.cbor`.

    Raises `InputError`: cbor-*, key-shape, key-point, document-shape (also: overlapping spaces, two keys
    of one kid).
    """
    document = _document(data, {1, 2, 3, 4, 5, 6}, optional={7})
    letter, epoch, entries, ranges = document[3], document[4], document[5], document[6]
    if type(letter) is not str or len(letter) != 1 or not letter.isascii() or not letter.islower() or type(epoch) is not int or epoch < 0:
        raise InputError(faults.DOCUMENT_SHAPE, field="letter and epoch")
    if type(entries) is not list or not entries or type(ranges) is not dict or not ranges:
        raise InputError(faults.DOCUMENT_SHAPE, field="status keys and spaces")
    keys: list[StatusKey] = []
    for entry in entries:
        if type(entry) is not dict or entry.keys() != {1, 2, 4, 5}:
            raise InputError(faults.DOCUMENT_SHAPE, field="status key")
        key, not_before, not_after = _key(entry)
        keys.append(StatusKey(key=key, not_before=not_before, not_after=not_after))
    if len({key.kid for key in keys}) != len(keys):
        raise InputError(faults.DOCUMENT_SHAPE, field="kid", wrong="used twice")
    spaces: dict[Profile, tuple[int, int]] = {}
    for number, shards in ranges.items():
        first, last = _pair(shards, "space")
        if number not in _PROFILES or first > last or any(first <= end and start <= last for start, end in spaces.values()):
            raise InputError(faults.DOCUMENT_SHAPE, field="space")
        spaces[Profile(number)] = (first, last)
    points = _checkpoint(document[7]) if 7 in document else ()
    return StatusAuthority(region=_region(document), letter=letter, epoch=epoch, keys=tuple(keys), spaces=spaces, checkpoint=points)


def _checkpoint(value: cbor.Value) -> tuple[ChainPoint, ...]:
    points: list[ChainPoint] = []
    for point in value if type(value) is list else ():
        if type(point) is not list or len(point) != 4:
            raise InputError(faults.DOCUMENT_SHAPE, field="checkpoint")
        space, epoch, seq, root = point
        if type(space) is not int or space not in _SPACES or type(epoch) is not int or type(seq) is not int:
            raise InputError(faults.DOCUMENT_SHAPE, field="checkpoint")
        if not 0 <= epoch <= MAX_EPOCH or not 1 <= seq <= MAX_SEQ or type(root) is not bytes or len(root) != 32:
            raise InputError(faults.DOCUMENT_SHAPE, field="checkpoint")
        points.append(ChainPoint(_SPACES[space], epoch, seq, root))
    spaces = [point.space for point in points]
    if not spaces or spaces != sorted(set(spaces)):
        raise InputError(faults.DOCUMENT_SHAPE, field="checkpoint", wrong="order")
    return tuple(points)


def encode_journal_keys(region: str, keys: Sequence[JournalKey]) -> bytes:
    """The bytes of `<region>/journal.cbor`, read back before they are returned."""
    entries: list[cbor.Value] = [{1: key.kid, 2: key.key.to_cbor(), 4: key.not_before, 5: key.not_after} for key in keys]
    data = cbor.encode({1: VERSION, 2: region, 3: entries})
    decode_journal_keys(data)
    return data


def decode_journal_keys(data: bytes) -> tuple[JournalKey, ...]:
    """Read `<region>/journal.cbor`. Raises `InputError`: cbor-*, key-shape, key-point, document-shape (also: two keys of one kid)."""
    document = _document(data, {1, 2, 3})
    region, entries = _region(document), document[3]
    if type(entries) is not list or not entries:
        raise InputError(faults.DOCUMENT_SHAPE, field="journal keys")
    keys: list[JournalKey] = []
    for entry in entries:
        if type(entry) is not dict or entry.keys() != {1, 2, 4, 5}:
            raise InputError(faults.DOCUMENT_SHAPE, field="journal key")
        key, not_before, not_after = _key(entry)
        keys.append(JournalKey(region=region, key=key, not_before=not_before, not_after=not_after))
    if len({key.kid for key in keys}) != len(keys):
        raise InputError(faults.DOCUMENT_SHAPE, field="kid", wrong="used twice")
    return tuple(keys)


def _document(data: bytes, fields: set[int], *, optional: Collection[int] = ()) -> dict[int | str, cbor.Value]:
    document = cbor.decode(data, limit=MAX_BYTES)
    if type(document) is not dict or document.keys() - set(optional) != fields or document[1] is True or document[1] != VERSION:
        raise InputError(faults.DOCUMENT_SHAPE, field="document")
    return document


def _region(document: dict[int | str, cbor.Value]) -> str:
    region = document[2]
    if type(region) is not str or not REGION_PATTERN.fullmatch(region):
        raise InputError(faults.DOCUMENT_SHAPE, field="region")
    return region


def _key(entry: dict[int | str, cbor.Value]) -> tuple[CoseKey, int, int]:
    key, not_before, not_after = CoseKey.parse(entry[2]), entry[4], entry[5]
    if type(not_before) is not int or type(not_after) is not int or not 0 <= not_before < not_after:
        raise InputError(faults.DOCUMENT_SHAPE, field="not-before and not-after")
    if entry[1] != key.kid():
        raise InputError(faults.DOCUMENT_SHAPE, field="kid", wrong="not this key's")
    return key, not_before, not_after


def _pair(value: cbor.Value, field: str) -> tuple[int, int]:
    if type(value) is list and len(value) == 2:
        first, second = value
        if type(first) is int and type(second) is int and first >= 0 and second >= 0:
            return first, second
    raise InputError(faults.DOCUMENT_SHAPE, field=field)
