"""`ecard publish`, once or with --follow: what the loop does between two looks, and how it is told. Counts and sizes, and nobody's identity."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from codes.chain import ListSpace
from codes.claims import StatusType
from codes.errors import CardError, SetupError
from ecard.chaining.following import QuickWay
from ecard.faults import PUBLISHER_BUSY
from ecard.keyring import Keyring
from webapp.office.answering import DONE, print_json, say
from webapp.office.opening import open_office
from webapp.office.publishing import publish as bring_up_to_date
from webapp.office.publishing import publisher_of, region_chains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from ecard.chaining.following import Round
    from ecard.chaining.publisher import ChainNews, ChainPublisher
    from webapp.office.opening import OpenOffice
    from webapp.office.publishing import Published

WINDOW = 1.5
_SHORTEST, _LONGEST = 0.1, 60.0
_FLIPS = {
    StatusType.SUSPENDED: "暂停 / suspended",
    StatusType.VALID: "恢复 / valid again",
    StatusType.INVALID: "终止 / ended",
    StatusType.FROZEN: "冻结 / frozen",
}


def window(text: str) -> float:
    """Seconds of a batching window."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} 须为 {_SHORTEST} 至 {_LONGEST} 秒 / must be {_SHORTEST} to {_LONGEST} seconds")
    return seconds


def publish(options: argparse.Namespace) -> int:
    """Bring the published folder to what the record says now; with --follow, keep it there."""
    with open_office(options.office, at=options.clock()) as office:
        if options.follow:
            return _follow(options, office)
        done = bring_up_to_date(office, at=options.clock())
        say(options, page_of(done), list(_lines(done)))
        return DONE


def _follow(options: argparse.Namespace, office: OpenOffice) -> int:
    """Until somebody says stop."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: stop.set())
    tell = _tell_json if options.json else _tell
    following = Following(office=office, publisher=publisher_of(office), clock=options.clock, tell=tell, complain=_complain)
    while not stop.is_set():
        following.step()
        stop.wait(options.window)
    return DONE


@dataclass(kw_only=True)
class Following:
    """One look after another: what changed goes out at once, everything once in every interval of the policy, and whenever somebody asks for it."""

    office: OpenOffice
    publisher: ChainPublisher
    clock: Callable[[], datetime]
    tell: Callable[[Sequence[ChainNews]], object]
    complain: Callable[[CardError], object]
    last: datetime | None = field(default=None, init=False)
    """When everything was published last; not yet, at the start."""
    _keys: int = field(default=0, init=False)

    def step(self) -> None:
        """One look. A failure is told and tried again at the next; nothing is lost by it."""
        at = self.clock()
        self._look_for_keys()
        quick = QuickWay(premises=self.office.desk, publisher=self.publisher, regions=lambda: region_chains(self.office))
        try:
            if self.last is None or at - self.last >= timedelta(seconds=self.office.desk.policy.publish_every):
                self._whole(at)
            found: Round = quick.run(at=at)
            if found.for_all or len(found.chains) < len(ListSpace) * len(self.office.settings.regions):  # or an epoch has no version yet
                self._whole(at)
                quick.settle(found.for_all, at=at)
        except SetupError as error:
            if error.fault is not PUBLISHER_BUSY:  # somebody else publishes: the same truth
                self.complain(error)
        except CardError as error:
            self.complain(error)
        else:
            self._told(found.chains)

    def _look_for_keys(self) -> None:
        """Take up keys that were changed since."""
        folder = self.office.settings.keys
        changed = folder.stat().st_mtime_ns
        if self._keys not in {0, changed}:
            self.office = replace(self.office, keyring=Keyring.open(folder))
        self._keys = changed

    def _whole(self, at: datetime) -> None:
        self._told(bring_up_to_date(self.office, at=at, publisher=self.publisher).chains)
        self.last = at

    def _told(self, chains: Sequence[ChainNews]) -> None:
        news = [chain for chain in chains if chain.is_new]
        if news:
            self.tell(news)


def _tell(news: Sequence[ChainNews]) -> None:
    sys.stdout.write("".join(f"{chain_line(chain)}\n" for chain in news))
    sys.stdout.flush()


def _tell_json(news: Sequence[ChainNews]) -> None:
    print_json({"chains": [chain_json(chain) for chain in news]})
    sys.stdout.flush()


def _complain(error: CardError) -> None:
    fault = error.fault
    sys.stderr.write(f"ecard: {fault.title.zh} / {fault.title.en} [{fault.code}]\n  {fault.hint.zh}\n  {fault.hint.en}\n")
    sys.stderr.flush()


# ------------------------------------------------------------------------------------------------------------------- telling


def page_of(done: Published) -> dict[str, Any]:
    """What a run did, for `--json`."""
    return {
        "signed": list(done.edition.signed),
        "kept": list(done.edition.kept),
        "documents": list(done.documents),
        "renewed": list(done.renewed),
        "ended_for_good": done.edition.ended_for_good,
        "chains": [chain_json(chain) for chain in done.chains],
    }


def chain_json(chain: ChainNews) -> dict[str, Any]:
    """One chain, for `--json`."""
    return {
        "region": chain.region,
        "space": chain.space.name.lower(),
        "epoch": chain.epoch,
        "seq": chain.seq,
        "iat": chain.iat,
        "new": chain.is_new,
        "lists": chain.lists,
        "flipped": {status.name.lower(): count for status, count in chain.flipped.items()},
        "delta_bytes": chain.delta_bytes,
        "snapshot_bytes": chain.snapshot_bytes,
        "merged": chain.merged,
    }


def chain_line(chain: ChainNews) -> str:
    """One chain, for people."""
    sizes = [f"{size} B {what}" for size, what in ((chain.delta_bytes, "变更 / delta"), (chain.snapshot_bytes, "全量 / snapshot")) if size]
    flips = [f"{_FLIPS[status]} {count}" for status, count in chain.flipped.items()]
    state = "新版 / new" if chain.is_new else "未变 / unchanged"
    return f"  {chain.region} {chain.space.name.lower():<5} {chain.epoch}.{chain.seq}  {state}  " + "  ".join([*sizes, *flips])


def _lines(done: Published) -> Iterator[str]:
    signed, kept = done.edition.signed, done.edition.kept
    yield f"名单：新签 {len(signed)} 份，沿用 {len(kept)} 份 / lists: {len(signed)} signed, {len(kept)} still good"
    yield "状态链 / status chains:"
    yield from map(chain_line, done.chains)
    if done.documents:
        yield f"信任文件已更新 / trust documents published: {', '.join(done.documents)}"
    if done.renewed:
        yield f"已续签 / signed again: {', '.join(done.renewed)}"
    if done.edition.ended_for_good:
        says = "档案时间倒退：{0} 个已永久停用的位置仍保持停用 / the record went back in time: {0} places that had ended stay ended"
        yield says.format(done.edition.ended_for_good)
