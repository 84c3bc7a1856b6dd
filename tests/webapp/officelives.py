"""The lives of some cards, for the tests of the office API: in them every command of the table is given, each looked at from the database."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from codes.errors import Text
from ecard import NoncePurpose
from ecard.lifecycle import RULES, Command, Evidence
from ecard.model import CardRef, PointRef, Role
from tests.ecard.counters import as_csv
from tests.webapp.consolehouse import PEOPLE
from tests.webapp.officehouse import NAME, number
from tests.webapp.staffhouse import FORM, Caller, at_desk, links, rows
from webapp.demo.plastic import Chip
from webapp.demo.slot import InProcessSlot
from webapp.office.carrying import BY_WORD
from webapp.phones.phone import Phone as Folder

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.webapp.consolehouse import House

MORE = {
    "exchange": ["damage-seen"],
    "request-cancel": ["in-person", "proof-of-move"],
    "hand-out": ["in-person", "identity-document-checked"],
}
"""Papers that are asked for beyond the table, for what is given here."""
POINT = PointRef("hall-1")
_SLOT = InProcessSlot(Text("芯片在本进程内应答", "The chip answers in process"))


class Life:
    """One card, and whoever is sent for at the office."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.given: list[str] = []
        self.people: dict[str, Caller] = {}

    def who(self, ref: str) -> Caller:
        if ref not in self.people:
            self.people[ref] = at_desk(self.house, ref)
        return self.people[ref]

    def later(self, **time: float) -> None:
        self.house.clock.on(**time)
        self.people.clear()  # nobody's session lasts so long

    def day(self, days: int) -> str:
        return (self.house.clock() + timedelta(days=days)).strftime("%Y-%m-%d")

    def give(self, ref: str, card: str, word: str, **options: Any) -> Any:
        """A command, seen from the database: something was written, and one event in the card's chain says what it was and who did it."""
        caller = self.who(ref)
        before, was = rows(self.house), links(self.house)
        page = caller.give(card, word, evidence=papers(ref, word), **options)
        assert rows(self.house) != before
        self._one(card, word, was)
        assert self.house.desk.events(CardRef(card))[-1].actor == ref
        return page

    def agree(self, proposer: str, approver: str, card: str, word: str, **options: Any) -> Any:
        """The same by two people."""
        caller, other = self.who(proposer), self.who(approver)
        before, was = rows(self.house), links(self.house)
        made = caller.give(card, word, 202, evidence=papers(proposer, word), **options)
        assert rows(self.house) != before
        assert links(self.house) - was == {("office_act", made["proposal"]): 1}
        read = other.get(f"/proposals/{made['proposal']}")
        assert read["asked"] == made["asked"]
        other.step_up()
        before, was = rows(self.house), links(self.house)
        page = other.post(f"/proposals/{made['proposal']}/approve", {"digest": read["digest"]})
        assert rows(self.house) != before
        self._one(card, word, was)
        assert other.get(f"/proposals/{made['proposal']}")["asked"] == {}
        return page

    def _one(self, card: str, word: str, was: Counter[tuple[str, str]]) -> None:
        more = links(self.house) - was
        assert more["card_event", card] == 1
        assert set(more.values()) == {1}
        assert self.house.desk.events(CardRef(card))[-1].command == BY_WORD[word].command
        self.given.append(word)

    def personalised(self, card: str) -> None:
        """The workshop makes the chip that the card waits for."""
        desk, at, shop = self.house.desk, self.house.clock(), self.house.office.settings.operator("shop-1").acting()
        ref, chip = CardRef(card), Chip(self.folder / f"{card}-{len(self.given)}.img", _SLOT)
        key = chip.make(desk.chip_order(ref, actor=shop, at=at))
        nonce = desk.nonce(ref, NoncePurpose.PERSONALISE, at=at)
        made = desk.personalise(ref, chip_key=key, challenge=nonce.value, answer=chip.prove(nonce.value), actor=shop, at=at)
        chip.finish(made.credential.raw)

    def bound(self, card: str) -> None:
        """A phone that a clerk lets in without the chip's word."""
        desk, at, clerk, ref = self.house.desk, self.house.clock(), self.house.office.settings.operator("clerk-2").acting(), CardRef(card)
        nonce = desk.nonce(ref, NoncePurpose.BIND, at=at).value
        proof = Folder.create(self.folder / "another").prove_enrolment(nonce, region="CN-CQ", at=at)
        desk.bind_phone(ref, nonce=nonce, proof=proof, endorsement=None, actor=clerk, evidence=frozenset(Evidence), at=at)

    def carrier(self, card: str, kind: str, *, but: str | None = None) -> str:
        (found,) = (
            carrier.ref
            for carrier in self.house.desk.card(CardRef(card)).carriers
            if carrier.kind.value == kind and carrier.end_reason is None and carrier.ref != but
        )
        return found


