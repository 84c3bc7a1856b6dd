"""`ecard-reader`: look at readers and chips, and have a chip prove itself.

    ecard-reader readers                                which readers there are, and what is in them
    ecard-reader watch [--for SECONDS]                  what happens at them
    ecard-reader read CHIP [--by-number] [--show]       a social security card, masked unless asked; --psam NAME or --hsm COMMAND for generation 3.0
    ecard-reader status CHIP                            a fresh challenge, answered and verified
    ecard-reader pin CHIP                               the holder replaces the PIN (asked for, or two lines on standard input)
    ecard-reader present --state DIR CHIP               the verdict of a terminal on an inserted chip, as on a code, offline
    ecard-reader block --state DIR --list FILE --receipts FILE CHIP    stop a chip that is reported lost, at a desk without a line
    ecard-reader softcard new IMAGE [--card-id HEX]     a soft card with its key, identification code and an initial PIN, waiting for its credential
    ecard-reader softcard blank IMAGE                   a blank chip, for `ecard chip personalise` in a reader
    ecard-reader softcard show IMAGE                    what the card shows to anybody
    ecard-reader virtual IMAGE [--t0]                   keep a soft card in a virtual reader until stopped

CHIP is `--reader NAME` or `--image IMAGE`. `--json` before the verb prints one JSON object for each answer. Exit status: 0 done, 1 the card refused,
2 unusable arguments, 3 reader, image or disk unusable.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from codes.errors import CardError, SetupError
from physical import verbs_chip, verbs_reader, verbs_softcard, verbs_terminal
from verify.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        for said in options.verb(options):
            print(said.as_json() if options.json else said.as_text(), flush=True)
    except CardError as error:
        if options.json:
            fault = error.fault
            told = {"error": error.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(error.facts)}
            print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        else:
            print(f"{error.fault.title.zh} / {error}\n  {error.fault.hint.zh}\n  {error.fault.hint.en}", file=sys.stderr)
        return 3 if isinstance(error, SetupError) else 1
    return 0


_EPILOG = """\
退出码：0 完成 · 1 卡片拒绝 · 2 参数不可用 · 3 读卡器、映像或磁盘不合格
exit status: 0 done · 1 the card refused · 2 unusable arguments · 3 reader, image or disk not fit"""


def _parser() -> Arguments:
    says = "查看读卡器与芯片，并让芯片证明自己 / look at readers and chips, and have a chip prove itself"
    parser = Arguments(
        prog="ecard-reader", description=says, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--json", action="store_true", help="每个答复输出一个 JSON 对象 / print one JSON object for each answer")
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Arguments)
    for page in (verbs_reader, verbs_chip, verbs_terminal, verbs_softcard):
        page.add(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
