"""Acts of the loss: reported, signed, heard of by a gate with a line, carried to another terminal on a stick; then withdrawn, and carried to all."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from codes.claims import Audience, Profile
from codes.errors import Text
from ecard import Command, LossOf
from ecard.lifecycle import RULES
from verify.verdict import duration
from webapp.chipdesk import OfficeDesk
from webapp.demo.cast import CLERK, READER, TERMINAL_CHALLENGE_BYTES
from webapp.demo.connected import hear_of_it, meet

if TYPE_CHECKING:
    from webapp.demo.cast import Cast


def lose_and_find(cast: Cast) -> None:
    """Walk from the loss report to the first code that is accepted again."""
    _report(cast)
    hear_of_it(cast)
    _with_the_new_list(cast)
    _without_it(cast)
    _at_a_counter(cast)
    _withdraw(cast)
    _accepted_again(cast)
    meet(cast)


def _report(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(minutes=40)
    narrator.act("loss", "挂失：卡和手机都丢了", "A loss is reported: card and phone, everything", at=at)
    stopped = cast.city.office.report_loss(cast.card, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=at)
    narrator.did(
        "本人到场，核对证件，书面挂失：整卡、芯片、手机一并停用，即时生效（ZS-17a）",
        "In person, document checked, in writing: card, chip and phone are stopped, effective at once (ZS-17a)",
        revision=stopped.dossier.card.revision,
    )
    edition = cast.city.publish(at)
    narrator.did(
        f"发布新名单：{len(edition.signed)} 份，芯片和每一张凭证的位置在同一版中一起翻转",
        f"New lists are signed: {len(edition.signed)}; the chip's place and those of all credentials flip in one edition",
        lists=len(edition.signed),
    )


def _with_the_new_list(cast: Cast) -> None:
    narrator, at, gate = cast.narrator, cast.times.ago(minutes=30), cast.gates["library"]
    narrator.act("stick", "U 盘把名单带到四川图书馆", "A stick carries the list to the library in Sichuan", at=at)
    files = cast.city.copy_to_stick()
    taken = gate.take(cast.city.folder.stick, at=at)
    narrator.did(
        f"拷贝 {files} 个签名文件，导入 {taken} 份新的；盘上的字节谁都可以改，改了就导不进去",
        f"{files} signed files copied, {taken} parts new and taken; anybody may change bytes on a stick, and then they are not taken",
        taken=taken,
    )
    code = cast.phone.make_code(Audience.GENERAL, at=at).to_text()
    cast.keep("lost-library", code)
    narrator.judged("lost-library", Text("捡到手机的人出示新码", "The finder shows a new code"), gate.judge(code, at=at), "suspended")
    narrator.judged("lost-chip", Text("捡到卡的人插入实体卡", "The finder puts in the card"), gate.insert(cast.chip, at=at), "suspended")


def _without_it(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(minutes=28)
    narrator.act("old-list", "没有收到新名单的终端", "Terminals that the list has not reached", at=at)
    code = cast.phone.make_code(Audience.GENERAL, at=at).to_text()
    cast.keep("lost-metro", code)
    judged = cast.gates["metro"].judge(code, at=at)
    narrator.judged("lost-metro", Text("闸机照常判断，说明名单多旧", "It judges, and says how old its list is"), judged, "accepted")
    challenge = secrets.token_bytes(TERMINAL_CHALLENGE_BYTES)
    asked = cast.phone.make_code(Audience.IDENTITY, at=at, challenge=challenge).to_text()
    cast.keep("lost-hospital", asked)
    shown = Text("名单同样旧，医院窗口不下结论", "A list as old: no judgement here")
    narrator.judged("lost-hospital", shown, cast.gates["hospital"].judge(asked, at=at, challenge=challenge), "check-online")


def _at_a_counter(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(minutes=20)
    narrator.act("chip", "芯片在下一次读卡时停用", "The chip is stopped at its next tap", at=at)
    done = cast.chip.tap(OfficeDesk(cast.city.office, READER, lambda: at))
    narrator.did(
        f"有人拿着卡到柜台：芯片证明是版本 {done.before.seq}，档案已是版本 {done.after.seq}；停用指令送达，芯片出具回执",
        f"Somebody brings the card: the chip proves version {done.before.seq}, the record has {done.after.seq}; the chip is told, and gives its receipt",
        before=done.before.seq,
        after=done.after.seq,
        state=done.after.state.name.lower(),
    )
    shown = Text("同一张卡插入名单仍旧的窗口", "The same card, where the list is still old")
    narrator.judged("stopped-chip", shown, cast.gates["hospital"].insert(cast.chip, at=at), "suspended")


def _withdraw(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.ago(minutes=12)
    narrator.act("found", "卡找到了，解除挂失", "Everything is found: the loss report is withdrawn", at=at)
    stopped = cast.city.office.withdraw_loss(cast.card, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.WITHDRAW_LOSS].evidence, at=at)
    narrator.did(
        "本人到场，核对证件，尚未补卡：解除挂失（ZS-18）",
        "In person, document checked, no replacement applied for: the report is withdrawn (ZS-18)",
        revision=stopped.dossier.card.revision,
        stopped_s=stopped.effective - int(cast.times.ago(minutes=40).timestamp()),
    )
    done = cast.chip.tap(OfficeDesk(cast.city.office, READER, lambda: at))
    narrator.did(
        f"同一柜台读卡：解除指令只能现场送达，芯片恢复可用（版本 {done.after.seq}）",
        f"Tapped at the same counter: what lifts a block works live only; the chip is open again (version {done.after.seq})",
        seq=done.after.seq,
        state=done.after.state.name.lower(),
    )
    renewed = cast.times.ago(minutes=8)
    cast.city.renew(cast.card, cast.phone, cast.carrier, [Profile.GENERAL, Profile.IDENTITY], at=renewed)
    narrator.did("手机联网一次，领到两张新凭证", "The phone goes online once and is issued two fresh credentials", credentials=2)
    edition = cast.city.publish(cast.times.ago(minutes=7))
    narrator.did(f"发布新名单：{len(edition.signed)} 份", f"New lists are signed: {len(edition.signed)}", lists=len(edition.signed))


def _accepted_again(cast: Cast) -> None:
    narrator, at = cast.narrator, cast.times.end
    narrator.act("again", "恢复使用", "Accepted again", at=at)
    imported = cast.times.ago(minutes=5)
    taken = {scene: gate.take(cast.city.folder.published, at=imported) for scene, gate in cast.gates.items()}
    age = duration(int((at - cast.times.ago(minutes=7)).total_seconds()))
    narrator.did(
        f"四台终端都导入了 {age.zh}前签署的名单",
        f"All four terminals have imported the lists signed {age.en} ago",
        taken=sum(taken.values()),
    )
    for scene in ("metro", "library"):
        code = cast.phone.make_code(Audience.GENERAL, at=at).to_text()
        cast.keep(f"found-{scene}", code)
        narrator.judged(f"found-{scene}", Text("手机出示新码", "The phone shows a new code"), cast.gates[scene].judge(code, at=at), "accepted")
    shown = Text("实体卡也恢复使用", "The card itself works again, too")
    narrator.judged("found-chip", shown, cast.gates["library"].insert(cast.chip, at=at), "accepted")
