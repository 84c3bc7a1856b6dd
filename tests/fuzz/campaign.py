"""A campaign of mutants against the offline decision.

    python tests/fuzz/campaign.py [--count N] [--seed S]

Prints how it goes on standard error and one JSON object on standard output, which is also kept in .reports/fuzz.json. Exit status 1: a violation.
The same count and seed make the same mutants.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random, SystemRandom

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from tests.fuzz import judge, mutators  # noqa: E402 - after the root can be found

EVERY_LARGE, EVERY_WEIGHED, EVERY_TOLD = 500, 200, 20_000
KEPT = 20


@dataclass(slots=True, kw_only=True)
class Result:
    """What a campaign found."""

    count: int
    seed: int
    seconds: float = 0.0
    violations: int = 0
    weighed: int = 0
    peak_bytes: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)


def run(count: int, seed: int, *, tell: bool = False) -> Result:
    """Make and judge `count` mutants."""
    rng, subjects, result, kinds = Random(seed), judge.subjects(), Result(count=count, seed=seed), Counter[str]()
    started = time.monotonic()
    for number in range(1, count + 1):
        subject = rng.choice(subjects)
        made = mutators.large(rng) if number % EVERY_LARGE == 0 else mutators.mutant(rng, subject, subjects)
        kinds[made.kind] += 1
        wrong = judge.violation(subject, made)
        if wrong is None and number % EVERY_WEIGHED == 0:
            weight = judge.peak(subject, made)
            result.weighed, result.peak_bytes = result.weighed + 1, max(result.peak_bytes, weight)
            wrong = "took too much memory" if weight > judge.LARGEST else None
        if wrong is not None:
            result.violations += 1
            if len(result.examples) < KEPT:
                result.examples.append({"kind": made.kind, "wrong": wrong, "text": made.text[:2000]})
        if tell and number % EVERY_TOLD == 0:
            rate = number / (time.monotonic() - started)
            print(f"\r{number:,} of {count:,} mutants, {result.violations} violations, {rate:,.0f} a second", end="", file=sys.stderr, flush=True)
    if tell:
        print(file=sys.stderr)
    result.kinds, result.seconds = dict(sorted(kinds.items())), round(time.monotonic() - started, 1)
    return result


def main() -> int:
    """Run, tell, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2_000_000, help="how many mutants (default: two million)")
    parser.add_argument("--seed", type=int, default=None, help="begin of the sequence (default: a new one every time)")
    asked = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    result = json.dumps(asdict(run(asked.count, seed, tell=True)), ensure_ascii=False)
    (ROOT / ".reports").mkdir(exist_ok=True)
    (ROOT / ".reports" / "fuzz.json").write_text(result + "\n", "utf-8")
    print(result)
    return 1 if json.loads(result)["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
