"""The moves of the model's chapter of stopping, as the office gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import RULES, Command
from ecard.model import CaseDecision, CaseRef, FreezeGround, FreezeRequestRef, ItemGroup, Misuse, Proof
from ecard.preloss import LossesByPhone
from ecard.stopping import LossOf
from ecard.tick import LapsedFreezes
from tests.ecard import model_stopping as model
from tests.ecard.city import CLERK, SC_CLERK, SECOND_CLERK, SUPERVISOR
from tests.ecard.model_based import CARD, CHIP, LOSS, PRE, A, B, Model
from tests.ecard.stage import NONE, Move, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecard.model import Actor

Extra = dict[str, Any]


def desk(stage: Stage, command: Command, actor: Actor = CLERK) -> Extra:
    """With full papers, by somebody who may."""
    return {"actor": actor, "at": stage.city.at, "evidence": RULES[command].papers(actor.role)}


def _proves(command: Command, speaker: str, target: Callable[[Stage], str]) -> Callable[[Stage], PhoneProof]:
    """A holder's own act, proved by one of their phones before it is asked for."""

    def ready(stage: Stage) -> PhoneProof:
        nonce = stage.city.office.nonce(stage.ref, NoncePurpose.ACT, at=stage.city.at).value
        said = stage.soft[speaker].proof(act_binding(nonce, command, stage.ref, target(stage)))
        return PhoneProof(phone=stage.phone(speaker), nonce=nonce, proof=said)

    return ready


def _own(stage: Stage, proof: PhoneProof) -> Extra:
    return {"actor": stage.holder, "at": stage.city.at, "proof": proof}


def _waiting(stage: Stage) -> FreezeRequestRef:
    """The oldest request that nobody has answered."""
    found = [asked.ref for asked in stage.city.office.freeze_requests(stage.ref) if asked.answer is None]
    return found[0] if found else FreezeRequestRef(NONE)


def _file(stage: Stage) -> CaseRef:
    """The newest file."""
    found = stage.city.office.cases(stage.ref)
    return found[-1].ref if found else CaseRef(NONE)


def _losses(place: str) -> list[Move]:
    def said(stage: Stage) -> Extra:
        return {"of": LossOf.PHONE, "phone": stage.phone(A)} if place == A else {"of": LossOf(place)}

    def move(name: str, command: Command, model: Model, give: str) -> Move:
        return Move(f"{name} {place}", command, model, lambda s, _, e: getattr(s.city.office, give)(s.ref, **said(s), **desk(s, command), **e))

    return [
        move("call", Command.PRE_REPORT_LOSS, model.call(place), "pre_report_loss"),
        move("call off", Command.WITHDRAW_PRE_LOSS, model.take_back(place, PRE), "withdraw_pre_loss"),
        move("report", Command.REPORT_LOSS, model.write(place), "report_loss"),
        move("withdraw", Command.WITHDRAW_LOSS, model.take_back(place, LOSS), "withdraw_loss"),
    ]


def _call_off(stage: Stage, proof: PhoneProof, extra: Extra) -> object:
    return stage.city.office.withdraw_pre_loss(stage.ref, of=LossOf.PHONE, phone=stage.phone(A), evidence=(), **_own(stage, proof), **extra)


def _freeze(stage: Stage, _: object, extra: Extra) -> object:
    return stage.city.office.freeze(stage.ref, ground=FreezeGround.THEFT, until=stage.day(model.FROZEN_FOR), **desk(stage, Command.FREEZE), **extra)


def _grant(stage: Stage, _: object, extra: Extra) -> object:
    terms: Extra = {"ground": FreezeGround.FALSE_USE, "until": stage.day(model.ASKED_FOR), "request": _waiting(stage)}
    return stage.city.office.freeze(stage.ref, **terms, **desk(stage, Command.FREEZE), **extra)


def _ask(stage: Stage, _: object, __: Extra) -> object:
    terms: Extra = {"ground": FreezeGround.FALSE_USE, "until": stage.day(model.ASKED_FOR)}
    return stage.city.office.request_freeze(stage.ref, **terms, **desk(stage, Command.REQUEST_FREEZE, SC_CLERK))


def _pin(act: Command, who: Actor | None) -> Move:
    return Move(act.value, act, model.pin, lambda s, _, e: s.city.office.note_pin_act(s.ref, act, **desk(s, act, who or s.holder), **e))


