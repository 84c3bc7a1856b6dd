"""Whole calendar months, as regulations count them: the same day of another month, or the month's last day where it has no such day."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime


def months_on(instant: int, months: int) -> int:
    """The same time of day so many months later; earlier for a negative number. Whole seconds since 1970 UTC."""
    at = datetime.fromtimestamp(instant, UTC)
    years, month = divmod(at.month - 1 + months, 12)
    day = min(at.day, calendar.monthrange(at.year + years, month + 1)[1])
    return int(at.replace(year=at.year + years, month=month + 1, day=day).timestamp())
