"""Acts in which something is wrong with a code: its time, or its bytes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from codes.claims import Audience
from codes.errors import Text
from webapp.demo.forgery import by_another_phone, by_unknown_issuer, cheaper_fare, without_signature

if TYPE_CHECKING:
    from webapp.demo.cast import Cast

FAST = timedelta(minutes=4)
SCREENSHOT = timedelta(minutes=2)


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
        ("changed-byte", cheaper_fare(code), "issuer-signature", Text("改一个字节：全价改成免费", "One byte changed: full fare to free")),
        ("no-signature", without_signature(code), "holder-signature", Text("剥去手机签名", "The phone's signature stripped")),
        (
            "other-phone",
            by_another_phone(code, iat=iat),
            "holder-signature",
            Text("凭证拷到另一部手机", "The credential on another phone"),
        ),
        (
            "unknown-issuer",
            by_unknown_issuer(code, iat=iat),
            "unknown-issuer",
            Text("自封机构签发的码", "Perfect in form, from an issuer that made itself"),
        ),
    )
    for name, text, expected, shown in attempts:
        cast.keep(name, text)
        narrator.judged(name, shown, gate.judge(text, at=at), expected)
    shown = Text("原来的码，不受牵连", "The honest code is none the worse for it")
    narrator.judged("honest-code", shown, gate.judge(code.to_text(), at=at), "accepted")
