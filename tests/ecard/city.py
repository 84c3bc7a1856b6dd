"""A small city for the tests of the record: two regions, an office on a real database file, people who do not exist, soft chips and phones."""

from __future__ import annotations

import functools
import hashlib
import itertools
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codes.chipproof import ChipPurpose, ChipReport, ChipState, bind_challenge
from codes.claims import Profile
from codes.errors import CardError, Fault
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import SoftwareSigner
from codes.trust import Bounds, IssuerKey
from ecard import identity
from ecard.applying import Application
from ecard.enrolment import NoncePurpose
from ecard.issuer import IssuingKey, RegionIssuer
from ecard.lifecycle import RULES, Command
from ecard.model import Actor, Carrier, Dossier, Role
from ecard.office import CardOffice
from ecard.phones import Bound, CredentialRequest, Endorsement, renewal_binding
from ecard.policy import DAY, Policy
from ecard.residents.proofs import Unspent
from ecard.store import Store
from ecard.vault import AesKeyWrapper, Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.credential import Credential
    from codes.keys import Signer

AT = datetime(2026, 11, 21, 8, 20, tzinfo=UTC)
NOW = int(AT.timestamp())
READER = "reader-cq-001"
CQ, SC = "CN-CQ", "CN-SC"

CLERK = Actor(ref="clerk-1", person="staff-1", role=Role.CLERK, region=CQ)
SECOND_CLERK = Actor(ref="clerk-2", person="staff-2", role=Role.CLERK, region=CQ)
SC_CLERK = Actor(ref="clerk-3", person="staff-3", role=Role.CLERK, region=SC)
WORKSHOP = Actor(ref="workshop-1", person="staff-4", role=Role.PRODUCTION, region=CQ)
SUPERVISOR = Actor(ref="lead-1", person="staff-5", role=Role.SUPERVISOR, region=CQ)

SPACES = {Profile.GENERAL: (0, 9), Profile.IDENTITY: (10, 19), Profile.CHIP: (20, 29)}


class Stream:
    """Random-looking bytes that come out the same for the same seed."""

    def __init__(self, seed: str = "city") -> None:
        self._state = hashlib.sha256(seed.encode()).digest()

    def __call__(self, size: int, /) -> bytes:
        drawn = b""
        while len(drawn) < size:
            self._state = hashlib.sha256(self._state).digest()
            drawn += hashlib.sha256(b"out" + self._state).digest()
        return drawn[:size]


def key(name: str) -> SoftwareSigner:
    """The throw-away key of this name."""
    return SoftwareSigner.from_scalar(int.from_bytes(hashlib.sha256(name.encode()).digest()) >> 1)


def person_number(order: int = 1, *, born: str = "19900307", region: str = "500101") -> str:
    """A resident number of nobody, with a right check character."""
    body = f"{region}{born}{order:03}"
    return body + identity.check_character(body)


def issuing_key(region: str, name: str, profiles: dict[Profile, Bounds], signer: Signer | None = None) -> IssuingKey:
    signer = signer or key(f"{region} {name}")
    power = IssuerKey(region=region, key=signer.public_key, profiles=profiles, not_before=NOW - DAY, not_after=NOW + 3650 * DAY)
    return IssuingKey(signer=signer, power=power)


def region_issuer(region: str) -> RegionIssuer:
    phone = {Profile.GENERAL: Bounds(longest_life=7 * DAY, longest_max_age=30), Profile.IDENTITY: Bounds(longest_life=3 * DAY, longest_max_age=30)}
    chip = {Profile.CHIP: Bounds(longest_life=3660 * DAY, longest_max_age=30)}
    return RegionIssuer(
        region=region,
        letter={CQ: "c", SC: "s"}[region],
        division={CQ: "500000", SC: "510000"}[region],
        phone=issuing_key(region, "phone", phone),
        chip=issuing_key(region, "chip", chip),
        spaces=SPACES,
        chip_tag_key=hashlib.sha256(f"tag {region}".encode()).digest(),
        chip_master=hashlib.sha256(f"chips {region}".encode()).digest(),
        receipts=key(f"{region} receipts"),
    )


