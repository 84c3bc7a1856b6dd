"""`ecard trust status-key` and `new-epoch`: what signs a region's status, changed ahead of use or after a theft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.office.answering import DONE, say
from webapp.office.settings import read_settings
from webapp.office.statuskeys import LEAD, begin_epoch, prepare, take_up
from webapp.office.telling import local

if TYPE_CHECKING:
    import argparse

_PUBLISH = "  请立即执行 ecard publish / publish now"


def status_key(options: argparse.Namespace) -> int:
    """Make the next key, or take it up."""
    settings, region, at = read_settings(options.office), options.region, options.clock()
    if not options.use:
        key = prepare(settings, region, at=at)
        usable = key.not_before + int(LEAD.total_seconds())
        lines = [
            f"✓ 已备好 / made: {region} {key.kid.hex()}  {local(usable)} 起可用 / may be taken up from then on",
            "  请执行 ecard publish；届时执行 ecard trust status-key --use / publish now, and take it up then with --use",
        ]
        say(options, {"region": region, "kid": key.kid.hex(), "usable": usable}, lines)
        return DONE
    plan = take_up(settings, region, at=at, stolen=options.stolen)
    kids = [key.kid.hex() for key in plan.keys]
    stolen = [f"  旧密钥的签名一律作废；纪元 / what the last one signed counts for nothing; epoch {plan.epoch}"] if options.stolen else []
    lines = [f"✓ 已启用，旧密钥已销毁 / taken up, and the last one is destroyed: {region}", *stolen, _PUBLISH]
    say(options, {"region": region, "kids": kids, "epoch": plan.epoch}, lines)
    return DONE


def new_epoch(options: argparse.Namespace) -> int:
    """Leave the chains as they are and begin new ones."""
    plan = begin_epoch(read_settings(options.office), options.region)
    say(options, {"region": options.region, "epoch": plan.epoch}, [f"✓ 新纪元 / epoch {plan.epoch}: {options.region}", _PUBLISH])
    return DONE
