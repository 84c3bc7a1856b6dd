"""The app's modules and the Python library say the same: one set of vectors, and what the one makes the other takes."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import base45, cbor
from codes.claims import Audience, Profile
from codes.credential import Credential
from codes.errors import InputError
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import SoftwareSigner
from codes.presentation import Presentation
from ecard import CredentialRequest, renewal_binding
from ecard.holderacts import act_binding
from ecard.lifecycle import Command
from ecard.model import CardRef, CarrierRef
from tests.vectors import cast, loose
from webapp.jwk import to_jwk

HERE = Path(__file__).resolve().parent
NONCE = bytes(range(16))
OWN_NONCE = bytes(range(32))
"""As long as those that phones make."""
CARD = CardRef("q7Yt-card-of-nobody")
PHONE = CarrierRef("q7Yt-phone-of-nobody")


def ask(*questions: dict[str, Any]) -> list[Any]:
    """Everything asked of the modules in one process of node."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(["node", HERE / "twin.js"], input=lines, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def key_pair() -> tuple[SoftwareSigner, dict[str, str]]:
    private = ec.generate_private_key(ec.SECP256R1())
    signer = SoftwareSigner(private)
    scalar = base64.urlsafe_b64encode(private.private_numbers().private_value.to_bytes(32)).rstrip(b"=").decode()
    return signer, to_jwk(signer.public_key) | {"d": scalar}


def test_vectors_and_units_in_node() -> None:
    done = subprocess.run(["node", "--test", f"{HERE}/"], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_bindings_are_those_of_the_record() -> None:
    requests = [CredentialRequest(profile=Profile.GENERAL, proof=b"\1\2"), CredentialRequest(profile=Profile.IDENTITY, proof=b"\3")]
    said = [{"profile": int(request.profile), "proof": request.proof.hex()} for request in requests]
    about = {"nonce": OWN_NONCE.hex(), "command": "lock", "card": CARD, "target": "card"}
    renewal, act = ask({"do": "renewal", "nonce": OWN_NONCE.hex(), "phone": PHONE, "requests": said}, {"do": "act", **about})
    assert renewal == {"ok": renewal_binding(OWN_NONCE, PHONE, requests).hex()}
    assert act == {"ok": act_binding(OWN_NONCE, Command.LOCK, CARD, "card").hex()}


@pytest.mark.parametrize("purpose", list(ProofPurpose))
def test_a_proof_of_the_app_is_taken(purpose: ProofPurpose) -> None:
    signer, jwk = key_pair()
    (made,) = ask({"do": "proof", "jwk": jwk, "region": "CN-SC", "purpose": int(purpose), "nonce": NONCE.hex(), "iat": cast.NOW})
    proof = KeyProof.check(bytes.fromhex(made["ok"]), region="CN-SC", purpose=purpose, nonce=NONCE)
    assert (proof.key, proof.iat) == (signer.public_key, cast.NOW)


@pytest.mark.parametrize("cnonce", [None, bytes(range(8)), bytes(range(32))])
@pytest.mark.parametrize("audience", list(Audience))
def test_a_code_of_the_app_is_read_and_checks(audience: Audience, cnonce: bytes | None) -> None:
    signer, jwk = key_pair()
    says = cast.statement if audience is Audience.GENERAL else cast.identity_statement
    credential = Credential.issue(says(holder=signer.public_key), cast.ISSUER)
    question: dict[str, Any] = {"do": "code", "jwk": jwk, "credential": credential.raw.hex(), "audience": audience, "iat": cast.NOW}
    (made,) = ask(question if cnonce is None else question | {"cnonce": cnonce.hex()})
    code = Presentation.from_text(made["ok"])
    code.check(code.credential.says.holder.load())
    assert code.credential.raw == credential.raw
    assert (code.audience, code.iat, code.cnonce, code.to_text()) == (audience, cast.NOW, cnonce, made["ok"])


def test_random_bytes_are_judged_alike() -> None:
    """Whole items with a byte or two changed, and Base45 of anything: the same answer from both, word for word."""
    drawn = random.Random(1234)
    seeds = [
        cast.credential().raw,
        cast.presentation().raw,
        cbor.encode({1: [True, "渝", b"\0" * 30, -1], "x": 1 << 40}),
        loose.tag(18, [b"", {}]).write(),
    ]
    blobs = []
    for _ in range(3000):
        blob = bytearray(drawn.choice(seeds))
        for _ in range(drawn.randint(0, 2)):
            blob[drawn.randrange(len(blob))] = drawn.randrange(256)
        blobs.append(bytes(blob[: drawn.randint(1, len(blob))] if drawn.random() < 0.2 else blob))
    answers = ask(*({"do": do, "hex": blob.hex()} for blob in blobs for do in ("cbor", "base45")))
    for made, strict, text in zip(blobs, answers[::2], answers[1::2], strict=True):
        assert strict == judged(made)
        assert text == {"ok": base45.encode(made)}


def judged(blob: bytes) -> dict[str, str]:
    try:
        return {"ok": cbor.encode(cbor.decode(blob)).hex()}
    except InputError as error:
        return {"code": error.code}
