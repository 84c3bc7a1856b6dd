"""Service points, readers and terminals: designated or registered, and ended when they close, or were stolen or taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Response, url_for

from codes.errors import StateError, Text
from codes.scenes import NAME_PATTERN
from ecard import faults as record
from ecard import schema
from ecard.making import register
from ecard.model import PointKind, PointRef
from ecard.terminals import registering
from webapp.console import choices, ownacts
from webapp.console.fields import Choice, Field
from webapp.console.ownacts import OwnAct, just_done
from webapp.console.permissions import HEADS
from webapp.office.options import line, name
from webapp.office.terminals import key_of, place_of
from webapp.places import SCENES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Blueprint

    from ecard import CardOffice
    from ecard.model import ServicePoint, Terminal
    from webapp.console.frame import Frame
    from webapp.console.ownacts import Given
    from webapp.console.visit import Visit

MOST = 500
KINDS = tuple(Choice(value=kind.value, says=choices.word(kind)) for kind in PointKind)


def add(pages: Blueprint, frame: Frame) -> None:
    """Put them on `pages`."""
    ownacts.add(pages, frame, (*ACTS, *TERMINAL_ACTS))

    @pages.get("/points")
    def points() -> Response:
        seen = frame.visit()
        point, reader, here = schema.service_point.c, schema.reader.c, seen.operator.region
        with seen.desk.store.reading() as work:
            mine = sa.select(schema.service_point).where(point.region == here).order_by(point.ended.is_not(None), point.ref).limit(MOST)
            found = [register.point_of(row) for row in work.connection.execute(mine)]
            readers = work.connection.execute(sa.select(schema.reader).where(reader.region == here).order_by(reader.ref).limit(MOST)).all()
        return frame.page(seen, "points.html", found=found, readers=readers, may_head=seen.may(*HEADS), done=just_done(ACTS))


def here(seen: Visit, _: str) -> Text:
    """The region that something new is for."""
    return choices.REGIONS.get(seen.operator.region, Text(seen.operator.region, seen.operator.region))


def _line(member: str, zh: str, en: str, *, required: bool = True, hint: Text | None = None) -> Field:
    return Field(name=member, says=Text(zh, en), kind="line", required=required, hint=hint)


def _nothing(_seen: Visit, _about: str) -> Sequence[Field]:
    return ()


# ------------------------------------------------------------------------------------------------------ points and readers


def _point(seen: Visit, ref: str) -> ServicePoint:
    """A point of the operator's region that is open. Raises `InputError` service-point-unknown."""
    with seen.desk.store.reading() as work:
        return register.require_point(work, PointRef(ref), region=seen.operator.region)


def _about_point(seen: Visit, ref: str) -> Text:
    found = _point(seen, ref)
    return Text(f"{found.name} · {found.ref}", f"{found.name} · {found.ref}")


def _point_fields(_seen: Visit, _about: str) -> Sequence[Field]:
    kind = Field(name="kind", says=Text("种类", "Kind"), kind="choice", required=True, choices=KINDS, default=PointKind.CENTRE.value)
    return _line("ref", "网点代号", "Reference of the point"), _line("name", "名称", "Name"), kind


