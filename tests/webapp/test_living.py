"""The town that the demonstration leaves standing: its programs come up, an activation code makes a phone, a loss reaches its gate, and all of it ends."""

from __future__ import annotations

import io
import re
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from codes.claims import Audience
from codes.errors import SetupError
from tests.webapp.phonehouse import Phone, Wire
from webapp.demo.living import activation_code, program, put_up, stay
from webapp.demo.stage import Stage
from webapp.demo.town import settle

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 40
PACE_S = 1.1
"""Between two codes: no two of one credential share a second."""


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - because programs in processes of their own go by the machine's clock


def judged(web: urllib3.PoolManager, agent: str, phone: Phone) -> Any:
    """The verdict of an agent on a code made now."""
    text = phone.code(Audience.GENERAL, at=int(now().timestamp()))
    return web.request("POST", f"{agent}/v1/verify", json={"text": text}).json()


def test_a_phone_takes_a_card_is_accepted_and_reports_a_loss_that_its_gate_hears_of(tmp_path: Path) -> None:
    root = tmp_path / "living"
    (root / "logs").mkdir(parents=True)
    town = settle(root, at=now())
    with ExitStack() as closing, urllib3.PoolManager() as web:
        places = put_up(town, closing)
        phone = Phone.over(Wire(places["service"]))
        assert phone.enrol(activation_code(town.office, town.resident, at=now()))["state"] == "provisional"
        phone.renew(town.resident)
        until = time.monotonic() + PATIENCE_S
        while (verdict := judged(web, places["metro"], phone))["verdict"] != "accepted":
            assert time.monotonic() < until, verdict
            time.sleep(PACE_S)
        phone.report(town.resident, of="card")
        while (verdict := judged(web, places["metro"], phone))["reason"] != "suspended":
            assert time.monotonic() < until + PATIENCE_S, verdict
            time.sleep(PACE_S)
    with pytest.raises(urllib3.exceptions.HTTPError), urllib3.PoolManager(retries=False) as web:
        web.request("GET", f"{places['service']}/healthz")


def test_somebody_at_the_terminal_is_told_where_everything_is_and_ends_it(tmp_path: Path) -> None:
    told, asked = io.StringIO(), iter([True, False])
    found = []

    def again() -> bool:
        address = re.findall(r"(http://127\.0\.0\.1:\d+)/app/", told.getvalue())[0]
        with urllib3.PoolManager() as web:
            found.append(
                [web.request("GET", f"{address}{path}").status for path in ("/app/", "/terminal/", "/console/", "/help/", "/docs", "/readyz")]
            )
        return next(asked)

    stay(tmp_path / "living", Stage(told, colour=False), clock=now, again=again)
    assert found == [[200] * 6] * 2
    said = told.getvalue()
    assert len(set(re.findall(r"激活码 activation code +(\d{4} \d{4})", said))) == 2, "a new code each time"
    assert re.search(r"clerk-1 +[0-9a-f]{4}(-[0-9a-f]{4}){3}\n", said)
    assert "城市已停" in said
    for log in (tmp_path / "living" / "logs").iterdir():
        assert "Traceback" not in log.read_text("utf-8"), log.name


@pytest.mark.error("demo-stands")
def test_a_program_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(SetupError) as refused, program(tmp_path, "service", "ecard", "serve", "--office", str(tmp_path / "nowhere")):
        pass
    assert refused.value.code == "demo-stands"
    assert refused.value.facts["program"] == "service"
    assert "office-missing" in (tmp_path / "logs" / "service.log").read_text("utf-8")
