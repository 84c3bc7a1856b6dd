"""Every move of the reference model beside the command of the office that must do the same: `MOVES`, the whole table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose
from codes.claims import Profile
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command
from ecard.making import handing
from ecard.model import ApplicationRef, HandedTo, OrderRef
from ecard.phones import renewal_binding
from tests.ecard import model_based as model
from tests.ecard import model_making as making
from tests.ecard import moves_mirror, moves_remaking, moves_stopping
from tests.ecard.city import CLERK, SECOND_CLERK, WORKSHOP
from tests.ecard.counters import FORM, INTAKE, POINT, as_csv
from tests.ecard.model_based import A, B, C
from tests.ecard.moves_stopping import desk
from tests.ecard.stage import NONE, Move, Stage

if TYPE_CHECKING:
    from ecard.model import CardRef, Carrier

Extra = dict[str, Any]


def _personalise(stage: Stage, ref: CardRef, nonce: bytes, carrier: Carrier | None) -> object:
    chip = stage.chip(carrier)
    answer = chip.answer(ChipPurpose.STATUS, nonce)
    return stage.city.office.personalise(ref, chip_key=chip.signer.public_key, challenge=nonce, answer=answer, actor=WORKSHOP, at=stage.city.at)


def _challenge(stage: Stage) -> tuple[bytes, Carrier | None]:
    """What the chip in making is asked, and which it is."""
    nonce = stage.city.office.nonce(stage.ref, NoncePurpose.PERSONALISE, at=stage.city.at).value
    return nonce, stage.now.chip_in_making


def _make(stage: Stage, ready: tuple[bytes, Carrier | None], _: Extra) -> object:
    nonce, chip = ready
    return _personalise(stage, stage.ref, nonce, chip)


def _challenge_other(stage: Stage) -> bytes:
    """None yet where there is no other card yet."""
    ref = stage.other()
    return b"" if ref == NONE else stage.city.office.nonce(ref, NoncePurpose.PERSONALISE, at=stage.city.at).value


def _personalise_other(stage: Stage, nonce: bytes, _: Extra) -> object:
    ref = stage.other()
    nonce = nonce or stage.city.office.nonce(ref, NoncePurpose.PERSONALISE, at=stage.city.at).value
    return _personalise(stage, ref, nonce, stage.city.office.card(ref).chip_in_making)


def _bind(name: str, *, endorsed: bool) -> Move:
    def ready(stage: Stage) -> Any:
        return stage.city.office.nonce(stage.ref, NoncePurpose.BIND, at=stage.city.at)

    def real(stage: Stage, nonce: Any, _: Extra) -> object:
        phone, now = stage.soft[name], stage.now
        endorsement = stage.city.endorse(now, stage.chip(now.chip), phone, nonce.value, nonce.expires) if endorsed else None
        return stage.city.office.bind_phone(
            stage.ref, nonce=nonce.value, proof=phone.proof(nonce.value), endorsement=endorsement, actor=stage.holder, at=stage.city.at
        )

    return Move(f"bind {name}", Command.BIND_PHONE, model.bind(name, endorsed=endorsed), real, ready, looks=False)


def _renewal(stage: Stage) -> Extra:
    phone = stage.soft[A]
    nonce = stage.city.office.nonce(stage.ref, NoncePurpose.RENEW, at=stage.city.at).value
    requests = phone.requests(nonce, Profile.GENERAL)
    return {"nonce": nonce, "proof": phone.proof(renewal_binding(nonce, stage.phone(A), requests)), "requests": requests}


def _returned(result: str) -> Any:
    """What the card maker says of the newest piece that it owes or has sent; of an order that nobody placed, if there is none."""

    def real(stage: Stage, _: object, __: Extra) -> object:
        order, line = stage.owed() or (NONE, 1)
        content = as_csv([[str(line), stage.now.card.number, result, ""]], heading=("行号", "卡号", "结果", "说明"))
        return stage.city.office.take_return(OrderRef(order), content, actor=WORKSHOP, at=stage.city.at)

    return real


def _hand_out(stage: Stage, _: object, __: Extra) -> object:
    papers = handing.PAPERS[HandedTo.SELF]
    return stage.city.office.hand_out(stage.ref, to=HandedTo.SELF, point=POINT, actor=CLERK, evidence=papers, at=stage.city.at)


def _destroy(stage: Stage, _: object, __: Extra) -> object:
    return stage.city.office.destroy_stock(stage.ref, how="shredded", witness=SECOND_CLERK, **desk(stage, Command.DESTROY_STOCK))


def _refuse(stage: Stage, _: object, __: Extra) -> object:
    return stage.city.office.refuse_application(ApplicationRef(stage.application()), code="person-has-card", actor=SECOND_CLERK, at=stage.city.at)


def _approve(stage: Stage, _: object, __: Extra) -> object:
    return stage.city.office.approve_application(ApplicationRef(stage.application()), actor=SECOND_CLERK, at=stage.city.at)


_CORE = [
    Move("apply", Command.APPLY, making.apply, lambda s, _, __: s.city.office.apply(s.city.form(), **desk(s, Command.APPLY)), looks=False),
    Move(
        "make",
        Command.PERSONALISE,
        model.personalise,
        _make,
        _challenge,
        looks=False,
        at_hand=lambda world: model.personalise_this(world.making),
    ),
    Move("make the other card", Command.PERSONALISE, model.personalise_other, _personalise_other, _challenge_other, looks=False),
    Move("activate", Command.ACTIVATE, model.activate, lambda s, _, e: s.city.office.activate(s.ref, **desk(s, Command.ACTIVATE), **e)),
    Move(
        "activate the other card",
        Command.ACTIVATE,
        model.activate_other,
        lambda s, _, __: s.city.office.activate(s.other(), **desk(s, Command.ACTIVATE)),
        looks=False,
    ),
    _bind(A, endorsed=True),
    _bind(B, endorsed=True),
    _bind(C, endorsed=False),
    Move(
        "renew phone-a",
        Command.RENEW,
        model.renew,
        lambda s, asked, _: s.city.office.renew_credentials(s.phone(A), **asked, at=s.city.at),
        _renewal,
        looks=False,
    ),
]

_MAKING = [
    Move(
        "take in",
        Command.APPLY,
        making.take_in,
        lambda s, _, __: s.city.office.take_in(s.city.form(), point=POINT, actor=INTAKE, evidence=FORM, at=s.city.at),
        looks=False,
    ),
    Move("approve", Command.APPLY, making.approve, _approve, looks=False),
    Move("refuse", Command.APPLY, making.refuse, _refuse, looks=False),
    Move(
        "order",
        Command.PERSONALISE,
        making.place_order,
        lambda s, _, __: s.city.office.place_order(maker="演示制卡厂", point=POINT, actor=WORKSHOP, at=s.city.at),
        looks=False,
    ),
    Move("come back made", Command.PERSONALISE, making.return_made, _returned("成品"), looks=False),
    Move("come back damaged", Command.REMAKE_CHIP, making.return_damaged, _returned("废卡"), looks=False),
    Move("hand out", Command.HAND_OUT, making.hand_out, _hand_out, looks=False),
    Move(
        "store",
        Command.STORE_UNCOLLECTED,
        making.store,
        lambda s, _, __: s.city.office.store_uncollected(s.ref, actor=CLERK, at=s.city.at),
        looks=False,
    ),
    Move("destroy", Command.DESTROY_STOCK, making.destroy_stock, _destroy, looks=False),
    Move(
        "remake the chip",
        Command.REMAKE_CHIP,
        making.remake,
        lambda s, _, __: s.city.office.remake_chip(s.ref, actor=WORKSHOP, at=s.city.at),
        looks=False,
    ),
]

MOVES = [*_CORE, *moves_stopping.MOVES, *moves_remaking.MOVES, *_MAKING, *moves_mirror.MOVES]
NAMED = {move.name: move for move in MOVES}
