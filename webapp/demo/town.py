"""A card office in the middle of its day, for whoever wants to try the pages.

An office as `ecard office init` makes it, its people, a few residents whose cards are in different states, and two terminals that follow it. Everything is done by the office's own commands. Nobody in the town exists.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from codes.errors import Text
from ecard import Application, CardOffice, Command, FreezeGround, IdentityType, LossOf, NoncePurpose, Role
from ecard.items import Step, Tier
from ecard.itemseed import SEED
from ecard.lifecycle import RULES
from ecard.model import PointKind, PointRef
from webapp.chipdesk import OfficeDesk
from webapp.demo.gates import Gate
from webapp.demo.plastic import Chip
from webapp.demo.resident import draw_resident
from webapp.demo.slot import InProcessSlot
from webapp.office.founding import add_operator, found
from webapp.office.opening import open_office
from webapp.office.publishing import publish
from webapp.office.settings import Operator, read_settings
from webapp.places import CQ, SC, SCENES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from ecard import Actor, CardRef
    from webapp.office.opening import OpenOffice

POINT, READER = PointRef("hall-1"), "reader-1"
CLERK, COLLEAGUE, SUPERVISOR, SICHUAN = "clerk-1", "clerk-2", "sup-1", "sup-2"
HOTLINE, WORKSHOP, AUDITOR, ADMIN = "hotline-1", "workshop-1", "auditor-1", "admin-1"
_ROLES = {
    CLERK: Role.CLERK,
    COLLEAGUE: Role.CLERK,
    SUPERVISOR: Role.SUPERVISOR,
    SICHUAN: Role.SUPERVISOR,
    HOTLINE: Role.HOTLINE,
    WORKSHOP: Role.PRODUCTION,
    AUDITOR: Role.AUDITOR,
    ADMIN: Role.ADMIN,
}
TERMINALS = {"metro": "CQ-GATE-0001", "hospital": "CQ-DESK-0002"}
"""The terminals of the town: their scene, and their number."""
_PLAIN = InProcessSlot(Text("芯片在本进程内应答", "The chip answers in process"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What stands in `root` once it has been settled."""

    root: Path
    resident: CardRef
    """Whose phone is to be the one in the browser: an active card with a chip in hand and no phone yet."""
    other: CardRef
    """The same of somebody else."""
    lost: CardRef
    frozen: CardRef
    waiting: CardRef
    """Applied for and made, not handed over yet."""

    @property
    def office(self) -> Path:
        """The office's folder."""
        return office_of(self.root)

    def terminal(self, scene: str) -> Path:
        """The state directory of the terminal at a scene."""
        return self.root / "terminals" / scene

    def chip(self, card: CardRef) -> Path:
        """The image of a card's chip."""
        return self.root / "chips" / f"{card}.img"


def office_of(root: Path) -> Path:
    """Where the office of the town in `root` lies."""
    return root / "office"


def settle(root: Path, *, at: datetime) -> Town:
    """Make the town in an empty folder; the last of what happened there happened just before `at`. Raises what the office's commands raise."""
    begun = at.replace(microsecond=0) - timedelta(days=2)
    folder = office_of(root)
    found(folder, [CQ, SC], database="record.db", at=begun)
    _hire(folder)
    for name in ("chips", "terminals"):
        (root / name).mkdir(mode=0o700)
    with open_office(folder, at=begun) as office:
        desk, who = office.desk, {name: operator.acting() for name, operator in office.settings.operators.items()}
        desk.register_point(POINT, name="青石社保卡服务大厅", kind=PointKind.CENTRE, actor=who[SUPERVISOR], at=begun)
        desk.register_reader(READER, actor=who[SUPERVISOR], at=begun)
        _publish_items(desk, who[SUPERVISOR], at=begun)
        cards = [_card(root, desk, who, at=begun + timedelta(hours=1, minutes=7 * number)) for number in range(5)]
        resident, other, lost, frozen, waiting = cards
        for number, card in enumerate((resident, other, lost, frozen)):
            _hand_over(root, desk, who, card, at=begun + timedelta(hours=20, minutes=11 * number))
        _stop(desk, who, lost=lost, frozen=frozen, at=at.replace(microsecond=0))
        for scene, terminal in TERMINALS.items():
            _put_up(root, office, who[SUPERVISOR], scene, terminal, at=begun + timedelta(hours=21))
        publish(office, at=at)
    for scene in TERMINALS:
        gate = Gate(root / "terminals" / scene, scene)
        gate.take(folder / "published", at=at)
        gate.close()
    return Town(root=root, resident=resident, other=other, lost=lost, frozen=frozen, waiting=waiting)


