"""The fields of a guided form, built from the table: for every option what it is called, what may be chosen, and what was chosen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import request

from codes.errors import Text
from ecard import schema
from ecard.lifecycle import CarrierStatus, Evidence, status_of
from ecard.model import CarrierKind
from ecard.persons import same_person
from webapp.console import choices
from webapp.office import options as reading
from webapp.office.carrying import Asked
from webapp.office.options import spelling
from webapp.office.telling import local

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ecard import CardRef, Dossier
    from webapp.console.visit import Visit
    from webapp.office.acts import Act
    from webapp.office.forms import Field as Member
    from webapp.office.options import Option

_PLACES = {"carrier", "chip", "phone"}
_ENUMS: Mapping[str, Text] = {spelling(value): text for words in choices.WORDS.values() for value, text in words.items()}
LABELS: Mapping[str, Text] = {
    "of": Text("挂失对象", "What was lost"),
    "phone": Text("手机", "Phone"),
    "carrier": Text("载体", "Carrier"),
    "chip": Text("芯片", "Chip"),
    "until": Text("冻结至", "Frozen until"),
    "request": Text("外地冻结请求", "The other region's request"),
    "case": Text("案卷", "Case"),
    "groups": Text("事项类别", "Groups of items"),
    "settled": Text("已结清的事项", "Settled"),
    "point": Text("服务网点", "Service point"),
    "witness": Text("见证人", "Witness"),
    "digest": Text("证据文件", "The file"),
    "employer": Text("单位登记号", "Employer's registration"),
}
"""What an option is called at a counter, where that is shorter than on a command line."""
FILED = "filed."
"""Before the name of a paper: what it is filed under."""
MAX_FILE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the things to choose from."""

    value: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form."""

    name: str
    says: Text
    kind: str
    """choice, several, date, number, file, or line."""
    required: bool
    choices: tuple[Choice, ...] = ()
    default: str = ""
    personal: bool = False
    """Whether a browser must not remember it."""
    hint: Text | None = None


def fields_of(act: Act, seen: Visit, before: Dossier | None) -> Iterator[Field]:
    """Every field of an act, in its order."""
    for option in act.options:
        yield _of_option(option, seen, before)
    for name, member in (act.form.fields if act.form is not None else {}).items():
        yield _of_member(name, member, act, seen)


def _of_option(option: Option, seen: Visit, before: Dossier | None) -> Field:
    given: dict[str, Any] = {"name": option.name, "says": LABELS.get(option.name, option.says), "required": option.required}
    if option.choices:
        offered = tuple(Choice(value=word, says=_said(option, word)) for word in option.choices)
        default = "" if option.default is None else spelling(option.default)
        return Field(kind="several" if option.many else "choice", choices=offered, default=default, **given)
    if option.name in _PLACES and before is not None:
        return Field(kind="choice", choices=tuple(_carriers(before, option.name, seen.now)), **given)
    if option.name == "witness":
        others = [
            Choice(value=ref, says=Text(ref, ref))
            for ref, who in seen.office.settings.operators.items()
            if not same_person(who.person, seen.operator.person)
        ]
        return Field(kind="choice", choices=tuple(others), **given)
    if option.name in {"request", "case"} and before is not None:
        return Field(kind="choice", choices=tuple(_files(seen, before, option.name)), **given)
    if option.name == "point":
        return Field(kind="choice", choices=tuple(points(seen)), default=seen.operator.point or "", **given)
    if option.sent is not None:
        return Field(kind="file", **given)
    kinds: Mapping[Callable[[str], Any], str] = {reading.instant: "date", reading.count: "number"}
    return Field(kind=kinds.get(option.parse, "line"), **given)


def _of_member(name: str, member: Member, act: Act, seen: Visit) -> Field:
    offered = tuple(Choice(value=word, says=_ENUMS[word]) for word in member.words)
    default = offered[0].value if offered and not act.on_card else ""
    if name == "region":
        offered = tuple(Choice(value=ref, says=choices.REGIONS.get(ref, Text(ref, ref))) for ref in seen.office.settings.regions)
        default = seen.operator.region
    return Field(
        name=name,
        says=member.says,
        kind="choice" if offered else "line",
        required=member.required,
        choices=offered,
        default=default,
        personal=not offered,
    )


def _said(option: Option, word: str) -> Text:
    """What a choice is called; where two tables have the same word, the one that this option reads."""
    value: enum.Enum = option.parse(word)
    return choices.word(value)


def _carriers(before: Dossier, name: str, now: int) -> Iterator[Choice]:
    for carrier in before.carriers:
        status = status_of(before, carrier, now)
        ended = status is CarrierStatus.ENDED
        wanted = carrier.kind is CarrierKind.PHONE if name == "phone" else carrier.kind is CarrierKind.CHIP or name == "carrier"
        if wanted and ended == (name == "chip"):
            kind, how, since = choices.word(carrier.kind), choices.word(status), local(carrier.created)[:10]
            yield Choice(value=carrier.ref, says=Text(f"{kind.zh} · {how.zh} · {since}", f"{kind.en} · {how.en} · {since}"))


def points(seen: Visit) -> Iterator[Choice]:
    """The service points of the operator's region that are open."""
    point = schema.service_point.c
    here = sa.select(point.ref, point.name).where((point.region == seen.operator.region) & point.ended.is_(None)).order_by(point.ref)
    with seen.desk.store.reading() as work:
        found = work.connection.execute(here).all()
    for ref, name in found:
        yield Choice(value=ref, says=Text(name, name))


