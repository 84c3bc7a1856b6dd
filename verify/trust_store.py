"""Trust as TUF metadata: verified when it is imported, and verified again whenever a terminal opens its state (FORMATS section 4, TUF 1.0 section 5).

At import everything counts: thresholds, root after root, versions that never fall, hashes that belong together, expiry. At opening everything counts but
expiry: that trust is out of date is found by each scan for itself (trust-stale), and is never an exception on the way to one.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuf.api.exceptions import EqualVersionNumberError, RepositoryError

# python-tuf's client has hands: it fetches, keeps a directory and reads the clock. This is its head, the part that decides what may be loaded after what,
# which other people attack and mend. It is not a public name, so pyproject.toml pins the minor version and tests/verify/ try every refusal of it.
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from codes.errors import InputError, SetupError
from verify import faults
from verify.trust_descent import CLOCK_FLOOR, Descent, refusals, seconds
from verify.trust_source import MAX_METADATA, Held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.clock import ClockFloor
    from verify.trust_descent import Trust
    from verify.trust_regions import Region
    from verify.trust_source import Source

ROOT, TIMESTAMP = "metadata/root.json", "metadata/timestamp.json"
"""Names inside a trust folder."""
_BEFORE_EVERYTHING = datetime(1, 1, 1, tzinfo=UTC)


def anchor(root: bytes) -> tuple[dict[str, bytes], int]:
    """The first trust folder of a terminal from the root it is given in person, and the clock floor that this root demands (0: none).

    Nothing can vouch for a first root but the way it came. Raises `InputError`: trust-root (not a root, or not signed by its own threshold), trust-time.
    """
    try:
        trusted = TrustedMetadataSet(root, EnvelopeType.METADATA)
    except RepositoryError:
        raise InputError(faults.TRUST_ROOT) from None
    return {ROOT: root}, seconds(trusted.root.unrecognized_fields, CLOCK_FLOOR) or 0


def open_trust(files: Mapping[str, bytes]) -> Trust:
    """Verify a trust folder again, without regard to expiry. Raises `SetupError`: trust-absent (no import yet), trust-damaged."""
    trusted = _start(files, _BEFORE_EVERYTHING)
    if TIMESTAMP not in files:
        raise SetupError(faults.TRUST_ABSENT)
    held = Held(files)
    try:
        with refusals("timestamp"):
            trusted.update_timestamp(files[TIMESTAMP])
        return Descent(trusted, held, None, {}).to_trust()
    except InputError as error:
        raise SetupError(faults.TRUST_DAMAGED, found=error.code) from error


def update_trust(files: Mapping[str, bytes], source: Source, *, floor: ClockFloor, now: int) -> tuple[Trust, ClockFloor]:
    """What the trust folder `files` becomes with the publisher's files of `source` at `now` (seconds since 1970 UTC), and the clock floor it gives.

    Expiry is judged by the later of clock and floor: a clock that has fallen back revives nothing. A new root's demand on the floor comes first.
    A region whose new documents cannot be used keeps those in force, and `Trust.refused` says why; that is raised only where no region remains.
    Raises `InputError`: trust-file-missing, trust-target-missing, trust-shape, trust-unsigned (forged, or below its threshold), trust-mismatch,
    trust-rolled-back, trust-past-expiry, trust-time, trust-foreign, import-too-large, and those of the documents; `SetupError` trust-damaged when the
    root that we hold is broken. Nothing is written anywhere: whoever gets an exception still has what it had.
    """
    trusted = _start(files, _BEFORE_EVERYTHING)
    root = files[ROOT]
    while (successor := source.metadata("root", trusted.root.version + 1, MAX_METADATA)) is not None:
        with refusals("root"):
            trusted.update_root(successor)
        root = successor
    demanded = None if root is files[ROOT] else seconds(trusted.root.unrecognized_fields, CLOCK_FLOOR)
    if demanded is not None:
        floor = floor.reset_to(demanded)
    trusted.reference_time = datetime.fromtimestamp(max(now, floor.overall), UTC)

    # What we hold is loaded first, so that nothing older can follow it. Unless a new root took away the key that signed it: then it no longer binds us,
    # and a version number pushed to the sky by a stolen key is forgotten with the key (TUF 5.3.11).
    timestamp = files.get(TIMESTAMP, b"")
    with suppress(RepositoryError):
        trusted.update_timestamp(timestamp)
    offered = source.metadata("timestamp", None, MAX_METADATA)
    if offered is None:
        raise InputError(faults.TRUST_FILE_MISSING, role="timestamp")
    with refusals("timestamp"), suppress(EqualVersionNumberError):
        trusted.update_timestamp(offered)
        timestamp = offered
    trust = Descent(trusted, Held({**files, ROOT: root, TIMESTAMP: timestamp}), source, _in_force(files)).to_trust()
    return trust, floor.with_timestamp(trust.issued, now=now)


def _in_force(files: Mapping[str, bytes]) -> Mapping[str, Region]:
    """The regions of a trust folder; none if it has none, or is broken, which an import may mend."""
    try:
        return open_trust(files).regions
    except SetupError:
        return {}


def _start(files: Mapping[str, bytes], reference: datetime) -> TrustedMetadataSet:
    try:
        trusted = TrustedMetadataSet(files.get(ROOT, b""), EnvelopeType.METADATA)
    except RepositoryError:
        raise SetupError(faults.TRUST_DAMAGED, role="root") from None
    trusted.reference_time = reference  # it would take the machine's clock: here time is an argument
    return trusted
