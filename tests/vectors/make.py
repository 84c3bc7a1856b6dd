"""Make the vectors of the formats, the example page of codes/FORMAT.md, docs/errors.md and the terminal page's table of reasons.

    python tests/vectors/make.py            write them
    python tests/vectors/make.py --check    write nothing; exit status 1 if a file would change

Everything is made from throw-away keys and fixed instants, so the same source makes the same bytes. What a vector expects is written by hand beside it,
never taken from the library: where the library disagrees, nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from tests.vectors import (  # noqa: E402 - after the root can be found
    decisions,
    errors_page,
    family_blocklists,
    family_blocks,
    family_bytes,
    family_chain,
    family_chain_steps,
    family_code,
    family_documents,
    family_proofs,
    family_record,
    family_scripts,
    family_signed,
    family_strict,
    family_terminals,
    format_page,
    reasons_page,
)
from tests.vectors.replay import outcome  # noqa: E402 - the same

if TYPE_CHECKING:
    from tests.vectors.case import Family

HERE = ROOT / "tests" / "vectors"


def families() -> list[Family]:
    """Every family, in the order of the page."""
    makers = (
        family_bytes,
        family_signed,
        family_code,
        family_strict,
        family_documents,
        family_blocks,
        family_chain,
        family_chain_steps,
        family_proofs,
        family_record,
        family_scripts,
        family_blocklists,
        family_terminals,
    )
    return [family for maker in makers for family in maker.families()]


def pages() -> dict[Path, str]:
    """Every generated file and its text. `AssertionError`: the library does not do what a vector expects."""
    made: dict[Path, str] = {}
    for family in families():
        text = family.write()
        disagree(family.name, json.loads(text)["cases"])
        made[HERE / f"{family.name}.json"] = text
    made[HERE / "decisions.json"] = decisions.page()
    made[ROOT / "codes" / "FORMAT.md"] = format_page.renewed((ROOT / "codes" / "FORMAT.md").read_text("utf-8"))
    made[ROOT / "docs" / "errors.md"] = errors_page.page()
    made[ROOT / "webapp" / "static" / "terminal" / "reasons.js"] = reasons_page.page()
    return made


def disagree(family: str, cases: list[dict[str, object]]) -> None:
    """Refuse a family with two cases of one name or a case that the library judges otherwise."""
    names = [str(case["name"]) for case in cases]
    wrong = [f"{family}/{case['name']}: expected {case['expect']}, found {outcome(case)}" for case in cases if outcome(case) != case["expect"]]
    wrong += [f"{family}/{name}: twice" for name in sorted(set(names)) if names.count(name) > 1]
    if wrong:
        raise AssertionError("\n".join(wrong))


def main() -> int:
    """Write what changed; say what did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if something would change")
    asked = parser.parse_args()
    changed = [(path, text) for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in changed:
        print(path.relative_to(ROOT))
        if not asked.check:
            path.write_text(text, "utf-8", newline="\n")
    return 1 if changed and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
