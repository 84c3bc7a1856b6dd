"""Whose word counts for a chain: an object is read strictly, and believed when a status key of its region signed it while that key was valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import faults as form
from codes.chain import TYP_HEARTBEAT, ListSpace, StatusHeartbeat
from codes.chain_delta import TYP_DELTA, StatusDelta
from codes.chain_snapshot import TYP_SNAPSHOT, StatusSnapshot
from codes.errors import InputError
from verify import faults

if TYPE_CHECKING:
    from codes.claims import Profile
    from codes.trust import StatusAuthority
    from verify.trust import TrustView

Version = StatusDelta | StatusSnapshot
"""What proves a version: it carries its whole root."""
ChainObject = Version | StatusHeartbeat
_KINDS: tuple[tuple[bytes, type[StatusDelta | StatusSnapshot | StatusHeartbeat]], ...] = (
    (TYP_DELTA.encode(), StatusDelta),
    (TYP_SNAPSHOT.encode(), StatusSnapshot),
    (TYP_HEARTBEAT.encode(), StatusHeartbeat),
)
_HEADER = 64
"""An object's kind stands within its first bytes."""


def read_object(data: bytes) -> ChainObject:
    """Read an object of a chain, whichever it is. Raises `InputError`: cose-type, and those of the objects."""
    for name, kind in _KINDS:
        if name in data[:_HEADER]:
            return kind.from_bytes(data)
    raise InputError(form.COSE_TYPE)


def check_object(found: ChainObject, trust: TrustView) -> StatusAuthority:
    """Return who signed it if a key of that region did, in the key's time.

    Raises `InputError`: status-key-unknown (also a region that nobody trusts), status-key-period, status-signature.
    """
    head = found.head
    authority = trust.authorities.get(head.region)
    key = next((key for key in authority.keys if key.kid == found.kid), None) if authority else None
    if authority is None or key is None:
        raise InputError(faults.STATUS_KEY_UNKNOWN, region=head.region, kid=found.kid.hex())
    if not key.not_before <= head.iat < key.not_after:
        raise InputError(faults.STATUS_KEY_PERIOD, region=head.region, kid=found.kid.hex(), iat=head.iat)
    found.check(key.key.load())
    return authority


def believed(data: bytes, trust: TrustView) -> ChainObject | None:
    """A stored object, if it is still believed: what a stolen key signed goes with the key."""
    try:
        found = read_object(data)
        check_object(found, trust)
    except InputError:
        return None
    return found


def profile_of(authority: StatusAuthority, space: ListSpace, number: int) -> Profile | None:
    """The profile whose lists a shard number belongs to; None for a shard that is nobody's in this space."""
    for profile, (first, last) in authority.spaces.items():
        if first <= number <= last and ListSpace.of(profile) is space:
            return profile
    return None
