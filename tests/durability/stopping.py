"""Phones, losses, freezes, locks, PINs and case files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command
from ecard.model import CaseDecision, FreezeGround, ItemGroup, Misuse, Proof
from ecard.phones import renewal_binding
from ecard.stopping import LossOf
from tests.durability.day import Day, Step
from tests.ecard.city import CLERK, SC_CLERK, SECOND_CLERK, SUPERVISOR

if TYPE_CHECKING:
    from codes.claims import Profile
    from ecard.model import CardRef, Carrier
    from tests.durability.day import Chapter
    from tests.ecard.city import SoftChip, SoftPhone


def phone_bound(day: Day, ref: CardRef, phone: SoftPhone, chip: SoftChip | None) -> Chapter:
    """A phone, endorsed by the chip where there is one: the carrier that it became."""
    nonce = yield from day.nonce(ref, NoncePurpose.BIND)
    dossier = day.city.office.card(ref)
    endorsement = None if chip is None else day.city.endorse(dossier, chip, phone, nonce.value, nonce.expires)
    given: dict[str, Any] = {"nonce": nonce.value, "proof": phone.proof(nonce.value), "endorsement": endorsement}
    given |= {"actor": day.city.holder(dossier), "at": day.city.at}
    bound = yield Step("bind-phone", lambda office: office.bind_phone(ref, **given), (Command.BIND_PHONE,))
    return bound.phone


def renewed(day: Day, carrier: Carrier, phone: SoftPhone, *profiles: Profile) -> Chapter:
    nonce = yield from day.nonce(carrier.card, NoncePurpose.RENEW)
    requests = phone.requests(nonce.value, *profiles)
    given: dict[str, Any] = {"nonce": nonce.value, "proof": phone.proof(renewal_binding(nonce.value, carrier.ref, requests)), "requests": requests}
    yield Step("renew-credentials", lambda office: office.renew_credentials(carrier.ref, at=day.city.at, **given), (Command.RENEW,))


def losses(day: Day, ref: CardRef) -> Chapter:
    """Called in and called off, reported in writing and withdrawn."""
    of = LossOf.CARD
    yield day.desk("pre-report-loss", Command.PRE_REPORT_LOSS, lambda office, given: office.pre_report_loss(ref, of=of, **given))
    yield day.desk("withdraw-pre-loss", Command.WITHDRAW_PRE_LOSS, lambda office, given: office.withdraw_pre_loss(ref, of=of, **given))
    yield day.desk("report-loss", Command.REPORT_LOSS, lambda office, given: office.report_loss(ref, of=of, **given))
    yield day.desk("withdraw-loss", Command.WITHDRAW_LOSS, lambda office, given: office.withdraw_loss(ref, of=of, **given))


def freezes(day: Day, ref: CardRef) -> Chapter:
    """One that is lifted, one that another region asks for in vain, one that will lapse."""
    terms = {"ground": FreezeGround.THEFT, "until": day.city.at + timedelta(days=1)}
    yield day.desk("freeze", Command.FREEZE, lambda office, given: office.freeze(ref, **given), **terms)
    yield day.desk("unfreeze", Command.UNFREEZE, lambda office, given: office.unfreeze(ref, **given), actor=SECOND_CLERK)
    asked = {"ground": FreezeGround.FALSE_USE, "until": day.city.at + timedelta(days=5), "actor": SC_CLERK}
    request = yield day.desk("request-freeze", Command.REQUEST_FREEZE, lambda office, given: office.request_freeze(ref, **given), **asked)
    yield day.desk("decline-freeze", Command.DECLINE_FREEZE, lambda office, given: office.decline_freeze(ref, request.ref, **given))
    yield day.desk("freeze again", Command.FREEZE, lambda office, given: office.freeze(ref, **given), **terms)


def locks(day: Day, ref: CardRef, phone: SoftPhone, carrier: Carrier) -> Chapter:
    """The holder's own pause of the whole card and of one group of items."""
    bus = [ItemGroup.TRANSPORT]
    own = yield from day.own(ref, phone, carrier, Command.LOCK, "card")
    yield Step("lock", lambda office: office.lock(ref, **own), (Command.LOCK,))
    yield day.desk("unlock", Command.UNLOCK, lambda office, given: office.unlock(ref, **given))
    item = yield from day.own(ref, phone, carrier, Command.LOCK, f"items-{int(ItemGroup.TRANSPORT)}")
    yield Step("lock-items", lambda office: office.lock_items(ref, bus, **item), (Command.LOCK,))
    yield day.desk("unlock-items", Command.UNLOCK, lambda office, given: office.unlock_items(ref, bus, **given))


def pins(day: Day, ref: CardRef) -> Chapter:
    for act in (Command.CHANGE_PIN, Command.RESET_PIN, Command.UNBLOCK_PIN):
        yield day.desk(act.value, act, lambda office, given, act=act: office.note_pin_act(ref, act, **given))  # type: ignore[misc] # because a lambda's default has no type


def cases(day: Day, ref: CardRef) -> Chapter:
    opened = yield day.desk("open-case", Command.OPEN_CASE, lambda office, given: office.open_case(ref, Misuse.LENT, **given))
    paper: dict[str, Any] = {"digest": bytes(32), "kind": Proof.REPORT}
    yield day.desk("add-to-case", Command.ADD_TO_CASE, lambda office, given: office.add_to_case(ref, opened.ref, **paper, **given))
    warned = CaseDecision.WARNED
    yield day.desk("decide-case", Command.DECIDE_CASE, lambda office, given: office.decide_case(ref, opened.ref, warned, **given), actor=SUPERVISOR)


def unbound(day: Day, ref: CardRef, carrier: Carrier) -> Chapter:
    yield day.desk("unbind-phone", Command.UNBIND_PHONE, lambda office, given: office.unbind_phone(ref, carrier.ref, **given), actor=CLERK)


def called_in(day: Day, ref: CardRef) -> Chapter:
    """A loss by phone that nobody writes down: the policy of this day lets it go at its due date."""
    yield day.desk("pre-report-loss alone", Command.PRE_REPORT_LOSS, lambda office, given: office.pre_report_loss(ref, of=LossOf.CARD, **given))
