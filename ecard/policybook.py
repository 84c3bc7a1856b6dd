"""The book of policies: editions of every rule the office may decide by, each with the day from which it is in force and the articles it rests on (HZ-14).

    book = PolicyBook.open(DEFAULT)            # a folder of TOML files, one an edition; refused as a whole when one line of it is wrong
    office = book.apply(office, at=at)         # the office under the edition in force

A file looks like this; a duration is a number and its unit (s, min, h, d), a count is a number:

    [edition]
    name = "2026-1"
    since = 2026-01-01
    owner = "..."
    articles = ["HZ-14", "HZ-19"]

    [values]
    validity_years = { value = 10, articles = ["HZ-13", "ZS-26"] }
    max_age = { value = "30 s" }

    [[fees]]
    act = "replacement"
    fen = 1600
    basis = "..."
    since = 2026-01-01

An edition names every value: what a file does not say would be decided by a program's default, and nobody would know since when.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from codes.errors import SetupError
from ecard import faults
from ecard.fees import Fee, FeeSchedule
from ecard.model import FeeAct
from ecard.policy import ChipLoss, Policy, PreLossEnd, StaffPapers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.premises import Premises

Office = TypeVar("Office", bound="Premises")

DEFAULT = Path(__file__).parent / "policies"
"""The editions that come with the program: the defaults where regulations and practice pull in different directions."""
COUNTS = frozenset({
    "validity_years", "chip_years", "spares", "batch", "phones_per_card", "renewal_months", "remind_first", "remind_second", "remind_last",
    "temporary_months", "fare", "shard_capacity", "pin_tries", "guardian_age", "keep_identity_years",
})  # fmt: skip
"""Values that are no durations."""
_WORDS: Mapping[str, type[PreLossEnd | ChipLoss | StaffPapers]] = {"pre_loss_end": PreLossEnd, "chip_loss": ChipLoss, "staff_papers": StaffPapers}
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([1-9][0-9]{0,5}) (s|min|h|d)")
_LOCAL = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition: who answers for it, from which day it is in force, and everything it decides."""

    name: str
    since: date
    owner: str
    """The body that set it and interprets it (ZS-27/28)."""
    articles: tuple[str, ...]
    policy: Policy
    basis: Mapping[str, tuple[str, ...]]
    """Articles that each value rests on; the others are the service's own."""
    fees: FeeSchedule


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """Every edition, oldest first. Raises `SetupError` policy-text for none at all, or two from one day."""

    editions: tuple[Edition, ...]

    def __post_init__(self) -> None:
        days = [edition.since for edition in self.editions]
        if not days:
            raise SetupError(faults.POLICY_TEXT, wrong="no edition")
        for first, second in zip(self.editions, self.editions[1:], strict=False):
            if first.since >= second.since:
                raise SetupError(faults.POLICY_TEXT, wrong="two editions from one day", first=first.name, second=second.name)

    @classmethod
    def open(cls, folder: Path) -> PolicyBook:
        """Read every edition of a folder. Raises `SetupError`: policy-text, policy-contradiction, fee-schedule."""
        texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))}
        editions = (read_edition(text, file=name) for name, text in texts.items())
        return cls(tuple(sorted(editions, key=lambda edition: edition.since)))

    def at(self, at: datetime) -> Edition:
        """The edition in force, by the calendar of the two regions. Raises `SetupError` policy-not-in-force before the first."""
        day = day_of(at)
        in_force = [edition for edition in self.editions if edition.since <= day]
        if not in_force:
            raise SetupError(faults.POLICY_NOT_IN_FORCE, day=day.isoformat(), first=self.editions[0].since.isoformat())
        return in_force[-1]

    def apply(self, office: Office, *, at: datetime) -> Office:
        """The office under the edition in force. Raises what `at` does, and `SetupError` policy-contradiction when an issuer's keys cannot live with it."""
        edition = self.at(at)
        return replace(office, policy=edition.policy, fees=edition.fees)


def day_of(at: datetime) -> date:
    """The day by which editions take over: the two regions'."""
    return at.astimezone(_LOCAL).date()


def day_around(at: datetime) -> tuple[datetime, datetime]:
    """When that day began, and when the next one does."""
    begin = datetime.combine(day_of(at), time.min, _LOCAL)
    return begin, begin + timedelta(days=1)