def papers(ref: str, word: str) -> list[str]:
    """What somebody shows for a command."""
    role = Role(PEOPLE[ref][1][0])
    return sorted({paper.value for paper in RULES[BY_WORD[word].command].papers(role)} | set(MORE.get(word, ())))


def made_and_handed_over(life: Life) -> None:
    form = {"name": NAME, "identity_number": number(1)}
    page = life.who("clerk-1").post("/commands/apply", {"options": form, "evidence": FORM})
    card = page["card"]["card"]["ref"]
    life.given.append("apply")
    assert NAME not in str(page)
    assert number(1) not in str(page)
    life.personalised(card)
    life.give("clerk-2", card, "activate")


def lost_and_found(life: Life) -> None:
    card = life.house.shell.active()
    life.give("desk-1", card, "pre-report-loss", of="card")
    life.give("desk-1", card, "withdraw-pre-loss", of="card")
    life.give("clerk-1", card, "report-loss")
    life.give("clerk-1", card, "withdraw-loss")


def frozen(life: Life) -> None:
    card = life.house.shell.active()
    life.give("clerk-1", card, "freeze", ground="theft", until=life.day(10))
    life.agree("clerk-1", "clerk-2", card, "unfreeze")
    life.give("clerk-9", card, "request-freeze", ground="theft", until=life.day(10))
    (asked,) = life.who("clerk-1").get(f"/cards/{card}")["freeze_requests"]
    life.give("clerk-1", card, "decline-freeze", request=asked["ref"])


def on_a_phone(life: Life) -> None:
    shell = life.house.shell
    card = shell.with_phone()
    holder = ("--as", "holder", "--phone-folder", shell.phone, "--yes")
    shell.done("card", "lock-items", card, "--group", "banking", *holder)
    shell.done("card", "lock", card, *holder)
    life.give("clerk-1", card, "unlock")
    life.give("clerk-1", card, "unlock-items", groups=["banking"])
    phone = life.carrier(card, "phone")
    terms = {"fare": "1", "review": life.day(100), "expires": life.day(200), "document": "老年优待证 1234"}
    life.give("clerk-1", card, "grant-fare", carrier=phone, **terms)
    life.give("clerk-1", card, "review-fare", again=life.day(150))
    life.bound(card)
    life.give("clerk-1", card, "move-fare", carrier=life.carrier(card, "phone", but=phone))
    life.give("clerk-1", card, "end-fare")
    for word in ("change-pin", "reset-pin", "unblock-pin"):
        life.give("clerk-1", card, word)
    life.give("clerk-1", card, "unbind-phone", phone=phone)


def misused(life: Life) -> None:
    card = life.house.shell.active()
    case = life.give("clerk-1", card, "open-misuse-case", category="lent")["result"]["ref"]
    life.give("clerk-1", card, "add-to-misuse-case", case=case, kind="statement", digest=hashlib.sha256(b"paper").hexdigest())
    life.agree("clerk-1", "clerk-2", card, "decide-misuse-case", case=case, decision="warned")


def with_an_account(life: Life) -> None:
    card = life.house.shell.active()
    life.give("bank-1", card, "activate-account", bank="bank-of-nowhere")
    life.give("bank-1", card, "end-account", bank="bank-of-nowhere")
    life.give("clerk-1", card, "take-over-older-card", scheme="metro-2015", number="MT-0001", retires=life.day(300))


def corrected(life: Life) -> None:
    card = life.house.shell.active()
    page = life.give("clerk-1", card, "propose-correction", name="嘉行舟")
    assert "嘉行舟" not in str(page)
    life.agree("clerk-1", "clerk-2", card, "decide-correction", decision="accepted")


