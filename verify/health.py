"""How a terminal is: what it holds, how old that is, and what is wrong with it, as one JSON object (FORMATS section 5, `health`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from verify import faults
from verify.replay import stored_depth
from verify.terminal import REPLAY, Holdings
from verify.verdict import duration

if TYPE_CHECKING:
    from codes.errors import CardError
    from verify.state import StateDirectory


def health(directory: StateDirectory, *, now: int) -> dict[str, Any]:
    """The state of health at the terminal's time `now`. Reads, locks nothing. Raises `SetupError` when not even state.json can be read."""
    state = directory.load()
    page: dict[str, Any] = {
        "terminal": state.terminal,
        "scene": state.scene,
        "region": state.region,
        "ready": False,
        "generation": state.generation,
        "trust": None,
        "status": {},
        "clock": {"state": "ok", "now": _instant(now), "floor": _instant(state.floor), "behind_s": 0},
        "replay": {"depth": 0},
        "journal": {"kept": False, "depth": 0},
        "problems": [],
    }
    problems: list[dict[str, Any]] = page["problems"]
    try:
        page["replay"]["depth"] = stored_depth(directory.path / REPLAY, now)
    except SetupError as error:
        problems.append(to_json(error))
    try:
        holdings = Holdings.read(directory)
        page["trust"] = _trust(holdings, now)
        page["status"] = _status(holdings, now)
        page["region"] = holdings.scene().region
        page["clock"]["behind_s"] = holdings.floor.behind(now)
        problems += [to_json(SetupError(faults.STATUS_DAMAGED, uri=uri, found=found)) for uri, found in sorted(holdings.status.damaged.items())]
        if page["trust"]["expired"]:
            problems.append(to_json(SetupError(faults.TRUST_EXPIRED, late_s=now - holdings.trust.view.expires)))
        holdings.floor.check(now)
    except SetupError as error:
        problems.append(to_json(error))
    if page["clock"]["behind_s"]:
        page["clock"]["state"] = "below-floor"
    page["ready"] = not problems
    return page


def _trust(holdings: Holdings, now: int) -> dict[str, Any]:
    trust = holdings.trust
    return {
        "version": trust.view.version,
        "issued": _instant(trust.issued),
        **_age(now - trust.issued),
        "expires": _instant(trust.view.expires),
        "expired": now >= trust.view.expires,
        "versions": dict(trust.versions),
    }


def _status(holdings: Holdings, now: int) -> dict[str, Any]:
    """By region: its newest list, and how many lists we hold. `seq` is for the chain of status objects, which a terminal fed from a folder has none of."""
    lists = [shard.region for shard in holdings.status.shards.values()]
    by_region: dict[str, Any] = {
        region: {"seq": None, "as_of": _instant(head), **_age(now - head), "lists": lists.count(region)}
        for region, head in sorted(holdings.status.heads().items())
    }
    return by_region


def _age(seconds: int) -> dict[str, Any]:
    words = duration(max(0, seconds))
    return {"age_s": seconds, "age": {"zh": f"{words.zh}前更新", "en": f"updated {words.en} ago"}}


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_json(error: CardError) -> dict[str, Any]:
    """An error for programs and people: code, what it is, what to do, the facts of the case."""
    fault = error.fault
    return {"code": fault.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(error.facts)}
