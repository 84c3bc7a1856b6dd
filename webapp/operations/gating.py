"""The limits in the words of the gate: somebody arrives from an address, proves who he is or fails to, and is then counted for what he asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.operations.kinds import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.operations.limits import Limits

_KINDS: tuple[tuple[str, str, Kind], ...] = (
    ("POST", "/v1/enrolments/", Kind.ACT),
    ("POST", "/v1/enrolments", Kind.ENROLMENT),
    ("POST", "/v1/credentials", Kind.RENEWAL),
    ("POST", "/v1/reports/withdraw", Kind.ACT),
    ("POST", "/v1/reports", Kind.REPORT),
    ("POST", "/v1/locks", Kind.ACT),
    ("POST", "/v1/phones/", Kind.ACT),
    ("POST", "/v1/spoken/checks", Kind.SPOKEN_CHECK),
    ("POST", "/v1/spoken", Kind.SPOKEN),
    ("POST", "/v1/resolutions", Kind.RESOLUTION),
    ("POST", "/v1/challenges", Kind.TERMINAL),
    ("GET", "/v1/terminals/", Kind.TERMINAL),
    ("POST", "/v1/regions", Kind.REGION),
    ("GET", "/v1/regions", Kind.REGION),
    ("GET", "/v1/office", Kind.OFFICE),
    ("GET", "/console", Kind.OFFICE),
    ("GET", "/", Kind.LOOK),
)


def kind_of(method: str, path: str) -> Kind:
    """What a request counts as; whatever has no line of its own counts as an act of an office."""
    told = "GET" if method == "HEAD" else method
    return next((kind for of, start, kind in _KINDS if of == told and path.startswith(start)), Kind.OFFICE)


def arriving(limits: Limits, address: str, at: datetime) -> None:
    """Before anything is checked: an address that asks too much, or failed too often, goes. Raises `StateError` too-many-requests."""
    limits.check(Kind.PROOF, address, at)
    limits.admit(Kind.ANYBODY, address, at)


def failed(limits: Limits, address: str, at: datetime) -> None:
    """A proof that is none, or a caller whom nobody knows. Raises the same, in place of the refusal."""
    limits.admit(Kind.PROOF, address, at)


def known(limits: Limits, subject: str, method: str, path: str, at: datetime) -> None:
    """Somebody proved who he is: a key's thumbprint, a terminal, a region, an operator. Raises the same."""
    limits.admit(kind_of(method, path), subject, at)
