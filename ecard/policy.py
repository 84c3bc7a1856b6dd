"""What the office may decide for itself: one frozen object with every duration and number, and the article each one comes from.

A policy that contradicts itself, or that our own terminals could not live with, does not exist: making it raises `SetupError` and names both values.
Durations are whole seconds.
"""

from __future__ import annotations

import calendar
import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codes.claims import HOUR, Profile
from codes.credential import FARE_CLASSES, MAX_MAX_AGE
from codes.errors import SetupError
from codes.status import SHARD_CAPACITY
from ecard import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 24 * HOUR

ARTICLES: Mapping[str, tuple[str, ...]] = {
    "validity_years": ("HZ-13", "ZS-26"),
    "phones_per_card": ("ZZ-2a",),
    "freeze_longest": ("CQ-20b",),
    "renewal_months": ("HZ-13",),
    "remind_first": ("HZ-13",),
    "remind_second": ("HZ-13",),
    "remind_last": ("HZ-13",),
    "temporary": ("HZ-15",),
    "temporary_months": ("HZ-15",),
    "collect_within": ("CQ-25(3)-(5)",),
    "keep_uncollected": ("CQ-25(3)-(5)",),
    "guardian_age": ("ID-1",),
    "pin_tries": ("HZ-9b", "ZS-13"),
    "keep_identity_years": ("HZ-10", "ZS-8"),
    "keep_refused": ("HZ-10", "ZS-8"),
    "pre_loss_life": ("ZS-17b",),
    "pre_loss_end": ("ZS-17b",),
    "chip_loss": ("HZ-15", "ZS-17a"),
    "ticket_within": ("ZZ-16b",),
    "keep_tickets": ("HZ-10", "ZS-8"),
    "staff_papers": ("ID-9a", "CQ-21b"),
    "training_life": ("CQ-21b",),
    "venue_look": ("CQ-15b",),
    "grant_longest": ("CQ-19a",),
}
"""Which articles a value comes from; the others are the service's own."""


class PreLossEnd(enum.StrEnum):
    """What becomes of a report of loss by phone when no written one has followed by its due date."""

    HOLD_UNTIL_WRITTEN = "hold-until-written"
    AUTO_RELEASE = "auto-release"


class ChipLoss(enum.StrEnum):
    """What becomes of the phones when only the chip is lost. Whoever reports has shown anew who they are, so the phones may live on."""

    KEEPS_PHONES = "keeps-phones"
    STOPS_PHONES = "stops-phones"


