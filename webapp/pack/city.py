"""A city in a box: issuers, residents and status lists from one seed. Generated people only, and not even those have a number."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.claims import AUD, CARD, CNF, CNONCE, EXP, HOUR, IAT, ISS, NAME, STATUS, SUB, TAIL, Audience, Profile, StatusRef, StatusType, shard_uri
from codes.keys import CRV, EC2, KTY, P256, X, Y
from codes.status import StatusList, StatusListToken
from codes.trust import IssuerKey, StatusAuthority, StatusKey
from ecard.keyring import Keyring
from webapp.pack import forge
from webapp.pack.places import (
    BOUNDS,
    CHIP_BOUNDS,
    CQ,
    DAY,
    GENERAL_LIFE,
    IDENTITY_LIFE,
    LETTERS,
    LISTED,
    MAX_AGE,
    NOW,
    SHARD_OF,
    SHARD_SIZE,
    SPACES,
)

if TYPE_CHECKING:
    from codes.keys import CoseKey, Signer
    from codes.trust import Bounds
    from webapp.pack.seed import Seed

_MASKED = ("王*芳", "李*", "张*伟", "刘*洋", "陈*静", "杨*")
_LONG_AGO, _FAR_AWAY = NOW - 365 * DAY, NOW + 365 * DAY
_BACKGROUND = 100
"""One entry in so many of each list is stopped, as in a real city, so that lists compress like real ones."""
_LIFE = {Profile.GENERAL: GENERAL_LIFE, Profile.IDENTITY: IDENTITY_LIFE, Profile.DELEGATE: IDENTITY_LIFE, Profile.CHIP: 5 * 365 * DAY}
STATUS_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """An issuing key with its private half."""

    region: str
    signer: Signer
    entry: IssuerKey | None
    """Its row in the trust list; None for a key that nobody trusts."""

    @property
    def kid(self) -> bytes:
        """Its name in headers."""
        return self.signer.public_key.kid()


class City:
    """Everything behind a pack. Credentials are made while the cases are written; the lists are signed when all of them stand."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.issuing: dict[str, Issuing] = {}
        self.keyring = Keyring.derived(seed.derive("keyring", 32), regions=tuple(LETTERS))
        self.status_keys = {region: self.keyring.status(region) for region in LETTERS}
        self._places: dict[tuple[str, str, Profile], StatusRef] = {}
        self._values: dict[StatusRef, StatusType] = {}
        for region in LETTERS:
            self._add_key(region, region, BOUNDS, signer=self.keyring.issuer_phone(region))
            self._add_key(f"{region} chip", region, CHIP_BOUNDS, signer=self.keyring.issuer_chip(region))
        general = {Profile.GENERAL: BOUNDS[Profile.GENERAL]}
        self._add_key("general only", CQ, general)
        self._add_key("from now", CQ, general, not_before=NOW)
        self._add_key("not yet", CQ, general, not_before=NOW + 1)
        self._add_key("last second", CQ, general, not_after=NOW + 1)
        self._add_key("ended", CQ, general, not_after=NOW)
        self.issuing["stranger"] = Issuing(region=CQ, signer=seed.signer("stranger issuer"), entry=None)

    def _add_key(
        self,
        label: str,
        region: str,
        profiles: dict[Profile, Bounds],
        *,
        signer: Signer | None = None,
        not_before: int = _LONG_AGO,
        not_after: int = _FAR_AWAY,
    ) -> None:
        signer = signer or self.seed.signer(f"{label} issuer")
        entry = IssuerKey(region=region, key=signer.public_key, profiles=profiles, not_before=not_before, not_after=not_after)
        self.issuing[label] = Issuing(region=region, signer=signer, entry=entry)

    # ---------------------------------------------------------------------------------------------------------- drafts

    def draft(
        self,
        label: str,
        *,
        issuer: str = CQ,
        region: str | None = None,
        profile: Profile = Profile.GENERAL,
        identity: bool | None = None,
        iat: int = NOW - DAY,
        exp: int | None = None,
        max_age: int = MAX_AGE,
        fare: int = 0,
        status: StatusType = StatusType.VALID,
        ref: StatusRef | None = None,
        made: int = NOW,
        audience: Audience | None = None,
        cnonce: bytes | None = None,
        sub: str | None = None,
    ) -> forge.Draft:
        """A code of a new resident that is right in everything not named; times are seconds since 1970, `made` is the phone's own.

        `label` seeds the holder's key, the subject and the list index, and is used once.
        """
        issuing = self.issuing[issuer]
        region = region or issuing.region
        identity = profile is Profile.IDENTITY if identity is None else identity
        holder = self.seed.signer(f"{label} holder")
        sub = sub or self.seed.sub(f"{label} sub")
        ref = ref or self.place(label, region, profile)
        if status is not StatusType.VALID:
            self._values[ref] = status
        claims: forge.Pairs = (
            (ISS, region),
            (SUB, sub),
            (EXP, iat + _LIFE[profile] if exp is None else exp),
            (IAT, iat),
            (CNF, ((1, cose_key(holder.public_key)),)),
            (STATUS, (("status_list", (("idx", ref.idx), ("uri", ref.uri))),)),
            (CARD, [self._chip_tag(region, label, sub), max_age, int(profile), fare]),
        )
        if identity:
            tail = f"{self.seed.below(f'{label} tail', 1000):03}X"
            claims = (*claims, (NAME, _MASKED[self.seed.below(f"{label} name", len(_MASKED))]), (TAIL, tail))
        audience = audience or (Audience.IDENTITY if identity else Audience.GENERAL)
        code_claims: forge.Pairs = ((AUD, str(audience)), (IAT, made))
        if cnonce is not None:
            code_claims = (*code_claims, (CNONCE, cnonce))
        return forge.Draft(
            inner=forge.Layer(headers=forge.credential_headers(issuing.kid), claims=claims),
            outer=forge.Layer(headers=forge.code_headers(), claims=code_claims),
            issuer=issuing.signer,
            holder=holder,
        )

    def place(self, label: str, region: str, profile: Profile) -> StatusRef:
        """An index of its own in the published list; a label always gets the same one."""
        known = self._places.get((label, region, profile))
        if known is not None:
            return known
        uri, size = shard_uri(LETTERS[region], SHARD_OF[profile]), SHARD_SIZE[profile]
        idx = self.seed.below(f"{label} idx", size - 1)  # the last index is kept for the case that is named for it
        while StatusRef(uri, idx) in self._values:
            idx = (idx + 1) % (size - 1)
        ref = self._places[label, region, profile] = StatusRef(uri, idx)
        self._values[ref] = StatusType.VALID
        return ref

    def _chip_tag(self, region: str, label: str, sub: str) -> bytes:
        card = self.seed.derive(f"{label} card identification code", 16)
        return hmac.digest(self.keyring.chip_tag(region), card + sub.encode(), hashlib.sha256)[:8]

    # ------------------------------------------------------------------------------------------------------- documents

    def issuer_keys(self, region: str) -> list[IssuerKey]:
        """The region's rows of the trust list."""
        return [issuing.entry for issuing in self.issuing.values() if issuing.region == region and issuing.entry is not None]

    def authority(self, region: str) -> StatusAuthority:
        """Who signs the region's status lists."""
        key = StatusKey(key=self.status_keys[region].public_key, not_before=_LONG_AGO, not_after=_FAR_AWAY)
        return StatusAuthority(region=region, letter=LETTERS[region], epoch=1, keys=[key], spaces=SPACES)

    def status_tokens(self, region: str) -> dict[str, bytes]:
        """The region's signed lists by uri, as all cases so far need them."""
        tokens = {}
        for profile, number in SHARD_OF.items():
            uri = shard_uri(LETTERS[region], number)
            values = self._background(uri, SHARD_SIZE[profile])
            values.update((ref.idx, value) for ref, value in self._values.items() if ref.uri == uri)
            statuses = StatusList.of_size(SHARD_SIZE[profile]).with_values(values.items())
            token = StatusListToken.issue(uri, statuses, self.status_keys[region], iat=LISTED, exp=LISTED + STATUS_LIFE, ttl=HOUR)
            tokens[uri] = token.raw
        return tokens

    def _background(self, uri: str, size: int) -> dict[int, StatusType]:
        stopped = (StatusType.INVALID, StatusType.INVALID, StatusType.INVALID, StatusType.SUSPENDED, StatusType.SUSPENDED, StatusType.FROZEN)
        stream = self.seed.derive(f"{uri} background", 4 * (size // _BACKGROUND))
        picks = [int.from_bytes(stream[at : at + 4]) for at in range(0, len(stream), 4)]
        return {pick % (size - 1): stopped[pick // size % len(stopped)] for pick in picks}


def cose_key(key: CoseKey) -> forge.Pairs:
    """The COSE_Key map of a holder key."""
    return ((KTY, EC2), (CRV, P256), (X, key.x), (Y, key.y_is_odd))
