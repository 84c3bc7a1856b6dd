"""The gate: before any view runs, the one table is asked who may call it, and the caller has to be that. Deny by default (threat F07).

What it finds stands on `flask.g.caller`, one of `webapp.auth.callers`. Whoever calls with a proof is given a fresh nonce with every answer, also with a no.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from flask import g, request
from werkzeug.exceptions import RequestEntityTooLarge

from codes.errors import InputError, SetupError, StateError
from ecard.model import seconds
from ecard.residents.proofs import SpentBefore, Unspent
from webapp import faults, problems
from webapp.auth import proofs
from webapp.auth.callers import AtTerminal, Kind, Operator, Phone, RegionCaller, Who
from webapp.operations import gating

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Request, Response

    from webapp.auth.callers import Caller
    from webapp.auth.operators import SignedIn
    from webapp.services import Services, StandingOffice

_TRIED = (faults.PROOF_SIGNATURE, faults.PROOF_OTHER, faults.PROOF_REPLAYED)
"""What only somebody meets who tries; an old nonce, or none, is how everybody begins."""
_BY_PROOF = frozenset({Kind.PHONE, Kind.TERMINAL, Kind.REGION})
_SPENDING = frozenset({"credentials.renew"})
"""Calls that spend the proof themselves, in the transaction in which they do what they do: what phones do all day."""
MAX_BODY = 64 * 1024
EXTENSION = "ecard-gate"
"""Under which `app.extensions` holds the gate of an application."""


class Sessions(Protocol):
    """Where sessions of operators are asked for."""

    def current(self, request: Request) -> SignedIn | None:
        """Who is signed in at this request, if anybody is, and their session has not ended."""
        ...

    def check_unsafe(self, request: Request, signed_in: SignedIn) -> None:
        """Return if a request that changes something comes from our own pages: token and Origin. Raises `StateError` otherwise."""
        ...


def install(app: Flask, services: Services, sessions: Sessions | None, table: Mapping[tuple[str, str], Who]) -> None:
    """Put the gate before every view of `app`. Without `sessions` no operator is let in."""
    gate = app.extensions[EXTENSION] = Gate(services, sessions, table)
    app.before_request(gate.admit)
    app.after_request(gate.hand_nonce)
    app.register_error_handler(SpentBefore, gate.refuse_replayed)


class Gate:
    """The gate of one application."""

    def __init__(self, services: Services, sessions: Sessions | None, table: Mapping[tuple[str, str], Who]) -> None:
        self._services, self.sessions, self._table = services, sessions, table

    def admit(self) -> None:
        """Let the caller of this request through, or raise: not-found, proof-*, caller-unknown, sign-in-needed, role-missing."""
        if request.url_rule is None:
            return  # nothing stands there, or not under this method: Flask says which
        who = self._who()
        if who is None or "\0" in request.path:  # no name of ours has one, and PostgreSQL cannot even be asked
            raise StateError(faults.NOT_FOUND)
        if who.kind is Kind.OPERATOR:
            g.caller = self._operator(who)
        elif who.kind in _BY_PROOF:
            g.caller = self._by_proof(who)

    def refuse_replayed(self, _told: SpentBefore) -> Response:
        """The answer to a proof that a call found spent."""
        try:
            gating.failed(self._services.limits, request.remote_addr or "", self._services.clock())
        except StateError as error:
            return problems.answer_card_error(error)
        return problems.answer_card_error(InputError(faults.PROOF_REPLAYED))

    def hand_nonce(self, response: Response) -> Response:
        """Give whoever calls by proof the nonce for the next one."""
        self._spend_the_rest()
        who = self._who() if request.url_rule is not None else None
        if who is not None and who.kind in _BY_PROOF and self._services.office is not None:
            with suppress(SetupError):  # an office that cannot be opened has said so in the answer already
                response.headers[proofs.NONCE_HEADER] = self._nonces_given(self._services.office).give(self._now())
            response.headers["Cache-Control"] = "no-store"
            if response.status_code == 401:
                response.headers.extend([proofs.ASKS_NONCE])
        return response

    def _spend_the_rest(self) -> None:
        """A proof is spent also by a call that was refused before it came to that. Where it cannot be, nothing was done for it either."""
        caller, office = g.get("caller"), self._services.office
        if isinstance(caller, Phone) and caller.proof is not None and not caller.proof.spent and office is not None:
            with suppress(SpentBefore, StateError, SetupError):
                caller.proof.spend(office.desk())

    def _who(self) -> Who | None:
        method = "GET" if request.method == "HEAD" else request.method
        return self._table.get((request.endpoint or "", method))

    def _operator(self, who: Who) -> Operator:
        signed_in = None if self.sessions is None else self.sessions.current(request)
        if signed_in is None or self.sessions is None:
            raise StateError(faults.SIGN_IN)
        gating.known(self._services.limits, signed_in.operator.ref, request.method, request.path, self._services.clock())
        if not who.roles & set(signed_in.operator.roles):
            raise StateError(faults.ROLE_MISSING)
        if request.method not in {"GET", "HEAD"}:
            self.sessions.check_unsafe(request, signed_in)
            if any("\0" in text for texts in request.form.listvalues() for text in texts):
                raise InputError(faults.BODY)
        return Operator(signed_in=signed_in)

    def _by_proof(self, who: Who) -> Caller:
        office = self._services.office
        if office is None:
            raise StateError(faults.NOT_FOUND)
        limits, address, at = self._services.limits, request.remote_addr or "", self._services.clock()
        gating.arriving(limits, address, at)
        desk = office.desk()
        try:
            g.nonces = office.nonces(desk)
            proven = self._proven(g.nonces)
            gating.known(limits, proven.key.x.hex(), request.method, request.path, at)
            if request.endpoint in _SPENDING:
                return Phone(key=proven.key, proof=Unspent(key=proven.key, jti=proven.jti, until=proven.until))
            if not desk.spend_proof(proven.key, proven.jti, until=proven.until):
                raise InputError(faults.PROOF_REPLAYED)
        except InputError as error:
            if error.fault in _TRIED:
                gating.failed(limits, address, at)
            raise
        if who.kind is Kind.PHONE:
            return Phone(key=proven.key)
        if who.kind is Kind.TERMINAL:
            terminal = desk.terminal_of_key(proven.key)
            if terminal is not None and terminal.ended is None:
                return AtTerminal(terminal=terminal)
        elif (peer := desk.region_of_key(proven.key)) is not None:
            return RegionCaller(peer=peer)
        raise StateError(faults.CALLER_UNKNOWN)

    @staticmethod
    def _nonces_given(office: StandingOffice) -> proofs.Nonces:
        """The nonces by which this request was judged, or would have been."""
        nonces: proofs.Nonces | None = g.get("nonces")
        return office.nonces(office.desk()) if nonces is None else nonces

    def _proven(self, nonces: proofs.Nonces) -> proofs.Proven:
        told = request.headers.getlist(proofs.HEADER)
        if len(told) > 1:
            raise InputError(faults.PROOF_SHAPE, part="header twice")
        asked = proofs.Asked(request.method, request.base_url, _body(), request.headers.get(proofs.KEY_HEADER))
        return proofs.check(told[0] if told else None, asked, nonces, now=self._now())

    def _now(self) -> int:
        return seconds(self._services.clock())


def _body() -> bytes:
    """The bytes of the request. A body without a length is cut off at the limit, and must not be taken for a whole one."""
    request.max_content_length = MAX_BODY + 1
    body = request.get_data(cache=True)
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body
