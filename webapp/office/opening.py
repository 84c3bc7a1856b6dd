"""The office opened from its folder: record, vault, keys, policy and published folder, joined once."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from codes.claims import Profile
from codes.errors import CardError, SetupError
from codes.keys import CoseKey
from codes.scenes import decode_scenes
from codes.trust import Bounds, IssuerKey, JournalKey, StatusAuthority
from ecard import AesKeyWrapper, CardOffice, IssuingKey, RegionIssuer, Store, Vault
from ecard.issuer import PHONE_PROFILES
from ecard.keyring import Keyring
from ecard.policybook import PolicyBook
from ecard.trustrepo import RegionDocuments
from webapp import faults
from webapp.office.issuers import more_issuers
from webapp.office.settings import read_settings
from webapp.office.statuskeys import read_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Region
    from codes.keys import Signer
    from codes.trust import ChainPoint
    from webapp.office.settings import OfficeSettings, RegionSettings

KEY_LIFE = timedelta(days=15 * 366)
"""Longer than the credential of any chip that the keys sign now."""


@dataclass(frozen=True, kw_only=True)
class OpenOffice:
    """An office at work. The store is closed by whoever opened it."""

    settings: OfficeSettings
    keyring: Keyring
    desk: CardOffice

    @classmethod
    def join(cls, settings: OfficeSettings, keyring: Keyring, store: Store, *, at: datetime) -> OpenOffice:
        """Put the parts together, under the policy in force. Raises `SetupError`: key-missing, policy-*, fee-schedule."""
        vault = Vault(wrapper=AesKeyWrapper(keyring.vault()), index_key=keyring.blind_index(), entropy=secrets.token_bytes)
        issuers = {region: _issuer(keyring, says) for region, says in settings.regions.items()}
        edition = PolicyBook.open(settings.policies).at(at)
        desk = CardOffice(store=store, vault=vault, policy=edition.policy, fees=edition.fees, issuers=issuers, entropy=secrets.token_bytes)
        return cls(settings=settings, keyring=keyring, desk=desk)

    def authority(self, region: Region) -> StatusAuthority:
        """Who publishes a region's status, in which epoch. Raises `SetupError`: office-status, key-missing."""
        plan, says = read_plan(self.settings, self.keyring, region), self.settings.regions[region]
        return StatusAuthority(region=region, letter=says.letter, epoch=plan.epoch, keys=plan.keys, spaces=says.lists)

    def documents(self, region: Region, *, checkpoint: Sequence[ChainPoint] = ()) -> RegionDocuments:
        """What a region says about itself, as it is to be published, with the versions of its chains that it vouches for.

        Raises `SetupError`: office-scenes, office-status, key-missing, issuer-card.
        """
        issuer = self.desk.issuer(region)
        authority = replace(self.authority(region), checkpoint=tuple(checkpoint))
        begin, end = _life(self.settings.regions[region])
        journal = JournalKey(region=region, key=CoseKey.of(self.keyring.journal(region).public_key()), not_before=begin, not_after=end)
        path = self.settings.scenes / f"{region}.json"
        try:
            scenes = decode_scenes(path.read_bytes())
        except OSError as problem:
            raise SetupError(faults.OFFICE_SCENES, file=path.name, problem=problem.strerror) from problem
        except CardError as error:
            raise SetupError(faults.OFFICE_SCENES, file=path.name, problem=error.code, **error.facts) from error
        if scenes.region != region:
            raise SetupError(faults.OFFICE_SCENES, file=path.name, problem="another region", region=scenes.region)
        return RegionDocuments(
            issuers=[issuer.phone.power, issuer.chip.power, *more_issuers(self.settings, region)],
            authority=authority,
            scenes=scenes,
            journal=[journal],
        )


@contextmanager
def open_office(folder: Path, *, at: datetime) -> Iterator[OpenOffice]:
    """Open the office in `folder` and close it again.

    Raises `SetupError`: office-missing, office-file, key-*, policy-contradiction, store-unsafe, store-unavailable, store-behind.
    """
    settings = read_settings(folder)
    keyring = Keyring.open(settings.keys)
    store = Store.open(settings.database)
    try:
        yield OpenOffice.join(settings, keyring, store, at=at)
    finally:
        store.close()


def _issuer(keyring: Keyring, says: RegionSettings) -> RegionIssuer:
    region, lives = says.region, says.longest_life
    bounds = {profile: Bounds(longest_life=life, longest_max_age=says.max_age) for profile, life in lives.items()}
    phone = {profile: bounds[profile] for profile in PHONE_PROFILES}
    return RegionIssuer(
        region=region,
        letter=says.letter,
        division=says.division,
        phone=_issuing_key(says, keyring.issuer_phone(region), phone),
        chip=_issuing_key(says, keyring.issuer_chip(region), {Profile.CHIP: bounds[Profile.CHIP]}),
        spaces=says.lists,
        chip_tag_key=keyring.chip_tag(region),
        chip_master=keyring.chip_master(region),
        receipts=keyring.receipt(region),
        journal=keyring.journal(region),
    )


def _issuing_key(says: RegionSettings, signer: Signer, profiles: Mapping[Profile, Bounds]) -> IssuingKey:
    begin, end = _life(says)
    power = IssuerKey(region=says.region, key=signer.public_key, profiles=dict(profiles), not_before=begin, not_after=end)
    return IssuingKey(signer=signer, power=power)


def _life(says: RegionSettings) -> tuple[int, int]:
    return int(says.founded.timestamp()), int((says.founded + KEY_LIFE).timestamp())
