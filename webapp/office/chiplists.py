"""`ecard chip lists` and `ecard chip receipts`: what goes to desks without a line, and what comes back from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecard.folder import write_whole
from webapp.office.answering import DONE, FOUND, say
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.office.telling import instant

if TYPE_CHECKING:
    import argparse

FOLDER = "chips"
"""Where the lists stand, beside what else is published."""


def publish(options: argparse.Namespace) -> int:
    """Sign a list for each region and put it into the published folder."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        page, lines = [], []
        for region in sorted(office.settings.regions):
            made = office.desk.block_list(region, office.keyring.status(region), at=at)
            write_whole(office.settings.published / FOLDER / f"{region}.blocks", made.raw)
            until = instant(datetime.fromtimestamp(made.exp, UTC))
            page.append({"region": region, "entries": len(made.blocks), "expires": until, "bytes": len(made.raw)})
            lines.append(f"{region}：{len(made.blocks)} 枚待停用的芯片，有效至 {until} / {len(made.blocks)} chips to be stopped, good until {until}")
        say(options, {"lists": page}, lines)
        return DONE


def take(options: argparse.Namespace) -> int:
    """Note receipts from a file, each line by itself. 1 when a line was refused."""
    at = options.clock()
    content = read_input(options.file)
    with open_office(options.office, at=at) as office:
        brought = office.desk.take_chip_receipts(content, at=at)
        page = {"noted": brought.noted, "refused": [{"line": line, "code": code} for line, code in brought.refused]}
        lines = [f"已登记 {brought.noted} 条 / noted: {brought.noted}"]
        lines += [f"第 {line} 行未登记 / line {line} refused: {code}" for line, code in brought.refused]
        say(options, page, lines)
        return FOUND if brought.refused else DONE
