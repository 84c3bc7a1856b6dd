"""Every move of the reference model beside the command of the office that must do the same, given with full papers by somebody who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from codes.claims import Profile
from codes.errors import CardError
from ecard.lifecycle import RULES, Command, status_of
from ecard.model import CaseDecision, FreezeGround, FreezeRequestRef, ItemGroup, Misuse, Proof, seconds
from ecard.model import CaseRef as File
from ecard.stopping import LossOf
from tests.ecard import model_based as model
from tests.ecard.city import CLERK, SC_CLERK, SECOND_CLERK, SUPERVISOR, SoftPhone
from tests.ecard.model_based import CARD, CHIP, LOSS, PRE, A, B, C, Model
from tests.ecard.stops import CALLED, FREEZE, REPORT, UNFREEZE, WITHDRAW, Case

if TYPE_CHECKING:
    from ecard.model import Actor, CarrierRef
    from tests.ecard.city import City


class Stage(Case):
    """The same card in the real office."""

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.file = File("none")
        self.third = SoftPhone("c")
        self.first = self.now.card.revision

    def perform(self, move: Move, expected: int | None = None) -> str:
        """`ok`, or the code of the refusal."""
        try:
            move.real(self, {} if expected is None else {"expected": expected})
        except CardError as error:
            return error.code
        return "ok"

    def seen(self) -> dict[str, object]:
        """What of the record the model speaks of."""
        dossier, now = self.now, seconds(self.city.at)
        names = {dossier.chip.ref if dossier.chip else "": CHIP, self.phones[0].ref: A, self.phones[1].ref: B, None: CARD}
        held = {
            (names.get(hold.carrier, C), "freeze " + hold.ground.value if hold.ground else hold.kind.value)
            for hold in dossier.holds
            if hold.in_force(now)
        }
        return {
            "held": held,
            "statuses": {names.get(carrier.ref, C): status_of(dossier, carrier, now).value for carrier in dossier.carriers},
            "items": set(self.city.office.locked_items(self.ref)),
            "events": dossier.card.revision - self.first,
            "answers": [asked.answer for asked in self.city.office.freeze_requests(self.ref)].count(None),
        }

    @property
    def waiting(self) -> FreezeRequestRef:
        """The request that nobody has answered."""
        found = [asked.ref for asked in self.city.office.freeze_requests(self.ref) if asked.answer is None]
        return found[0] if found else FreezeRequestRef("none")


Real = Callable[[Stage, dict[str, Any]], object]


@dataclass(frozen=True)
class Move:
    """One command as model and office give it."""

    name: str
    command: Command
    model: Model
    real: Real
    looks: bool = True
    """Whether its caller may say which revision they saw."""

    def __str__(self) -> str:
        return self.name


def _own(stage: Stage, command: Command, target: str, speaker: str) -> dict[str, Any]:
    """A holder's own act, proved by one of their phones."""
    return {"actor": stage.holder, "at": stage.city.at, "proof": stage.proof(command, target, by=[A, B].index(speaker))}


def _desk(stage: Stage, command: Command, actor: Actor = CLERK) -> dict[str, Any]:
    return {"actor": actor, "at": stage.city.at, "evidence": RULES[command].papers(actor.role)}


def _open(stage: Stage, _: object) -> None:
    stage.file = stage.city.office.open_case(stage.ref, Misuse.LENT, **_desk(stage, Command.OPEN_CASE)).ref


def _bind(stage: Stage, _: object) -> None:
    stage.city.bind(stage.now, stage.third)


def _losses(place: str) -> list[Move]:
    def said(stage: Stage) -> tuple[LossOf, CarrierRef | None]:
        return {CARD: LossOf.CARD, CHIP: LossOf.CHIP}.get(place, LossOf.PHONE), stage.phones[0].ref if place == A else None

    return [
        Move(f"call {place}", Command.PRE_REPORT_LOSS, model.call(place), lambda s, e: s.call(*said(s), actor=CLERK, evidence=CALLED, **e)),
        Move(f"call off {place}", Command.WITHDRAW_PRE_LOSS, model.take_back(place, PRE), lambda s, e: s.call_off(*said(s), **e)),
        Move(f"report {place}", Command.REPORT_LOSS, model.write(place), lambda s, e: s.report(*said(s), evidence=REPORT, **e)),
        Move(f"withdraw {place}", Command.WITHDRAW_LOSS, model.take_back(place, LOSS), lambda s, e: s.withdraw(*said(s), evidence=WITHDRAW, **e)),
    ]


def _pin(act: Command, who: Actor | None) -> Move:
    return Move(act.value, act, model.pin, lambda s, e: s.city.office.note_pin_act(s.ref, act, **_desk(s, act, who or s.holder), **e))


