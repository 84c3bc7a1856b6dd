"""Lives of cards, played once each by the real office on a scratch record: what the real commands leave is what a crowd is cast from.

Every hash that the office makes while it plays is kept with what it was made of, so that the chains of a crowd are made again and not imitated.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.claims import Profile
from ecard import papers, schema
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command
from ecard.model import Actor, Affair, Applicant, CancelGround, CardRef, Decision, DestructionMethod, FreezeGround
from ecard.policy import DAY, Policy
from ecard.stopping import LossOf
from tests.ecard.city import AT, CLERK, CQ, NOW, SC, SECOND_CLERK, City, SoftPhone, open_city, region_issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codes.claims import Region
    from ecard.issuer import RegionIssuer
    from ecard.model import Carrier, Dossier

REGIONS = (CQ, SC)
APPLIED = NOW
"""When every played card was applied for."""
LATE = NOW + 390 * DAY
"""What is later in a played life happened lately in a cast one; what is earlier, when its card was young."""
PRESENT = NOW + 401 * DAY
"""When a crowd is loaded."""
SPACES = {Profile.GENERAL: (0, 9_999), Profile.IDENTITY: (10_000, 19_999), Profile.CHIP: (20_000, 39_999)}
PASSING = {"nonce", "unsealed", "outbox", "looked", "request", "shard", "reader", "office_act", "checkpoint", "checkpoint_head"}
"""Tables that hold nothing about one card for long, or that the loader fills as a whole."""

Row = dict[str, Any]


def issuer(region: Region) -> RegionIssuer:
    """A region with room for the lists of ten years."""
    return replace(region_issuer(region), spaces=SPACES)


def open_record(where: Path | str, *, seed: str = "bench", folder: Path | None = None) -> City:
    """An office over a record of the crowd."""
    city = open_city(where, seed=seed, policy=Policy(), folder=folder)
    for region in REGIONS:
        city.with_issuer(issuer(region))
    return city


class Life:
    """One card's life as it is played."""

    def __init__(self, city: City, region: Region, order: int) -> None:
        self.city, self.region, self.order = city, region, order
        self.clerk, self.second = (replace(clerk, region=region) for clerk in (CLERK, SECOND_CLERK))
        self.city.at = AT
        self.ref = CardRef("")
        self.phones: list[tuple[SoftPhone, Carrier]] = []

    @property
    def now(self) -> Dossier:
        return self.city.office.card(self.ref)

    def by(self, command: Command, actor: Actor | None = None) -> dict[str, Any]:
        actor = actor or self.clerk
        return {"actor": actor, "evidence": RULES[command].papers(actor.role), "at": self.city.at}

    def applied(self) -> None:
        self.ref = self.city.apply(self.order, region=self.region, actor=self.clerk).card.ref

    def made(self) -> None:
        self.applied()
        self.city.later(days=20)
        self.chip = self.city.chip_of(self.now)
        self.city.personalise(self.now, self.chip)

    def plain(self) -> None:
        self.made()
        self.city.later(days=10)
        self.city.office.activate(self.ref, **self.by(Command.ACTIVATE))

    def bound(self, name: str = "a") -> None:
        self.city.later(minutes=10)
        phone = SoftPhone(f"{self.region} {self.order} {name}")
        self.phones.append((phone, self.city.bind(self.now, phone, self.chip).phone))

    def lately(self, days: int = 0) -> None:
        self.city.at = AT + timedelta(days=400 - days)

    def renewed(self, *profiles: Profile) -> None:
        for phone, carrier in self.phones:
            for profile in profiles or (Profile.GENERAL,):
                self.city.renew(carrier, phone, profile)

    def with_phone(self) -> None:
        self.plain()
        self.bound()
        self.lately(6)
        self.renewed()
        self.lately()
        self.renewed()

    def with_identity(self) -> None:
        self.with_phone()
        self.renewed(Profile.IDENTITY)

    def with_two_phones(self) -> None:
        self.plain()
        self.bound()
        self.bound("b")
        self.lately()
        self.renewed()

    def lost(self) -> None:
        self.with_phone()
        self.city.office.report_loss(self.ref, of=LossOf.CARD, **self.by(Command.REPORT_LOSS))

    def found_again(self) -> None:
        self.plain()
        self.bound()
        self.city.later(days=60)
        self.city.office.report_loss(self.ref, of=LossOf.CHIP, **self.by(Command.REPORT_LOSS))
        self.city.later(days=2)
        self.city.office.withdraw_loss(self.ref, of=LossOf.CHIP, **self.by(Command.WITHDRAW_LOSS))
        self.lately()
        self.renewed()

    def called(self) -> None:
        self.with_phone()
        self.city.office.pre_report_loss(self.ref, of=LossOf.CARD, **self.by(Command.PRE_REPORT_LOSS))

    def frozen(self) -> None:
        self.with_phone()
        until = self.city.at + timedelta(days=30)
        self.city.office.freeze(self.ref, ground=FreezeGround.THEFT, until=until, **self.by(Command.FREEZE))

    def locked(self) -> None:
        self.with_phone()
        phone, carrier = self.phones[0]
        nonce = self.city.office.nonce(self.ref, NoncePurpose.ACT, at=self.city.at).value
        said = phone.proof(act_binding(nonce, Command.LOCK, self.ref, "card"), region=self.region)
        proof = PhoneProof(phone=carrier.ref, nonce=nonce, proof=said)
        self.city.office.lock(self.ref, actor=self.city.holder(self.now), proof=proof, at=self.city.at)

    def cancelled(self) -> None:
        self.plain()
        self.city.later(days=200)
        proof = papers.FOR_CANCELLATION[CancelGround.MOVED_AWAY] | papers.FOR_APPLICANT[Applicant.HOLDER]
        asked = self.by(Command.REQUEST_CANCEL)
        asked["evidence"] = asked["evidence"] | proof
        self.city.office.request_cancel(self.ref, CancelGround.MOVED_AWAY, Applicant.HOLDER, **asked)
        done = self.city.office.cancel(self.ref, Decision.ACCEPTED, settled=frozenset(Affair), **self.by(Command.CANCEL, self.second)).dossier
        at = self.city.later(days=1)
        self.city.office.record_destruction(
            self.ref, done.carriers[0].ref, DestructionMethod.SHREDDED, witness=SECOND_CLERK.person, actor=self.clerk, at=at
        )


