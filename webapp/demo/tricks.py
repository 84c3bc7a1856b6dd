"""Acts in which something is wrong with a code: its time, or its bytes, which somebody without the keys has tried to forge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from codes import base45, cbor, cose
from codes.claims import AUD, CARD, IAT, Audience
from codes.credential import Credential
from codes.errors import Text
from codes.keys import SoftwareSigner
from codes.presentation import PREFIX, TYP_KB_CWT, Presentation

if TYPE_CHECKING:
    from webapp.demo.cast import Cast

FAST = timedelta(minutes=4)
SCREENSHOT = timedelta(minutes=2)
_SIGNATURE = b"\x58\x40"


def try_tricks(cast: Cast) -> None:
    """Show a metro gate what it must refuse."""
    _wrong_times(cast)
    _wrong_bytes(cast)


def _wrong_times(cast: Cast) -> None:
    narrator, gate, at = cast.narrator, cast.gates["metro"], cast.times.ago(hours=7)
    narrator.act("times", "时间不对的码", "Codes whose time is wrong", at=at)
    screenshot = cast.phone.make_code(Audience.GENERAL, at=at).to_text()
    cast.keep("screenshot", screenshot)
    shown = Text("两分钟前的截图", "A screenshot, two minutes old")
    narrator.judged("screenshot", shown, gate.judge(screenshot, at=at + SCREENSHOT), "code-expired")
    later = at + timedelta(minutes=5)
    fast = cast.phone.make_code(Audience.GENERAL, at=later + FAST).to_text()
    cast.keep("clock-fast", fast)
    shown = Text("手机时钟快了四分钟", "A phone whose clock is four minutes fast")
    narrator.judged("clock-fast", shown, gate.judge(fast, at=later), "code-from-future")


def _wrong_bytes(cast: Cast) -> None:
    narrator, gate, at = cast.narrator, cast.gates["metro"], cast.times.ago(hours=6, minutes=45)
    narrator.act("forgeries", "伪造与改动", "Forged and altered codes", at=at)
    code = cast.phone.make_code(Audience.GENERAL, at=at)
    iat = code.iat
    attempts = (
        ("changed-byte", _cheaper_fare(code), "issuer-signature", Text("改一个字节：全价改成免费", "One byte changed: full fare to free")),
        ("no-signature", _without_signature(code), "holder-signature", Text("剥去手机签名", "The phone's signature stripped")),
        (
            "other-phone",
            _by_another_phone(code, iat=iat),
            "holder-signature",
            Text("凭证拷到另一部手机", "The credential on another phone"),
        ),
        (
            "unknown-issuer",
            _by_unknown_issuer(code, iat=iat),
            "unknown-issuer",
            Text("自封机构签发的码", "Perfect in form, from an issuer that made itself"),
        ),
    )
    for name, text, expected, shown in attempts:
        cast.keep(name, text)
        narrator.judged(name, shown, gate.judge(text, at=at), expected)
    shown = Text("原来的码，不受牵连", "The honest code is none the worse for it")
    narrator.judged("honest-code", shown, gate.judge(code.to_text(), at=at), "accepted")


# ------------------------------------------------------------- what each forger shows a terminal: a text


def _cheaper_fare(code: Presentation) -> str:
    """One byte changed: the fare class in the credential, from 0 (full fare) to 3 (free)."""
    payload = code.credential.signed.payload
    claims = cbor.decode(payload)
    if type(claims) is not dict or type(card := claims[CARD]) is not list:
        msg = "a credential's claims are a map with a list in it"
        raise TypeError(msg)
    forged = cbor.encode({**claims, CARD: [*card[:3], 3]})
    return PREFIX + base45.encode(code.raw.replace(payload, forged))


def _without_signature(code: Presentation) -> str:
    """The phone's signature cut off, an empty one in its place."""
    return PREFIX + base45.encode(code.raw[: -len(_SIGNATURE) - 64] + b"\x40")


def _by_another_phone(code: Presentation, *, iat: int) -> str:
    """The credential copied to another phone, which signs with the only key it has: its own."""
    headers: dict[int | str, cbor.Value] = {cose.KCWT: cbor.Tag18([], code.credential.raw), cose.TYP: TYP_KB_CWT}
    return PREFIX + base45.encode(cose.sign1(headers, cbor.encode({AUD: str(code.audience), IAT: iat}), _stranger()))


def _by_unknown_issuer(code: Presentation, *, iat: int) -> str:
    """A whole code in perfect form, every signature right, from an issuer that made itself."""
    phone = _stranger()
    credential = Credential.issue(code.credential.says._replace(holder=phone.public_key), _stranger())
    return Presentation.make(credential, phone, audience=code.audience, iat=iat).to_text()


def _stranger() -> SoftwareSigner:
    return SoftwareSigner(ec.generate_private_key(ec.SECP256R1()))
