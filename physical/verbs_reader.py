"""`ecard-reader readers`, `watch` and `read`: which readers there are, what happens at them, and what a social security card says about itself."""

from __future__ import annotations

import argparse
import secrets
import shlex
from contextlib import ExitStack
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError, StateError
from physical import faults, pcsc, sscfields
from physical.generation3 import KeyService, Psam
from physical.opening import add_chip_options, opened
from physical.saying import Said
from physical.ssc import Addressing, SscSession
from physical.supervisor import Happening, Presence, ReaderEvent, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from physical.generation3 import Authenticator
    from physical.sscrecords import HolderFile, IssuerFile
    from verify.arguments import Arguments

_AGAIN = 0.5
"""Seconds between two looks for a service that is gone."""
_GLANCE = 1.0
"""Seconds of one look: an interrupt is heard between two."""
_KEY_SERVICE_PATIENCE = 15.0

_SAYS = {
    Happening.SERVICE_GONE: "读卡器服务已停止，恢复后继续 / the reader service is gone; watching for its return",
    Happening.SERVICE_BACK: "读卡器服务已恢复 / the reader service is back",
    Happening.READER_ADDED: "接入读卡器 / reader added",
    Happening.READER_GONE: "读卡器已断开 / reader gone",
    Happening.CARD_INSERTED: "插入卡片 / card inserted",
    Happening.CARD_REMOVED: "取出卡片 / card removed",
    Happening.CARD_MUTE: "卡片没有正常启动，请检查方向 / the card does not start up: turn it the right way",
}


def add(verbs: argparse._SubParsersAction[Arguments]) -> None:
    """The verbs of this page."""

    def verb(name: str, says: str) -> Arguments:
        return verbs.add_parser(name, help=says, description=says, allow_abbrev=False)

    listing = verb("readers", "列出读卡器与其中的卡 / the readers, and what is in them")
    listing.set_defaults(verb=readers)
    watching = verb("watch", "持续报告读卡器与卡片的变化 / tell what happens at the readers")
    watching.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="到时结束，默认直到中断 / end then; default: until interrupted"
    )
    watching.set_defaults(verb=watch)
    reading = verb("read", "读社会保障卡的基本信息，默认遮盖 / read a social security card, masked unless asked")
    add_chip_options(reading)
    reading.add_argument("--by-number", action="store_true", help="按记录号而非数据项标识读取 / by record number instead of by tag")
    reading.add_argument("--show", action="store_true", help="显示全部内容，须有持卡人同意 / show everything; needs the holder's consent")
    keys = reading.add_mutually_exclusive_group()
    keys.add_argument("--psam", metavar="NAME", help="PSAM 卡所在的读卡器 / the reader that holds the PSAM")
    keys.add_argument("--hsm", metavar="COMMAND", help="加密机服务的命令 / the program of the key service")
    reading.set_defaults(verb=read)


def readers(_: argparse.Namespace) -> Iterator[Said]:
    """The readers as they are. Raises `SetupError` reader-missing when there is none."""
    with pcsc.readers() as watched:
        views = watched.look()
    if not views:
        raise SetupError(faults.READER_MISSING, readers=0)
    for view in views:
        fields = {"reader": view.name, "presence": view.presence.value, "atr": view.atr.hex() or None}
        says = {Presence.EMPTY: "空 / empty", Presence.CARD: "有卡 / card", Presence.MUTE: "卡无应答 / mute"}[view.presence]
        yield Said(fields, f"{view.name}  {says}  {view.atr.hex().upper()}".rstrip())


def watch(options: argparse.Namespace) -> Iterator[Said]:
    """Every event as it happens, whatever is unplugged meanwhile."""
    end = None if options.seconds is None else monotonic() + options.seconds
    supervisor, pause = Supervisor(pcsc.readers), Event()
    try:
        while end is None or monotonic() < end:
            left = _GLANCE if end is None else max(0.0, min(_GLANCE, end - monotonic()))
            yield from map(_told, supervisor.step(seconds=left))
            if supervisor.trouble is not None:
                if supervisor.trouble.fault is faults.READER_SUPPORT:
                    raise supervisor.trouble
                pause.wait(min(_AGAIN, left))
    except KeyboardInterrupt:
        return
    finally:
        supervisor.close()


def read(options: argparse.Namespace) -> Iterator[Said]:
    """EF05 and EF06. What a card of generation 3.0 keeps locked is said to be locked, unless somebody holds the keys."""
    by = Addressing.NUMBER if options.by_number else Addressing.TAG
    with ExitStack() as held:
        session = SscSession(held.enter_context(opened(options)))
        open_for_business = session.select()
        issuer = session.issuer_file(by=by)
        authenticator = _authenticator(options, held)
        if authenticator is not None:
            session.authenticate_by(authenticator, issuer.card_id)
            issuer = session.issuer_file(by=by)
        fields = {"in_business": open_for_business, **_of_card(issuer, show=options.show)}
        try:
            fields |= _of_holder(session.holder_file(by=by), show=options.show)
        except StateError as locked:
            fields |= {
                "locked": locked.code,
                "locked_why": f"{locked.fault.title.zh} / {locked.fault.title.en}",
                "hint": f"{locked.fault.hint.zh} {locked.fault.hint.en}",
            }
    yield Said(fields)


def _authenticator(options: argparse.Namespace, held: ExitStack) -> Authenticator | None:
    if options.psam is not None:
        return Psam(held.enter_context(pcsc.inserted(options.psam)), secrets.token_bytes)
    return None if options.hsm is None else KeyService(shlex.split(options.hsm), seconds=_KEY_SERVICE_PATIENCE)


def _of_card(issuer: IssuerFile, *, show: bool) -> dict[str, Any]:
    number = issuer.card_number
    return {
        "card_id": issuer.card_id.hex(),
        "region": issuer.region,
        "category": issuer.category,
        "generation": issuer.generation.value,
        "initialiser": issuer.initialiser,
        "issued": _day(issuer.issued),
        "valid_until": _day(issuer.expires),
        "card_number": number if show or number is None else sscfields.mask_number(number),
    }


def _of_holder(holder: HolderFile, *, show: bool) -> dict[str, Any]:
    if not show:
        return {"number": sscfields.mask_number(holder.number), "name": sscfields.mask_name(holder.name)}
    return {
        "number": holder.number,
        "name": holder.name,
        "sex": holder.sex.name.lower(),
        "ethnicity": holder.ethnicity,
        "birthplace": holder.birthplace or None,
        "born": _day(holder.born),
    }


def _told(event: ReaderEvent) -> Said:
    fields = {"event": event.happening.value, "reader": event.reader, "atr": event.atr.hex() or None}
    return Said(fields, "  ".join(part for part in (_SAYS[event.happening], event.reader, event.atr.hex().upper()) if part))


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 10**7:  # also not "nan"
        raise argparse.ArgumentTypeError(f"{text!r} 不是秒数 / is not a number of seconds")
    return seconds
