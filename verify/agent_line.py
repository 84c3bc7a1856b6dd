"""The agent for programs that know only lines: one scanned text a line in, one verdict a line out, as JSON (`ecard-terminal serve --line-port`)."""

from __future__ import annotations

import json
import re
import socketserver
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from codes.errors import CardError
from verify import faults
from verify.cli import LONGEST_LINE

if TYPE_CHECKING:
    from verify.agent import Agent
    from verify.agent_serving import Busy, Handler

_CHUNK = 1 << 16
_HTTP = re.compile(rb"[A-Z]+ .* HTTP/[0-9.]+\r?\n?")


def line_handler(agent: Agent, busy: Busy) -> Handler:
    """The handler of one connection. It ends where the program hangs up, and at once where a browser speaks: no page makes it judge."""

    class LineHandler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while line := self.rfile.readline(LONGEST_LINE):
                    if _HTTP.fullmatch(line):
                        return
                    rest = line
                    while rest and not rest.endswith(b"\n"):
                        rest = self.rfile.readline(_CHUNK)
                    with busy.answering():
                        self.wfile.write(_answer(agent, line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")))

    return LineHandler


def _answer(agent: Agent, text: str) -> bytes:
    page: dict[str, Any]
    try:
        page = agent.verify(text)
    except CardError as error:
        page = faults.told(error.fault, error.facts)
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
