"""Acts of the office itself, which no card's table has: filled in, repeated word for word, then done once, as an act on a card is.

What may be filled in wrongly is read before it is repeated; what the record allows, and to whom, it says itself when the act is done.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import redirect, request

from codes.errors import CardError, InputError, Text
from ecard.lifecycle import Evidence
from webapp import faults
from webapp.console.fields import told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from flask import Blueprint, Response
    from werkzeug.wrappers import Response as Answer

    from ecard import CardOffice
    from ecard.model import Role
    from webapp.console.fields import Field
    from webapp.console.frame import Frame
    from webapp.console.visit import Visit

T = TypeVar("T")
KEPT = frozenset({"csrf", "key", "step", "evidence"})
"""What every form sends beside its own members."""
LONGEST = 1024
"""Characters of one thing that is filled in; what may stand in it the reader of each act says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was filled in."""

    about: str
    """What the act is about, from its address; nothing where it makes something new."""
    said: Mapping[str, tuple[str, ...]]
    papers: frozenset[Evidence]

    def read(self, name: str, reader: Callable[[str], T]) -> T:
        """One member as the record wants it. Raises `InputError` console-form, naming the member and never what was written there."""
        words = self.said.get(name, ())
        try:
            return reader(words[0] if words else "")
        except (argparse.ArgumentTypeError, ValueError, KeyError):
            raise InputError(faults.CONSOLE_FORM, member=name) from None

    def several(self, name: str, reader: Callable[[str], T]) -> tuple[T, ...]:
        """Everything that was chosen of a member. Raises `InputError` console-form, also when it is nothing."""
        words = self.said.get(name, ())
        try:
            found = tuple(map(reader, words))
        except ValueError:
            found = ()
        if not found:
            raise InputError(faults.CONSOLE_FORM, member=name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAct:
    """One act, as its form is made from it."""

    word: str
    """Its endpoint; where it is done is the endpoint `do_` and this."""
    path: str
    """Its address, with what it is about in it, if it is about something that there is."""
    title: Text
    effect: Text
    articles: tuple[str, ...] = ()
    who: frozenset[Role]
    fields: Callable[[Visit, str], Sequence[Field]]
    about: Callable[[Visit, str], Text]
    """What the form says it is about. Raises `StateError` for what is not this region's, as for what is not there."""
    read: Callable[[Visit, Given], Callable[[CardOffice], str]]
    """From what was filled in to the doing, which answers with the address where it is seen. Raises `InputError`: console-form, and what the record says."""
    back: Callable[[str], str]
    papers: tuple[Evidence, ...] = ()


def add(pages: Blueprint, frame: Frame, acts: Collection[OwnAct]) -> None:
    """Put them on `pages`."""
    for act in acts:
        _add(pages, frame, act)


def just_done(acts: Collection[OwnAct]) -> Text | None:
    """What was done a moment ago, where the address of a page says so."""
    return next((act.title for act in acts if act.word == request.args.get("done")), None)


def _add(pages: Blueprint, frame: Frame, act: OwnAct) -> None:
    def blank(**named: str) -> Response:
        about = next(iter(named.values()), "")
        return _form(frame, frame.visit(), act, Given(about=about, said={}, papers=frozenset()))

    def taken(**named: str) -> Answer:
        return _taken(frame, frame.visit(), act, _given(next(iter(named.values()), "")))

    pages.add_url_rule(act.path, act.word, blank, methods=["GET"])
    pages.add_url_rule(act.path, f"do_{act.word}", taken, methods=["POST"])


def _given(about: str) -> Given:
    known = {paper.value: paper for paper in Evidence}
    said = {name: tuple(word[:LONGEST] for given in words if (word := given.strip())) for name, words in request.form.lists() if name not in KEPT}
    papers = frozenset(known[word] for word in request.form.getlist("evidence") if word in known)
    return Given(about=about, said={name: words for name, words in said.items() if words}, papers=papers)


def _form(frame: Frame, seen: Visit, act: OwnAct, given: Given, refused: CardError | None = None) -> Response:
    """What is filled in; where there is nothing to fill in, what is repeated."""
    about, fields = act.about(seen, given.about), act.fields(seen, given.about)
    if not fields and not act.papers and refused is None:
        return _repeat(frame, seen, act, given)
    wrong = None if refused is None else refused.facts.get("member")
    status = 200 if refused is None else frame.refused_status(refused)
    more: dict[str, Any] = {"about": about, "fields": fields, "given": given, "refused": refused, "wrong": wrong}
    return frame.page(seen, "ownact.html", status=status, act=act, leave=act.back(given.about), **more)


def _repeat(frame: Frame, seen: Visit, act: OwnAct, given: Given) -> Response:
    about, lines, actor = act.about(seen, given.about), told(act.fields(seen, given.about), given.said), seen.actor(act.who)
    return frame.page(seen, "ownconfirm.html", act=act, about=about, told=lines, given=given, actor=actor, leave=act.back(given.about))


def _taken(frame: Frame, seen: Visit, act: OwnAct, given: Given) -> Answer:
    act.about(seen, given.about)
    if request.form.get("step") == "edit":
        return _form(frame, seen, act, given)
    try:
        carry_out = act.read(seen, given)
        if request.form.get("step") != "do":
            return _repeat(frame, seen, act, given)
        there = carry_out(seen.desk.once(request.form.get("key", "")))
    except CardError as error:
        return _form(frame, seen, act, given, error)
    return redirect(f"{there}?done={act.word}", 303)
