"""`make load`: the service under load, with a real PostgreSQL, Redis and gunicorn on this machine, and the phones on it as well. JSON lines.

    python -m tests.load.campaign [--cards N] [--seconds S] [--rate R] [--without-herd]

1. Phones renew at a steady rate, each when it is due (open loop: a late answer makes the next not later). How fast, how many failed, and what one renewal costs
   the processor beside two bare signatures, the one that a credential needs and the one that a status list would.
2. As many of ten times the rate as find a line come besides, signed beforehand, while renewals go on and losses are reported. How fast those are taken.
3. The same with proofs that are all too old, as after an outage.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tests.ecard.city import key
from tests.load.phones import Plan, run, summed
from tests.load.stage import PROCESSES, standing

if TYPE_CHECKING:
    from tests.load.stage import Stage

HERD = 10
_WARM = 200
"""Phones by which every process has opened the office and the database before anything counts."""
_SETTLING = 15.0
"""Seconds of each act that do not count: connections spread over the processes, and what is asked often comes into memory."""
_FEWER = 1.01
"""Of the phones that are counted, a few have lives that reach beyond the crowd's present."""
REPORTS = 5.0
"""Losses a second while the herd is there."""


def main() -> None:
    """Build the stage, run the acts, take it down."""
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--cards", type=int, default=1_000_000)
    reads.add_argument("--seconds", type=float, default=600.0, help="of the first act; a herd is there for a twelfth of them, at least 20")
    reads.add_argument("--rate", type=float, default=300.0, help="renewals a second")
    reads.add_argument("--without-herd", action="store_true", help="the first act alone")
    asked = reads.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # what stands is in sessions of its own, and is taken down here
    beside = max(20.0, asked.seconds / 12)
    of_herd = math.ceil(asked.rate * (_SETTLING + beside)) + math.ceil(REPORTS * (_SETTLING + beside))
    needed = _WARM + math.ceil(asked.rate * (_SETTLING + asked.seconds)) + 2 * of_herd
    crowd = 0 if asked.without_herd else 2 * _half(asked.rate, beside)
    with standing(asked.cards, math.ceil(_FEWER * max(needed, crowd))) as stage:
        if len(stage.handsets) < max(needed, crowd):
            reads.error(f"{len(stage.handsets)} phones are too few for {max(needed, crowd)}: more --cards, or fewer --seconds or --rate")
        say(
            "load-stage",
            cards=stage.cards,
            phones=len(stage.handsets),
            database_mib=stage.database_bytes >> 20,
            processes=PROCESSES,
            cpus=os.cpu_count(),
        )
        warm(stage)
        steady(stage, asked.rate, asked.seconds)
        if not asked.without_herd:
            for at, stale in enumerate((False, True)):
                herd(stage, needed - (2 - at) * of_herd, asked.rate, beside, stale=stale)


def say(figure: str, **facts: Any) -> None:
    """One figure."""
    sys.stdout.write(json.dumps({"figure": figure, **facts}) + "\n")
    sys.stdout.flush()


def plan(stage: Stage, part: slice, **what: Any) -> Plan:
    """A plan for some of the phones: reports go where the proxy sends them."""
    server = stage.urgent if what["reports"] else stage.server
    return Plan(server.host, server.port, stage.handsets[part], **what)


def warm(stage: Stage) -> None:
    """Every process has opened the office and the database before anything counts."""
    run([plan(stage, slice(0, _WARM - 20), renewals=20.0, reports=0.0, seconds=3.0)])
    run([plan(stage, slice(_WARM - 20, _WARM), renewals=0.0, reports=2.0, seconds=3.0)])


def steady(stage: Stage, rate: float, seconds: float) -> None:
    """Renewals at a steady rate."""
    before, began = _used(stage), perf_counter()
    upto = _WARM + math.ceil(rate * (_SETTLING + seconds))
    told = run([plan(stage, slice(_WARM, upto), renewals=rate, reports=0.0, seconds=seconds, settling=_SETTLING)])
    lasted, used = perf_counter() - began, _used(stage)
    page = summed(told)
    page["renewal"]["p99_by_tenth_ms"] = [
        summed([one for one in told if int(10 * one.due / seconds) == tenth]).get("renewal", {}).get("p99_ms") for tenth in range(10)
    ]
    done = page["renewal"]["done"]
    cost = {name: round(1e6 * (used[name] - before[name]) / max(1.0, done + rate * _SETTLING)) for name in used}
    bare = signature_us()
    say("load-renewals", wanted_per_s=rate, seconds=round(lasted, 1), done_per_s=round(done / seconds, 1), **page["renewal"])
    say("load-renewal-cost", cpu_us=cost, two_signatures_us=round(2 * bare), ratio=round(sum(cost.values()) / (2 * bare), 1))


def _used(stage: Stage) -> dict[str, float]:
    """Seconds of processor by who used them: the service, the database, Redis, and the phones, which are children of ours that have ended."""
    phones = os.times()
    return stage.cpu_s() | {"phones": phones.children_user + phones.children_system}


def herd(stage: Stage, first: int, rate: float, seconds: float, *, stale: bool) -> None:
    """Ten times the renewals, and losses; the phones from `first` on have not renewed for themselves yet, and nobody more often than is allowed.

    The processor's seconds are of everything: of signing beforehand and of the settling as well.
    """
    upto, half = first + math.ceil(rate * (_SETTLING + seconds)), _half(rate, seconds)
    before, began = _used(stage), perf_counter()
    told = run([
        plan(stage, slice(first, upto), renewals=rate, reports=0.0, seconds=seconds, settling=_SETTLING),
        plan(stage, slice(upto, upto + math.ceil(REPORTS * (_SETTLING + seconds))), renewals=0.0, reports=REPORTS, seconds=seconds, settling=_SETTLING),
        *(
            plan(stage, of, renewals=HERD * rate / 2, reports=0.0, seconds=seconds, settling=_SETTLING, herd=True, stale=stale, threads=32)
            for of in (slice(half), slice(half, 2 * half))
        ),
    ])  # fmt: skip
    after = _used(stage)
    for what, page in summed(told).items():
        of = {"wanted_per_s": HERD * rate, "came_per_s": round(page["asked"] / seconds)} if what == "herd" else {}
        say(f"load-{'stale' if stale else 'signed'}-herd-{what}", seconds=seconds, **of, **page)
    say(
        f"load-{'stale' if stale else 'signed'}-herd-cpu",
        seconds=round(perf_counter() - began, 1),
        cpu_s={name: round(after[name] - before[name], 1) for name in after},
    )


def _half(rate: float, seconds: float) -> int:
    """Phones of one of the two processes of a herd: each comes once."""
    return math.ceil(HERD * rate / 2 * (_SETTLING + seconds))


def signature_us() -> float:
    """Microseconds of one bare signature."""
    signer, began = key("bare"), perf_counter()
    for _ in range(2000):
        signer.sign(b"message")
    return (perf_counter() - began) / 2000 * 1e6


if __name__ == "__main__":
    main()
