"""A phone as the service meets one: the Python twin of the app's protocol, over Flask's test client or over a real line.

phone = Phone.over(client)                    a Flask test client
phone = Phone.over(Wire(server.url))          a real server
phone.enrol(code)                             redeems an activation code and proves the key; provisional at once where the code says so
phone.renew(card)                             credentials, kept in `phone.held`
phone.code(Audience.GENERAL, at=now)          the text of a code
phone.report(card, of="card")                 and so on: each is one call of the API; `phone.ask` is any other
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from codes.claims import Audience, Profile
from codes.credential import Credential
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import SoftwareSigner
from codes.presentation import Presentation, next_iat
from ecard import CarrierRef, CredentialRequest, renewal_binding
from ecard.enrolment import OWN_BYTES
from ecard.holderacts import act_binding
from ecard.lifecycle import Command
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient

REGION = "CN-CQ"
_PROFILES = {Audience.GENERAL: Profile.GENERAL, Audience.IDENTITY: Profile.IDENTITY}


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["code"])


class Line(Protocol):
    """How requests travel."""

    origin: str

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request."""
        ...


class InProcess:
    """Requests to an application in this process."""

    origin = "http://localhost"

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self._client.open(path, method=method, data=body, headers=dict(headers))
        return Answer(answer.status_code, answer.get_json(force=True, silent=True), dict(answer.headers))


