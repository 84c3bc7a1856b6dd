"""A card office's end of an upload, and a terminal's: what the tests of sending are played with."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from codes.journal import FIRST_LINK, Entry
from codes.keys import SoftwareSigner
from codes.upload import Upload
from tests.verify.city import NOW
from tests.verify.journals import SEALED_TO, SERVER, opened
from verify.fetching import Server
from verify.journal import FOLDER, Journal
from verify.uploading import Uploaded, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.verify.city import Gate

SIGNER = SoftwareSigner.from_scalar(0x7E21)


class Office:
    """The other end: keeps what follows, answers as a card office does, or as a test wants it to."""

    def __init__(self) -> None:
        self.seq, self.link = 0, FIRST_LINK
        self.entries: list[int] = []
        self.answer: Callable[[bytes], tuple[int, bytes]] = self.take
        self.url = ""

    def take(self, body: bytes) -> tuple[int, bytes]:
        sent = Upload.from_bytes(body)
        if sent.first > self.seq + 1:
            return 409, json.dumps({"code": "journal-gap", "facts": {"next": self.seq + 1}}).encode()
        assert sent.follows(self.seq, self.link)
        fresh = [entry for run in sent.runs for entry in run.open(SERVER, terminal=sent.head.says.terminal) if entry.seq > self.seq]
        self.entries += [entry.seq for entry in fresh]
        self.seq, self.link = sent.head.says.seq, sent.head.says.link
        return 200, json.dumps({"seq": self.seq}).encode()


@contextmanager
def serving(office: Office) -> Iterator[Office]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = office.answer(body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - because the base class calls it so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        office.url = f"http://127.0.0.1:{server.server_port}"
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def opened_for(gate: Gate) -> Journal:
    journal = opened(gate.path / FOLDER)
    journal.terminal = "T-0001"
    return journal


def note(gate: Gate, seq: int) -> None:
    opened_for(gate).note(Entry("T-0001", seq, NOW, "metro", 1), SEALED_TO)


def send(gate: Gate, office: Office) -> Uploaded:
    server = Server(office.url)
    try:
        return upload(gate.directory, server, SIGNER, now=lambda: NOW)
    finally:
        server.close()


def refusal(gate: Gate, office: Office) -> SetupError:
    with pytest.raises(SetupError) as refused:
        send(gate, office)
    return refused.value
