"""Phones that renew and report, at the rate they are told, from threads of processes of their own; each answer with the time it took since it was due."""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import math
import multiprocessing
import secrets
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from codes.claims import Profile
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import SoftwareSigner
from ecard import CarrierRef, CredentialRequest, renewal_binding
from ecard.enrolment import OWN_BYTES
from ecard.moments import BYTES
from tests.webapp.phonehouse import decoded, jws
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier

    from tests.load.stage import Handset

    Job = Callable[["Line", float], None]
    """What one thread does over its line from a moment on."""

THREADS = 24
"""Of one process: so many may be waiting for an answer."""


class Told(NamedTuple):
    """One thing done: what, how it ended, and how long it took since it was due, or for one of a herd, since it was sent."""

    what: str
    status: int
    code: str
    seconds: float
    retry_after: bool
    due: float
    """When, in seconds since what counts began; before that it is negative."""


@dataclass
class Plan:
    """What one process does: so many a second of one kind, for so long."""

    host: str
    port: int
    handsets: list[Handset]
    renewals: float
    reports: float
    seconds: float
    settling: float = 0.0
    """Seconds for which the same is done first without counting."""
    herd: bool = False
    """Renewals that were signed beforehand: so many phones at once as no processor that signs for them would be quick enough for."""
    stale: bool = False
    """Such a renewal's proof is too old, as that of everybody is after an outage."""
    threads: int = THREADS
    told: list[Told] = field(default_factory=list)


class Caller:
    """A handset with its key at hand, as a phone has it."""

    def __init__(self, handset: Handset) -> None:
        self.handset, self.signer = handset, handset.signer
        numbers = self.signer.public_key.load().public_numbers()
        self.jwk = {"kty": "EC", "crv": "P-256", "x": encode(numbers.x.to_bytes(32)), "y": encode(numbers.y.to_bytes(32))}
        self.address = f"10.{handset.number >> 16 & 255}.{handset.number >> 8 & 255}.{handset.number & 255}"


