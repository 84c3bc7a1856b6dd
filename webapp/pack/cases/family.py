"""How the families write their cases: one line for what is wrong, one for the answer; the name follows the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.reasons import Outcome, Reason
from webapp.pack.case import FAIL, Case, Expect, Scan, because
from webapp.pack.forge import Draft, sign1
from webapp.pack.places import NOW

if TYPE_CHECKING:
    from webapp.pack.city import City

MALFORMED = because(Reason.MALFORMED, 1)
NOT_CANONICAL = because(Reason.NOT_CANONICAL, 1)
_SUFFIX = {Outcome.ACCEPTED: "", Outcome.REFUSED: FAIL, Outcome.INCONCLUSIVE: "_inconclusive"}


def named(name: str, expect: Expect) -> str:
    """The name with the ending that its answer gives it."""
    return name + _SUFFIX[expect.verdict]


def one(
    name: str,
    shown: Draft | str,
    expect: Expect,
    *,
    spec: str,
    comment: str,
    scene: str = "metro",
    at: int = NOW,
    challenge: bytes | None = None,
) -> Case:
    """A case of one scan."""
    signed = shown.signed_bytes() if isinstance(shown, Draft) and shown.outer.frame is sign1 else None
    scan = Scan(text=shown.text() if isinstance(shown, Draft) else shown, at=at, expect=expect, challenge=challenge)
    return Case(name=named(name, expect), scene=scene, scans=(scan,), spec=spec, comment=comment, signed_bytes=signed)


def in_order(name: str, *scans: Scan, spec: str, comment: str, scene: str = "metro") -> Case:
    """A case of several scans at one fresh terminal; the last answer names it."""
    return Case(name=named(name, scans[-1].expect), scene=scene, scans=scans, spec=spec, comment=comment, ordered=True)


def show(shown: Draft | str, expect: Expect, *, at: int = NOW, challenge: bytes | None = None) -> Scan:
    """One scan of a sequence."""
    return Scan(text=shown.text() if isinstance(shown, Draft) else shown, at=at, expect=expect, challenge=challenge)


def of_parity(city: City, label: str, *, odd: bool) -> Draft:
    """A right code whose number of bytes is odd or even, so that its Base45 ends in a pair or in a triplet whatever the seed."""
    draft = city.draft(label)
    return draft if len(draft.code()) % 2 == odd else city.draft(f"{label}, one byte less", max_age=20)
