"""What time, assurance and the database ask of an office: tick, check, audit, retention, publishing, backup; and receipts that somebody brings along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.checkpoint import Checkpoint
from codes.errors import InputError, StateError, Text
from codes.receipts import Receipt
from ecard import headroom, upkeep
from ecard.audit import Auditor, Sealing
from ecard.audit_walk import verify_chains
from ecard.check import PublicKeys, check_record, read_published
from ecard.duties import all_duties
from ecard.headroom import Room
from ecard.lifecycle import RULES, Command
from ecard.model import seconds
from ecard.outbox import Topic
from ecard.retention import Retention, retain
from ecard.tick import tick as run_duties
from webapp import faults
from webapp.jwk import from_jwk
from webapp.office.answering import DONE, FOUND, say
from webapp.office.doing import save
from webapp.office.forms import read_input
from webapp.office.mailing import channels
from webapp.office.opening import open_office
from webapp.office.progress import Progress
from webapp.office.publishing import publish as bring_up_to_date
from webapp.office.settings import read_settings
from webapp.office.telling import local, receipt_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ecard.headroom import Headroom
    from ecard.tick import Duty
    from ecard.upkeep import Contents
    from webapp.office.opening import OpenOffice

DUTIES = {
    "lapsed-freezes": Text("冻结到期", "freezes that ended"),
    "losses-by-phone": Text("电话挂失的提醒与到期", "losses by phone: reminders and ends"),
    "dues": Text("到期事项", "what is due"),
    "late-tickets": Text("逾期未答复的投诉", "tickets that nobody answered in time"),
    "publishing": Text("发布", "publishing"),
    "checkpoint": Text("审计检查点", "checkpoints"),
    "retention": Text("到期销毁", "retention"),
    "access": Text("过期的复核申请、登录记录", "proposals that ran out, old tries and sessions"),
    "forgetting": Text("清理已办结的请求和消息", "answered requests and old messages"),
    **{f"deliver-{topic}": Text(f"投递消息（{topic}）", f"messages delivered ({topic})") for topic in Topic},
}
ROOMS = {
    Room.PLENTY: Text("磁盘空间充足", "plenty of room on the disk"),
    Room.LOW: Text("磁盘空间不多，请尽快腾出空间", "little room on the disk: make room soon"),
    Room.READ_ONLY: Text("磁盘空间不足，档案只能查看", "too little room on the disk: the record can be looked at only"),
}


def tick(options: argparse.Namespace) -> int:
    """Do what time demands; safe to run twice and by two processes. 1 when a duty failed."""
    at = options.clock()
    room = _make_ready(read_settings(options.office).database)
    with open_office(options.office, at=at) as office:
        last: list[Duty] = [Sealing(_auditor(office)), Retention()]
        every = office.desk.policy.publish_every
        duties = all_duties(lambda moment: bring_up_to_date(office, at=moment), every=every, channels=channels(office.settings), last=last)
        report = run_duties(office.desk, duties, at=at)
        lines = [f"{count:>6}  {_duty(name)}" for name, count in report.done.items()]
        lines += [f"  失败 / failed  {_duty(name)}  [{code}]" for name, code in report.failed.items()]
        lines += [f"  待投递 / waiting  {topic}  {late.count}" for topic, late in report.waiting.items()]
        lines += _room_lines(room)
        say(options, report.to_json() | _room_page(room), lines)
        return FOUND if report.failed or (room is not None and room.room is not Room.PLENTY) else DONE


def _make_ready(where: Path | str) -> Headroom | None:
    """Lay a reserve in again that was given up, and look how much room there is; None where a server keeps the record."""
    if not isinstance(where, Path):
        return None
    headroom.lay_in_again(where)
    return headroom.look(where)


def _room_page(room: Headroom | None) -> dict[str, Any]:
    return {} if room is None else {"space": {"free": room.free, "reserve": room.reserve, "room": room.room.value}}


def _room_lines(room: Headroom | None) -> list[str]:
    """Nothing while there is plenty."""
    if room is None or room.room is Room.PLENTY:
        return []
    return [f"  告警 / alarm  {both(ROOMS[room.room])}  {room.free // headroom.MIB} MiB"]


def _duty(name: str) -> str:
    return both(DUTIES[name]) if name in DUTIES else name


def _auditor(office: OpenOffice) -> Auditor:
    return Auditor(store=office.desk.store, signer=office.keyring.audit())


def check(options: argparse.Namespace) -> int:
    """Tell the record's story a second time and compare. 1 when the two differ."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        regions = office.settings.regions
        keys = PublicKeys(
            receipts={region: office.keyring.receipt(region).public_key.load() for region in regions},
            status={region: office.keyring.status(region).public_key.load() for region in regions},
            audit=office.keyring.audit().public_key.load(),
        )
        published = read_published(office.settings.published)
        with office.desk.store.reading() as work, Progress("核对 / checking") as progress:
            report = check_record(work.connection, keys, at=seconds(at), published=published, progress=progress)
        say(options, report.to_json(), [report.to_text(chinese=True), report.to_text().partition("\n")[0]])
        return FOUND if report.bad else DONE