def _files() -> list[Move]:
    letter: Extra = {"digest": bytes(32), "kind": Proof.REPORT}
    return [
        Move(
            "open a file",
            Command.OPEN_CASE,
            model.open_file,
            lambda s, _, __: s.city.office.open_case(s.ref, Misuse.LENT, **desk(s, Command.OPEN_CASE)),
            looks=False,
        ),
        Move(
            "add to the file",
            Command.ADD_TO_CASE,
            model.fill_file,
            lambda s, _, __: s.city.office.add_to_case(s.ref, _file(s), **letter, **desk(s, Command.ADD_TO_CASE)),
            looks=False,
        ),
        Move(
            "decide the file",
            Command.DECIDE_CASE,
            model.decide_file,
            lambda s, _, __: s.city.office.decide_case(s.ref, _file(s), CaseDecision.WARNED, **desk(s, Command.DECIDE_CASE, SUPERVISOR)),
            looks=False,
        ),
    ]


def _of_the_holder() -> list[Move]:
    bus = [ItemGroup.TRANSPORT]
    whole = _proves(Command.LOCK, B, lambda _: CARD)
    unlocks = _proves(Command.UNLOCK, B, lambda _: CARD)
    items = _proves(Command.LOCK, B, lambda _: "items-6")
    unbinds = _proves(Command.UNBIND_PHONE, A, lambda s: s.phone(B))
    return [
        Move("lock", Command.LOCK, model.lock, lambda s, p, e: s.city.office.lock(s.ref, **_own(s, p), **e), whole),
        Move("unlock", Command.UNLOCK, model.unlock(B), lambda s, p, e: s.city.office.unlock(s.ref, **_own(s, p), **e), unlocks),
        Move("unlock at a counter", Command.UNLOCK, model.unlock(None), lambda s, _, e: s.city.office.unlock(s.ref, **desk(s, Command.UNLOCK), **e)),
        Move("lock items", Command.LOCK, model.lock_items, lambda s, p, e: s.city.office.lock_items(s.ref, bus, **_own(s, p), **e), items),
        Move(
            "unlock items",
            Command.UNLOCK,
            model.unlock_items,
            lambda s, _, e: s.city.office.unlock_items(s.ref, bus, **desk(s, Command.UNLOCK), **e),
        ),
        Move(
            "unbind phone-a",
            Command.UNBIND_PHONE,
            model.unbind(A, None),
            lambda s, _, e: s.city.office.unbind_phone(s.ref, s.phone(A), **desk(s, Command.UNBIND_PHONE), **e),
        ),
        Move(
            "unbind phone-b from phone-a",
            Command.UNBIND_PHONE,
            model.unbind(B, A),
            lambda s, p, e: s.city.office.unbind_phone(s.ref, s.phone(B), **_own(s, p), **e),
            unbinds,
        ),
        Move(
            "call off phone-a from phone-b",
            Command.WITHDRAW_PRE_LOSS,
            model.take_back(A, PRE, B),
            _call_off,
            _proves(Command.WITHDRAW_PRE_LOSS, B, lambda s: s.phone(A)),
        ),
    ]


def _freezes() -> list[Move]:
    def unfreeze(name: str, actor: Actor, *, same: bool) -> Move:
        rule = model.unfreeze(same=same)
        return Move(name, Command.UNFREEZE, rule, lambda s, _, e: s.city.office.unfreeze(s.ref, **desk(s, Command.UNFREEZE, actor), **e))

    return [
        Move("freeze", Command.FREEZE, model.freeze, _freeze),
        unfreeze("unfreeze", SECOND_CLERK, same=False),
        unfreeze("unfreeze one's own", CLERK, same=True),
        Move("ask for a freeze", Command.REQUEST_FREEZE, model.ask, _ask, looks=False),
        Move("grant it", Command.FREEZE, model.answer(grant=True), _grant),
        Move(
            "decline it",
            Command.DECLINE_FREEZE,
            model.answer(grant=False),
            lambda s, _, __: s.city.office.decline_freeze(s.ref, _waiting(s), **desk(s, Command.DECLINE_FREEZE)),
            looks=False,
        ),
    ]


def _ticks() -> list[Move]:
    def run(duty: LapsedFreezes | LossesByPhone) -> Callable[[Stage, Any, Extra], object]:
        return lambda stage, _, __: duty.run(stage.city.office, at=stage.city.at)

    return [
        Move("freezes lapse", Command.LAPSE, model.ticked(model.lapse), run(LapsedFreezes()), looks=False),
        Move("calls lapse", Command.RELEASE_PRE_LOSS, model.ticked(model.release), run(LossesByPhone()), looks=False),
    ]


PINS = [_pin(Command.CHANGE_PIN, None), _pin(Command.RESET_PIN, CLERK), _pin(Command.UNBLOCK_PIN, CLERK)]
MOVES = [*_losses(CARD), *_losses(CHIP), *_losses(A), *_of_the_holder(), *_freezes(), *_ticks(), *PINS, *_files()]