class Line:
    """One of the connections that a proxy keeps to the service, open before anything counts. It speaks no more HTTP than it needs: it shares the processor."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._socket: socket.socket | None = self._connected()
        self.origin = f"http://{plan.host}:{plan.port}"
        self.nonce = ""

    def packed(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """A request as it travels."""
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nHost: {self._plan.host}:{self._plan.port}\r\nContent-Length: {len(body)}\r\n{told}\r\n"
        return head.encode() + body

    def send(self, asked: bytes) -> tuple[int, Any, bool]:
        """Status, page, and whether it says when to come again."""
        try:
            status, found, raw = self._exchange(asked)
        except (OSError, ValueError):
            self._close()
            return 0, {"code": "no-answer"}, False
        if found.get("connection") == "close":
            self._close()
        self.nonce = found.get("dpop-nonce", self.nonce)
        return status, json.loads(raw) if raw else {}, "retry-after" in found

    def _exchange(self, asked: bytes) -> tuple[int, dict[str, str], bytes]:
        """One request and its answer. `ValueError` where the answer breaks off."""
        if self._socket is None:
            self._socket = self._connected()
        self._socket.sendall(asked)
        read = b""
        while b"\r\n\r\n" not in read:
            read += self._more()
        head, _, raw = read.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(raw) < int(found["content-length"]):
            raw += self._more()
        return int(first.split()[1]), found, raw

    def _connected(self) -> socket.socket:
        made = socket.create_connection((self._plan.host, self._plan.port), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _more(self) -> bytes:
        read = self._socket.recv(65536) if self._socket is not None else b""
        if not read:
            raise ValueError
        return read

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def ask(self, caller: Caller, path: str, make: Callable[[bytes], object]) -> tuple[int, Any, bool]:
        """One call with its proof, of a nonce of the caller's own; once more where the service's was too old."""
        status, later = 0, False
        page: dict[str, Any] = {}
        for _ in range(2):
            raw = json.dumps(make(decoded(self.nonce) + secrets.token_bytes(OWN_BYTES))).encode()
            status, page, later = self.send(self.packed(path, raw, self.headers(caller, path, raw)))
            if status != 401 or page.get("code") != "proof-nonce":
                break
        return status, page, later

    def headers(self, caller: Caller, path: str, raw: bytes) -> dict[str, str]:
        key = secrets.token_hex(16)
        payload = {
            "htm": "POST",
            "htu": self.origin + path,
            "iat": 1,
            "jti": secrets.token_urlsafe(16),
            "nonce": self.nonce,
            "bsh": encode(hashlib.sha256(raw).digest()),
            "idk": key,
        }
        proof = jws({"typ": "dpop+jwt", "alg": "ES256", "jwk": caller.jwk}, payload, caller.signer)
        return {"DPoP": proof, "Content-Type": "application/json", "Idempotency-Key": key, "X-Forwarded-For": caller.address}


def renew(line: Line, caller: Caller) -> tuple[int, Any, bool]:
    """One fresh credential."""
    holder = SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))
    return line.ask(caller, "/v1/credentials", functools.partial(renewal, caller, holder))


def renewal(caller: Caller, holder: SoftwareSigner, nonce: bytes) -> dict[str, object]:
    """What is sent for it."""
    handset, asked = caller.handset, KeyProof.make(holder, region=caller.handset.region, purpose=ProofPurpose.HOLDER, nonce=nonce, iat=1)
    binding = renewal_binding(nonce, CarrierRef(handset.phone), [CredentialRequest(profile=Profile.GENERAL, proof=asked)])
    proof = KeyProof.make(caller.signer, region=handset.region, purpose=ProofPurpose.ENROLMENT, nonce=binding, iat=1)
    return {
        "card": handset.card,
        "phone": handset.phone,
        "nonce": encode(nonce),
        "proof": encode(proof),
        "requests": [{"profile": int(Profile.GENERAL), "proof": encode(asked)}],
    }


def report(line: Line, caller: Caller) -> tuple[int, Any, bool]:
    """The chip is lost."""
    return line.ask(caller, "/v1/reports", lambda _: {"card": caller.handset.card, "of": "chip", "phone": None})


def run(plans: Sequence[Plan]) -> list[Told]:
    """Every plan in a process of its own; everything that was done."""
    context = multiprocessing.get_context("spawn")
    lines, processes = [], []
    ready = context.Barrier(len(plans))
    for plan in plans:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_carry_out, args=(plan, there, ready), daemon=True)
        process.start()
        there.close()
        lines.append(here)
        processes.append(process)
    told = [one for line in lines for one in line.recv() if one.due >= 0]
    for process in processes:
        process.join()
    return told


def _carry_out(plan: Plan, out: Connection, ready: Barrier) -> None:
    """The plan, from the moment at which everybody's phones, and then everybody's lines are there."""
    jobs = _herd(plan) if plan.herd else [*_every(plan, plan.renewals, 0), *_every(plan, plan.reports, 1)]
    gc.disable()  # a look through a hundred thousand phones would stand still for all of them
    ready.wait()
    lines = [Line(plan) for _ in jobs]
    ready.wait()
    begin = monotonic() + 0.2 + plan.settling
    threads = [threading.Thread(target=job, args=(line, begin), daemon=True) for job, line in zip(jobs, lines, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.send(plan.told)


def _every(plan: Plan, rate: float, which: int) -> Sequence[Job]:
    """Jobs that together do one thing so many times a second: each time is due when it is, whether or not the one before was answered."""
    if not rate:
        return []
    many = plan.threads if which == 0 else max(2, plan.threads // 4)
    callers = [Caller(handset) for handset in plan.handsets[: math.ceil(rate * (plan.settling + plan.seconds))]]

    def work(number: int, line: Line, begin: float) -> None:
        while (due := begin - plan.settling + number / rate) < begin + plan.seconds:
            sleep(max(0.0, due - monotonic()))
            status, page, later = (renew if which == 0 else report)(line, callers[number % len(callers)])
            taken = monotonic() - due
            plan.told.append(Told(("renewal", "report")[which], status, str(page.get("code", "")), taken, later, due - begin))
            number += many

    return [functools.partial(work, first) for first in range(many)]


def _herd(plan: Plan) -> Sequence[Job]:
    """Jobs that together send what was signed for this moment, or is too old: as many a second as are wanted, or as find a line, until the time is over."""
    first, many = Line(plan), math.ceil(plan.renewals * (plan.settling + plan.seconds))
    first.send(first.packed("/v1/credentials", b"{}", first.headers(Caller(plan.handsets[0]), "/v1/credentials", b"{}")))
    first.nonce = encode(bytes(BYTES)) if plan.stale else first.nonce
    kept = [_packed(first, Caller(handset)) for handset in plan.handsets[: plan.threads if plan.stale else many]]

    def work(number: int, line: Line, begin: float) -> None:
        while (due := begin - plan.settling + number / plan.renewals) < begin + plan.seconds:
            sleep(max(0.0, due - monotonic()))
            if (came := monotonic()) >= begin + plan.seconds:
                return
            status, page, later = line.send(kept[number if not plan.stale else number % len(kept)])
            plan.told.append(Told("herd", status, str(page.get("code", "")), monotonic() - came, later, came - begin))
            number += plan.threads

    return [functools.partial(work, first) for first in range(plan.threads)]


def _packed(line: Line, caller: Caller) -> bytes:
    """A whole renewal, ready to be sent."""
    holder = SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))
    nonce = decoded(line.nonce) + secrets.token_bytes(OWN_BYTES)
    raw = json.dumps(renewal(caller, holder, nonce)).encode()
    return line.packed("/v1/credentials", raw, line.headers(caller, "/v1/credentials", raw))


def summed(told: Sequence[Told]) -> dict[str, Any]:
    """What came of it, by what was done."""
    page: dict[str, Any] = {}
    for what in sorted({one.what for one in told}):
        these = [one for one in told if one.what == what]
        good = sorted(one.seconds for one in these if one.status == 201 or what == "herd")
        page[what] = {
            "asked": len(these),
            "done": sum(one.status == 201 for one in these),
            "statuses": dict(Counter(f"{one.status} {one.code}".strip() for one in these)),
            "sent_away_without_retry_after": sum(one.status in {429, 503} and not one.retry_after for one in these),
            **{f"p{at}_ms": round(1000 * good[min(len(good) - 1, len(good) * at // 100)], 1) for at in (50, 95, 99) if good},
        }
    return page
