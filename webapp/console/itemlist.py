"""The public list of what the card is good for: what is in force, every item's way through the governments, and the next step of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, url_for

from codes.errors import StateError, Text
from ecard import items
from ecard.items import Capability, Duty, Step, Tier
from ecard.model import ItemGroup
from webapp import faults
from webapp.console import choices, ownacts
from webapp.console.fields import Choice, Field
from webapp.console.ownacts import OwnAct, just_done
from webapp.console.permissions import HEADS
from webapp.console.places import here
from webapp.office.itemverbs import STEPS
from webapp.office.options import line, name, spelling

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable, Iterable, Sequence

    from flask import Blueprint

    from ecard import CardOffice
    from ecard.items import Proposal
    from webapp.console.frame import Frame
    from webapp.console.ownacts import Given
    from webapp.console.visit import Visit


def add(pages: Blueprint, frame: Frame) -> None:
    """Put it on `pages`."""
    ownacts.add(pages, frame, ACTS)

    @pages.get("/items", endpoint="items")
    def itemlist() -> Response:
        seen = frame.visit()
        versions, proposals = seen.desk.item_lists(), seen.desk.item_proposals()
        now = items.in_force(versions, seen.now)
        waiting = [proposal for proposal in proposals if not proposal.live]
        done, may_head = just_done(ACTS), seen.may(*HEADS)
        return frame.page(seen, "itemlist.html", version=now, versions=versions[::-1], waiting=waiting, done=done, may_head=may_head)

    @pages.get("/items/<item>")
    def item(item: str) -> Response:
        seen = frame.visit()
        found = _proposal(seen, item)
        mine = seen.operator.region in found.item.regions
        return frame.page(seen, "item.html", proposal=found, item=found.item, may_head=mine and seen.may(*HEADS), done=just_done(ACTS))


def _proposal(seen: Visit, ident: str) -> Proposal:
    """An item that was drafted. Raises `StateError` not-found."""
    found = next((proposal for proposal in seen.desk.item_proposals() if proposal.item.id == ident), None)
    if found is None:
        raise StateError(faults.NOT_FOUND)
    return found


def _about(seen: Visit, ident: str) -> Text:
    found = _proposal(seen, ident).item
    return Text(f"{found.title.zh} · {found.id}", f"{found.title.en} · {found.id}")


def _of(words: Iterable[enum.Enum]) -> tuple[Choice, ...]:
    return tuple(Choice(value=spelling(word), says=choices.word(word)) for word in words)


def _line(member: str, zh: str, en: str, *, default: str = "", hint: Text | None = None, required: bool = True) -> Field:
    return Field(name=member, says=Text(zh, en), kind="line", required=required, default=default, hint=hint)


_DOCUMENT = _line(
    "document", "依据文件", "Document", hint=Text("文号，如 渝府〔2026〕2号；备案填备案号。", "Its number; of a filing, the filing number.")
)
_GROUPS = {spelling(group): group for group in ItemGroup}
_ELECTRONIC = (Choice(value="yes", says=Text("可以", "Yes")), Choice(value="no", says=Text("不可以", "No")))


# ---------------------------------------------------------------------------------------------------------------- drafting


def _draft_fields(_seen: Visit, _about: str) -> Sequence[Field]:
    regions = tuple(Choice(value=ref, says=choices.REGIONS[ref]) for ref in items.REGIONS)
    duty, tier = Duty.MANDATORY.value, Tier.MUNICIPAL.value
    return (
        _line("id", "事项代号", "Reference of the item"),
        _line("zh", "中文名称", "Name in Chinese"),
        _line("en", "英文名称", "Name in English"),
        Field(name="group", says=Text("类别", "Group"), kind="choice", required=True, choices=_of(ItemGroup)),
        Field(name="needs", says=Text("所需功能", "What the card must be able to do"), kind="several", required=True, choices=_of(Capability)),
        Field(name="regions", says=Text("适用地区", "Where"), kind="several", required=True, choices=regions),
        Field(name="tier", says=Text("清单层级", "Whose list"), kind="choice", required=True, choices=_of(Tier), default=tier),
        Field(name="duty", says=Text("使用要求", "How far it is bound to the card"), kind="choice", required=True, choices=_of(Duty), default=duty),
        Field(name="electronic", says=Text("电子社保卡", "The electronic card"), kind="choice", required=True, choices=_ELECTRONIC, default="yes"),
        _line("articles", "依据条款", "Articles", hint=Text("条款代号，以空格分开。", "Their references, with spaces between."), required=False),
        _line("by", "拟定部门", "Drafted by"),
        _DOCUMENT,
    )


def _draft(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    drafted = items.Item(
        id=given.read("id", name),
        group=given.read("group", _GROUPS.__getitem__),
        title=Text(given.read("zh", line), given.read("en", line)),
        needs=frozenset(given.several("needs", Capability)),
        regions=frozenset(given.several("regions", str)),
        tier=given.read("tier", Tier),
        duty=given.read("duty", Duty),
        electronic=given.read("electronic", ("no", "yes").index) == 1,
        articles=given.read("articles", lambda words: tuple(words.split())),
    )
    by, document = given.read("by", line), given.read("document", line)

    def carry_out(desk: CardOffice) -> str:
        made = desk.draft_item(drafted, by=by, document=document, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.item", item=made.item.id)

    return carry_out


# ------------------------------------------------------------------------------------------------------------- its next step


def _step_fields(seen: Visit, ident: str) -> Sequence[Field]:
    region = seen.operator.region
    hint = Text("区县清单的审定填 地区/区县，如 CN-CQ/渝中区。", "The decision of a district: region/district, such as CN-CQ/渝中区.")
    found = _proposal(seen, ident)
    open_steps = [step for step in STEPS if step is Step.DECIDE or not found.has(step)]
    step = Field(name="taken", says=Text("步骤", "Step"), kind="choice", required=True, choices=_of(open_steps))
    return step, _line("by", "作出机关", "Taken by", default=region, hint=hint), _DOCUMENT


def _step(seen: Visit, given: Given) -> Callable[[CardOffice], str]:
    step, by, document = given.read("taken", Step), given.read("by", line), given.read("document", line)
    _proposal(seen, given.about)

    def carry_out(desk: CardOffice) -> str:
        desk.take_item_step(given.about, step, by=by, document=document, actor=seen.actor(HEADS), at=seen.at)
        return url_for("console.item", item=given.about)

    return carry_out


ACTS = (
    OwnAct(
        word="draft_item",
        path="/items/new",
        title=Text("登记拟定的事项", "Enter an item that was drafted"),
        effect=Text(
            "记下部门拟定的事项；经政府审定并公布后才生效。", "It is put down; it is in force when governments have decided it and it was published."
        ),
        articles=("CQ-14a", "CQ-14b", "CQ-14c"),
        who=HEADS,
        fields=_draft_fields,
        about=here,
        read=_draft,
        back=lambda _: url_for("console.items"),
    ),
    OwnAct(
        word="take_item_step",
        path="/items/<item>/step",
        title=Text("登记事项的下一步", "Enter the next step of an item"),
        effect=Text(
            "记下政府的审定、公布、备案或撤出；清单随之成为新的一版，旧版仍可查。",
            "What a government decided, or that it was published, filed or withdrawn; the list becomes a new version, and earlier ones stay.",
        ),
        articles=("CQ-14a", "CQ-14b", "CQ-14c"),
        who=HEADS,
        fields=_step_fields,
        about=_about,
        read=_step,
        back=lambda ident: url_for("console.item", item=ident),
    ),
)