def _designate(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    ref, called, kind = given.read("ref", name), given.read("name", line), given.read("kind", PointKind)

    def carry_out(desk: CardOffice) -> str:
        desk.register_point(PointRef(ref), name=called, kind=kind, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.points")

    return carry_out


def _close(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    def carry_out(desk: CardOffice) -> str:
        desk.end_point(PointRef(given.about), actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.points")

    return carry_out


def _reader(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    ref = given.read("ref", name)

    def carry_out(desk: CardOffice) -> str:
        desk.register_reader(ref, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.points")

    return carry_out


ACTS = (
    OwnAct(
        word="register_point",
        path="/points/new",
        title=Text("指定网点", "Designate a service point"),
        effect=Text("居民可以在这里申领和领取社保卡。", "People may apply for cards here, and collect them."),
        articles=("ZS-5", "HZ-9a"),
        who=HEADS,
        fields=_point_fields,
        about=here,
        read=_designate,
        back=lambda _: url_for("console.points"),
    ),
    OwnAct(
        word="end_point",
        path="/points/<point>/end",
        title=Text("停用网点", "Close a service point"),
        effect=Text(
            "此后这里不再受理申领，也不再发卡；代号不再使用。",
            "Nothing is taken in or handed out here any more, and its reference is not used again.",
        ),
        articles=("ZS-5",),
        who=HEADS,
        fields=_nothing,
        about=_about_point,
        read=_close,
        back=lambda _: url_for("console.points"),
    ),
    OwnAct(
        word="register_reader",
        path="/points/readers/new",
        title=Text("登记读卡器", "Register a reader"),
        effect=Text("芯片可以在这台读卡器上为手机作证。", "Chips may vouch for phones at this reader."),
        articles=("CQ-15b",),
        who=HEADS,
        fields=lambda _seen, _about: (_line("ref", "读卡器代号", "Reference of the reader"),),
        about=here,
        read=_reader,
        back=lambda _: url_for("console.points"),
    ),
)


# --------------------------------------------------------------------------------------------------------------- terminals


def _terminal(seen: Visit, ref: str) -> Terminal:
    """A terminal of the operator's region. Raises `StateError` terminal-unknown."""
    with seen.desk.store.reading() as work:
        found = registering.terminal(work, ref)
    if found.region != seen.operator.region:
        raise StateError(record.TERMINAL_UNKNOWN)
    return found


def _about_terminal(seen: Visit, ref: str) -> Text:
    found = _terminal(seen, ref)
    return Text(f"{found.ref} · {found.venue}", f"{found.ref} · {found.venue}")


def _terminal_fields(seen: Visit, _about: str) -> Sequence[Field]:
    with seen.desk.store.reading() as work:
        used = {scene for terminal in registering.terminals(work, region=seen.operator.region) for scene in terminal.scenes}
    scenes = tuple(Choice(value=scene, says=choices.scene(scene)) for scene in [*SCENES, *sorted(used - SCENES.keys())])
    key = Text("ecard-terminal init 显示的十六进制密钥。", "In hexadecimal digits, as ecard-terminal init printed it.")
    degrees = Text("先纬度、后经度，以度计，如 29.5630,106.5516。", "Latitude,longitude in degrees, such as 29.5630,106.5516.")
    return (
        _line("ref", "终端编号", "Number of the terminal"),
        _line("public_key", "密钥", "Key", hint=key),
        _line("venue", "场所", "Venue"),
        Field(name="scene", says=Text("场景", "Scenes"), kind="several", required=True, choices=scenes),
        _line("place", "位置", "Where it stands", required=False, hint=degrees),
    )


def _scene(word: str) -> str:
    if not NAME_PATTERN.fullmatch(word):
        raise ValueError(word)
    return word


def _put_up(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    ref, key, venue = given.read("ref", name), given.read("public_key", key_of), given.read("venue", line)
    scenes = given.several("scene", _scene)
    place = given.read("place", lambda word: place_of(word) if word else None)

    def carry_out(desk: CardOffice) -> str:
        desk.register_terminal(ref, key, venue=venue, scenes=scenes, place=place, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.terminals")

    return carry_out


def _take_down(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    def carry_out(desk: CardOffice) -> str:
        desk.end_terminal(given.about, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.terminals")

    return carry_out


TERMINAL_ACTS = (
    OwnAct(
        word="register_terminal",
        path="/terminals/new",
        title=Text("登记终端", "Register a terminal"),
        effect=Text("此后采信这台终端用这把密钥签名的日志和请求。", "From now on journals and requests that this key has signed are believed."),
        articles=("CQ-15b",),
        who=HEADS,
        fields=_terminal_fields,
        about=here,
        read=_put_up,
        back=lambda _: url_for("console.terminals"),
    ),
    OwnAct(
        word="end_terminal",
        path="/terminals/<terminal>/end",
        title=Text("停用终端", "End a terminal"),
        effect=Text(
            "此后它上传的内容一概不采信；被盗、转让或拆除时使用，不能恢复。",
            "Nothing that it sends from now on is believed: it was stolen, sold or taken down. This is for good.",
        ),
        articles=("CQ-15b",),
        who=HEADS,
        fields=_nothing,
        about=_about_terminal,
        read=_take_down,
        back=lambda _: url_for("console.terminals"),
    ),
)
