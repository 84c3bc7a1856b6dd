"""The offices of the city: a record with its vault, the keys of two regions, and the folder in which everything signed is published."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from codes.keys import CoseKey
from codes.trust import IssuerKey, JournalKey, StatusAuthority, StatusKey
from ecard import AesKeyWrapper, CardOffice, IssuingKey, NoncePurpose, Policy, RegionIssuer, Store, Vault
from ecard.chaining.edition import publish_edition
from ecard.chaining.noting import floors, note
from ecard.chaining.publisher import ChainPublisher, RegionChains
from ecard.keyring import Keyring
from ecard.model import seconds
from ecard.publishing import DEFAULT_PACE
from ecard.trustfolder import TrustFolder
from ecard.trustrepo import RegionDocuments, TrustRepository
from webapp.places import CHIP_BOUNDS, DIVISIONS, LETTERS, PHONE_BOUNDS, SPACES, scene_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from codes.claims import Profile, Region
    from codes.keys import Signer
    from codes.trust import Bounds
    from ecard import CardRef, CarrierRef
    from ecard.chaining.publisher import ChainNews
    from ecard.publishing import Edition
    from webapp.demo.folder import DemoFolder
    from webapp.phones.phone import Phone

    Powers = dict[Profile, Bounds]

_KEY_LIFE = timedelta(days=15 * 366)
"""Longer than the credential of any chip that the keys sign now."""
_SERVICE = ("snapshot", "timestamp")


@dataclass(frozen=True, kw_only=True)
class City:
    """The office, open, and what it takes to publish. Close it when done."""

    folder: DemoFolder
    keyring: Keyring
    office: CardOffice
    trust: TrustRepository
    authorities: Mapping[Region, StatusAuthority]

    @classmethod
    def found(cls, folder: DemoFolder, *, at: datetime) -> City:
        """Make every key, open an empty record, publish the trust of both regions and lists with nobody on them."""
        keyring = Keyring.create(folder.keys, secrets.token_bytes, regions=tuple(LETTERS))
        vault = Vault(wrapper=AesKeyWrapper(keyring.vault()), index_key=keyring.blind_index(), entropy=secrets.token_bytes)
        issuers = {region: _issuer(keyring, region, at) for region in LETTERS}
        store = Store.create(folder.record)
        office = CardOffice(store=store, vault=vault, policy=Policy(), issuers=issuers, entropy=secrets.token_bytes)
        floor = int(at.timestamp())
        trust = TrustRepository.create(folder.published, keyring.authorities(), keyring.trust_signers(), at=at, clock_floor=floor)
        authorities = {region: _authority(keyring, region, at) for region in issuers}
        for region, issuer in issuers.items():
            documents = RegionDocuments(
                issuers=[issuer.phone.power, issuer.chip.power],
                authority=authorities[region],
                scenes=scene_document(region),
                journal=[_journal_key(keyring, region, at)],
            )
            trust.publish(documents, keyring.trust_signers(region, *_SERVICE), at=at)
        city = cls(folder=folder, keyring=keyring, office=office, trust=trust, authorities=authorities)
        city.publish(at)
        return city

    def publish(self, at: datetime) -> Edition:
        """Sign what the record says now, as a new version of the status chains and as lists, and a new timestamp over the trust repository."""
        publisher = ChainPublisher(self.folder.published, life=DEFAULT_PACE.life)
        edition = publish_edition(
            self.office.truth,
            publisher,
            self.folder.published,
            self._chains(),
            at=at,
            pace=DEFAULT_PACE,
            note=lambda news: self._note(news, at),
        )
        self.trust.refresh(self.keyring.trust_signers(*_SERVICE), at=at)
        return edition.lists

    def _chains(self) -> dict[Region, RegionChains]:
        folder = TrustFolder(self.folder.published)
        current = folder.current()
        with self.office.store.reading() as work:
            return {
                region: RegionChains(
                    authority=(authority := self.authorities[region]),
                    signer=self.keyring.status(region),
                    trust=folder.delegated(current, region).signed.version,
                    floors=floors(work, region, authority.epoch),
                )
                for region in LETTERS
            }

    def _note(self, news: Iterable[ChainNews], at: datetime) -> None:
        with self.office.store.writing() as work:
            note(work, news, now=seconds(at))

    def renew(self, card: CardRef, phone: Phone, carrier: CarrierRef, profiles: Sequence[Profile], *, at: datetime) -> None:
        """Give a phone one fresh credential of each profile: the one moment at which it needs a network. Raises as `CardOffice.renew_credentials`."""
        nonce = self.office.nonce(card, NoncePurpose.RENEW, at=at).value
        asked = phone.ask(profiles, nonce, phone=carrier, region=self.office.card(card).card.region, at=at)
        phone.keep(self.office.renew_credentials(carrier, nonce=nonce, proof=asked.proof, requests=asked.requests, at=at), asked)

    def copy_to_stick(self) -> int:
        """Copy the published folder to the stick, as anybody may; returns the number of files."""
        shutil.rmtree(self.folder.stick, ignore_errors=True)
        shutil.copytree(self.folder.published, self.folder.stick)
        return sum(path.is_file() for path in self.folder.stick.rglob("*"))

    def close(self) -> None:
        """Give the database back."""
        self.office.store.close()


def _issuer(keyring: Keyring, region: Region, at: datetime) -> RegionIssuer:
    return RegionIssuer(
        region=region,
        letter=LETTERS[region],
        division=DIVISIONS[region],
        phone=_issuing_key(region, keyring.issuer_phone(region), dict(PHONE_BOUNDS), at),
        chip=_issuing_key(region, keyring.issuer_chip(region), dict(CHIP_BOUNDS), at),
        spaces=SPACES,
        chip_tag_key=keyring.chip_tag(region),
        chip_master=keyring.chip_master(region),
        receipts=keyring.receipt(region),
        journal=keyring.journal(region),
    )


def _issuing_key(region: Region, signer: Signer, profiles: Powers, at: datetime) -> IssuingKey:
    not_before, not_after = int(at.timestamp()), int((at + _KEY_LIFE).timestamp())
    power = IssuerKey(region=region, key=signer.public_key, profiles=profiles, not_before=not_before, not_after=not_after)
    return IssuingKey(signer=signer, power=power)


def _authority(keyring: Keyring, region: Region, at: datetime) -> StatusAuthority:
    key = StatusKey(key=keyring.status(region).public_key, not_before=int(at.timestamp()), not_after=int((at + _KEY_LIFE).timestamp()))
    return StatusAuthority(region=region, letter=LETTERS[region], epoch=1, keys=[key], spaces=SPACES)


def _journal_key(keyring: Keyring, region: Region, at: datetime) -> JournalKey:
    opens = CoseKey.of(keyring.journal(region).public_key())
    return JournalKey(region=region, key=opens, not_before=int(at.timestamp()), not_after=int((at + _KEY_LIFE).timestamp()))
