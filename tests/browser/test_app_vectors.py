"""The vectors, replayed in the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stand import Stand

TESTS = Path(__file__).resolve().parent.parent
DEEDS = ("cbor", "base45", "signature", "sign1", "cose-key", "credential", "code", "key-proof")


def test_the_page_reads_every_vector_as_python_does(stand: Stand, phone: Page) -> None:
    phone.goto(f"{stand.url}/app/")
    base = str(phone.locator("script[src$='/app/start.js']").get_attribute("src")).removesuffix("/app/start.js")
    replay = (TESTS / "js" / "replay.js").read_text("utf-8").replace("export async function replayer", "window.replayer = async function replayer")
    phone.evaluate(f"{replay}; undefined")
    families = [json.loads(path.read_text("utf-8")) for path in sorted((TESTS / "vectors").glob("*.json"))]
    cases: list[dict[str, Any]] = [case for family in families for case in family.get("cases", []) if case.get("do") in DEEDS]
    answers = phone.evaluate(
        """async ([base, cases]) => {
            const { outcome } = await window.replayer(base);
            const answers = [];
            for (const given of cases) answers.push(await outcome(given));
            return answers;
        }""",
        [f"{stand.url}{base}/shared", cases],
    )
    wrong = [(case["name"], answer) for case, answer in zip(cases, answers, strict=True) if plain(answer) != plain(case["expect"])]
    assert wrong == []
    assert len(cases) > 600


def plain(value: Any) -> Any:
    """A JSON value as JavaScript reads it: a number beyond 2^53 is the nearest that there is."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
