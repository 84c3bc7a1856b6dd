"""What an office needs to work: record, vault, policy, issuers and a source of randomness. Joined once, checked once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from codes.errors import InputError
from ecard import faults, receipts
from ecard.fees import FeeSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codes.claims import Region
    from ecard.issuer import RegionIssuer
    from ecard.lifecycle import Evidence
    from ecard.model import Entropy
    from ecard.policy import Policy
    from ecard.store import Store, Work
    from ecard.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Premises:
    """The parts of an office. Raises `SetupError` policy-contradiction when the policy asks for what an issuer's keys may not sign."""

    store: Store
    vault: Vault
    policy: Policy
    issuers: Mapping[Region, RegionIssuer]
    entropy: Entropy
    fees: FeeSchedule = field(default_factory=FeeSchedule)
    """What may be charged; without a schedule everything is free."""
    cited: Mapping[Evidence, str] = field(default_factory=dict)
    """References of the papers that the next command rests on, by kind; its event keeps a keyed digest of each. See `citing`."""
    request_key: str | None = None
    """Key of the request that the next command answers; see `ecard.requests`."""

    def __post_init__(self) -> None:
        for issuer in self.issuers.values():
            issuer.check_policy(self.policy)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """The transaction of a command: what it records is acknowledged by signed receipts before it ends. Raises what `Store.writing` does."""
        with self.store.writing() as work:
            work.cited = {paper: self.vault.fingerprint(reference.encode()) for paper, reference in self.cited.items()}
            yield work
            receipts.acknowledge(self, work)

    def once(self, key: str) -> Self:
        """The same office for one request that may be sent again: `office.once(key).freeze(..)` has one effect and one answer, however often it is asked.

        Raises `InputError` request-key at the command.
        """
        return replace(self, request_key=key)

    def citing(self, references: Mapping[Evidence, str]) -> Self:
        """The same office for one command that rests on these papers: `office.citing({Evidence.WRITTEN_REPORT: "2026-0417"}).report_loss(..)`.

        A reference is what the paper is filed under. The event keeps its digest, keyed, so that whoever has the paper can show that it is the one, and
        nobody can guess it from the record. Raises `InputError` paper-not-shown at the command, where a paper is cited that is not shown.
        """
        return replace(self, cited=dict(references))

    def issuer(self, region: Region) -> RegionIssuer:
        """The issuer of a region. Raises `InputError` region-unknown."""
        issuer = self.issuers.get(region)
        if issuer is None:
            raise InputError(faults.REGION_UNKNOWN, region=region)
        return issuer