class Wire:
    """Requests to a server at an address."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        asked = urllib.request.Request(self.origin + path, method=method, data=body or None, headers=dict(headers))
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return Answer(answer.status, _parsed(answer.read()), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _parsed(error.read()), dict(error.headers))


def _parsed(body: bytes) -> Any:
    return json.loads(body) if body else None


@dataclass
class Caller:
    """Whoever calls by proofs of a key: a phone, a terminal."""

    line: Line
    signer: SoftwareSigner
    nonce: str = ""

    def proof(self, method: str, path: str, body: bytes, key: str | None, **instead: Any) -> str:
        """A proof for one request; `instead` replaces members of its payload, or takes them out when None."""
        payload = {
            "htm": method,
            "htu": self.line.origin + path.partition("?")[0],
            "iat": 1,
            "jti": secrets.token_urlsafe(16),
            "nonce": self.nonce,
            "bsh": encode(hashlib.sha256(body).digest()),
        }
        payload |= {} if key is None else {"idk": key}
        payload = {name: value for name, value in (payload | instead).items() if value is not None}
        numbers = self.signer.public_key.load().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": encode(numbers.x.to_bytes(32)), "y": encode(numbers.y.to_bytes(32))}
        return jws({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, payload, self.signer)

    def ask(
        self, method: str, path: str, body: object = None, *, key: str | None = None, keyless: bool = False, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call, with a fresh nonce where the first one was too old. A POST has an Idempotency-Key unless it is `keyless`."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        key = key or (None if keyless or method != "POST" else secrets.token_hex(16))
        for _ in range(2):
            told = {"DPoP": self.proof(method, path, raw, key)}
            told |= {"Content-Type": "application/json"} if raw else {}
            told |= {} if key is None else {"Idempotency-Key": key}
            answer = self.line.send(method, path, raw, told | dict(headers or {}))
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if answer.status != 401 or answer.code != "proof-nonce":
                break
        return answer

    def done(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """One call that must succeed; its body."""
        answer = self.ask(method, path, body, **more)
        assert answer.status < 300, answer
        return answer.body


@dataclass
class Phone(Caller):
    """A phone with its enrolment key and what it was given."""

    held: list[tuple[Credential, SoftwareSigner]] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)
    enrolment: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def over(cls, line: Line | FlaskClient) -> Phone:
        """A fresh phone."""
        return cls(line if hasattr(line, "origin") else InProcess(line), fresh_signer())  # type: ignore[arg-type] # because a test client has no origin

    def enrol(self, code: str) -> dict[str, Any]:
        """Redeem a code and prove the key over the nonce that came back."""
        self.enrolment = self.done("POST", "/v1/enrolments", {"code": code})
        return self.prove_enrolment()

    def prove_enrolment(self) -> dict[str, Any]:
        """Prove the key over the nonce that the enrolment asks for now."""
        proof = self.key_proof(decoded(self.enrolment["nonce"]))
        self.enrolment = self.done("POST", f"/v1/enrolments/{self.enrolment['enrolment']}/proof", {"proof": encode(proof)})
        return self.enrolment

    def poll(self) -> dict[str, Any]:
        """Look at the enrolment; where a desk waits for a proof, give it."""
        self.enrolment = self.done("GET", f"/v1/enrolments/{self.enrolment['enrolment']}")
        return self.prove_enrolment() if self.enrolment["nonce"] else self.enrolment

    def key_proof(self, nonce: bytes) -> bytes:
        """The enrolment key's proof over a nonce or a binding."""
        return KeyProof.make(self.signer, region=REGION, purpose=ProofPurpose.ENROLMENT, nonce=nonce, iat=1)

    def me(self) -> Any:
        """Everything that this phone carries."""
        return self.done("GET", "/v1/me")

    def this(self, card: str) -> str:
        """This phone's reference on a card."""
        (found,) = (one for one in self.me()["cards"] if one["card"] == card)
        return next(str(carrier["ref"]) for carrier in found["carriers"] if carrier["this"])

    def own_nonce(self) -> bytes:
        """One that serves now: what the office gave last, after a call, and eight bytes of this phone's."""
        self.me()
        return decoded(self.nonce) + secrets.token_bytes(OWN_BYTES)

    def renewal(self, card: str, *profiles: Profile) -> tuple[dict[str, Any], list[SoftwareSigner]]:
        """The body of a renewal, and the fresh holder keys behind it."""
        phone = self.this(card)
        nonce, keys = self.own_nonce(), [fresh_signer() for _ in profiles]
        asked = [
            CredentialRequest(profile=profile, proof=KeyProof.make(key, region=REGION, purpose=ProofPurpose.HOLDER, nonce=nonce, iat=1))
            for profile, key in zip(profiles, keys, strict=True)
        ]
        proof = self.key_proof(renewal_binding(nonce, CarrierRef(phone), asked))
        requests = [{"profile": int(one.profile), "proof": encode(one.proof)} for one in asked]
        return {"card": card, "phone": phone, "nonce": encode(nonce), "proof": encode(proof), "requests": requests}, keys

    def renew(self, card: str, *profiles: Profile) -> None:
        """Fresh credentials, kept."""
        body, keys = self.renewal(card, *(profiles or (Profile.GENERAL,)))
        issued = self.done("POST", "/v1/credentials", body)["credentials"]
        self.held += [(Credential.from_bytes(decoded(text)), key) for text, key in zip(issued, keys, strict=True)]

    def code(self, audience: Audience, *, at: int, challenge: bytes | None = None) -> str:
        """A code by the newest credential that serves."""
        serving = [pair for pair in self.held if pair[0].says.profile is _PROFILES[audience]]
        credential, key = serving[-1]
        iat = self.shown[credential.says.sub] = next_iat(at, self.shown.get(credential.says.sub))
        return Presentation.make(credential, key, audience=audience, iat=iat, cnonce=challenge).to_text()

    def act(self, command: Command, card: str, target: str, **more: Any) -> dict[str, Any]:
        """The body of an act of the holder, with its proof."""
        nonce = self.own_nonce()
        proof = self.key_proof(act_binding(nonce, command, card, target))  # type: ignore[arg-type] # because a reference is text on the wire
        return {"card": card, "nonce": encode(nonce), "proof": encode(proof), **more}

    def report(self, card: str, *, of: str = "card", phone: str | None = None) -> Any:
        """Report a loss."""
        return self.done("POST", "/v1/reports", {"card": card, "of": of, "phone": phone})

    def withdraw(self, card: str, *, of: str = "card", phone: str | None = None) -> Answer:
        """Say that it was found."""
        body = self.act(Command.WITHDRAW_PRE_LOSS, card, phone or of, of=of, phone=phone)
        return self.ask("POST", "/v1/reports/withdraw", body)

    def lock(self, card: str, *groups: int) -> Any:
        """Lock the whole card, or groups of items."""
        target = "-".join(["items", *map(str, sorted(groups))]) if groups else "card"
        return self.done("POST", "/v1/locks", self.act(Command.LOCK, card, target, groups=list(groups)))

    def unlock(self, card: str, *groups: int) -> Any:
        """Open it again."""
        target = "-".join(["items", *map(str, sorted(groups))]) if groups else "card"
        return self.done("POST", "/v1/locks/lift", self.act(Command.UNLOCK, card, target, groups=list(groups)))


def jws(header: Mapping[str, Any], payload: Mapping[str, Any], signer: SoftwareSigner) -> str:
    """A JWS in compact form."""
    told = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))
    return f"{told}.{encode(signer.sign(told.encode()))}"


def fresh_signer() -> SoftwareSigner:
    """A key of its own."""
    return SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))


def decoded(text: str) -> bytes:
    """The bytes behind base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
