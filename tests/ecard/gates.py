"""Terminals for the tests of the record: gates with a key and a journal, and people who pass them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from codes.claims import Audience, Profile
from codes.journal import FIRST_LINK, Entry, Run, next_link, seal_key, seal_record
from codes.presentation import Presentation
from codes.upload import JournalHead, SignedHead, Upload
from ecard.model import FindingKind, Place
from tests.ecard.city import CQ, NOW, SC, SUPERVISOR, City, SoftPhone, key

if TYPE_CHECKING:
    from codes.credential import Credential
    from codes.keys import SoftwareSigner
    from ecard.model import Dossier, JournalTaken

SERVER = ec.derive_private_key(0x5E2A, ec.SECP256R1())
SECRET = bytes(range(32))
CHONGQING, CHENGDU = Place(latitude=29_563_000, longitude=106_551_600), Place(latitude=30_657_400, longitude=104_065_700)


@dataclass
class Gate:
    """A terminal as far as the record meets one: a key and a journal."""

    city: City
    name: str
    signer: SoftwareSigner
    link: bytes = FIRST_LINK
    seq: int = 0
    dropped: int = 0

    def entries(self, *entries: Entry) -> Upload:
        """Seal further entries and sign for them."""
        start = self.seq + 1
        records = []
        for entry in entries:
            self.seq += 1
            records.append(seal_record(entry._replace(terminal=self.name, seq=self.seq), SECRET, start=start))
            self.link = next_link(self.link, records[-1])
        runs = [Run(start, start, seal_key(SECRET, SERVER.public_key(), terminal=self.name, start=start), records)] if records else []
        return Upload(SignedHead.issue(JournalHead(NOW, self.name, self.seq, self.link, self.dropped), self.signer), runs)

    def report(self, *entries: Entry) -> JournalTaken:
        return self.city.office.take_journal(self.entries(*entries).to_bytes(), at=self.city.at)


def gate(city: City, name: str = "T-1", *, place: Place | None = CHONGQING, scenes: tuple[str, ...] = ("metro",)) -> Gate:
    made = Gate(city, name, key(f"terminal {name}"))
    city.office.register_terminal(name, made.signer.public_key, venue="演示站", scenes=scenes, place=place, actor=SUPERVISOR, at=city.at)
    return made


def holder(city: City, order: int = 1) -> tuple[Dossier, SoftPhone, Credential]:
    """Somebody with a card and a code on the phone."""
    card, chip = city.card(order)
    phone = SoftPhone(f"phone {order}")
    bound = city.bind(card, phone, chip)
    (credential,) = city.renew(bound.phone, phone, Profile.GENERAL)
    return card, phone, credential


def passage(phone: SoftPhone, credential: Credential, *, at: int = NOW, made: int | None = None, head: int = NOW - 60, **changes: Any) -> Entry:
    """An acceptance of this person."""
    signer = phone.holders[credential.says.holder.x]
    code = Presentation.make(credential, signer, audience=Audience.GENERAL, iat=at if made is None else made)
    return Entry("-", 1, at, "metro", 0, head, code.raw, head)._replace(**changes)


def kinds(taken: JournalTaken) -> list[FindingKind]:
    return [finding.kind for finding in taken.findings]


def opening(city: City) -> City:
    """A city that opens its terminals' journals."""
    for region in (CQ, SC):
        city.with_issuer(replace(city.office.issuer(region), journal=SERVER))
    return city
