"""What is shown: a card, its events, what a command left. Card numbers are masked everywhere; names stand nowhere but in the answer to a purposeful look."""

from __future__ import annotations

import dataclasses
import enum
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.keys import CoseKey
from codes.receipts import Receipt, mask_card_number
from ecard import lifecycle
from ecard.lifecycle import Evidence
from ecard.model import Card, CardState, Dossier, Role
from webapp.office.options import LOCAL
from webapp.office.words import ENDS, EVIDENCE, HOLDS, KINDS, MEMBERS, ROLES, STATES, STATUSES, both
from webapp.width import pad

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ecard.model import CardEvent

_TIMES = frozenset(
    [
        "issued",
        "expires",
        "created",
        "placed",
        "until",
        "due",
        "lifted",
        "at",
        "opened",
        "closed",
        "granted",
        "review",
        "ended",
        "requested",
        "decided",
        "proposed",
        "effective",
        "asked",
        "answered",
        "noted",
        "activated",
        "registered",
        "retires",
        "taken",
        "keep_until",
        "since",
        "written",
    ]
)
"""Members that are whole seconds since 1970."""
_SECRET = frozenset({"holder", "digest", "old", "new"})
"""Members that say nothing to anybody at a counter: the person's reference, seals, keyed digests."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_EARLIEST = 1_000_000_000


def to_json(thing: object, name: str = "") -> Any:
    """Any object of the record for programs: times in UTC, bytes in hexadecimal, card numbers masked."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        page = {field.name: to_json(getattr(thing, field.name), field.name) for field in dataclasses.fields(thing) if field.name not in _SECRET}
        if isinstance(thing, Card):
            page["number"] = mask_card_number(thing.number)
        return page
    if isinstance(thing, CoseKey):
        return thing.thumbprint().hex()
    if isinstance(thing, Receipt):
        return receipt_json(thing)
    if isinstance(thing, enum.IntEnum):
        return thing.name.lower().replace("_", "-")
    if isinstance(thing, enum.Enum):
        return thing.value
    if isinstance(thing, bytes):
        return thing.hex()
    if isinstance(thing, datetime):
        return instant(thing)
    if isinstance(thing, int) and not isinstance(thing, bool) and name in _TIMES and thing > _EARLIEST:
        return instant(datetime.fromtimestamp(thing, UTC))
    if isinstance(thing, dict):
        return {str(to_json(key)): to_json(value, str(key)) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [to_json(item, name) for item in thing]
    if isinstance(thing, frozenset | set):
        return sorted(to_json(item, name) for item in thing)
    return thing


def instant(at: datetime) -> str:
    """A time for programs."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(seconds: int) -> str:
    """A time for people: both regions keep UTC+8."""
    return datetime.fromtimestamp(seconds, LOCAL).strftime("%Y-%m-%d %H:%M")


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt for programs: what it says, and its exact bytes."""
    says = receipt.says
    stopped = [{"carrier": item.carrier, "status": item.status.name.lower()} for item in says.stopped]
    return {
        "number": says.number,
        "region": says.region,
        "effective": instant(datetime.fromtimestamp(says.effective, UTC)),
        "command": says.command,
        "card": says.card,
        "articles": list(says.articles),
        "stopped": stopped,
        "raw": receipt.raw.hex(),
    }


def dossier_json(dossier: Dossier, now: int) -> dict[str, Any]:
    """A card for programs, with the status of each carrier."""
    page: dict[str, Any] = to_json(dossier)
    for carrier, told in zip(dossier.carriers, page["carriers"], strict=True):
        told["status"] = lifecycle.status_of(dossier, carrier, now).value
    for hold, told in zip(dossier.holds, page["holds"], strict=True):
        told["in_force"] = hold.in_force(now)
    return page


def card_lines(dossier: Dossier, now: int) -> Iterator[str]:
    """A card for people."""
    card = dossier.card
    state = both(STATES[card.state]) + (f" ({both(ENDS[card.end_reason])})" if card.end_reason else "")
    expired = card.state is not CardState.ENDED and now >= card.expires
    yield f"{pad('卡', 8)}{mask_card_number(card.number)}  {card.region}  {card.ref}"
    yield f"{pad('状态', 8)}{state}  · 版本 / revision {card.revision}"
    yield f"{pad('有效期', 8)}{local(card.issued)[:10]} – {local(card.expires)[:10]}{'  已过期 / expired' if expired else ''}"
    for carrier in dossier.carriers:
        status = lifecycle.status_of(dossier, carrier, now)
        more = f"  临时至 / provisional until {local(carrier.provisional_until)}" if carrier.provisional_until and not carrier.end_reason else ""
        why = f" ({both(ENDS[carrier.end_reason])})" if carrier.end_reason else ""
        yield f"{pad(KINDS[carrier.kind].zh, 8)}{both(STATUSES[status])}{why}  {carrier.ref}{more}"
    for hold in dossier.holds:
        if hold.in_force(now):
            place = "整卡 / whole card" if hold.carrier is None else hold.carrier
            until = f"  至 / until {local(hold.until)}" if hold.until else ""
            due = f"  须于此前书面挂失 / written report due by {local(hold.due)}" if hold.due else ""
            yield f"{pad('停用', 8)}{both(HOLDS[hold.kind])}  {place}  {local(hold.placed)}{until}{due}"


def event_lines(events: Sequence[CardEvent], known: Collection[str] = ()) -> Iterator[str]:
    """What was done to a card and what was shown for it, for people; a paper that is `known` by its reference is marked."""
    for event in events:
        title = lifecycle.RULES[lifecycle.Command(event.command)].title
        who = ROLES[Role(event.role)].zh if event.role is Role.HOLDER else f"{ROLES[Role(event.role)].zh} {event.actor}"
        yield f"{event.seq:>4}  {local(event.at)}  {pad(title.zh, 20)} {pad(title.en, 34)} {pad(who, 22)} {', '.join(event.articles)}"
        for paper in event.evidence or ():
            kind, _, filed = paper.partition(":")
            mark = "  ✓ 相符 / this is the paper" if paper in known else ""
            yield f"{'':>6}{both(EVIDENCE[Evidence(kind)])}{f'  {filed[:16]}' if filed else ''}{mark}"


def dossier_in(result: object) -> Dossier | None:
    """The card that a command's answer is about."""
    if isinstance(result, Dossier):
        return result
    found = getattr(result, "dossier", None)
    return found if isinstance(found, Dossier) else None


def remainder_lines(result: object) -> Iterator[str]:
    """What a command's answer holds besides the card: references to use next, times, amounts."""
    page = to_json(result)
    if not isinstance(page, dict):
        if page is not None:
            yield f"  {page if not isinstance(page, list) else ', '.join(map(str, page)) or '无 / none'}"
        return
    if isinstance(result, Dossier):
        return
    charge = page.pop("charge", None)
    yield from _flat("", {name: value for name, value in page.items() if name not in {"dossier", "receipt", "card", "chip", "phone"}})
    if charge is not None:
        yield "  免费 / free of charge" if not charge["fen"] else f"  收费 / charged: {charge['fen'] / 100:.2f} 元 / yuan  {charge['basis']}"


def _flat(before: str, page: dict[str, Any]) -> Iterator[str]:
    for name, value in page.items():
        if isinstance(value, dict):
            yield from _flat(f"{before}{name}.", {key: inner for key, inner in value.items() if key not in {"carriers", "holds", "ref", "card"}})
        elif value not in (None, [], "") and not name.endswith("_person"):
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            said = local(int(datetime.fromisoformat(said).timestamp())) if _INSTANT.fullmatch(said) else said
            yield f"  {MEMBERS.get(name, name)} / {name}: {said}"
