"""One command of the table, for given values: who gives it, whether it may be done, and doing it. The shell, the console and the office API share it.

    Asked       the command in words alone: it can be shown, kept, sealed, and carried out later exactly as it was read
    read        from words to the values that the record wants
    prepare     joined with the card as it stands: the rule, the actor, the papers that are needed
    Prepared    checked, then carried out

Whatever an option reads from a file of this machine, `read` takes as a digest: over a wire nobody names a file of ours.
"""

from __future__ import annotations

import argparse
import inspect
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codes.errors import InputError, StateError
from ecard import CardOffice, CardRef, lifecycle
from ecard import faults as record
from ecard.lifecycle import Evidence
from ecard.model import Role, seconds
from webapp import faults
from webapp.office.acts import ACTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecard import Dossier
    from ecard.holderacts import PhoneProof
    from ecard.lifecycle import Rule
    from ecard.model import Actor, PointRef
    from webapp.office.acts import Act
    from webapp.office.settings import OfficeSettings, Operator

BY_WORD: Mapping[str, Act] = {act.word: act for act in ACTS}
"""Every act under the word that it is called by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command as somebody asked for it, in words."""

    act: str
    card: CardRef | None
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Options and members of the form, each with what was given for it."""
    evidence: frozenset[Evidence] = frozenset()
    filed: Mapping[Evidence, str] = field(default_factory=dict)
    """What papers are filed under."""
    expected: int | None = None
    """The revision of the card that was looked at."""

    def to_bytes(self) -> bytes:
        """The one spelling of it: what a second person approves is these bytes."""
        page = {
            "act": self.act,
            "card": self.card,
            "said": {name: list(words) for name, words in self.said.items()},
            "evidence": sorted(self.evidence),
            "filed": {paper.value: reference for paper, reference in self.filed.items()},
            "expected": self.expected,
        }
        return json.dumps(page, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Asked:
        """What `to_bytes` wrote. `ValueError` for anything else."""
        page = json.loads(content)
        asked = cls(
            act=page["act"],
            card=None if page["card"] is None else CardRef(page["card"]),
            said={name: tuple(words) for name, words in page["said"].items()},
            evidence=frozenset(map(Evidence, page["evidence"])),
            filed={Evidence(paper): reference for paper, reference in page["filed"].items()},
            expected=page["expected"],
        )
        if asked.to_bytes() != content:
            msg = "another spelling"
            raise ValueError(msg)
        return asked


def read(asked: Asked, operator: Operator) -> dict[str, Any]:
    """The values that the record wants. Raises `InputError` office-form, naming the member that is wrong and never what was written there."""
    act = BY_WORD.get(asked.act)
    if act is None:
        raise InputError(faults.OFFICE_FORM, problem="no such act")
    members = {} if act.form is None else act.form.fields
    if strange := asked.said.keys() - {option.name for option in act.options} - members.keys():
        raise InputError(faults.OFFICE_FORM, problem="unknown member", members=len(strange))
    given: dict[str, Any] = {}
    for option in act.options:
        words = [word for word in asked.said.get(option.name, ()) if word]
        if (not words and option.required) or (len(words) > 1 and not option.many):
            raise InputError(faults.OFFICE_FORM, member=option.name, problem="missing" if not words else "more than one")
        try:
            values = tuple(map(option.reader, words))
        except argparse.ArgumentTypeError:
            raise InputError(faults.OFFICE_FORM, member=option.name, problem="not usable") from None  # the message would quote what was written
        given[option.name] = values if option.many else values[0] if values else option.default
    if act.form is not None:
        found = {name: said[0] for name in members if (said := asked.said.get(name, ())) and said[0]}
        given |= act.form.filled(found, operator)
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A command with everything that it needs but the office's word."""

    act: Act
    rule: Rule
    before: Dossier | None
    actor: Actor
    region: str
    needed: frozenset[Evidence]
    given: Mapping[str, Any]
    evidence: frozenset[Evidence]
    expected: int | None
    at: datetime

    def check(self) -> None:
        """Return if the table allows it and every paper is there. Raises what `lifecycle.permit` raises."""
        now, every = seconds(self.at), frozenset(Evidence)
        lifecycle.permit(self.act.command, self.before, region=self.region, actor=self.actor, evidence=every, now=now)
        if missing := self.needed - self.evidence:
            names = ", ".join(sorted(missing))
            raise StateError(record.EVIDENCE_MISSING, command=self.act.command, missing=names, article=self.rule.articles[0])

    def takes(self, name: str) -> bool:
        """Whether the record's command has this keyword."""
        return name in inspect.signature(getattr(CardOffice, self.act.method)).parameters

    def keywords(self) -> dict[str, Any]:
        """What the record's command takes of all this, but the card, the actor and the time."""
        more = {"evidence": self.evidence} if self.takes("evidence") else {}
        return {**self.act.shape(self.given), **self.act.fixed, **more}

    def carry_out(self, desk: CardOffice, *, proof: PhoneProof | None = None) -> Any:
        """Do it: the record's own command. Raises whatever that command raises."""
        more = {"expected": self.expected, "card": None if self.before is None else self.before.card.ref, "proof": proof}
        named = {name: value for name, value in more.items() if self.takes(name)}
        return getattr(desk, self.act.method)(**self.keywords(), **named, actor=self.actor, at=self.at)


def prepare(
    settings: OfficeSettings,
    desk: CardOffice,
    act: Act,
    given: Mapping[str, Any],
    *,
    card: CardRef | None,
    actor: Actor,
    operator: Operator | None,
    evidence: frozenset[Evidence],
    expected: int | None,
    at: datetime,
) -> Prepared:
    """Join a command with the card as it stands. `operator` is whoever sits at the desk; nobody where the holder gives it.

    Raises `StateError` card-unknown, `InputError`: office-operator (a witness whom nobody knows), office-point.
    """
    before = desk.card(card) if act.on_card and card is not None else None
    rule = lifecycle.RULES[act.command]
    values = dict(given)
    for option in act.options:
        if option.resolve is not None and values[option.name] is not None:
            values[option.name] = option.resolve(settings, values[option.name])
    if operator is not None and "point" in values and values["point"] is None:
        values["point"] = point_of(operator)
    region = values["application"].region if before is None else before.card.region
    needed = rule.papers(actor.role) | (frozenset() if actor.role is Role.HOLDER else act.papers(values))
    return Prepared(
        act=act, rule=rule, before=before, actor=actor, region=region, needed=needed, given=values, evidence=evidence, expected=expected, at=at
    )


def point_of(operator: Operator) -> PointRef:
    """Where an operator sits. Raises `InputError` office-point."""
    if operator.point is None:
        raise InputError(faults.OFFICE_POINT, operator=operator.ref)
    return operator.point