def _hire(folder: Path) -> None:
    for number, (name, role) in enumerate(_ROLES.items(), 1):
        region = SC if name == SICHUAN else CQ
        point = POINT if role in {Role.CLERK, Role.SUPERVISOR} and region == CQ else None
        add_operator(read_settings(folder), Operator(ref=name, person=f"staff-{number:04}", roles=(role,), region=region, point=point))


def _publish_items(desk: CardOffice, actor: Actor, *, at: datetime) -> None:
    """The first list of items, drafted, decided and published as each tier demands."""
    for item in SEED:
        desk.draft_item(item, by="departments", document="拟稿〔2026〕1号", actor=actor, at=at)
        deciders = (CQ, SC) if item.tier is Tier.JOINT else (CQ,)
        for by in deciders:
            desk.take_item_step(item.id, Step.DECIDE, by=by, document="决定〔2026〕1号", actor=actor, at=at)
        desk.take_item_step(item.id, Step.PUBLISH, by=CQ, document="公布〔2026〕1号", actor=actor, at=at)


def _card(root: Path, desk: CardOffice, who: Mapping[str, Actor], *, at: datetime) -> CardRef:
    """A resident applies, and card and chip are made."""
    person = draw_resident(secrets.token_bytes)
    application = Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=person.number, name=person.name)
    card = desk.apply(application, actor=who[CLERK], evidence=RULES[Command.APPLY].evidence, at=at).card.ref
    chip = Chip(root / "chips" / f"{card}.img", _PLAIN)
    key = chip.make(desk.chip_order(card, actor=who[WORKSHOP], at=at))
    nonce = desk.nonce(card, NoncePurpose.PERSONALISE, at=at)
    answer = chip.prove(nonce.value)
    made = desk.personalise(card, chip_key=key, challenge=nonce.value, answer=answer, actor=who[WORKSHOP], at=at)
    chip.finish(made.credential.raw)
    return card


def _hand_over(root: Path, desk: CardOffice, who: Mapping[str, Actor], card: CardRef, *, at: datetime) -> None:
    desk.activate(card, actor=who[COLLEAGUE], evidence=RULES[Command.ACTIVATE].evidence, at=at)
    Chip(root / "chips" / f"{card}.img", _PLAIN).tap(OfficeDesk(desk, READER, lambda: at))


def _stop(desk: CardOffice, who: Mapping[str, Actor], *, lost: CardRef, frozen: CardRef, at: datetime) -> None:
    """One card is reported by telephone, one is frozen after a false claim."""
    earlier = at - timedelta(hours=3)
    papers = RULES[Command.PRE_REPORT_LOSS].papers(Role.HOTLINE)
    desk.pre_report_loss(lost, of=LossOf.CARD, actor=who[HOTLINE], evidence=papers, at=earlier)
    until, case = at + timedelta(days=10), RULES[Command.FREEZE].papers(Role.SUPERVISOR)
    desk.freeze(frozen, ground=FreezeGround.FALSE_CLAIM, until=until, actor=who[SUPERVISOR], evidence=case, at=earlier + timedelta(hours=1))


def _put_up(root: Path, office: OpenOffice, actor: Actor, scene: str, terminal: str, *, at: datetime) -> None:
    """A terminal is given the root in person, and its key is registered."""
    trusted = office.settings.published / "metadata" / "1.root.json"
    gate = Gate.set_up(root / "terminals" / scene, scene, terminal=terminal, root=trusted)
    office.desk.register_terminal(terminal, gate.signer.public_key, venue=SCENES[scene].title_zh, scenes=[scene], actor=actor, at=at)
    gate.close()
