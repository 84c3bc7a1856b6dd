"""How the command line gets at a chip: in a reader (`--reader NAME`), or as a soft card in a file (`--image IMAGE`)."""

from __future__ import annotations

import secrets
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from physical import image, pcsc
from physical.transport_trace import Trace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from physical.transport import Transport


def add_chip_options(parser: argparse.ArgumentParser) -> None:
    """Where the chip is, exactly one of two; and a trace of what passes."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--reader", metavar="NAME", help="读卡器名称，见 ecard-reader readers / the reader's name, as ecard-reader readers tells it")
    where.add_argument("--image", type=Path, metavar="IMAGE", help="软件卡映像文件 / a soft card's file")
    parser.add_argument(
        "--trace", action="store_true", help="在标准错误输出显示指令概要，不含内容 / outline commands on standard error, without contents"
    )


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Transport]:
    """The chip that the options name, powered up and held until the block ends. Raises as `pcsc.inserted` and `image.inserted`."""
    chosen = image.inserted(options.image, secrets.token_bytes) if options.image is not None else pcsc.inserted(options.reader)
    with chosen as transport:
        yield Trace(transport, _tell) if options.trace else transport


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