def _files(seen: Visit, before: Dossier, name: str) -> Iterator[Choice]:
    card = before.card.ref
    if name == "request":
        for asked in seen.desk.freeze_requests(card):
            if asked.answer is None:
                why = choices.word(asked.ground)
                yield Choice(value=asked.ref, says=Text(f"{asked.region} · {why.zh} · {local(asked.asked)}", f"{asked.region} · {why.en}"))
        return
    for case in seen.desk.cases(card):
        if case.decision is None:
            what = choices.word(case.category)
            yield Choice(value=case.ref, says=Text(f"{what.zh} · {local(case.opened)}", f"{what.en} · {local(case.opened)}"))


# ------------------------------------------------------------------------------------------------------------ what came back


def asked_by(act: Act, card: CardRef | None) -> Asked:
    """The command that this request's form asks for."""
    said: dict[str, tuple[str, ...]] = {}
    for option in act.options:
        said[option.name] = _digest(option.name) if option.sent is not None else tuple(word for word in request.form.getlist(option.name) if word)
    for name in act.form.fields if act.form is not None else ():
        said[name] = tuple(word for given in request.form.getlist(name) if (word := given.strip()))
    known = {paper.value: paper for paper in Evidence}
    shown = frozenset(known[word] for word in request.form.getlist("evidence") if word in known)
    filed = {paper: reference[:100] for paper in shown if (reference := request.form.get(FILED + paper, "").strip())}
    expected = request.form.get("expected", "")
    return Asked(
        act=act.word,
        card=card,
        said={name: words for name, words in said.items() if words},
        evidence=shown,
        filed=filed,
        expected=int(expected) if expected.isascii() and expected.isdigit() else None,
    )


def _digest(name: str) -> tuple[str, ...]:
    """The SHA-256 of the file that was sent, or of the one that was sent before."""
    file = request.files.get(name)
    if file is None or not file.filename:
        return tuple(word for word in request.form.getlist(name) if word)
    return (hashlib.sha256(file.read()).hexdigest(),)


def told(fields: Sequence[Field], said: Mapping[str, tuple[str, ...]]) -> list[tuple[Text, list[Text]]]:
    """What was asked for, field by field, as it is repeated before it is done."""
    lines = []
    for field in fields:
        by_value = {choice.value: choice.says for choice in field.choices}
        words = [by_value.get(word) or Text(word, word) for word in said.get(field.name, ())]
        if words:
            lines.append((field.says, words))
    return lines
