"""How a terminal is: what it holds, how old that is, and what is wrong with it, as one JSON object (FORMATS section 5, `health`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from verify import faults
from verify.journal import FOLDER as JOURNAL
from verify.journal import depth, read_sent
from verify.replay import stored_depth
from verify.terminal import REPLAY, Holdings
from verify.verdict import duration, instant

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        "clock": {"state": "ok", "now": instant(now), "floor": instant(state.floor), "behind_s": 0},
        "replay": {"depth": 0},
        "journal": {"kept": False, "depth": 0, "dropped": 0},
        "problems": [],
    }
    problems: list[dict[str, Any]] = page["problems"]
    try:
        page["replay"]["depth"] = stored_depth(directory.path / REPLAY, now)
    except SetupError as error:
        problems.append(faults.told(error.fault, error.facts))
    try:
        holdings = Holdings.read(directory)
        page["trust"] = _trust(holdings, now)
        page["status"] = _status(holdings, now)
        page["region"] = holdings.scene().region
        page["journal"] = _journal(directory, holdings)
        page["clock"]["behind_s"] = holdings.floor.behind(now)
        problems += [faults.told(faults.STATUS_DAMAGED, {"uri": uri, "found": found.code}) for uri, found in sorted(holdings.status.damaged.items())]
        problems += [*_chain_problems(holdings), *_behind(holdings)]
        if page["trust"]["expired"]:
            problems.append(faults.told(faults.TRUST_EXPIRED, {"late_s": now - holdings.trust.view.expires}))
        holdings.floor.check(now)
    except SetupError as error:
        problems.append(faults.told(error.fault, error.facts))
    if page["clock"]["behind_s"]:
        page["clock"]["state"] = "below-floor"
    page["ready"] = not problems
    return page


def _trust(holdings: Holdings, now: int) -> dict[str, Any]:
    trust = holdings.trust
    return {
        "version": trust.view.version,
        "issued": instant(trust.issued),
        **_age(now - trust.issued),
        "expires": instant(trust.view.expires),
        "expired": now >= trust.view.expires,
        "versions": dict(trust.versions),
    }


def _journal(directory: StateDirectory, holdings: Holdings) -> dict[str, Any]:
    """Whether verdicts are written down, how many the server lacks, and how many could not be written."""
    folder = directory.path / JOURNAL
    kept = any(key.region == holdings.scene().region for key in holdings.trust.view.journals)
    return {"kept": kept, "depth": depth(folder), "dropped": read_sent(folder).dropped}


def _status(holdings: Holdings, now: int) -> dict[str, Any]:
    """By region: its newest word, how many lists we hold, and each chain that we follow. `seq` is that of the first chain, null where there is none."""
    lists = [shard.region for shard in holdings.source.shards.values()]
    by_region: dict[str, Any] = {
        region: {"seq": None, "as_of": instant(head), **_age(now - head), "lists": lists.count(region), "chains": {}}
        for region, head in sorted(holdings.source.heads().items())
    }
    for head in holdings.chain.heads():
        page = by_region[head.region]
        page["chains"][head.space.name.lower()] = {
            "epoch": head.epoch,
            "seq": head.seq,
            "known": head.known,
            "as_of": instant(head.iat),
            **_age(now - head.iat),
            "follow_until": instant(head.exp),
            "lists": head.lists,
            "damaged": len(head.damaged),
        }
        page["seq"] = head.seq if page["seq"] is None else page["seq"]
    return by_region


def _chain_problems(holdings: Holdings) -> Iterator[dict[str, Any]]:
    """The chains that cannot be asked in whole or in part."""
    for head in holdings.chain.heads():
        name = {"region": head.region, "space": head.space.name.lower()}
        if head.is_rolled_back:
            yield faults.told(faults.CHAIN_ROLLED_BACK, {**name, "epoch": head.epoch, "seq": head.seq})
        if head.damaged:
            yield faults.told(faults.CHAIN_DAMAGED, {**name, "shards": len(head.damaged)})


def _behind(holdings: Holdings) -> list[dict[str, Any]]:
    """The regions whose publisher demands newer trust than ours."""
    versions = holdings.trust.view.versions
    demands = {region: holdings.source.demand(region) for region in sorted(versions)}
    return [
        faults.told(faults.TRUST_BEHIND, {"region": region, "version": versions[region], "demanded": demanded})
        for region, demanded in demands.items()
        if demanded > versions[region]
    ]


def _age(seconds: int) -> dict[str, Any]:
    words = duration(max(0, seconds))
    return {"age_s": seconds, "age": {"zh": f"{words.zh}前更新", "en": f"updated {words.en} ago"}}