def exchanged(life: Life) -> None:
    shell = life.house.shell
    card = shell.active()
    life.give("clerk-1", card, "exchange", ground="damage")
    life.personalised(card)
    life.give("clerk-1", card, "hand-over")


def replaced(life: Life) -> None:
    shell = life.house.shell
    card = shell.active()
    shell.done(
        "card",
        "report-loss",
        card,
        "--as",
        "clerk-1",
        "--evidence",
        "in-person",
        "--evidence",
        "identity-document-checked",
        "--evidence",
        "written-loss-report",
        "--yes",
    )
    life.give("clerk-1", card, "replace")


def standing_in(life: Life) -> None:
    shell = life.house.shell
    card = shell.active()
    shown = [said for paper in papers("clerk-1", "exchange") for said in ("--evidence", paper)]
    shell.done("card", "exchange", card, "--as", "clerk-1", "--ground", "damage", *shown, "--yes")
    stand_in = [said for paper in RULES[Command.GRANT_TEMPORARY].papers(Role.CLERK) for said in ("--evidence", paper)]
    shell.done("card", "grant-temporary", card, "--as", "clerk-1", "--phone-folder", shell.phone, *stand_in, "--yes")
    life.later(days=20)
    life.give("clerk-1", card, "prolong-temporary")


def ended(life: Life) -> None:
    card = life.house.shell.active()
    chip = life.carrier(card, "chip")
    life.give("clerk-1", card, "request-cancel", ground="moved-away", applicant="holder")
    settled = ["insurance-benefits", "medical-account", "transport-balance", "loans", "financial-account"]
    life.agree("clerk-1", "clerk-2", card, "cancel", decision="accepted", settled=settled)
    life.agree("clerk-1", "clerk-2", card, "record-destruction", chip=chip, method="shredded", witness="clerk-2")


def in_stock(life: Life) -> None:
    desk, shop = life.house.desk, life.house.office.settings.operator("shop-1").acting()
    cards = []
    for serial in (1, 2):
        form = {"name": NAME, "identity_number": number(serial)}
        taken = life.who("town-1").post("/applications", {"form": form, "evidence": FORM, "point": POINT}, 201)
        cards.append(life.who("clerk-2").post(f"/applications/{taken['told']['ref']}/approve")["told"]["card"])
    order, items = desk.place_order(maker="M-1", point=POINT, actor=shop, at=life.house.clock())
    for item in items:
        life.personalised(item.card)
    lines = [[str(item.line), desk.card(item.card).card.number, "成品", ""] for item in items]
    desk.take_return(order.ref, as_csv(lines, heading=("行号", "卡号", "结果", "说明")), actor=shop, at=life.house.clock())
    life.later(days=91)
    for card in cards:
        life.give("clerk-1", card, "store-uncollected")
    life.give("clerk-1", cards[0], "hand-out", to="self")
    life.later(days=181)
    life.agree("clerk-1", "clerk-2", cards[1], "destroy-stock", how="shredded", witness="clerk-2")
    life.give("shop-1", cards[1], "remake-chip")


def apart(life: Life) -> None:
    shell = life.house.shell
    card, image = shell.active(), shell.home / "chip.img"
    for _ in range(2):
        before = image.read_bytes()
        shell("tap", "--image", str(image))
    image.write_bytes(before)
    assert shell("tap", "--image", str(image)).status == 1
    life.give("clerk-1", card, "reconcile")


LIVES: Mapping[Callable[[Life], None], str] = {
    made_and_handed_over: "apply activate",
    lost_and_found: "pre-report-loss withdraw-pre-loss report-loss withdraw-loss",
    frozen: "freeze unfreeze request-freeze decline-freeze",
    on_a_phone: "unlock unlock-items grant-fare review-fare move-fare end-fare change-pin reset-pin unblock-pin unbind-phone",
    misused: "open-misuse-case add-to-misuse-case decide-misuse-case",
    with_an_account: "activate-account end-account take-over-older-card",
    corrected: "propose-correction decide-correction",
    exchanged: "exchange hand-over",
    replaced: "replace",
    standing_in: "prolong-temporary",
    ended: "request-cancel cancel record-destruction",
    in_stock: "store-uncollected store-uncollected hand-out destroy-stock remake-chip",
    apart: "reconcile",
}
"""What each of them is given, in its order."""