LIVES: tuple[tuple[Callable[[Life], None], int], ...] = (
    (Life.plain, 380),
    (Life.applied, 280),
    (Life.with_phone, 200),
    (Life.made, 50),
    (Life.with_identity, 30),
    (Life.with_two_phones, 20),
    (Life.found_again, 20),
    (Life.cancelled, 10),
    (Life.lost, 6),
    (Life.locked, 2),
    (Life.called, 1),
    (Life.frozen, 1),
)
"""What a thousand cards are like while a region hands out its new generation."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """One life as it lies in the tables, by table, in the order of their primary keys."""

    name: str
    region: Region
    rows: dict[str, list[Row]]


def play(folder: Path) -> tuple[list[Played], dict[bytes, bytes]]:
    """Every life in every region, and of every hash what it was made of."""
    city = open_record(folder / "lives.db")
    try:
        with _recording() as made_of:
            played = []
            for number, (act, _) in enumerate(LIVES):
                for at, region in enumerate(REGIONS):
                    life = Life(city, region, 10 * number + at + 1)
                    act(life)
                    played.append(Played(name=act.__name__, region=region, rows=_rows_of(city, life.ref)))
    finally:
        city.office.store.close()
    return played, made_of


@contextmanager
def _recording() -> Iterator[dict[bytes, bytes]]:
    kept: dict[bytes, bytes] = {}
    real = hashlib.sha256

    def sha256(data: bytes = b"", **options: Any) -> Any:
        made = real(data, **options)
        kept[made.digest()] = bytes(data)
        return made

    hashlib.sha256 = sha256  # type: ignore[assignment] # because what listens takes what the real one takes
    try:
        yield kept
    finally:
        hashlib.sha256 = real


def _rows_of(city: City, ref: CardRef) -> dict[str, list[Row]]:
    tables = {name: table for name, table in schema.METADATA.tables.items() if name not in PASSING}
    with city.office.store.reading() as work:
        everything = {name: _all(work.connection, table) for name, table in tables.items()}
    known = {ref, city.office.card(ref).card.holder}
    for part in ("carrier", "hold", "credential"):
        known |= {row["ref"] for row in everything[part] if row["card"] == ref}
    return {name: found for name, rows in everything.items() if (found := [row for row in rows if known & {str(v) for v in row.values()}])}


def _all(connection: sa.Connection, table: sa.Table) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
