"""Issuing keys beyond the office's own two: the next key before its first day, the last one until its credentials have run out, a second issuing host.

    issuers/<region>-<kid>.json    {"region", "key" (SubjectPublicKeyInfo, PEM), "profiles": {name: {"longest_life", "max_age"}}, "not_before", "not_after"}

A public key in this folder stands in the region's trust documents from the next `ecard publish` on, and is gone from them when its file is.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from codes.errors import InputError, SetupError, StateError
from codes.keys import CoseKey
from codes.trust import Bounds, IssuerKey, encode_issuers
from ecard import faults
from ecard.folder import write_whole
from webapp.office.settings import PROFILES

if TYPE_CHECKING:
    from codes.claims import Profile, Region
    from webapp.office.settings import OfficeSettings

_MEMBERS = {"region", "key", "profiles", "not_before", "not_after"}
_NAMES = {profile: name for name, profile in PROFILES.items()}


def more_issuers(settings: OfficeSettings, region: Region) -> list[IssuerKey]:
    """The region's further issuing keys, by name of their files. Raises `SetupError` issuer-card naming the file."""
    found = []
    for path in sorted(settings.issuers.glob(f"{region}-*.json")):
        try:
            issuer = _parse(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, UnsupportedAlgorithm) as problem:
            raise SetupError(faults.ISSUER_CARD, file=path.name, problem=type(problem).__name__) from None
        if path.name != _name(issuer) or issuer.region != region:
            raise SetupError(faults.ISSUER_CARD, file=path.name, problem="the name does not fit the key")
        found.append(issuer)
    return found


def add_issuer(settings: OfficeSettings, region: Region, pem: bytes, profiles: tuple[Profile, ...], *, since: datetime, until: datetime) -> IssuerKey:
    """Enter a public key with the bounds that this office keeps for its own keys of these profiles.

    Raises `InputError` issuer-card: no P-256 public key, chips and phones in one key, a term that ends before it begins; `StateError` issuer-known;
    `SetupError` folder-unwritable.
    """
    says = settings.regions[region]
    bounds = {profile: Bounds(longest_life=says.longest_life[profile], longest_max_age=says.max_age) for profile in profiles}
    begin, end = int(since.timestamp()), int(until.timestamp())
    try:
        issuer = IssuerKey(region=region, key=_key(pem), profiles=bounds, not_before=begin, not_after=end)
        encode_issuers(region, [issuer])
    except (ValueError, TypeError, UnsupportedAlgorithm, InputError) as problem:
        raise InputError(faults.ISSUER_CARD, problem="not a P-256 public key in PEM, or its profiles or term cannot be") from problem
    path = settings.issuers / _name(issuer)
    if path.exists():
        raise StateError(faults.ISSUER_KNOWN, file=path.name)
    write_whole(path, _page(issuer))
    return issuer


def remove_issuer(settings: OfficeSettings, region: Region, kid: str) -> None:
    """Take a key out. Raises `InputError` issuer-not-entered; `SetupError` folder-unwritable."""
    path = settings.issuers / f"{region}-{kid}.json"
    try:
        path.unlink()
    except FileNotFoundError:
        raise InputError(faults.ISSUER_UNKNOWN, kid=kid, region=region) from None
    except OSError as problem:
        raise SetupError(faults.FOLDER_UNWRITABLE, file=path.name, problem=problem.strerror) from problem


def _name(issuer: IssuerKey) -> str:
    return f"{issuer.region}-{issuer.kid.hex()}.json"


def _key(pem: bytes) -> CoseKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not an elliptic curve")
    return CoseKey.of(key)


def _page(issuer: IssuerKey) -> bytes:
    page = {
        "region": issuer.region,
        "key": issuer.key.load().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "profiles": {
            _NAMES[profile]: {"longest_life": bound.longest_life, "max_age": bound.longest_max_age} for profile, bound in issuer.profiles.items()
        },
        "not_before": datetime.fromtimestamp(issuer.not_before, UTC).isoformat(),
        "not_after": datetime.fromtimestamp(issuer.not_after, UTC).isoformat(),
    }
    return json.dumps(page, indent=1).encode() + b"\n"


def _parse(page: Any) -> IssuerKey:
    if page.keys() != _MEMBERS:
        raise ValueError("members")
    bounds = {
        PROFILES[name]: Bounds(longest_life=int(bound["longest_life"]), longest_max_age=int(bound["max_age"]))
        for name, bound in page["profiles"].items()
    }
    begin, end = (int(datetime.fromisoformat(page[member]).timestamp()) for member in ("not_before", "not_after"))
    return IssuerKey(region=page["region"], key=_key(page["key"].encode()), profiles=bounds, not_before=begin, not_after=end)
