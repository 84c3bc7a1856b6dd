"""How dear the decision is beside the signatures it cannot do without, on a real terminal directory with 600 residents it has never met."""

from __future__ import annotations

import json
import shutil
import tempfile
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt import COSE, COSEKey

from codes import CoseKey, Credential, Presentation, SoftwareSigner, base45, qr
from codes.claims import Audience
from codes.cose import sig_structure
from tests.bench.measure import Figure, pairs
from verify import Accepted, open_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST_CODE = 319
LARGEST_SYMBOL = 13
_ES256 = ec.ECDSA(hashes.SHA256())


class Crowd:
    """The pack's residents, each with one code made now."""

    def __init__(self, pack: Path) -> None:
        self.at = datetime.fromisoformat((pack / "now.txt").read_text().strip()).astimezone(UTC)
        rows = [json.loads(line) for line in (pack / "crowd.jsonl").read_text().splitlines()]
        self.codes = [
            Presentation.make(
                Credential.from_bytes(bytes.fromhex(row["credential"])),
                SoftwareSigner.from_scalar(int(row["holder"], 16)),
                audience=Audience.GENERAL,
                iat=int(self.at.timestamp()),
            )
            for row in rows
        ]
        self.texts = [code.to_text() for code in self.codes]
        issuer = json.loads((pack / "issuer.jwk.json").read_text())
        self.issuer = CoseKey(_base64url(issuer["x"]), bool(_base64url(issuer["y"])[-1] & 1)).load()


def _base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def figures(pack: Path, crowd: Crowd) -> Iterator[Figure]:
    """`verify.ratio` and `verify.vs_cwt`: every credential seen for the first time, replay memory on disk; and how large a code is."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = _Terminals(pack / "terminal" / "metro", Path(folder), crowd)
        yield pairs("verify.ratio", subject=terminal.fresh, floor=_two_bare_checks(crowd), times=len(crowd.texts))
        yield pairs("verify.vs_cwt", subject=terminal.fresh, floor=_cwt_checks(crowd), times=len(crowd.texts))
    sizes = [len(code.raw) for code in crowd.codes]
    yield Figure(name="code.bytes", value=max(sizes), unit="B", floor=LARGEST_CODE, ratio=max(sizes) / LARGEST_CODE)
    versions = [qr.version(text) for text in crowd.texts]
    yield Figure(name="code.qr_version", value=max(versions), unit="version at level M", floor=LARGEST_SYMBOL, ratio=max(versions) / LARGEST_SYMBOL)


class _Terminals:
    """Terminals that have met nobody: real trust, real lists, real replay file."""

    def __init__(self, state: Path, folder: Path, crowd: Crowd) -> None:
        self._state, self._folder, self._crowd = state, folder, crowd
        self._made = 0

    def fresh(self) -> Callable[[], object]:
        """One more terminal; what it returns judges the whole crowd once."""
        self._made += 1
        path = self._folder / str(self._made)
        shutil.copytree(self._state, path)
        verifier, crowd = open_terminal(path), self._crowd

        def judge() -> None:
            for text in crowd.texts:
                if not isinstance(verifier.verify(text, at=crowd.at), Accepted):
                    msg = "the pack's crowd is not accepted: nothing to measure"
                    raise RuntimeError(msg)  # noqa: TRY004 - not a type error: the pack or the terminal is broken

        return judge


def _two_bare_checks(crowd: Crowd) -> Callable[[], object]:
    """What no decision can do without: two ESP256 checks of r and s as they stand on the wire, and loading the holder's key. Nothing is parsed."""
    prepared = []
    for code in crowd.codes:
        credential = code.credential.signed
        prepared.append(
            (
                credential.raw[-64:],
                sig_structure(credential.protected, credential.payload),
                code.raw[-64:],
                sig_structure(code.signed.protected, code.signed.payload),
                (b"\x03" if code.credential.says.holder.y_is_odd else b"\x02") + code.credential.says.holder.x,
            )
        )
    curve = ec.SECP256R1()

    def check() -> None:
        for by_issuer, issued, by_holder, presented, point in prepared:
            crowd.issuer.verify(_der(by_issuer), issued, _ES256)
            ec.EllipticCurvePublicKey.from_encoded_point(curve, point).verify(_der(by_holder), presented, _ES256)

    return check


def _der(signature: bytes) -> bytes:
    return utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))


def _cwt_checks(crowd: Crowd) -> Callable[[], object]:
    """python-cwt doing the two signature checks alone, on the decoded bytes, with the same key loading."""
    kid = crowd.codes[0].credential.kid
    issuer = COSEKey.from_pem(crowd.issuer.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), alg="ESP256", kid=kid)
    tokens = [
        (code.credential.raw, base45.decode(text[4:]), code.credential.says.holder) for code, text in zip(crowd.codes, crowd.texts, strict=True)
    ]

    def check() -> None:
        cose = COSE.new()
        for credential, code, holder in tokens:
            cose.decode(credential, issuer)
            pem = holder.load().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            cose.decode(code, COSEKey.from_pem(pem, alg="ESP256"))

    return check
