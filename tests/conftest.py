"""What every test run keeps an eye on: which articles and threats the passing tests prove, and that nothing was quietly skipped.

* `@pytest.mark.article("ZS-17b")` and `@pytest.mark.threat("A03")` name rows of docs/articles.toml and docs/threats.toml; a test that
  names an unknown id fails before it runs. What the run proved is written to .reports/articles.json and .reports/threats.json.
* `--proofs` (a whole run: `make test`) fails when a row that a table calls proven is not held up by a passing test.
* Nobody who lives in a test may be met outside the vault in anything that the run leaves behind (`tests/canaries.py`).
* Under CI=true a skip is a failure, unless its reason begins with "external vectors" and EXTERNAL_VECTORS is not set.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from tests.canaries import Canaries
from tests.covering import Covering
from tools.proofs import MARKS, REPORTS, proven_by, read_table

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - the test run is told by its surroundings, the product never is
HAVE_EXTERNAL = bool(os.environ.get("EXTERNAL_VECTORS"))  # noqa: TID251 - the same


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", action="store_true", help="fail when a row that docs/*.toml calls proven is held up by no passing test")


def pytest_configure(config: pytest.Config) -> None:
    canaries = Canaries(config)
    canaries.listen()
    config.pluginmanager.register(canaries, "canaries")
    if config.getoption("--proofs"):
        config.pluginmanager.register(Covering(), "covering")
    if not hasattr(config, "workerinput"):  # the one process that hears of every test
        config.pluginmanager.register(Ledger(whole=config.getoption("--proofs")), "ledger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties += claims(item)
    items[:] = spread(items)


def spread(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The same tests, with those of pages dealt out by modules over the first half: collected first, all of them would fall to one worker."""
    pages: dict[Path, list[pytest.Item]] = defaultdict(list)
    others: list[pytest.Item] = []
    for item in items:
        (pages[item.path] if item.path.parent.name == "browser" else others).append(item)
    step, order = len(others) // (2 * len(pages) or 1), list[pytest.Item]()
    for number, module in enumerate(pages.values()):
        order += [*module, *others[number * step : (number + 1) * step]]
    return order + others[len(pages) * step :]


def pytest_runtest_setup(item: pytest.Item) -> None:
    tables = {mark: read_table(kind) for kind, mark in MARKS.items() if item.get_closest_marker(mark)}
    for mark, rows in tables.items():
        names = [name for kind, name in claims(item) if kind == mark]
        if not names or not rows.keys() >= set(names):
            pytest.fail(f"this test claims the {mark} {names}, which docs/{mark}s.toml does not list", pytrace=False)


def claims(item: pytest.Item) -> list[tuple[str, str]]:
    """("article", "ZS-17b") and ("threat", "A03") for every id that the marks of this test name."""
    return [(mark, str(name)) for mark in MARKS.values() for found in item.iter_markers(mark) for name in found.args]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections
    ]  # half a character cannot travel
    if report.skipped and not hasattr(report, "wasxfail"):
        forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        forbid_skip(report)
    return report


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI a missing part is a failure. Only tests of other people's vectors may be absent, and only where the vectors are."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    excused = reason.removeprefix("Skipped: ").startswith("external vectors") and not HAVE_EXTERNAL
    if IN_CI and not excused:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {reason}"


class Ledger:
    """Notes the outcome of every test that claims to prove something, and closes the account at the end of the run."""

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole
        self.lost: list[str] = []
        self.outcomes: dict[str, dict[str, list[str]]] = {kind: defaultdict(list) for kind in MARKS}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return  # set-up and tear-down count only when they fail
        for kind, mark in MARKS.items():
            for name, value in report.user_properties:
                if name == mark:
                    self.outcomes[kind][str(value)].append(report.outcome)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        REPORTS.mkdir(exist_ok=True)
        for kind in MARKS:
            rows, proven = read_table(kind), proven_by(self.outcomes[kind])
            page: dict[str, Any] = {"proven": [name for name in rows if name in proven], "of": len(rows)}
            (REPORTS / f"{kind}.json").write_text(json.dumps(page, indent=1) + "\n", "utf-8")
            self.lost += [name for name, row in rows.items() if row.state == "proven" and name not in proven]
        if self.whole and self.lost and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for kind in MARKS:
            rows = read_table(kind)
            terminalreporter.write_line(f"{kind} proven: {len(proven_by(self.outcomes[kind]))}/{len(rows)}")
        if self.whole and self.lost:
            terminalreporter.write_line(f"called proven in docs/*.toml, held up by no passing test: {' '.join(self.lost)}", red=True)
