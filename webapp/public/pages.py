"""Pages to be read: what the card is good for, how things are done, by which rules, what a code shows, what nobody may ask (ZZ-15, CQ-21a)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response

from codes.errors import StateError
from webapp import faults
from webapp.office.words import DUTIES, TIERS
from webapp.public import telling
from webapp.public.values import values_of

if TYPE_CHECKING:
    from flask import Blueprint

    from webapp.public.frame import Frame

_LOOK = Path(__file__).resolve().parent.parent / "static" / "public"
_TYPES = {"help.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml", "rivers.svg": "image/svg+xml"}


def add(public: Blueprint, frame: Frame) -> None:
    """Put the pages on `public`."""
    clock = frame.services.clock

    @public.get("/")
    def home() -> Response:
        version = telling.current(frame.desk(), clock())
        newest = next((each for each in telling.versions(frame.desk()) if each.added), None)
        return frame.page("home.html", keep=True, version=version, newest=newest)

    @public.get("/items")
    def items() -> Response:
        version = telling.current(frame.desk(), clock())
        groups = [] if version is None else telling.grouped(version)
        return frame.page("items.html", keep=True, version=version, groups=groups, duties=DUTIES, regions=telling.REGIONS)

    @public.get("/items/<ident>")
    def item(ident: str) -> Response:
        version = telling.current(frame.desk(), clock())
        found = telling.one(version, ident)
        words = {"duties": DUTIES, "tiers": TIERS, "regions": telling.REGIONS}
        told: dict[str, Any] = {"seen": telling.seen_by_staff(found), "pays": telling.pays(found), **words}
        return frame.page("item.html", keep=True, item=found, version=version, **told)

    @public.get("/changes")
    def changes() -> Response:
        return frame.page("changes.html", keep=True, versions=telling.versions(frame.desk()))

    @public.get("/procedures")
    def procedures() -> Response:
        return frame.page("procedures.html", keep=True, procedures=telling.procedures(frame.desk(), clock()))

    @public.get("/rules")
    def rules() -> Response:
        office = frame.services.office
        if office is None:
            raise StateError(faults.NOT_FOUND)
        edition = telling.edition(office.opened().settings, clock())
        return frame.page("rules.html", keep=True, edition=edition, values=values_of(edition), fees=edition.fees.fees)

    @public.get("/codes")
    def codes() -> Response:
        return frame.page("codes.html", keep=True)

    @public.get("/rights")
    def rights() -> Response:
        return frame.page("rights.html", keep=True)

    @public.get("/units")
    def units() -> Response:
        return frame.page("units.html", keep=True)

    @public.get("/look/<name>")
    def look(name: str) -> Response:
        if name not in _TYPES:
            raise StateError(faults.NOT_FOUND)
        answer = Response((_LOOK / name).read_bytes(), content_type=_TYPES[name])
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer
