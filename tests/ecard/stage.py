"""One person's card in the real office, as the reference model speaks of it: `Stage.perform` gives a command, `Stage.seen` says what the record shows."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.chipproof import ChipState
from codes.claims import Profile
from codes.errors import CardError
from ecard.lifecycle import status_of
from ecard.model import CardRef, CarrierKind, CarrierRef, CarrierState, seconds
from ecard.policy import DAY, PreLossEnd
from tests.ecard.chips import MirrorChip
from tests.ecard.city import AT, READER, SUPERVISOR, SoftPhone, key
from tests.ecard.counters import open_point
from tests.ecard.model_based import CARD, CHIP, STAND_IN, A, B, C, World, wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecard.lifecycle import Command
    from ecard.model import Actor, Carrier, Dossier
    from tests.ecard.city import City
    from tests.ecard.model_based import Model

START = seconds(AT)
NONE = "none"
STEP = 5
"""Seconds between two commands, so that not too many nonces are open at once."""
_SEEN = sa.text("""
SELECT (SELECT count(*) FROM freeze_request WHERE card = :card AND answer IS NULL) AS asked,
    (SELECT count(*) FROM credential WHERE carrier = :a AND profile = :general AND state = 'ready' AND exp > :fresh
        AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.credential = credential.ref)) AS codes,
    (SELECT ground FROM exchange WHERE card = :card AND closed IS NULL) AS exchange,
    (SELECT count(*) FROM cancellation WHERE card = :card AND decided IS NULL) AS cancelling,
    (SELECT count(*) FROM correction WHERE card = :card AND decided IS NULL) AS correcting,
    (SELECT count(*) FROM destruction WHERE card = :card) AS destroyed,
    (SELECT carrier FROM entitlement WHERE holder = :holder AND ended IS NULL) AS fare,
    (SELECT CASE WHEN ended IS NULL THEN 'active' ELSE 'ended' END FROM financial_account WHERE card = :card) AS account,
    (SELECT count(*) FROM legacy_card WHERE card = :card) AS older,
    (SELECT count(DISTINCT carrier) FROM chip_incident WHERE card = :card AND settled IS NULL) AS apart
