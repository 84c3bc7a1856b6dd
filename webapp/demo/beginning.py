"""Acts 1 to 6: the city is founded, a resident applies, card and chip are made, a phone is bound, credentials are issued, terminals are set up."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from codes.claims import HOUR, Profile
from ecard import Application, Command, Endorsement, IdentityType, NoncePurpose
from ecard.lifecycle import RULES
from webapp.chipdesk import OfficeDesk
from webapp.demo.cast import CLERK, CONNECTED, READER, SICHUAN, SUPERVISOR, WORKSHOP, Cast
from webapp.demo.city import City
from webapp.demo.gates import Gate
from webapp.demo.plastic import Chip
from webapp.demo.resident import draw_resident
from webapp.phones.phone import Phone
from webapp.places import CQ, SC, SCENES

if TYPE_CHECKING:
    from contextlib import ExitStack
    from datetime import datetime

    from ecard import Applied, CarrierRef
    from webapp.demo.cast import Timeline
    from webapp.demo.folder import DemoFolder
    from webapp.demo.narrator import Narrator
    from webapp.demo.slot import Slot

TERMINALS = {"metro": "CQ-GATE-0101", "hospital": "CQ-DESK-0201", "library": "SC-DESK-0301", CONNECTED: "CQ-GATE-0102"}
"""The terminals of the walk: where they stand, and their numbers. The last is a gate like the first, with a line to the office."""


def begin(narrator: Narrator, times: Timeline, folder: DemoFolder, slot: Slot, closing: ExitStack) -> Cast:
    """Walk from an empty folder to a resident with card, chip and phone, and four terminals that know the city. `closing` closes what it opens."""
    city = _found(narrator, folder, at=times.ago(days=3))
    closing.callback(city.close)
    applied = _apply(narrator, city, at=times.ago(days=3, minutes=-40))
    chip = Chip(folder.chip, slot)
    _make_chip(narrator, city, applied, chip, at=times.ago(days=2))
    _activate(narrator, city, applied, chip, at=times.ago(days=1))
    phone = Phone.create(folder.phone)
    carrier = _bind(narrator, city, applied, chip, phone=phone, at=times.ago(hours=10, minutes=15))
    _issue(narrator, city, applied, phone, carrier, at=times.ago(hours=10, minutes=14))
    gates = _set_up(narrator, city, at=times.ago(hours=10))
    for gate in gates.values():
        closing.callback(gate.close)
    return Cast(narrator=narrator, times=times, city=city, card=applied.card.ref, chip=chip, phone=phone, carrier=carrier, gates=gates)


def _found(narrator: Narrator, folder: DemoFolder, *, at: datetime) -> City:
    narrator.act("city", "建一座城", "A city is founded", at=at)
    city = City.found(folder, at=at)
    keys = sum(1 for _ in folder.keys.iterdir())
    narrator.did(
        f"生成 {keys} 把全新的密钥，打开空白的卡档；重庆、四川各自签署信任名单和场景规则",
        f"{keys} fresh keys, an empty record; Chongqing and Sichuan each sign whom to trust and what each scene asks",
        keys=keys,
    )
    city.office.register_reader(READER, actor=SUPERVISOR, at=at)
    narrator.did(f"主管登记绑定用的读卡器 {READER}", f"The supervisor registers the reader {READER}, at which chips may endorse phones")
    return city


def _apply(narrator: Narrator, city: City, *, at: datetime) -> Applied:
    narrator.act("apply", "居民申领", "A resident of Chongqing applies", at=at)
    resident = draw_resident(secrets.token_bytes)
    application = Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=resident.number, name=resident.name)
    applied = city.office.apply(application, actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=at)
    narrator.did(
        "经办人员核对证件，为一位虚构的居民建档：实体卡、电子社保卡一次申领；身份信息加密入库",
        "The clerk checks the papers of a resident who does not exist; name and number are sealed in the vault",
        card=applied.card.ref,
    )
    return applied


def _make_chip(narrator: Narrator, city: City, applied: Applied, chip: Chip, *, at: datetime) -> None:
    narrator.act("make", "制卡", "Card and chip are made", at=at)
    card = applied.card.ref
    narrator.did(chip.slot.says.zh, chip.slot.says.en, mark="·", slot=chip.slot.kind)
    key = chip.make(city.office.chip_order(card, actor=WORKSHOP, at=at))
    narrator.did(
        "芯片在内部生成自己的密钥；写入识别码、指令密钥、初始密码和卡面数据（EF05、EF06）",
        "The chip makes its key inside itself and takes its code, script keys, an initial PIN, EF05 and EF06",
    )
    nonce = city.office.nonce(card, NoncePurpose.PERSONALISE, at=at)
    answer = chip.prove(nonce.value)
    made = city.office.personalise(card, chip_key=key, challenge=nonce.value, answer=answer, actor=WORKSHOP, at=at)
    chip.finish(made.credential.raw)
    narrator.did(
        f"核验应答，签发芯片凭证（{len(made.credential.raw)} 字节）写入芯片；此刻仍是停用状态，等待本人启用",
        "The answer is verified, the chip's credential issued and written; suspended until it is handed over",
        bytes=len(made.credential.raw),
    )


def _activate(narrator: Narrator, city: City, applied: Applied, chip: Chip, *, at: datetime) -> None:
    narrator.act("activate", "领卡启用", "Handed over and activated", at=at)
    dossier = city.office.activate(applied.card.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=at)
    narrator.did(
        "本人到场，核对证件；实体卡与电子社保卡同时生效（CQ-11a）",
        "In person, document checked: physical and electronic card take effect together (CQ-11a)",
        revision=dossier.card.revision,
    )
    done = chip.tap(OfficeDesk(city.office, READER, lambda: at))
    narrator.did(
        f"柜台读卡一次：芯片证明自己，收到现场指令，启用（版本 {done.after.seq}），回执已登记",
        f"One tap at the counter: the chip proves itself, is opened live (version {done.after.seq}), and its receipt is noted",
        seq=done.after.seq,
        state=done.after.state.name.lower(),
    )


def _bind(narrator: Narrator, city: City, applied: Applied, chip: Chip, *, phone: Phone, at: datetime) -> CarrierRef:
    narrator.act("bind", "绑定手机", "The chip endorses the phone's key", at=at)
    nonce = city.office.nonce(applied.card.ref, NoncePurpose.BIND, at=at)
    proof = phone.prove_enrolment(nonce.value, region=CQ, at=at)
    narrator.did(
        "手机生成登记密钥，对一次性随机数签名，证明密钥在自己手里", "The phone makes an enrolment key and proves that it holds it, for one nonce"
    )
    thumbprint = phone.enrolment.public_key.thumbprint()
    answer = chip.endorse(reader=READER, nonce=nonce, thumbprint=thumbprint, card_number=applied.card.number)
    narrator.did(
        "持卡人先改初始密码，再输新密码；芯片只为这一把密钥、在这一台读卡器上、背书一次",
        "The holder replaces the initial PIN and enters the new one; the chip endorses this key, at this reader, once",
    )
    endorsement = Endorsement(reader=READER, answer=answer)
    bound = city.office.bind_phone(applied.card.ref, nonce=nonce.value, proof=proof, endorsement=endorsement, actor=CLERK, at=at)
    narrator.did("卡档核验两份证明，手机绑定完成", "The record verifies both proofs: the phone is bound", revision=bound.dossier.card.revision)
    return bound.phone.ref


def _issue(narrator: Narrator, city: City, applied: Applied, phone: Phone, carrier: CarrierRef, *, at: datetime) -> None:
    narrator.act("issue", "发放凭证", "Credentials are issued", at=at)
    profiles = [Profile.GENERAL, Profile.GENERAL, Profile.IDENTITY]
    city.renew(applied.card.ref, phone, carrier, profiles, at=at)
    held = phone.credentials()
    counts = Counter(credential.says.profile for credential in held)
    days = max(credential.says.exp - credential.says.iat for credential in held) // (24 * HOUR)
    narrator.did(
        f"一批 {len(held)} 张：通用 {counts[Profile.GENERAL]} 张、实名 {counts[Profile.IDENTITY]} 张；先记账，后签名；每张各有新密钥、新编号",
        f"{counts[Profile.GENERAL]} general, {counts[Profile.IDENTITY]} for identity, {days} days at most; recorded before signed, each with its own key and number",
        credentials=len(held),
        keys=len({credential.says.holder for credential in held}),
    )


def _set_up(narrator: Narrator, city: City, *, at: datetime) -> dict[str, Gate]:
    narrator.act("terminals", "终端就位", "Four terminals are set up", at=at)
    edition = city.publish(at)
    narrator.did(
        f"发布：签署 {len(edition.signed)} 份停用名单",
        f"Published: {len(edition.signed)} lists of stopped cards are signed",
        lists=len(edition.signed),
    )
    gates = {}
    root = city.folder.published / "metadata" / "1.root.json"
    for name, terminal in TERMINALS.items():
        scene = name.partition("-")[0]
        rules = SCENES[scene]
        gates[name] = Gate.set_up(city.folder.terminal(name), scene, terminal=terminal, root=root)
        actor = SICHUAN if rules.region == SC else SUPERVISOR
        city.office.register_terminal(terminal, gates[name].signer.public_key, venue=rules.title_zh, scenes=[scene], actor=actor, at=at)
        taken = gates[name].take(city.folder.published, at=at)
        line = ("此后断网", "offline from now on") if name != CONNECTED else ("与卡管机构保持联网", "with a line to the office")
        narrator.did(
            f"{rules.title_zh} {terminal}：登记公钥，当面装入信任根，导入 {taken} 份签名数据；{line[0]}",
            f"{rules.title_en}: its key registered, given the root in person; {taken} signed parts taken; {line[1]}",
            terminal=terminal,
            taken=taken,
        )
    return gates
