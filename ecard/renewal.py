"""When a card may be renewed, and when its holder is reminded: computed from its end, stored nowhere (HZ-13, ZS-26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.months import months_on
from ecard.policy import DAY

if TYPE_CHECKING:
    from ecard.model import Card
    from ecard.policy import Policy


def opens(policy: Policy, card: Card) -> int:
    """From when on a card may be renewed. The window does not close: a card that has expired can only be renewed."""
    return months_on(card.expires, -policy.renewal_months)


def reminder_days(policy: Policy) -> tuple[int, ...]:
    """How many days before expiry a holder is reminded, first reminder first."""
    return policy.remind_first, policy.remind_second, policy.remind_last


def reminder_due(policy: Policy, card: Card, now: int) -> int | None:
    """The reminder that should have gone out by now: the last one whose day has come. None before the first, and once the card has expired."""
    if now >= card.expires:
        return None
    return min((days for days in reminder_days(policy) if now >= card.expires - days * DAY), default=None)