class StaffPapers(enum.StrEnum):
    """Whether somebody works whose undertaking or training is not on file."""

    ASKED = "asked"
    """They work, and stand on the list of what is missing."""
    REQUIRED = "required"
    """They do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every value that the office decides by."""

    validity_years: int = 10
    general_life: int = 7 * DAY
    general_renew_under: int = 5 * DAY
    identity_life: int = 72 * HOUR
    identity_renew_under: int = 48 * HOUR
    chip_years: int = 10
    max_age: int = 30
    """How long one code lives."""
    refresh: int = 15
    """How often the phone shows a new one."""
    spares: int = 2
    """Fresh credentials of one profile that a phone may ask for beyond the one it holds: an answer lost on the way must not lock it out."""
    batch: int = 4
    """Credentials in one request."""
    phones_per_card: int = 2
    provisional: int = 30 * DAY
    nonce_life: int = 60
    freeze_longest: int = 90 * DAY
    renewal_months: int = 3
    """How long before its end a card may be renewed."""
    remind_first: int = 90
    """Days before its end on which a holder is reminded, three times."""
    remind_second: int = 30
    remind_last: int = 7
    temporary: int = 60 * DAY
    """How long a temporary credential lasts at first, and by how much it is prolonged."""
    temporary_months: int = 6
    """How long it lasts at most in all."""
    pre_loss_life: int = 15 * DAY
    """How long after a report of loss by phone the written one is due."""
    pre_loss_end: PreLossEnd = PreLossEnd.HOLD_UNTIL_WRITTEN
    chip_loss: ChipLoss = ChipLoss.KEEPS_PHONES
    collect_within: int = 90 * DAY
    """How long a finished card waits at its service point before it counts as uncollected."""
    keep_uncollected: int = 180 * DAY
    """How long an uncollected card is kept before it may be destroyed."""
    pin_tries: int = 6
    """Wrong PINs until the chip blocks."""
    guardian_age: int = 16
    """Years of age below which a guardian acts."""
    keep_identity_years: int = 5
    """How long after the end of a person's last card the vault keeps who they are."""
    keep_refused: int = 90 * DAY
    """How long the vault keeps a person to whom no card was ever given."""
    keep_nonces: int = DAY
    """How long a nonce is kept after it has expired."""
    keep_journal: int = 90 * DAY
    """How long it is kept who passed which terminal when: long enough for a complaint, and no trail of anybody's days."""
    ticket_within: int = 15 * DAY
    """How long a complaint or a question may wait for its answer."""
    keep_tickets: int = 730 * DAY
    """How long what somebody said, and the answer, are kept after it was answered."""
    staff_papers: StaffPapers = StaffPapers.ASKED
    training_life: int = 730 * DAY
    """How long somebody counts as trained."""
    venue_look: int = 365 * DAY
    """How long a look at a venue's equipment counts."""
    grant_longest: int = 365 * DAY
    """How long data may be shared on one approval."""
    fare: int = 0
    """Fare class of a holder without an entitlement."""
    shard_capacity: int = SHARD_CAPACITY
    """Entries of a status list."""
    publish_every: int = HOUR
    status_life: int = DAY

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if name != "fare" and isinstance(getattr(self, name), int):
                self._ordered(low=("1", 1), high=(name, getattr(self, name)))
        self._below("general_renew_under", "general_life")
        self._below("identity_renew_under", "identity_life")
        self._below("refresh", "max_age")
        self._below("remind_last", "remind_second")
        self._below("remind_second", "remind_first")
        self._ordered(low=("temporary", self.temporary), high=("temporary_months", self.temporary_months * 30 * DAY))
        self._ordered(low=("temporary_months", self.temporary_months), high=("half a year (HZ-15)", 6))
        self._below("max_age", "identity_life")
        self._below("ticket_within", "keep_tickets")
        self._ordered(low=("identity_life", self.identity_life), high=("general_life", self.general_life))
        self._ordered(low=("max_age", self.max_age), high=("longest max_age of the format", MAX_MAX_AGE))
        self._ordered(low=("chip_years", self.chip_years), high=("validity_years", self.validity_years))
        self._ordered(low=("fare", self.fare), high=("last fare class", FARE_CLASSES - 1))
        self._ordered(low=("shard_capacity", self.shard_capacity), high=("largest status list", SHARD_CAPACITY))
        self._ordered(low=("2 x publish_every", 2 * self.publish_every), high=("status_life", self.status_life))
        for name, unit in (("general_life", HOUR), ("identity_life", HOUR), ("shard_capacity", 4)):
            if getattr(self, name) % unit:
                raise SetupError(faults.POLICY_CONTRADICTION, first=name, first_value=getattr(self, name), second="multiple of", second_value=unit)

    def _below(self, low: str, high: str) -> None:
        self._ordered(low=(low, getattr(self, low) + 1), high=(high, getattr(self, high)))

    def _ordered(self, *, low: tuple[str, int], high: tuple[str, int]) -> None:
        if low[1] > high[1]:
            raise SetupError(faults.POLICY_CONTRADICTION, first=low[0], first_value=low[1], second=high[0], second_value=high[1])

    def life(self, profile: Profile) -> int:
        """Longest life of a phone's credential."""
        return self.identity_life if profile is Profile.IDENTITY else self.general_life

    def renew_under(self, profile: Profile) -> int:
        """What must remain at most before a phone renews."""
        return self.identity_renew_under if profile is Profile.IDENTITY else self.general_renew_under

    def expiry(self, issued: int) -> int:
        """When a card issued at `issued` expires: the same instant `validity_years` later, up to the hour (on 28 February for a leap day)."""
        return later(issued, self.validity_years)


def later(instant: int, years: int) -> int:
    """The same instant so many years later, rounded up to the hour."""
    at = datetime.fromtimestamp(instant, UTC)
    day = min(at.day, calendar.monthrange(at.year + years, at.month)[1])
    return -(-int(at.replace(year=at.year + years, day=day).timestamp()) // HOUR) * HOUR