""")
_ITEMS = sa.text("SELECT item_group FROM item_lock WHERE card = :card")
_PIECES = sa.text("SELECT carrier, state, keep_until FROM stock_item WHERE card = :card")
_OTHER = sa.text("SELECT ref, state, revision FROM card WHERE holder = :holder AND ref <> :card ORDER BY issued DESC LIMIT 1")
_APPLICATION = sa.text("SELECT ref, state FROM application WHERE holder = :holder ORDER BY taken DESC LIMIT 1")
_TOLD = sa.text("SELECT seq, state FROM chip_target WHERE carrier = :carrier ORDER BY seq DESC LIMIT 1")
_OWED = sa.text("""
SELECT stock_item.order_ref, stock_item.line FROM stock_item JOIN carrier ON carrier.ref = stock_item.carrier
WHERE stock_item.card = :card ORDER BY stock_item.state = 'ordered' DESC, carrier.created DESC LIMIT 1
""")


@dataclass(frozen=True)
class Move:
    """One command as model and office give it. What `ready` brings (a nonce, a proof) its caller had in hand before the command began."""

    name: str
    command: Command
    model: Model
    real: Callable[[Stage, Any, dict[str, Any]], object]
    ready: Callable[[Stage], Any] = lambda _: None
    looks: bool = True
    """Whether its caller may say which revision they saw."""
    at_hand: Callable[[World], Model] | None = None
    """The model of a caller who has had something at hand since a world that may have changed."""

    def since(self, world: World) -> Model:
        """The model of a caller who is ready since this world."""
        return self.model if self.at_hand is None else self.at_hand(world)

    def __str__(self) -> str:
        return self.name


class Stage:
    """A card that was just applied for, three phones that are not bound yet, and everybody who may do something about them."""

    def __init__(self, city: City) -> None:
        city.with_policy(pre_loss_end=PreLossEnd.AUTO_RELEASE)
        open_point(city)
        city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
        applied = city.apply()
        self.city = city
        self.ref = applied.card.ref
        self.holder_ref = applied.card.holder
        self.soft = {name: SoftPhone(name) for name in (A, B, C)}
        self._chips: dict[CarrierRef, MirrorChip] = {}

    def session(self, **changes: Any) -> Stage:
        """The same card seen by somebody else, who has a clock, and perhaps a store, of their own."""
        other = copy.copy(self)
        other.city = replace(self.city, office=replace(self.city.office, **changes))
        return other

    def perform(self, move: Move, ready: Any = None, expected: int | None = None) -> str:
        """`ok`, or the code of the refusal. Every command is given some seconds after the one before."""
        self.city.later(seconds=STEP)
        return self.give(move, move.ready if ready is None else lambda _: ready, expected)[0]

    def give(self, move: Move, ready: Callable[[Stage], Any], expected: int | None = None) -> tuple[str, object]:
        """The same at this very second, and what the office answered."""
        try:
            return "ok", move.real(self, ready(self), {} if expected is None else {"expected": expected})
        except CardError as error:
            return error.code, None

    def day(self, days: int = 0) -> datetime:
        """The beginning of a day so many days from now, counted from the beginning of the story."""
        return AT + timedelta(days=(self.city.at - AT).days + days)

    @property
    def now(self) -> Dossier:
        return self.city.office.card(self.ref)

    @property
    def holder(self) -> Actor:
        return self.city.holder(self.now)

    def phone(self, name: str) -> CarrierRef:
        """The phone of this name, or a reference that leads nowhere."""
        wanted_key = self.soft[name].enrolment.public_key
        return next((carrier.ref for carrier in self.now.carriers if carrier.key == wanted_key), CarrierRef(NONE))

    def chip(self, carrier: Carrier | None) -> MirrorChip:
        """The silicon behind a carrier, told what it was to be told last."""
        if carrier is None or carrier.card_code is None:
            return MirrorChip(code=bytes(16), signer=key("no chip"))
        chip = self._chips.setdefault(carrier.ref, MirrorChip(code=carrier.card_code, signer=key(f"chip {carrier.ref}")))
        told = self._one(_TOLD, carrier=carrier.ref)
        if told is None:
            chip.seq, chip.state, chip.digest = 0, ChipState.ACTIVE, bytes(8)
        else:
            chip.set(told.seq, ChipState(told.state))
        return chip

    def first_chip(self) -> CarrierRef:
        return next(ref for ref, name in self._names(self.now).items() if name == f"{CHIP}-1")

    def other(self) -> CardRef:
        """The newest other card of the person."""
        row = self._one(_OTHER)
        return CardRef(row.ref if row else NONE)

    def application(self) -> str:
        row = self._one(_APPLICATION)
        return str(row.ref if row else NONE)

    def owed(self) -> tuple[str, int] | None:
        """Order and line of the newest piece that the card maker still owes, or has sent."""
        row = self._one(_OWED)
        return row and (row.order_ref, row.line)

    def _one(self, query: sa.TextClause, **more: str) -> Any:
        names = {name: value for name, value in {"card": self.ref, "holder": self.holder_ref, **more}.items() if f":{name}" in query.text}
        with self.city.office.store.reading() as work:
            return work.connection.execute(query, names).one_or_none()

    def _names(self, dossier: Dossier) -> dict[CarrierRef, str]:
        """Chips and stand-ins are counted in the order in which they came."""
        known = {phone.enrolment.public_key: name for name, phone in self.soft.items()}
        names: dict[CarrierRef, str] = {}
        counted = {CHIP: 0, STAND_IN: 0}
        for carrier in sorted(dossier.carriers, key=lambda carrier: (carrier.created, carrier.state is not CarrierState.ENDED)):
            kind = CHIP if carrier.kind is CarrierKind.CHIP else STAND_IN
            if kind == STAND_IN and carrier.key in known:
                names[carrier.ref] = known[carrier.key]
                continue
            counted[kind] += 1
            names[carrier.ref] = f"{kind}-{counted[kind]}"
        return names

    def seen(self) -> dict[str, object]:
        """What of the record the model speaks of. The card's chain must be whole."""
        now = seconds(self.city.at)
        with self.city.office.store.reading() as work:
            dossier = work.dossier(self.ref)
            if work.connection.dialect.name == "sqlite":  # the chain is the same on both, and this is asked thousands of times
                work.verify(self.ref)
            names = self._names(dossier)
            refs = {name: ref for ref, name in names.items()}
            said = {"card": self.ref, "holder": self.holder_ref, "a": refs.get(A, NONE), "general": int(Profile.GENERAL), "fresh": now + 5 * DAY}
            row = work.connection.execute(_SEEN, said).one()
            items = set(work.connection.execute(_ITEMS, {"card": self.ref}).scalars())
            pieces = work.connection.execute(_PIECES, {"card": self.ref}).all()
            other = work.connection.execute(_OTHER, {"card": self.ref, "holder": self.holder_ref}).one_or_none()
            application = work.connection.execute(_APPLICATION, {"holder": self.holder_ref}).one_or_none()
        return {
            "revision": dossier.card.revision,
            "state": dossier.card.state.value,
            "held": {
                (
                    names[hold.carrier] if hold.carrier else CARD,
                    f"freeze {hold.ground.value}" if hold.ground else hold.kind.value,
                    None if hold.until is None else (hold.until - START) // DAY,
                )
                for hold in dossier.holds
                if hold.in_force(now)
            },
            "statuses": {names[carrier.ref]: status_of(dossier, carrier, now).value for carrier in dossier.carriers},
            "apart": row.apart,
            "items": items,
            "asked": row.asked,
            "codes": row.codes,
            "exchange": row.exchange,
            "cancelling": row.cancelling,
            "correcting": row.correcting,
            "destroyed": row.destroyed,
            "fare": row.fare and names[row.fare],
            "account": row.account or NONE,
            "older": row.older,
            "other": other.state if other else NONE,
            "other_revision": other.revision if other else 0,
            "application": application.state if application else NONE,
            "pieces": {
                names[piece.carrier]: (piece.state, None if piece.keep_until is None else (piece.keep_until - START) // DAY) for piece in pieces
            },
        }


def compare(stage: Stage, world: World, told: str) -> None:
    """The record must show what the model says, and nothing else."""
    seen, said = stage.seen(), wanted(world)
    assert seen == said, (told, {name: (seen[name], said[name]) for name in said if seen[name] != said[name]})


def check(stage: Stage, world: World, move: Move, ready: Any = None, since: World | None = None) -> World:
    """Give the command in the office and in the model; both must answer the same and leave the same. `since` is the world in which its caller was ready."""
    after, said = move.since(since or world)(world)
    assert stage.perform(move, ready) == said, move.name
    compare(stage, after, move.name)
    return after
