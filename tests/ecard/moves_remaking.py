"""The moves of the model's chapter of remaking, as the office gives them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ecard.corrections import NewData
from ecard.enrolment import NoncePurpose
from ecard.entitlements import FareTerms
from ecard.lifecycle import Command, Evidence
from ecard.model import Affair, Applicant, CancelGround, Decision, DestructionMethod, ExchangeGround
from tests.ecard import model_remaking as model
from tests.ecard.city import AT, CLERK, SECOND_CLERK, SoftPhone
from tests.ecard.desk import BANKER
from tests.ecard.model_based import STAND_IN, A, B
from tests.ecard.moves_stopping import desk
from tests.ecard.stage import START, Move, Stage

if TYPE_CHECKING:
    from ecard.model import Actor

FOR_YEARS = 3000
"""Days that fares and older cards last: longer than any story here."""
BANK = "demo-bank"
Extra = dict[str, Any]


def _papers(stage: Stage, command: Command, *more: Evidence, actor: Actor = CLERK) -> Extra:
    given = desk(stage, command, actor)
    return {**given, "evidence": given["evidence"] | set(more)}


def _exchange(ground: ExchangeGround, *more: Evidence) -> Move:
    def real(stage: Stage, _: object, extra: Extra) -> object:
        return stage.city.office.exchange(stage.ref, ground, **_papers(stage, Command.EXCHANGE, *more), **extra)

    return Move(f"exchange for {ground}", Command.EXCHANGE, model.exchange(ground.value), real)


def _request_cancel(stage: Stage, _: object, extra: Extra) -> object:
    papers = _papers(stage, Command.REQUEST_CANCEL, Evidence.MOVE_PROOF, Evidence.IN_PERSON)
    return stage.city.office.request_cancel(stage.ref, CancelGround.MOVED_AWAY, Applicant.HOLDER, **papers, **extra)


def _decide_cancel(name: str, decision: Decision, actor: Actor, *, same: bool = False) -> Move:
    def real(stage: Stage, _: object, extra: Extra) -> object:
        return stage.city.office.cancel(stage.ref, decision, settled=set(Affair), **desk(stage, Command.CANCEL, actor), **extra)

    return Move(name, Command.CANCEL, model.decide_cancel(accept=decision is Decision.ACCEPTED, same=same), real)


def _destroy(stage: Stage, _: object, extra: Extra) -> object:
    method, witness = DestructionMethod.SHREDDED, SECOND_CLERK.person
    return stage.city.office.record_destruction(stage.ref, stage.first_chip(), method, witness=witness, actor=CLERK, at=stage.city.at, **extra)


def _propose(stage: Stage, _: object, extra: Extra) -> object:
    return stage.city.office.propose_correction(stage.ref, NewData(name="江大鱼"), **desk(stage, Command.PROPOSE_CORRECTION), **extra)


def _decide(name: str, decision: Decision) -> Move:
    def real(stage: Stage, _: object, extra: Extra) -> object:
        return stage.city.office.decide_correction(stage.ref, decision, **desk(stage, Command.DECIDE_CORRECTION, SECOND_CLERK), **extra)

    return Move(name, Command.DECIDE_CORRECTION, model.decide(accept=decision is Decision.ACCEPTED), real)


def _new_phone(stage: Stage) -> Extra:
    known = {phone.enrolment.public_key for phone in stage.soft.values()}
    number = 1 + sum(carrier.key not in known for carrier in stage.now.carriers if carrier.kind.value == "phone")
    nonce = stage.city.office.nonce(stage.ref, NoncePurpose.BIND, at=stage.city.at).value
    return {"nonce": nonce, "proof": SoftPhone(f"{STAND_IN}-{number}").proof(nonce)}


def _stand_in(stage: Stage, ready: Extra, extra: Extra) -> object:
    return stage.city.office.grant_temporary(stage.ref, **ready, **desk(stage, Command.GRANT_TEMPORARY), **extra)


def _grant_fare(stage: Stage, _: object, extra: Extra) -> object:
    end = START + FOR_YEARS * 86400
    terms = FareTerms(fare=2, evidence="senior certificate 1", review=end - 86400, expires=end)
    return stage.city.office.grant_fare(stage.ref, stage.phone(A), terms, **desk(stage, Command.GRANT_FARE), **extra)


def _review_fare(stage: Stage, _: object, extra: Extra) -> object:
    again = stage.day(FOR_YEARS // 2)
    return stage.city.office.review_fare(stage.ref, again, **desk(stage, Command.REVIEW_FARE), **extra)


def _move_fare(phone: str) -> Move:
    def real(stage: Stage, _: object, extra: Extra) -> object:
        return stage.city.office.move_fare(stage.ref, stage.phone(phone), **desk(stage, Command.MOVE_FARE), **extra)

    return Move(f"move the fare to {phone}", Command.MOVE_FARE, model.move_fare(phone), real)


def _take_over(stage: Stage, _: object, extra: Extra) -> object:
    retires = AT + timedelta(days=FOR_YEARS)
    return stage.city.office.take_over(stage.ref, "metro-2015", "MT-0001", retires=retires, **desk(stage, Command.TAKE_OVER), **extra)


MOVES = [
    _exchange(ExchangeGround.DAMAGE, Evidence.DAMAGE_SEEN),
    _exchange(ExchangeGround.DATA_CHANGE),
    Move("hand over", Command.HAND_OVER, model.hand_over, lambda s, _, e: s.city.office.hand_over(s.ref, **desk(s, Command.HAND_OVER), **e)),
    Move("replace", Command.REPLACE, model.replace_lost, lambda s, _, e: s.city.office.replace(s.ref, **desk(s, Command.REPLACE), **e)),
    Move("ask for cancellation", Command.REQUEST_CANCEL, model.request_cancel, _request_cancel),
    _decide_cancel("cancel", Decision.ACCEPTED, SECOND_CLERK),
    _decide_cancel("do not cancel", Decision.REJECTED, SECOND_CLERK),
    _decide_cancel("cancel one's own", Decision.ACCEPTED, CLERK, same=True),
    Move("destroy the first chip", Command.DESTROY, model.destroy, _destroy),
    Move("propose a correction", Command.PROPOSE_CORRECTION, model.propose, _propose),
    _decide("correct", Decision.ACCEPTED),
    _decide("do not correct", Decision.REJECTED),
    Move("stand in", Command.GRANT_TEMPORARY, model.stand_in, _stand_in, _new_phone),
    Move(
        "stand in longer",
        Command.PROLONG_TEMPORARY,
        model.prolong,
        lambda s, _, e: s.city.office.prolong_temporary(s.ref, **desk(s, Command.PROLONG_TEMPORARY), **e),
    ),
    Move(
        "activate the account",
        Command.ACTIVATE_ACCOUNT,
        model.activate_account,
        lambda s, _, e: s.city.office.activate_account(s.ref, BANK, **desk(s, Command.ACTIVATE_ACCOUNT, BANKER), **e),
    ),
    Move(
        "close the account",
        Command.END_ACCOUNT,
        model.end_account,
        lambda s, _, e: s.city.office.end_account(s.ref, BANK, **desk(s, Command.END_ACCOUNT, BANKER), **e),
    ),
    Move("grant a fare", Command.GRANT_FARE, model.grant_fare, _grant_fare),
    _move_fare(B),
    Move("review the fare", Command.REVIEW_FARE, model.review_fare, _review_fare),
    Move("end the fare", Command.END_FARE, model.end_fare, lambda s, _, e: s.city.office.end_fare(s.ref, **desk(s, Command.END_FARE), **e)),
    Move("take an older card over", Command.TAKE_OVER, model.take_over, _take_over),
]