def _moves() -> list[Move]:
    moves: list[Move] = []

    def add(name: str, command: Command, model: Model, real: Real, *, looks: bool = True) -> None:
        moves.append(Move(name, command, model, real, looks))

    for place in (CARD, CHIP, A):
        moves += _losses(place)
    add(
        "call off phone-a from phone-b",
        Command.WITHDRAW_PRE_LOSS,
        model.take_back(A, PRE, B),
        lambda s, e: s.call_off(LossOf.PHONE, s.phones[0].ref, evidence=(), **_own(s, Command.WITHDRAW_PRE_LOSS, s.phones[0].ref, B), **e),
    )
    end = timedelta(days=3)
    add("freeze", Command.FREEZE, model.freeze, lambda s, e: s.freeze(until=s.city.at + end, evidence=FREEZE, **e))
    add("unfreeze", Command.UNFREEZE, model.unfreeze(same=False), lambda s, e: s.unfreeze(actor=SECOND_CLERK, evidence=UNFREEZE, **e))
    add("unfreeze one's own", Command.UNFREEZE, model.unfreeze(same=True), lambda s, e: s.unfreeze(actor=CLERK, **e))
    asked: dict[str, Any] = {"ground": FreezeGround.FALSE_USE}
    add(
        "ask for a freeze",
        Command.REQUEST_FREEZE,
        model.ask,
        lambda s, _: s.city.office.request_freeze(s.ref, until=s.city.at + timedelta(days=5), **asked, **_desk(s, Command.REQUEST_FREEZE, SC_CLERK)),
        looks=False,
    )
    add(
        "grant it",
        Command.FREEZE,
        model.answer(grant=True),
        lambda s, e: s.freeze(until=s.city.at + timedelta(days=5), request=s.waiting, **asked, **e),
    )
    add(
        "decline it",
        Command.DECLINE_FREEZE,
        model.answer(grant=False),
        lambda s, _: s.city.office.decline_freeze(s.ref, s.waiting, **_desk(s, Command.DECLINE_FREEZE)),
        looks=False,
    )
    add("lock", Command.LOCK, model.lock(B), lambda s, e: s.city.office.lock(s.ref, **_own(s, Command.LOCK, CARD, B), **e))
    add("unlock", Command.UNLOCK, model.unlock(B), lambda s, e: s.city.office.unlock(s.ref, **_own(s, Command.UNLOCK, CARD, B), **e))
    add("unlock at a counter", Command.UNLOCK, model.unlock(None), lambda s, e: s.city.office.unlock(s.ref, **_desk(s, Command.UNLOCK), **e))
    bus = [ItemGroup.TRANSPORT]
    add("lock items", Command.LOCK, model.lock_items, lambda s, e: s.city.office.lock_items(s.ref, bus, **_own(s, Command.LOCK, "items-6", B), **e))
    add("unlock items", Command.UNLOCK, model.unlock_items, lambda s, e: s.city.office.unlock_items(s.ref, bus, **_desk(s, Command.UNLOCK), **e))
    add(
        "unbind phone-a",
        Command.UNBIND_PHONE,
        model.unbind(A, None),
        lambda s, e: s.city.office.unbind_phone(s.ref, s.phones[0].ref, **_desk(s, Command.UNBIND_PHONE), **e),
    )
    add(
        "unbind phone-b from phone-a",
        Command.UNBIND_PHONE,
        model.unbind(B, A),
        lambda s, e: s.city.office.unbind_phone(s.ref, s.phones[1].ref, **_own(s, Command.UNBIND_PHONE, s.phones[1].ref, A), **e),
    )
    add("bind phone-c", Command.BIND_PHONE, model.bind, _bind, looks=False)
    add("renew phone-a", Command.RENEW, model.renew, lambda s, _: s.city.renew(s.phones[0], s.soft[0], Profile.GENERAL), looks=False)
    add("activate again", Command.ACTIVATE, model.activate, lambda s, e: s.city.office.activate(s.ref, **_desk(s, Command.ACTIVATE), **e))
    moves += [_pin(Command.CHANGE_PIN, None), _pin(Command.RESET_PIN, CLERK), _pin(Command.UNBLOCK_PIN, CLERK)]
    add("open a file", Command.OPEN_CASE, model.open_file, _open, looks=False)
    add("replace", Command.REPLACE, model.replace_lost, lambda s, e: s.city.office.replace(s.ref, **_desk(s, Command.REPLACE), **e))
    letter: dict[str, Any] = {"digest": bytes(32), "kind": Proof.REPORT}
    add(
        "add to the file",
        Command.ADD_TO_CASE,
        model.fill_file,
        lambda s, _: s.city.office.add_to_case(s.ref, s.file, **letter, **_desk(s, Command.ADD_TO_CASE)),
        looks=False,
    )
    add(
        "decide the file",
        Command.DECIDE_CASE,
        model.decide_file,
        lambda s, _: s.city.office.decide_case(s.ref, s.file, CaseDecision.WARNED, **_desk(s, Command.DECIDE_CASE, SUPERVISOR)),
        looks=False,
    )
    return moves


MOVES = _moves()