def read_edition(text: str, *, file: str) -> Edition:
    """Read one edition. Raises `SetupError`: policy-text naming file and entry; policy-contradiction naming both values; fee-schedule."""
    try:
        page = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupError(faults.POLICY_TEXT, file=file, wrong=str(error)) from None
    _exactly(page, {"edition", "values"}, {"fees"}, file, "file")
    head, values, fees = page["edition"], page["values"], page.get("fees", [])
    if not (isinstance(head, dict) and isinstance(values, dict) and isinstance(fees, list)):
        raise SetupError(faults.POLICY_TEXT, file=file, wrong="form")
    _exactly(head, {"name", "since", "owner", "articles"}, set(), file, "edition")
    if not isinstance(head["name"], str) or not isinstance(head["owner"], str) or not head["name"] or not head["owner"]:
        raise SetupError(faults.POLICY_TEXT, file=file, entry="edition", wrong="name and owner")
    _exactly(values, {field.name for field in fields(Policy)}, set(), file, "values")
    said: dict[str, Any] = {}
    basis = {}
    for name, entry in values.items():
        if not isinstance(entry, dict):
            raise SetupError(faults.POLICY_TEXT, file=file, entry=name, wrong="form")
        _exactly(entry, {"value"}, {"articles"}, file, name)
        said[name] = _value(name, entry["value"], file)
        basis[name] = _articles(entry.get("articles", []), file, name)
    return Edition(
        name=head["name"],
        since=_day(head["since"], file, "since"),
        owner=head["owner"],
        articles=_articles(head["articles"], file, "edition"),
        policy=Policy(**said),
        basis={name: articles for name, articles in basis.items() if articles},
        fees=FeeSchedule(tuple(_fee(entry, file) for entry in fees)),
    )


def _exactly(table: Mapping[str, Any], needed: set[str], allowed: set[str], file: str, entry: str) -> None:
    if unknown := table.keys() - needed - allowed:
        raise SetupError(faults.POLICY_TEXT, file=file, entry=entry, unknown=", ".join(sorted(unknown)))
    if missing := needed - table.keys():
        raise SetupError(faults.POLICY_TEXT, file=file, entry=entry, missing=", ".join(sorted(missing)))


def _value(name: str, value: object, file: str) -> object:
    if name in _WORDS and value in {word.value for word in _WORDS[name]}:
        return _WORDS[name](value)
    if name in COUNTS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name not in COUNTS and name not in _WORDS and isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return int(found[1]) * _UNITS[found[2]]
    raise SetupError(faults.POLICY_TEXT, file=file, entry=name, wrong="value", value=str(value)[:40])


def _articles(named: object, file: str, entry: str) -> tuple[str, ...]:
    if not isinstance(named, list) or not all(isinstance(article, str) for article in named):
        raise SetupError(faults.POLICY_TEXT, file=file, entry=entry, wrong="articles")
    if unknown := set(named) - known_articles():
        raise SetupError(faults.POLICY_TEXT, file=file, entry=entry, unknown_article=", ".join(sorted(unknown)))
    return tuple(named)


def _day(value: object, file: str, entry: str) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SetupError(faults.POLICY_TEXT, file=file, entry=entry, wrong="day")
    return value


def _fee(entry: object, file: str) -> Fee:
    if not isinstance(entry, dict):
        raise SetupError(faults.POLICY_TEXT, file=file, entry="fees", wrong="form")
    _exactly(entry, {"act", "fen", "basis", "since"}, {"until"}, file, "fees")
    act, fen, basis = entry["act"], entry["fen"], entry["basis"]
    if act not in {known.value for known in FeeAct} or type(fen) is not int or not isinstance(basis, str):
        raise SetupError(faults.POLICY_TEXT, file=file, entry="fees", wrong="act, fen or basis")
    until = _day(entry["until"], file, "fees") if "until" in entry else None
    return Fee(act=FeeAct(act), fen=fen, basis=basis, since=_day(entry["since"], file, "fees"), until=until)


@cache
def known_articles() -> frozenset[str]:
    """Every article that an edition may name."""
    return frozenset((DEFAULT / "articles.txt").read_text("utf-8").split())