def audit_verify(options: argparse.Namespace) -> int:
    """Walk every chain; with `--kept` against a checkpoint from outside of the database. 1 when something does not hold."""
    with open_office(options.office, at=options.clock()) as office:
        kept = None
        if options.kept is not None:
            kept = Checkpoint.from_bytes(read_input(options.kept))
            kept.check(office.keyring.audit().public_key.load())
        report = verify_chains(office.desk.store, office.keyring.audit().public_key, kept=kept)
        say(options, report.to_json(), [report.to_text(chinese=True), report.to_text().partition("\n")[0]])
        return DONE if report.good else FOUND


def audit_checkpoint(options: argparse.Namespace) -> int:
    """Sign the ends of every chain that has moved; `--out` keeps the checkpoint outside of the database."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        made = _auditor(office).checkpoint(at)
        if made is None:
            say(options, {"checkpoint": None}, ["没有新的链环，不必签署 / no chain has moved; nothing to sign"])
            return DONE
        if options.out is not None:
            save(options.out, made.raw)
        page = {"number": made.says.number, "links": made.says.links, "heads": made.says.heads, "hash": made.hash.hex()}
        line = (
            f"检查点 {made.says.number}：{made.says.heads} 条链、累计 {made.says.links} 环 / checkpoint {made.says.number}: {made.says.heads} chains"
        )
        say(options, {"checkpoint": page}, [f"{line}, {made.says.links} links"])
        return DONE


def retention(options: argparse.Namespace) -> int:
    """Destroy what the policy no longer lets us keep, and say what it was."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        report = retain(office.desk, at=at)
        chinese, english = report.to_text(chinese=True).splitlines(), report.to_text().splitlines()
        lines = [f"{zh} / {en.strip().partition('  ')[2]}" for zh, en in zip(chinese, english, strict=True)]
        say(options, report.to_json(), lines)
        return DONE


# ------------------------------------------------------------------------------------------------------------------ the database


def db_upgrade(options: argparse.Namespace) -> int:
    """Bring the database to this program's version."""
    where = read_settings(options.office).database
    version = upkeep.upgrade(where)
    if isinstance(where, Path):
        headroom.lay_in(where)
    say(options, {"version": version}, [f"数据库版本 / version of the database: {version}"])
    return DONE


def db_space(options: argparse.Namespace) -> int:
    """Say how much room the record has, after laying in again a reserve that was given up. 1 when it is not plenty."""
    room = _make_ready(read_settings(options.office).database)
    if room is None:
        say(options, {"space": None}, ["档案由数据库服务器保存，请查看服务器的磁盘 / a server keeps the record: look at its disk"])
        return DONE
    laid_in = "备用空间完好 / the reserve is there" if room.reserve else "没有备用空间 / no reserve"
    say(options, _room_page(room), [f"{both(ROOMS[room.room])}  {room.free // headroom.MIB} MiB", laid_in])
    return DONE if room.room is Room.PLENTY else FOUND


