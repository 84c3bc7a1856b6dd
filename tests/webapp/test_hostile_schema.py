"""The whole description of the API against a program that reads nothing else: data that fits it and data that does not, by every caller, under all checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.webapp.hostilehouse import opened
from tests.webapp.hostileschema import STREAM, run

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = 2
"""Of each operation and kind of data, beside every boundary that the description names: those are some two thousand requests."""


@pytest.mark.threat("G07", "G12", "G19")
def test_the_service_is_what_its_description_says_whatever_is_sent(tmp_path: Path) -> None:
    with opened(tmp_path / "town") as house:
        page = house.app.test_client().get("/v1/openapi.json").get_json()
        campaign = run(house, examples=EXAMPLES)
    assert campaign.found == []
    listed = {f"{method.upper()} {path}" for path, offers in page["paths"].items() for method in offers if method != "parameters"}
    assert campaign.operations == listed - {f"GET {STREAM}"}
    assert campaign.requests > 1500
    assert not {status for status in campaign.statuses if status >= 500}
    assert {200, 201, 204, 400, 401, 403, 404, 405, 409, 415, 422, 428, 429} <= campaign.statuses.keys()
