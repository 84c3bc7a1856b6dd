from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecard import faults, policy
from ecard.lifecycle import RULES
from ecard.model import FeeAct
from ecard.policy import DAY, ChipLoss, Policy, PreLossEnd
from ecard.policybook import COUNTS, DEFAULT, Edition, PolicyBook, known_articles, read_edition
from tests.ecard.city import AT, City, refused

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (DEFAULT / "2026-1.toml").read_text("utf-8")
ROOT = Path(__file__).parent.parent.parent
FEES = '\n[[fees]]\nact = "replacement"\nfen = 1600\nbasis = "批文一号"\nsince = 2026-01-01\n'


def edition(text: str = TEXT) -> Edition:
    return read_edition(text, file="test.toml")


def with_line(name: str, line: str) -> str:
    """The default edition with another line for one value; without it when the line is empty."""
    kept = [entry for entry in TEXT.splitlines() if not entry.startswith(f"{name} = ")]
    return "\n".join([*kept, line]) + "\n"


@pytest.mark.article("HZ-14")
def test_the_rules_for_applying_replacing_and_cancelling_stand_apart_with_a_version_and_a_date() -> None:
    (only,) = PolicyBook.open(DEFAULT).editions
    assert (only.name, only.since) == ("2026-1", date(2026, 1, 1))
    assert only.policy == Policy()
    assert set(only.basis) == set(policy.ARTICLES)
    assert all(set(only.basis[name]) == set(articles) for name, articles in policy.ARTICLES.items())


def test_the_defaults_decide_where_regulations_and_practice_differ() -> None:
    rules = PolicyBook.open(DEFAULT).at(AT).policy
    assert rules.pre_loss_life == 15 * DAY
    assert rules.pre_loss_end is PreLossEnd.HOLD_UNTIL_WRITTEN
    assert rules.chip_loss is ChipLoss.KEEPS_PHONES
    assert rules.renewal_months == 3
    assert (rules.temporary, rules.temporary_months) == (60 * DAY, 6)
    assert (rules.pin_tries, rules.guardian_age) == (6, 16)


