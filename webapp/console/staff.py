"""How operators come to sign in: first secrets, new ones by a reset that two others agreed on and a day has passed over, and the end of all sessions.

As from the command line: one person who has seen the operator asks, another approves with a fresh code, neither is the operator; new secrets are given in the
operator's presence, shown once and kept nowhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Response, redirect, request, url_for

from codes import qr
from codes.errors import InputError, StateError, Text
from ecard.access import resets
from ecard.persons import same_person
from webapp import faults
from webapp.auth.operators import require_step_up
from webapp.console import ownacts
from webapp.console.ownacts import OwnAct, just_done
from webapp.console.permissions import GIVERS
from webapp.console.signing import people
from webapp.office.words import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from ecard import CardOffice
    from ecard.access.resets import Reset
    from webapp.console.fields import Field
    from webapp.console.frame import Frame
    from webapp.console.ownacts import Given
    from webapp.console.visit import Visit
    from webapp.office.settings import Operator


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""
    ownacts.add(pages, frame, ACTS)

    @pages.get("/staff")
    def staff() -> Response:
        seen = frame.visit()
        access = people().access()
        mine = [who for who in people().staff().values() if who.region == seen.operator.region]
        accounts = {account.operator: account for account in access.accounts()}
        inside = [session.operator for session in access.sessions(at=seen.at)]
        waiting = {reset.operator: reset for reset in access.resets(seen.operator.region)}
        return frame.page(seen, "staff.html", mine=mine, accounts=accounts, inside=inside, waiting=waiting, done=just_done(ACTS))

    @pages.get("/staff/<operator>")
    def operator(operator: str) -> Response:
        seen = frame.visit()
        who, reset = _of_region(seen, operator), _reset(seen, operator)
        access = people().access()
        account = next((found for found in access.accounts() if found.operator == who.ref), None)
        sessions = sum(session.operator == who.ref for session in access.sessions(at=seen.at))
        own = same_person(seen.operator.person, who.person) or (reset is not None and same_person(seen.operator.person, reset.asked_person))
        is_due = reset is not None and reset.due is not None and seen.now >= reset.due
        more: dict[str, Any] = {"account": account, "reset": reset, "own": own, "is_due": is_due, "sessions": sessions}
        return frame.page(seen, "operator.html", who=who, done=just_done(ACTS), **more)

    @pages.post("/staff/<operator>/approve")
    def approve_reset(operator: str) -> Answer:
        seen = frame.visit()
        who = _of_region(seen, operator)
        seen = _stepped_up(seen)
        people().access().approve_reset(who.ref, actor=seen.actor(GIVERS), at=seen.at)
        return redirect(url_for("console.operator", operator=who.ref), 303)

    @pages.post("/staff/<operator>/decline")
    def decline_reset(operator: str) -> Answer:
        seen = frame.visit()
        who = _of_region(seen, operator)
        people().access().decline_reset(who.ref, actor=seen.actor(GIVERS), at=seen.at)
        return redirect(url_for("console.operator", operator=who.ref), 303)

    @pages.get("/staff/<operator>/sign-in")
    def give_sign_in(operator: str) -> Response:
        seen = frame.visit()
        return frame.page(seen, "enrol.html", who=_of_region(seen, operator), refused=None, differs=False)

    @pages.post("/staff/<operator>/sign-in")
    def do_give_sign_in(operator: str) -> Response:
        seen = frame.visit()
        who = _of_region(seen, operator)
        password, again = request.form.get("password", ""), request.form.get("again", "")
        if password != again:
            return frame.page(seen, "enrol.html", status=400, who=who, refused=None, differs=True)
        try:
            seen = _stepped_up(seen)
            enrolled = people().access().enrol(who, password, actor=seen.actor(GIVERS), at=seen.at)
        except (InputError, StateError) as error:
            return frame.page(seen, "enrol.html", status=frame.refused_status(error), who=who, refused=error.fault, differs=False)
        return frame.page(seen, "enrolled.html", who=who, enrolled=enrolled, symbol=symbol(enrolled.address))


def resets_waiting(seen: Visit) -> Sequence[Reset]:
    """Resets of the operator's region that a second person has to look at; none for those who may not give anybody secrets."""
    if not seen.may(*GIVERS):
        return ()
    found = people().access().resets(seen.operator.region)
    return [reset for reset in found if reset.approved is None and seen.now < reset.asked + resets.LIFE]


