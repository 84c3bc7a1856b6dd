"""Errors of the whole house: three families, each with a code, facts and a hint.

A fault is declared once, in a room's `faults.py`, and raised with the facts of the case:

    raise InputError(faults.TRAILING_BYTES, at=317, extra=1)

The family says whose fault it is and so what a terminal answers: `InputError` (what the world sent is wrong) and `StateError` (well-formed, but not
now) refuse, `SetupError` (our keys, clock, disk, reader or network) is inconclusive. Our own misuse is `TypeError`, `ValueError` or `RuntimeError`:
a bug, never caught. Facts are numbers, names of fields and identifiers of things; never a person's name, number or key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.reasons import Reason

Fact = str | int | float | bool | None


class Text(NamedTuple):
    """One sentence in the two languages of the service."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that can be wrong: its stable code, what it is called and what to do next.

    `code` is what clients match; it is never renamed and never given to another fault. `reason` is the verdict reason a terminal gives for it, where
    a terminal can meet it at all. `article` is the id of the regulation article that demands the refusal, where one does.
    """

    code: str
    title: Text
    hint: Text
    reason: Reason | None = None
    article: str | None = None


class CardError(Exception):
    """Base of the three families: a `Fault` and the facts of this case. The prose is derived, so it cannot disagree with the facts."""

    fault: Fault
    facts: Mapping[str, Fact]

    def __init__(self, fault: Fault, /, **facts: Fact) -> None:
        super().__init__(fault, facts)
        self.fault = fault
        self.facts = facts

    @property
    def code(self) -> str:
        """The stable code, for programs."""
        return self.fault.code

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.fault.title.en} [{self.fault.code}{': ' + facts if facts else ''}]"


class InputError(CardError):
    """What the world sent is wrong."""


class StateError(CardError):
    """Well-formed, but not now: the state of the record, the card or the code does not allow it."""


class SetupError(CardError):
    """Our own keys, clock, disk, reader or network are not fit; trying again later, or mending, can help."""
