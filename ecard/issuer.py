"""A region as an issuer: its keys, what each may sign, and the space of status lists that is its own. Nothing of it lies in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codes.claims import Profile
from codes.errors import SetupError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from codes.claims import Region
    from codes.keys import Signer
    from codes.trust import IssuerKey
    from ecard.policy import Policy

SECRET_BYTES = 32
PHONE_PROFILES = (Profile.GENERAL, Profile.IDENTITY)
ISSUED_PROFILES = (*PHONE_PROFILES, Profile.CHIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingKey:
    """A private key and the public word of what it may sign, as terminals read it. `ValueError` when the two are not one key."""

    signer: Signer
    power: IssuerKey

    def __post_init__(self) -> None:
        if self.signer.public_key != self.power.key:
            msg = "the signer does not hold the key whose power this is"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionIssuer:
    """Everything with which one region issues. The chip key is another key than the phone key. `ValueError` for parts that do not belong together."""

    region: Region
    letter: str
    """The region's letter in list uris; card numbers begin with it."""
    division: str
    """Administrative division of six digits, in the card identification code."""
    phone: IssuingKey
    chip: IssuingKey
    spaces: Mapping[Profile, tuple[int, int]]
    """First and last number of its status lists for each profile, as its StatusAuthority says."""
    chip_tag_key: bytes = field(repr=False)
    chip_master: bytes = field(repr=False)
    """What the keys of every chip of the region are diversified from: they seal scripts and check receipts (CHIP section 4.2)."""
    receipts: Signer
    """What signs the region's receipts: a key that signs nothing else."""
    journal: EllipticCurvePrivateKey | None = field(default=None, repr=False)
    """What opens the journals of the region's terminals, on the host that takes them in."""

    def __post_init__(self) -> None:
        powers = {self.phone.power.region, self.chip.power.region}
        if (
            powers != {self.region}
            or {len(self.chip_tag_key), len(self.chip_master)} != {SECRET_BYTES}
            or self.phone.power.key == self.chip.power.key
        ):
            msg = f"keys of {self.region} do not belong together"
            raise ValueError(msg)

    def key_for(self, profile: Profile) -> IssuingKey:
        """The key that signs credentials of this profile."""
        return self.chip if profile is Profile.CHIP else self.phone

    def check_policy(self, policy: Policy) -> None:
        """Return if every credential of the policy lies within what the keys may sign, and has a list to stand in.

        Raises `SetupError` policy-contradiction naming both values.
        """
        lives = {profile: policy.life(profile) for profile in PHONE_PROFILES}
        for profile in ISSUED_PROFILES:
            bounds = self.key_for(profile).power.profiles.get(profile)
            if bounds is None or profile not in self.spaces:
                raise SetupError(
                    faults.POLICY_CONTRADICTION,
                    first="profile issued",
                    first_value=int(profile),
                    second="keys and lists of",
                    second_value=self.region,
                )
            asked = ((lives.get(profile, 0), bounds.longest_life, "life"), (policy.max_age, bounds.longest_max_age, "max_age"))
            for value, limit, name in asked:
                if value > limit:
                    raise SetupError(
                        faults.POLICY_CONTRADICTION,
                        first=f"{name} of {profile.name}",
                        first_value=value,
                        second="the key's bound",
                        second_value=limit,
                    )