@contextmanager
def refused(fault: Fault, **facts: object) -> Iterator[None]:
    """The block must be refused with this fault, and with these facts among its facts."""
    with pytest.raises(CardError) as caught:
        yield
    assert caught.value.code == fault.code, f"{caught.value}"
    assert caught.value.facts.items() >= facts.items()


@dataclass
class SoftChip:
    """A chip as far as the record meets one: a key, an identification code and a counter."""

    code: bytes
    signer: SoftwareSigner
    counter: int = 0
    seq: int = 0
    state: ChipState = ChipState.ACTIVE

    def answer(self, purpose: ChipPurpose, challenge: bytes) -> bytes:
        self.counter += 1
        report = ChipReport(
            purpose=purpose, card_id=self.code, counter=self.counter, seq=self.seq, state=self.state, digest=bytes(8), chip_random=b"\x07" * 8
        )
        return report.body() + self.signer.sign(report.signed_bytes(challenge))


@dataclass
class SoftPhone:
    """A phone as far as the record meets one: an enrolment key, and a fresh key for every credential."""

    name: str
    made: int = 0
    holders: dict[bytes, SoftwareSigner] = field(default_factory=dict)

    @property
    def enrolment(self) -> SoftwareSigner:
        return key(f"{self.name} enrolment")

    def fresh(self) -> SoftwareSigner:
        self.made += 1
        signer = key(f"{self.name} holder {self.made}")
        self.holders[signer.public_key.x] = signer
        return signer

    def proof(self, nonce: bytes, *, region: str = CQ, purpose: ProofPurpose = ProofPurpose.ENROLMENT, signer: SoftwareSigner | None = None) -> bytes:
        return KeyProof.make(signer or self.enrolment, region=region, purpose=purpose, nonce=nonce, iat=NOW)

    def requests(self, nonce: bytes, *profiles: Profile, region: str = CQ) -> list[CredentialRequest]:
        return [
            CredentialRequest(profile=profile, proof=self.proof(nonce, region=region, purpose=ProofPurpose.HOLDER, signer=self.fresh()))
            for profile in profiles
        ]