def db_verify(options: argparse.Namespace) -> int:
    """Look at every page, reference and chain."""
    settings = read_settings(options.office)
    with Progress("核对 / verifying") as progress:
        found = upkeep.verify(settings.database, progress=progress)
    return _told(options, found)


def db_backup(options: argparse.Namespace) -> int:
    """Copy the record, while it is in use, into one file with a page of its contents."""
    settings = read_settings(options.office)
    with Progress("备份 / backing up") as progress:
        found = upkeep.backup(settings.database, options.file, progress=progress)
    return _told(options, found)


def db_restore(options: argparse.Namespace) -> int:
    """Bring a backup back where there is no record, and check that all of it came."""
    return _told(options, upkeep.restore(options.file, read_settings(options.office).database))


def _told(options: argparse.Namespace, found: Contents) -> int:
    rows = sum(found.rows.values())
    page: dict[str, Any] = {"version": found.version, "rows": dict(found.rows), "heads": found.heads}
    cards, events = found.rows.get("card", 0), found.rows.get("card_event", 0)
    say(options, page, [f"完好：{cards} 张卡、{events} 个事件，共 {rows} 行 / whole: {cards} cards, {events} events, {rows} rows in all"])
    return DONE


# ------------------------------------------------------------------------------------------------------------------ receipts


def receipt_verify(options: argparse.Namespace) -> int:
    """Whether this office signed a receipt, and whether its record still has it: 1 when the record does not. With `--key` the signature alone, anywhere."""
    content = read_input(options.file)
    if options.key is not None:
        return _checked_alone(options, content)
    with open_office(options.office, at=options.clock()) as office:
        receipt = Receipt.from_bytes(content)
        if receipt.says.region not in office.settings.regions:
            raise InputError(faults.OFFICE_RECEIPT, region=receipt.says.region)
        try:
            receipt.check(office.keyring.receipt(receipt.says.region).public_key.load())
        except InputError as forged:
            raise InputError(faults.OFFICE_RECEIPT, region=receipt.says.region) from forged
        known = _is_known(office, receipt)
        say(options, receipt_json(receipt) | {"signature": True, "in_record": known}, _receipt_lines(receipt, known=known))
        return DONE if known else FOUND


def _checked_alone(options: argparse.Namespace, content: bytes) -> int:
    """The signature by a published key, without an office and without a network."""
    receipt = Receipt.from_bytes(content)
    try:
        receipt.check(from_jwk(read_input(options.key)).load())
    except InputError as forged:
        if forged.fault is faults.KEY_FILE:
            raise
        raise InputError(faults.OFFICE_RECEIPT, region=receipt.says.region) from forged
    say(options, receipt_json(receipt) | {"signature": True, "in_record": None}, _receipt_lines(receipt, known=None))
    return DONE


def _is_known(office: OpenOffice, receipt: Receipt) -> bool:
    try:
        return office.desk.receipt(receipt.says.number).raw == receipt.raw
    except StateError:
        return False


def _receipt_lines(receipt: Receipt, *, known: bool | None) -> Iterator[str]:
    says = receipt.says
    yield f"回执 / receipt {says.number}  {says.region}  {says.card}"
    title = RULES[Command(says.command)].title if says.command in set(Command) else Text(says.command, says.command)
    yield f"  {both(title)}  {', '.join(says.articles)}"
    yield f"  生效 / effective {local(says.effective)}"
    for item in says.stopped:
        yield f"  停用 / stopped: {item.carrier}, {item.status.name.lower()}"
    yield "  签名正确 / the signature is right"
    if known is None:
        yield "  未与档案核对 / not compared with the record"
        return
    yield "  档案中有此回执 / the record has it" if known else "  档案中没有此回执：请立即报告 / the record does not have it: report this at once"
