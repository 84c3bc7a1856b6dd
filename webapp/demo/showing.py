"""Acts in which codes are shown as they should be: made without a network, photographed, judged by a metro gate, a hospital desk and a library."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import TYPE_CHECKING

from codes import qr
from codes.claims import Audience
from codes.errors import StateError, Text
from webapp import faults
from webapp.demo.cast import TERMINAL_CHALLENGE_BYTES
from webapp.demo.narrator import milliseconds
from webapp.demo.picture import BLUR, DEGREES, SCALE, photograph, read_back

if TYPE_CHECKING:
    from codes.presentation import Presentation
    from webapp.demo.cast import Cast


def show(cast: Cast) -> None:
    """Walk a day with the phone: three places, all of them offline."""
    code = _make(cast)
    _photograph(cast, code)
    _ride(cast, code)
    _see_a_doctor(cast)
    _borrow_a_book(cast)


def _make(cast: Cast) -> Presentation:
    narrator, at = cast.narrator, cast.times.ago(hours=9, minutes=40)
    narrator.act("code", "手机出码，不连网", "The phone makes a code, with no network", at=at)
    since = perf_counter()
    code = cast.phone.make_code(Audience.GENERAL, at=at)
    signing = milliseconds((perf_counter() - since) * 1000)
    text = code.to_text()
    version = qr.version(text)
    cast.keep("metro", text)
    narrator.did(
        f"码：{len(code.raw)} 字节，{len(text)} 个字符；二维码版本 {version}，纠错 M，{17 + 4 * version} × {17 + 4 * version} 格；签名用时 {signing}",
        f"The code: {len(code.raw)} bytes, {len(text)} characters; QR version {version}, error correction M; signed in {signing}",
        bytes=len(code.raw),
        characters=len(text),
        qr_version=version,
    )
    narrator.did(
        "码里没有姓名、证件号和卡号，也没有能把行踪串起来的固定字段",
        "No name, no identity number, no card number, nothing constant to follow a person by",
    )
    narrator.stage.symbol(qr.to_blocks(text))
    return code


def _photograph(cast: Cast, code: Presentation) -> None:
    narrator, at = cast.narrator, cast.times.ago(hours=9, minutes=40, seconds=-1)
    narrator.act("picture", "拍照，由独立识读器读回", "Photographed, and read by an independent decoder", at=at)
    text, folder = code.to_text(), cast.city.folder
    clean = qr.to_png(text)
    folder.picture("code").write_bytes(clean)
    narrator.did("画成图片 pictures/code.png，8 像素一格", "Drawn as pictures/code.png, 8 pixels a module", bytes=len(clean))
    spoilt = photograph(clean)
    folder.picture("photograph").write_bytes(spoilt.png)
    narrator.did(
        f"旋转 {DEGREES:g}°，缩到 {SCALE:.0%}，模糊半径 {BLUR:g} 像素，光线昏暗：pictures/photograph.png，{spoilt.size[0]} × {spoilt.size[1]}",
        f"Turned by {DEGREES:g}°, scaled to {SCALE:.0%}, blurred by {BLUR:g} pixels, in bad light: pictures/photograph.png",
        degrees=DEGREES,
        scale=SCALE,
        blur=BLUR,
    )
    found = read_back(spoilt.png)
    if found != text:
        raise StateError(faults.DEMO_UNREAD, characters=len(found))
    narrator.did(
        f"zxing-cpp 从照片中读回 {len(found)} 个字符，与原文逐字相同；下面各终端判断的就是它",
        f"zxing-cpp reads {len(found)} characters from the photograph, every one the same; this is the text that the gate judges",
        same=True,
    )


def _ride(cast: Cast, code: Presentation) -> None:
    narrator, at = cast.narrator, cast.times.ago(hours=9, minutes=40, seconds=-2)
    narrator.act("metro", "重庆轨道交通，离线验码", "A metro gate in Chongqing judges offline", at=at)
    text = read_back(cast.city.folder.picture("photograph").read_bytes())
    shown = Text("照片里读出的码", "The code that was read from the photograph")
    narrator.judged("metro", shown, cast.gates["metro"].judge(text, at=at), "accepted")
    elsewhere = cast.times.ago(hours=9, minutes=40, seconds=-8)
    shown = Text("6 秒后，四川图书馆也扫它", "A library in Sichuan, 6 seconds later")
    narrator.judged("same-code-elsewhere", shown, cast.gates["library"].judge(code.to_text(), at=elsewhere), "accepted")
    narrator.did(
        "两地都认可；但两台断网的终端互不知情，一个码有效期内的两次使用要事后对账才能发现（见 SECURITY.md）",
        "Both regions accept it; but two offline terminals cannot know of each other, so a second use is only found afterwards (SECURITY.md)",
    )
    later = cast.times.ago(hours=9, minutes=40, seconds=-14)
    shown = Text("12 秒后，同一个码再扫一次", "The same code again, 12 seconds later")
    narrator.judged("same-code-again", shown, cast.gates["metro"].judge(code.to_text(), at=later), "replayed")


def _see_a_doctor(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(hours=9, minutes=15)
    narrator.act("hospital", "医院挂号：核验码与实名码", "A hospital desk asks: challenge and identity code", at=at)
    challenge = secrets.token_bytes(TERMINAL_CHALLENGE_BYTES)
    code = cast.phone.make_code(Audience.IDENTITY, at=at, challenge=challenge)
    cast.keep("hospital", code.to_text())
    narrator.did(
        f"窗口出示 {len(challenge)} 字节随机核验码，手机把它签进实名码：{len(code.raw)} 字节，二维码版本 {qr.version(code.to_text())}",
        f"The desk shows a random challenge of {len(challenge)} bytes, and the phone signs it into an identity code of {len(code.raw)} bytes",
        bytes=len(code.raw),
    )
    seen = cast.times.ago(hours=9, minutes=15, seconds=-5)
    shown = Text("手机对核验码的应答", "The phone's answer to the challenge")
    narrator.judged("hospital", shown, cast.gates["hospital"].judge(code.to_text(), at=seen, challenge=challenge), "accepted")
    shown = Text("拿这个码去答另一个核验码", "The same code for another challenge")
    other = cast.gates["hospital"].judge(code.to_text(), at=seen, challenge=secrets.token_bytes(TERMINAL_CHALLENGE_BYTES))
    narrator.judged("another-challenge", shown, other, "challenge-mismatch")


def _borrow_a_book(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(hours=7, minutes=30)
    narrator.act("library", "四川图书馆，同样离线认可", "A library in Sichuan accepts it, offline too", at=at)
    code = cast.phone.make_code(Audience.GENERAL, at=at)
    cast.keep("library", code.to_text())
    seen = cast.times.ago(hours=7, minutes=30, seconds=-3)
    narrator.judged("library", Text("手机换出的新码", "The phone's new code"), cast.gates["library"].judge(code.to_text(), at=seen), "accepted")
    shown = Text("插入实体卡，芯片当场应答", "The card itself: its chip answers")
    narrator.judged("library-chip", shown, cast.gates["library"].insert(cast.chip, at=seen), "accepted")
