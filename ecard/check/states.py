"""States and holds, told a second time from the events: what was done must have led to what the rows say, and nothing else may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.check.encoding import point, thumbprint
from ecard.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard.check.facts import Facts, Row

OPENING = {"apply", "replace"}
STOPS = {"pre-loss": {"pre-report-loss"}, "loss": {"report-loss"}, "freeze": {"freeze"}, "self-lock": {"lock"}, "drift": {"note-drift"}}
"""Which commands place which hold."""
STARTS = {
    "pre-loss": {"withdraw-pre-loss", "release-pre-loss", "report-loss", "pre-report-loss"},
    "loss": {"withdraw-loss", "grant-temporary"},
    "freeze": {"unfreeze"},
    "self-lock": {"unlock"},
    "drift": {"reconcile"},
}
"""Which commands lift which hold; what ends a card or a carrier may lift any."""
ENDS = {"cancel", "activate", "hand-over", "replace", "unbind-phone", "destroy-stock", "remake-chip", "exchange", "record-destruction"}
OTHERS = {
    "personalise", "bind-phone", "request-freeze", "decline-freeze", "change-pin", "reset-pin", "unblock-pin", "open-misuse-case", "add-to-misuse-case",
    "decide-misuse-case", "request-cancel", "propose-correction", "decide-correction", "grant-temporary", "prolong-temporary", "activate-account",
    "end-account", "grant-fare", "move-fare", "review-fare", "end-fare", "take-over-older-card", "hand-out", "store-uncollected", "lapse", "note-dead-chip",
}  # fmt: skip
WHOLE = "whole-card"
"""Purpose of a lock that stops the whole card; a group of items is refused online only, and leaves no hold."""
REJECTED = "cancellation-rejected"
"""Purpose of a decision that a card is not cancelled."""
KNOWN = OPENING | ENDS | OTHERS | set().union(*STOPS.values()) | set().union(*STARTS.values())
_CAUSES = {
    "replaced": {"activate", "replace"},
    "exchanged": {"hand-over"},
    "cancelled": {"cancel"},
    "destroyed": {"destroy-stock", "remake-chip", "record-destruction", "note-dead-chip"},
    "unbound": {"unbind-phone", "bind-phone", "cancel", "activate", "hand-over", "grant-temporary"},
}
"""What may have ended a card or a carrier for which reason."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"


def check_states(facts: Facts) -> Iterator[Finding]:
    """The card, its carriers and its holds against its events."""
    for event in facts.events:
        if event["command"] not in KNOWN:
            yield Finding("event-unknown", facts.ref, event["command"])
    if not _card_follows(facts):
        yield Finding("card-state", facts.ref, facts.card["state"])
    number = facts.card["number"]
    if len(number) != 9 or set(number) - set(_ALPHABET) or sum((9 - at) * _ALPHABET.index(letter) for at, letter in enumerate(number)) % 31:
        yield Finding("card-number", facts.ref)
    for carrier in facts.carriers:
        if not _carrier_follows(facts, carrier):
            yield Finding("carrier-state", carrier["ref"], f"{carrier['kind']} {carrier['state']}")
        if not _key_fits(carrier):
            yield Finding("carrier-key", carrier["ref"])
    yield from _check_holds(facts)


def _card_follows(facts: Facts) -> bool:
    if not facts.events or facts.events[0]["command"] not in OPENING or any(event["command"] == "apply" for event in facts.events[1:]):
        return False
    state, reason = facts.card["state"], facts.card["end_reason"]
    if state == "ended":
        return facts.did(*_CAUSES.get(reason, set()))
    ended = any(event["command"] == "cancel" and event["purpose"] != REJECTED for event in facts.events)
    return not ended and (state == "active") == facts.did("activate")


def _carrier_follows(facts: Facts, carrier: Row) -> bool:
    if carrier["state"] == "ended":
        return facts.did(*_CAUSES.get(carrier["end_reason"], set()))
    if carrier["kind"] == "phone":
        return any(event["command"] in {"bind-phone", "grant-temporary"} and event["at"] == carrier["created"] for event in facts.events)
    if carrier["state"] == "active":
        return facts.did("activate", "hand-over")
    return facts.card["state"] != "active" or facts.did("exchange", "remake-chip")


def _key_fits(carrier: Row) -> bool:
    if carrier["key_x"] is None:
        return carrier["thumbprint"] is None
    try:
        return bool(thumbprint(point(carrier["key_x"], carrier["key_y_is_odd"])) == carrier["thumbprint"])
    except (ValueError, TypeError):
        return False


def _check_holds(facts: Facts) -> Iterator[Finding]:
    for hold in facts.holds:
        kind = hold["kind"]
        if placed_by(facts, hold) is None:
            yield Finding("hold-without-event", hold["ref"], kind)
        if hold["lifted"] is not None and lifted_by(facts, hold) is None:
            yield Finding("lift-without-event", hold["ref"], kind)
        if kind == "freeze" and hold["lifted_person"] == hold["placed_person"]:
            yield Finding("freeze-own-review", hold["ref"])
    for event in facts.events:
        kinds = {kind for kind, commands in STOPS.items() if event["command"] in commands}
        if event["command"] == "lock" and event["purpose"] != WHOLE:
            continue
        if kinds and not any(hold["kind"] in kinds and hold["placed"] == event["at"] for hold in facts.holds):
            yield Finding("event-without-hold", facts.ref, f"{event['seq']} {event['command']}")


def placed_by(facts: Facts, hold: Row) -> int | None:
    """Number of the event that placed a hold."""
    return _event(facts, STOPS.get(hold["kind"], set()), hold["placed"], hold["placed_by"])


def lifted_by(facts: Facts, hold: Row) -> int | None:
    """Number of the event that lifted a hold."""
    return _event(facts, STARTS.get(hold["kind"], set()) | ENDS, hold["lifted"], hold["lifted_by"])


def _event(facts: Facts, commands: set[str], at: int | None, actor: str | None) -> int | None:
    fits = (event["seq"] for event in facts.events if event["command"] in commands and event["at"] == at and event["actor"] == actor)
    return next(fits, None)


def status_at(facts: Facts, carrier: Row, at: int) -> int:
    """The status that a carrier should have at a time after the card's last event: 0 valid, 1 ended, 2 suspended, 3 frozen."""
    if "ended" in {facts.card["state"], carrier["state"]}:
        return 1
    kinds = set()
    for hold in facts.holds:
        if hold["carrier"] in {None, carrier["ref"]} and hold["lifted"] is None and (hold["until"] is None or at < hold["until"]):
            kinds.add(hold["kind"])
    if "freeze" in kinds:
        return 3
    return 2 if kinds or "pending" in {facts.card["state"], carrier["state"]} else 0