def symbol(address: str) -> tuple[int, str]:
    """An address as an authenticator scans it: the width in modules, and one path of the dark ones."""
    rows = qr.symbol(address, level="L", mode=qr.BYTES).get_matrix()
    return len(rows), "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)


def _of_region(seen: Visit, ref: str) -> Operator:
    """Somebody who works in the operator's region; of another region is as unknown as nobody. Raises `StateError` not-found."""
    found = people().staff().get(ref)
    if found is None or found.region != seen.operator.region:
        raise StateError(faults.NOT_FOUND)
    return found


def _reset(seen: Visit, ref: str) -> Reset | None:
    """The reset of somebody that is under way and not over."""
    found = next((reset for reset in people().access().resets(seen.operator.region) if reset.operator == ref), None)
    return None if found is None or seen.now >= found.asked + resets.LIFE else found


def _stepped_up(seen: Visit) -> Visit:
    """The visit once a second factor was given, here or within the last five minutes.

    Raises `StateError`: step-up-needed, second-factor-refused, sign-in-limit.
    """
    code = request.form.get("code", "")
    if code:
        return replace(seen, signed_in=people().second_factor(request, seen.signed_in, code))
    require_step_up(seen.signed_in, seen.at)
    return seen


# -------------------------------------------------------------------------------------------------------- asking, and ending


def _about(seen: Visit, ref: str) -> Text:
    roles = _of_region(seen, ref).roles
    return Text(f"{ref} · {'、'.join(ROLES[role].zh for role in roles)}", f"{ref} · {', '.join(ROLES[role].en for role in roles)}")


def _nothing(_seen: Visit, _about: str) -> Sequence[Field]:
    return ()


def _ask(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    who = _of_region(seen, given.about)

    def carry_out(_: CardOffice) -> str:
        people().access().ask_reset(who, evidence=given.papers, actor=seen.actor(GIVERS), at=seen.at)
        return url_for("console.operator", operator=who.ref)

    return carry_out


def _turn_out(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    who = _of_region(seen, given.about)

    def carry_out(_: CardOffice) -> str:
        people().access().end_sessions(who, actor=seen.actor(GIVERS), at=seen.at)
        return url_for("console.operator", operator=who.ref)

    return carry_out


ACTS = (
    OwnAct(
        word="ask_reset",
        path="/staff/<operator>/reset",
        title=Text("申请重置登录方式", "Ask for a reset"),
        effect=Text(
            "由另一人批准，满 24 小时后才能重新发放；其间本人一登录，重置即作废。",
            "Another person approves it, and a day later new secrets may be given; if the operator signs in meanwhile, it is void.",
        ),
        articles=("HZ-17b",),
        who=GIVERS,
        fields=_nothing,
        about=_about,
        read=_ask,
        back=lambda ref: url_for("console.operator", operator=ref),
        papers=tuple(sorted(resets.PROOF)),
    ),
    OwnAct(
        word="end_sessions",
        path="/staff/<operator>/sign-out",
        title=Text("结束全部会话", "End every session"),
        effect=Text(
            "此人在各处的登录立即全部退出；密码和验证器不变。", "Every session of this operator ends at once; password and authenticator stay."
        ),
        articles=("HZ-17b",),
        who=GIVERS,
        fields=_nothing,
        about=_about,
        read=_turn_out,
        back=lambda ref: url_for("console.operator", operator=ref),
    ),
)
