"""What an office needs to work: record, vault, policy, issuers and a source of randomness. Joined once, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import InputError
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.claims import Region
    from ecard.issuer import RegionIssuer
    from ecard.model import Entropy
    from ecard.policy import Policy
    from ecard.store import Store
    from ecard.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Premises:
    """The parts of an office. Raises `SetupError` policy-contradiction when the policy asks for what an issuer's keys may not sign."""

    store: Store
    vault: Vault
    policy: Policy
    issuers: Mapping[Region, RegionIssuer]
    entropy: Entropy

    def __post_init__(self) -> None:
        for issuer in self.issuers.values():
            issuer.check_policy(self.policy)

    def issuer(self, region: Region) -> RegionIssuer:
        """The issuer of a region. Raises `InputError` region-unknown."""
        issuer = self.issuers.get(region)
        if issuer is None:
            raise InputError(faults.REGION_UNKNOWN, region=region)
        return issuer