@dataclass
class City:
    """An office with everything around it. `at` is the present; `later` moves it."""

    office: CardOffice
    path: Path
    where: Path | str
    at: datetime = AT
    calls: Iterator[int] = field(default_factory=itertools.count)

    def later(self, **passed: float) -> datetime:
        self.at += timedelta(**passed)
        return self.at

    def with_policy(self, **values: Any) -> CardOffice:
        self.office = replace(self.office, policy=replace(self.office.policy, **values))
        return self.office

    def with_issuer(self, issuer: RegionIssuer) -> CardOffice:
        self.office = replace(self.office, issuers={**self.office.issuers, issuer.region: issuer})
        return self.office

    def form(self, order: int = 1, *, region: str = CQ, number: str | None = None, name: str = "江小鱼") -> Application:
        return Application(region=region, identity_type=identity.IdentityType.RESIDENT_ID, identity_number=number or person_number(order), name=name)

    def apply(self, order: int = 1, *, region: str = CQ, actor: Actor | None = None) -> Dossier:
        actor = actor or {CQ: CLERK, SC: SC_CLERK}[region]
        return self.office.apply(self.form(order, region=region), actor=actor, evidence=RULES[Command.APPLY].evidence, at=self.at).dossier

    def chip_of(self, dossier: Dossier) -> SoftChip:
        assert dossier.chip is not None
        assert dossier.chip.card_code is not None
        return SoftChip(code=dossier.chip.card_code, signer=key(f"chip {dossier.card.ref}"))

    def personalise(self, dossier: Dossier, chip: SoftChip) -> Credential:
        nonce = self.office.nonce(dossier.card.ref, NoncePurpose.PERSONALISE, at=self.at)
        answer = chip.answer(ChipPurpose.STATUS, nonce.value)
        workshop = replace(WORKSHOP, region=dossier.card.region)
        made = self.office.personalise(
            dossier.card.ref, chip_key=chip.signer.public_key, challenge=nonce.value, answer=answer, actor=workshop, at=self.at
        )
        return made.credential

    def card(self, order: int = 1, *, region: str = CQ) -> tuple[Dossier, SoftChip]:
        """A card in its holder's hand."""
        applied = self.apply(order, region=region)
        chip = self.chip_of(applied)
        self.personalise(applied, chip)
        clerk = {CQ: CLERK, SC: SC_CLERK}[region]
        return self.office.activate(applied.card.ref, actor=clerk, evidence=RULES[Command.ACTIVATE].evidence, at=self.at), chip

    def holder(self, dossier: Dossier) -> Actor:
        return Actor(ref="app", person=dossier.card.holder, role=Role.HOLDER)

    def endorse(self, dossier: Dossier, chip: SoftChip, phone: SoftPhone, nonce: bytes, expires: int, *, reader: str = READER) -> Endorsement:
        challenge = bind_challenge(
            reader_id=reader, nonce=nonce, thumbprint=phone.enrolment.public_key.thumbprint(), card_number=dossier.card.number, expires=expires
        )
        return Endorsement(reader=reader, answer=chip.answer(ChipPurpose.BIND, challenge))

    def bind(self, dossier: Dossier, phone: SoftPhone, chip: SoftChip | None = None) -> Bound:
        nonce = self.office.nonce(dossier.card.ref, NoncePurpose.BIND, at=self.at)
        endorsement = None
        if chip is not None:
            self.office.register_reader(READER, actor=SUPERVISOR, at=self.at)
            endorsement = self.endorse(dossier, chip, phone, nonce.value, nonce.expires)
        proof = phone.proof(nonce.value, region=dossier.card.region)
        return self.office.bind_phone(
            dossier.card.ref, nonce=nonce.value, proof=proof, endorsement=endorsement, actor=self.holder(dossier), at=self.at
        )

    def renew(self, carrier: Carrier, phone: SoftPhone, *profiles: Profile) -> tuple[Credential, ...]:
        region = self.office.card(carrier.card).card.region
        nonce = self.office.nonce(carrier.card, NoncePurpose.RENEW, at=self.at).value
        requests = phone.requests(nonce, *profiles, region=region)
        proof = phone.proof(renewal_binding(nonce, carrier.ref, requests), region=region)
        caller = Unspent(key=phone.enrolment.public_key, jti=f"{next(self.calls):022}", until=int(self.at.timestamp()) + 300)
        told: dict[str, Any] = {"nonce": nonce, "proof": proof, "requests": requests, "at": self.at}
        return self.office.renew_mine(caller, carrier.card, carrier.ref, key=f"renewal {caller.jti}", **told)

    def statuses(self) -> dict[str, str]:
        """Status by list uri and index, in plain words."""
        values = self.office.truth(self.at).statuses(self.at)
        return {f"{ref.uri}/{ref.idx}": status.name for ref, status in values.items()}


def place(credential: Credential) -> str:
    return f"{credential.says.status.uri}/{credential.says.status.idx}"


@functools.cache
def _empty_record() -> bytes:
    """A record with its tables and nothing in them: made once, because every step that a record ever took is taken in the making."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "record.db"
        Store.create(made).close()
        return made.read_bytes()


def open_city(where: Path | str, *, seed: str = "city", policy: Policy | None = None, folder: Path | None = None) -> City:
    """A city whose record is in a file or behind a URL; `folder` is where it keeps other files, when there is no file to lie beside."""
    if isinstance(where, Path) and where.parent.is_dir() and not where.exists():
        where.touch(0o600)
        where.write_bytes(_empty_record())
    entropy = Stream(seed)
    vault = Vault(wrapper=AesKeyWrapper(hashlib.sha256(b"kek").digest()), index_key=hashlib.sha256(b"index").digest(), entropy=entropy)
    office = CardOffice(
        store=Store.create(where),
        vault=vault,
        policy=policy or Policy(shard_capacity=256),
        issuers={region: region_issuer(region) for region in (CQ, SC)},
        entropy=entropy,
    )
    return City(office=office, path=where if isinstance(where, Path) else (folder or Path()) / "record.db", where=where)
