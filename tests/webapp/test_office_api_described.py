"""The description of the office API: every call has an example that is a call, and every answer that came stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.webapp.staffhouse import at_desk, house, office
from webapp.api.office.permissions import PERMISSIONS

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["house", "office"]

_PLACE = "/v1/office"


def calls(house: House) -> list[tuple[str, str, Any]]:
    """Path, method and description of every call of the office."""
    spec: Any = house.app.test_client().get("/v1/openapi.json").json
    return [
        (path, method, said)
        for path, methods in spec["paths"].items()
        if path.startswith(_PLACE)
        for method, said in methods.items()
        if method != "parameters"
    ]


def test_every_call_is_described_in_words_with_its_refusals(house: House) -> None:
    found = calls(house)
    assert len(found) == len(PERMISSIONS)
    for path, method, said in found:
        assert said["summary"], (path, method)
        refusals = {status for status in said["responses"] if status.startswith("4")}
        assert refusals >= ({"401", "403"} if (path, method) != (f"{_PLACE}/session", "post") else {"403"}), (path, method)
        if "requestBody" in said and "application/json" in said["requestBody"]["content"]:
            assert said["requestBody"]["content"]["application/json"]["example"], path


@pytest.mark.parametrize("ref", ["sup-1", "clerk-1", "shop-1"])
def test_the_examples_are_calls_and_the_answers_are_described(house: House, ref: str) -> None:
    card, caller = house.shell.active(), at_desk(house, ref)
    for path, method, said in calls(house):
        if "session" in path:
            continue
        body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        place = (
            path.removeprefix(_PLACE)
            .replace("{card}", card)
            .replace("{word}", "report-loss" if "{card}" in path else "apply")
            .replace("{point}", "hall-1")
        )
        for part in ("ref", "terminal", "desk", "item"):
            place = place.replace("{" + part + "}", {"terminal": "T-0001", "item": "archives"}.get(part, "0" * 32))
        answer = caller.call(method.upper(), place, body)
        page: Any = answer.json
        code = page.get("code", "") if isinstance(page, dict) and answer.status_code >= 400 else ""
        assert str(answer.status_code) in said["responses"], (method, place, answer.text)
        assert code not in {"request-body", "request-fields", "not-found" if body and "{" not in path else "-"}, (method, place, answer.text)
        if answer.status_code == 200 and method == "get":
            wanted = said["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            spec: Any = house.app.test_client().get("/v1/openapi.json").json
            assert set(page) == set(spec["components"]["schemas"][wanted]["properties"]), place
