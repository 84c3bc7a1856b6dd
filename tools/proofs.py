"""Count what the tests prove: regulation articles (docs/articles.toml) and threats (docs/threats.toml).

    python tools/proofs.py articles            run the tests that claim an article, then count
    python tools/proofs.py threats --enter     the same for threats, and write what is proven into the table

A row is proven when at least one test that names it passed and none that names it failed. The tests say so with
@pytest.mark.article("ZS-17b") and @pytest.mark.threat("A03"); tests/conftest.py records it in .reports/.
Exit status 1: a row that the table calls proven is not.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".reports"
MARKS = {"articles": "article", "threats": "threat"}
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: where it stands, what it says, and its state before any test has run."""

    group: str
    says: str
    state: str  # "proven" (claimed by the table) | "not-applicable" | "later" | "open"


def read_table(kind: str) -> dict[str, Row]:
    """Rows of docs/<kind>.toml by id, in the order of the file. ValueError: a list names a row that does not exist."""
    rows: dict[str, Row] = {}
    for group, section in tomllib.loads(table_path(kind).read_text("utf-8")).items():
        states = dict.fromkeys(section["proven"], "proven")
        for state in ("not-applicable", "later"):
            states |= dict.fromkeys(section.get(state, ()), state)
        if unknown := states.keys() - section["rows"].keys():
            message = f"{table_path(kind).name} [{group}] names unknown rows: {sorted(unknown)}"
            raise ValueError(message)
        rows |= {name: Row(group=group, says=says, state=states.get(name, "open")) for name, says in section["rows"].items()}
    return rows


def read_titles(kind: str) -> dict[str, str]:
    """Title of each group of docs/<kind>.toml."""
    return {group: section["title"] for group, section in tomllib.loads(table_path(kind).read_text("utf-8")).items()}


def table_path(kind: str) -> Path:
    """Where the table of this kind stands."""
    return ROOT / "docs" / f"{kind}.toml"


def proven_by(outcomes: dict[str, list[str]]) -> set[str]:
    """Ids with a passing test and no failing one, from {id: ["passed" | "failed" | "skipped", ...]}."""
    return {name for name, seen in outcomes.items() if "passed" in seen and "failed" not in seen}


def read_report(kind: str) -> set[str]:
    """Ids that the last test run proved."""
    return set(json.loads((REPORTS / f"{kind}.json").read_text("utf-8"))["proven"])


def enter(kind: str, proven: set[str]) -> None:
    """Write what is proven into the table's `proven` lists; nothing else of the file changes."""
    rows, group, lines = read_table(kind), "", []
    for line in table_path(kind).read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            group = heading[1]
        if re.match(r"proven = \[.*\]$", line):
            held = [name for name, row in rows.items() if row.group == group and name in proven]
            lines.append(f"proven = {json.dumps(held)}")
        else:
            lines.append(line)
    table_path(kind).write_text("\n".join(lines) + "\n", "utf-8")


def run_tests(kind: str) -> None:
    """Run every test that carries a mark of this kind; their output is shown only when one fails."""
    (REPORTS / f"{kind}.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", MARKS[kind]]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter, fixed words
    if run.returncode not in (0, NO_TESTS_COLLECTED):
        sys.stderr.write(run.stdout + run.stderr)


def account(kind: str, proven: set[str]) -> str:
    """The count, then what is not proven, group by group."""
    rows, titles = read_table(kind), read_titles(kind)
    lines = [f"{kind} proven: {len(proven)}/{len(rows)}"]
    for group, title in titles.items():
        mine = {name: row for name, row in rows.items() if row.group == group}
        lines += ["", f"{title}: {len(proven & mine.keys())}/{len(mine)}"]
        for name, row in mine.items():
            if name not in proven:
                lines.append(f"  {name:<14} {row.state if row.state != 'proven' else 'LOST':<15} {row.says}")
    states = Counter(row.state for name, row in rows.items() if name not in proven)
    lines += ["", ", ".join([f"{len(proven)} proven", *(f"{count} {state}" for state, count in sorted(states.items()))])]
    return "\n".join(lines)


def main() -> int:
    """Run, count, print; 1 when the table claims what no test holds up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=MARKS)
    parser.add_argument("--enter", action="store_true", help="write what is proven into the table")
    asked = parser.parse_args()
    run_tests(asked.kind)
    proven = read_report(asked.kind)
    if asked.enter:
        enter(asked.kind, proven)
    rows = read_table(asked.kind)
    print(account(asked.kind, proven))
    if unlisted := [name for name in rows if name in proven and rows[name].state != "proven"]:
        print(f"\nheld by tests, not yet entered in {table_path(asked.kind).name} (--enter): {' '.join(unlisted)}")
    lost = [name for name in rows if rows[name].state == "proven" and name not in proven]
    if lost:
        print(f"\ncalled proven, held by no passing test: {' '.join(lost)}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