@pytest.mark.article("HZ-19")
def test_an_edition_is_in_force_from_its_day_by_the_calendar_of_the_regions_and_not_before(city: City, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(TEXT, "utf-8")
    later = (
        with_line("freeze_longest", 'freeze_longest = { value = "30 d", articles = ["CQ-20b"] }')
        .replace("2026-01-01", "2027-03-01")
        .replace("2026-1", "2027-1")
    )
    (tmp_path / "two.toml").write_text(later + FEES, "utf-8")
    book = PolicyBook.open(tmp_path)
    assert book.at(datetime(2027, 2, 28, 15, 59, 59, tzinfo=UTC)).name == "2026-1"
    assert book.at(datetime(2027, 2, 28, 16, 0, tzinfo=UTC)).name == "2027-1"
    assert book.apply(city.office, at=AT).policy.freeze_longest == 90 * DAY
    office = book.apply(city.office, at=datetime(2027, 6, 1, tzinfo=UTC))
    assert office.policy.freeze_longest == 30 * DAY
    fee = office.fees.fee(FeeAct.REPLACEMENT, date(2027, 6, 1))
    assert fee is not None
    assert fee.fen == 1600


@pytest.mark.article("HZ-19")
@pytest.mark.error("policy-not-in-force")
def test_before_the_first_edition_nothing_is_decided(city: City) -> None:
    with refused(faults.POLICY_NOT_IN_FORCE, day="2025-12-31", first="2026-01-01"):
        PolicyBook.open(DEFAULT).apply(city.office, at=datetime(2025, 12, 31, 12, tzinfo=UTC))


@pytest.mark.article("ZS-26")
def test_a_card_is_valid_for_ten_years_unless_a_later_edition_says_otherwise(city: City) -> None:
    card = city.apply()
    assert datetime.fromtimestamp(card.card.expires, UTC).year - datetime.fromtimestamp(card.card.issued, UTC).year == 10
    five = edition(with_line("validity_years", "validity_years = { value = 5 }").replace("chip_years = { value = 10", "chip_years = { value = 5"))
    city.office = PolicyBook((five,)).apply(city.office, at=AT)
    city.with_policy(shard_capacity=256)
    later = city.apply(2)
    assert datetime.fromtimestamp(later.card.expires, UTC).year - datetime.fromtimestamp(later.card.issued, UTC).year == 5
    assert city.office.card(card.card.ref) == card


@pytest.mark.article("ZS-27/28")
def test_every_edition_names_its_owner_and_the_day_it_enters_into_force() -> None:
    assert edition().owner
    for name in ("owner", "since"):
        with refused(faults.POLICY_TEXT, entry="edition", missing=name):
            edition("\n".join(line for line in TEXT.splitlines() if not line.startswith(f"{name} =")))
    with refused(faults.POLICY_TEXT, entry="edition", wrong="name and owner"):
        edition(TEXT.replace('name = "2026-1"', 'name = ""'))


def test_contradictions_are_refused_naming_both_values() -> None:
    with refused(faults.POLICY_CONTRADICTION, first="refresh", first_value=61, second="max_age", second_value=30):
        edition(with_line("refresh", 'refresh = { value = "1 min" }'))
    with refused(faults.POLICY_CONTRADICTION, first="2 x publish_every", first_value=172800, second="status_life", second_value=86400):
        edition(with_line("publish_every", 'publish_every = { value = "1 d" }'))


def test_an_edition_that_an_issuer_cannot_live_with_is_not_applied(city: City) -> None:
    long = edition(with_line("general_life", 'general_life = { value = "14 d" }'))
    with refused(faults.POLICY_CONTRADICTION, first="life of GENERAL"):
        PolicyBook((long,)).apply(city.office, at=AT)


@pytest.mark.error("policy-text")
@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("[", {}),
        ("", {"entry": "file", "missing": "edition, values"}),
        (TEXT + "[surprise]\n", {"entry": "file", "unknown": "surprise"}),
        ("values = 1\n[edition]\n", {"wrong": "form"}),
        ("fees = 1\n" + TEXT, {"wrong": "form"}),
        (TEXT.replace("articles = [", "rules = [", 1), {"entry": "edition", "unknown": "rules"}),
        (TEXT.replace("since = 2026-01-01", 'since = "soon"', 1), {"entry": "since", "wrong": "day"}),
        (TEXT.replace("since = 2026-01-01", "since = 2026-01-01T00:00:00", 1), {"entry": "since", "wrong": "day"}),
        (TEXT.replace('"HZ-14"', '"HZ-99"'), {"entry": "edition", "unknown_article": "HZ-99"}),
        (TEXT.replace('articles = ["HZ-14", "HZ-19", "ZS-27/28"]', 'articles = "HZ-14"'), {"entry": "edition", "wrong": "articles"}),
        (with_line("max_age", ""), {"entry": "values", "missing": "max_age"}),
        (with_line("max_age", "mood = { value = 1 }"), {"entry": "values", "unknown": "mood"}),
        (with_line("max_age", "max_age = 30"), {"entry": "max_age", "wrong": "form"}),
        (with_line("max_age", "max_age = { value = 30 }"), {"entry": "max_age", "value": "30"}),
        (with_line("max_age", 'max_age = { value = "30 weeks" }'), {"entry": "max_age", "value": "30 weeks"}),
        (with_line("max_age", 'max_age = { value = "30 s", note = "x" }'), {"entry": "max_age", "unknown": "note"}),
        (with_line("max_age", 'max_age = { value = "30 s", articles = ["XX-1"] }'), {"entry": "max_age", "unknown_article": "XX-1"}),
        (with_line("max_age", 'max_age = { value = "30 s", articles = [1] }'), {"entry": "max_age", "wrong": "articles"}),
        (with_line("validity_years", 'validity_years = { value = "10 d" }'), {"entry": "validity_years"}),
        (with_line("validity_years", "validity_years = { value = true }"), {"entry": "validity_years"}),
        (with_line("pre_loss_end", 'pre_loss_end = { value = "perhaps" }'), {"entry": "pre_loss_end"}),
        (TEXT + FEES.replace("fen = 1600", "fen = 16.0"), {"entry": "fees"}),
        (TEXT + FEES.replace("replacement", "smiling"), {"entry": "fees"}),
        (TEXT + FEES.replace('"批文一号"', "1"), {"entry": "fees"}),
        (TEXT + FEES.replace("since = 2026-01-01", 'since = "soon"'), {"entry": "fees", "wrong": "day"}),
        (TEXT + FEES + "colour = 1\n", {"entry": "fees", "unknown": "colour"}),
        ("fees = [1]\n" + TEXT, {"entry": "fees", "wrong": "form"}),
    ],
)
def test_an_edition_that_says_something_unknown_is_refused_whole(text: str, facts: dict[str, object]) -> None:
    with refused(faults.POLICY_TEXT, file="test.toml", **facts):
        edition(text)


def test_a_fee_may_end() -> None:
    assert edition(TEXT + FEES + "until = 2027-01-01\n").fees.fee(FeeAct.REPLACEMENT, date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("editions", "facts"),
    [
        (lambda _: (), {"wrong": "no edition"}),
        (lambda one: (one, replace(one, name="twin")), {"first": "2026-1", "second": "twin"}),
    ],
)
def test_a_book_without_an_edition_or_with_two_from_one_day_is_none(
    editions: Callable[[Edition], tuple[Edition, ...]], facts: dict[str, str]
) -> None:
    with refused(faults.POLICY_TEXT, **facts):
        PolicyBook(editions(edition()))


def test_every_article_that_the_record_names_is_known() -> None:
    table = tomllib.loads((ROOT / "docs" / "articles.toml").read_text("utf-8"))
    assert known_articles() == {article for regulation in table.values() for article in regulation["rows"]}
    assert {article for rule in RULES.values() for article in rule.articles} <= known_articles()
    assert {article for articles in policy.ARTICLES.values() for article in articles} <= known_articles()


def test_every_value_is_a_count_a_word_or_a_duration_that_the_defaults_use() -> None:
    values = {field.name: field.default for field in fields(Policy)}
    assert {name for name in COUNTS if not isinstance(values[name], int)} == set()
