"""Finding a card: by a whole number, for a stated purpose, counted and on record. Nothing that was typed stands in an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for

from codes.errors import CardError, InputError
from ecard import lookups
from ecard.identity import IdentityType
from ecard.lookups import Purpose
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint
    from werkzeug.wrappers import Response as Answer

    from ecard import Dossier
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

WAYS = ("identity-number", "card-number", "older-card")


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""

    @pages.get("/search")
    def search() -> Answer:
        return _page(frame, frame.visit())

    @pages.post("/search")
    def do_search() -> Answer:
        seen = frame.visit()
        try:
            found = _found(seen)
        except CardError as error:
            return _page(frame, seen, status=frame.refused_status(error), refused=error.fault)
        mine = [dossier for dossier in found if dossier.card.region == seen.operator.region or seen.operator.joint_desk]
        if len(found) == 1 and mine:
            return redirect(url_for("console.card", card=found[0].card.ref), 303)
        return _page(frame, seen, found=found)


def _page(frame: Frame, seen: Visit, *, status: int = 200, **more: Any) -> Answer:
    with seen.desk.store.reading() as work:
        made = lookups.made_today(work, seen.operator.person, now=seen.now)
    purpose = request.form.get("purpose", "")
    said = {"way": request.form.get("way", WAYS[0]), "kind": request.form.get("kind", IdentityType.RESIDENT_ID.value), "purpose": purpose}
    given = {"refused": None, "found": None} | more
    words = {
        "ways": WAYS if seen.may(*lookups.LOOKERS) else WAYS[1:],
        "purposes": list(Purpose),
        "kinds": list(IdentityType),
        "said": said,
        "made": made,
        "limit": lookups.A_DAY,
    }
    return frame.page(seen, "search.html", status=status, **words, **given)


def _found(seen: Visit) -> Sequence[Dossier]:
    """What was looked for. Raises `InputError` console-purpose, and those of `lookups`."""
    try:
        purpose = Purpose(request.form.get("purpose", ""))
    except ValueError:
        raise InputError(faults.CONSOLE_PURPOSE) from None
    number, way = request.form.get("number", "").strip(), request.form.get("way")
    terms: dict[str, Any] = {"purpose": purpose, "actor": seen.actor(lookups.FINDERS), "at": seen.at}
    if way == "card-number":
        return lookups.by_number(seen.desk, number, **terms)
    if way == "older-card":
        return lookups.by_older(seen.desk, request.form.get("scheme", "").strip(), number, **terms)
    kind = request.form.get("kind", IdentityType.RESIDENT_ID.value)
    if way != "identity-number" or kind not in {known.value for known in IdentityType}:
        raise InputError(faults.CONSOLE_FORM, member="way")
    return lookups.by_person(seen.desk, IdentityType(kind), number, **terms)
