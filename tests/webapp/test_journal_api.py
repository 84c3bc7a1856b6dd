"""What terminals send over the wire: taken in once, in order, and nothing told to them but how far it has come."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from codes import cbor
from codes.ack import HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.journal import FIRST_LINK, Entry, Run, next_link, seal_key, seal_record
from codes.keys import SoftwareSigner
from codes.upload import MAX_UPLOAD, JournalHead, SignedHead, Upload
from ecard.keyring import Keyring
from tests.verify.city import NOW
from tests.webapp.chainhouse import PATIENCE_S, embedded, production
from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_terminals import register
from tests.webapp.test_service import problem
from webapp import SERVICES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.webapp.chainhouse import Server
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]
SECRET = bytes(range(32))
OCTETS = {"Content-Type": "application/octet-stream"}


class Gate:
    """A terminal as far as the service meets one."""

    def __init__(self, shell: Shell, name: str = "T-1") -> None:
        self.signer = SoftwareSigner.from_scalar(0x7E12)
        self.name, self.seq, self.link = name, 0, FIRST_LINK
        self._office = Keyring.open(shell.folder / "keys").journal("CN-CQ").public_key()
        shell.done(*register(cbor.encode(self.signer.public_key.to_cbor()).hex()))

    def entries(self, count: int, *, at: int = NOW) -> bytes:
        """An upload of further entries."""
        start, records = self.seq + 1, []
        for _ in range(count):
            self.seq += 1
            entry = Entry(self.name, self.seq, at, "metro", 1)
            records.append(seal_record(entry, SECRET, start=start))
            self.link = next_link(self.link, records[-1])
        run = Run(start, start, seal_key(SECRET, self._office, terminal=self.name, start=start), records)
        return Upload(SignedHead.issue(JournalHead(NOW, self.name, self.seq, self.link, 0), self.signer), [run]).to_bytes()

    def ack(self, seq: int) -> bytes:
        """What this terminal says it holds."""
        return StatusAck.issue(HeldVersions(NOW, self.name, [("CN-CQ", ListSpace.PHONE, 1, seq)]), self.signer).raw


@pytest.fixture
def gate(shell: Shell) -> Gate:
    return Gate(shell)


@pytest.fixture
def client(shell: Shell) -> Iterator[FlaskClient]:
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(shell.folder)}))
    yield app.test_client()
    assert app.extensions[SERVICES].close(within=5)


@pytest.mark.threat("C13")
def test_a_journal_is_taken_in_once_however_often_it_is_sent(client: FlaskClient, gate: Gate) -> None:
    assert client.get("/readyz").get_json()["serves"] == ["artefacts", "chain", "feed", "journal"]
    first = gate.entries(3)
    for taken in (3, 0, 0):
        answer = client.post("/v1/journal", data=first, headers=OCTETS)
        assert (answer.status_code, answer.get_json()) == (200, {"terminal": "T-1", "seq": 3, "taken": taken})
    assert client.post("/v1/journal", data=gate.entries(2), headers=OCTETS).get_json() == {"terminal": "T-1", "seq": 5, "taken": 2}


def test_a_gap_is_answered_with_where_to_go_on(client: FlaskClient, gate: Gate) -> None:
    gate.entries(2)
    answer = client.post("/v1/journal", data=gate.entries(1), headers=OCTETS)
    assert problem(answer, HTTPStatus.CONFLICT, "journal-gap")["facts"] == {"next": 1, "first": 3}


def test_what_was_odd_is_for_people_and_not_for_the_terminal(client: FlaskClient, gate: Gate, shell: Shell) -> None:
    strange = gate.entries(1)
    client.post("/v1/journal", data=strange, headers=OCTETS)
    gate.seq, gate.link = 0, FIRST_LINK
    answer = client.post("/v1/journal", data=gate.entries(2, at=NOW + 1), headers=OCTETS)
    assert problem(answer, HTTPStatus.CONFLICT, "journal-forked")["facts"] == {"terminal": "T-1", "seq": 2, "known": 1}
    assert shell("terminal", "findings").status == 1


def test_a_finding_says_what_was_measured_and_what_to_do_next(client: FlaskClient, gate: Gate, shell: Shell) -> None:
    client.post("/v1/journal", data=gate.entries(1, at=4_000_000_000), headers=OCTETS)
    told = shell("terminal", "findings").out
    assert "终端时钟超前 / the terminal's clock is ahead  (快 " in told
    assert "核查后了结 / look into it, then close it: ecard terminal decide FINDING" in told


def test_an_acknowledgement_is_noted_and_an_older_one_changes_nothing(client: FlaskClient, gate: Gate) -> None:
    for seq in (7, 7, 5):
        answer = client.post("/v1/acks", data=gate.ack(seq), headers=OCTETS)
        assert (answer.status_code, answer.get_json()) == (200, {"terminal": "T-1", "versions": 1})


@pytest.mark.parametrize(
    ("address", "body", "status", "code"),
    [
        ("journal", b"", HTTPStatus.BAD_REQUEST, "journal-upload"),
        ("journal", b"SCJU1", HTTPStatus.BAD_REQUEST, "journal-upload"),
        ("acks", b"", HTTPStatus.BAD_REQUEST, "cbor-truncated"),
        ("acks", b"\xa0", HTTPStatus.BAD_REQUEST, "cose-shape"),
        ("acks", b"x" * 9000, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request-refused"),
        ("journal", b"x" * (MAX_UPLOAD + 1), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request-refused"),
    ],
)
def test_what_is_no_journal_is_refused(address: str, body: bytes, status: HTTPStatus, code: str, client: FlaskClient) -> None:
    problem(client.post(f"/v1/{address}", data=body, headers=OCTETS), status, code)


def test_a_stranger_and_a_forged_hand_are_refused(client: FlaskClient, gate: Gate, shell: Shell) -> None:
    upload, ack = gate.entries(1), gate.ack(3)
    gate.signer = SoftwareSigner.from_scalar(99)
    gate.seq, gate.link = 0, FIRST_LINK
    problem(client.post("/v1/journal", data=gate.entries(1), headers=OCTETS), HTTPStatus.BAD_REQUEST, "journal-signature")
    problem(client.post("/v1/acks", data=gate.ack(3), headers=OCTETS), HTTPStatus.BAD_REQUEST, "ack-signature")
    gate.name = "T-9"
    problem(client.post("/v1/acks", data=gate.ack(3), headers=OCTETS), HTTPStatus.CONFLICT, "terminal-unknown")
    shell.done("terminal", "end", "T-1", "--as", "sup-1")
    problem(client.post("/v1/journal", data=upload, headers=OCTETS), HTTPStatus.CONFLICT, "terminal-ended")
    problem(client.post("/v1/acks", data=ack, headers=OCTETS), HTTPStatus.CONFLICT, "terminal-ended")


@pytest.mark.parametrize("kind", [None, "application/json", "text/plain"])
def test_only_bytes_that_are_called_so_are_taken(kind: str | None, client: FlaskClient) -> None:
    answer = client.post("/v1/journal", data=b"SCJU1", headers={} if kind is None else {"Content-Type": kind})
    problem(answer, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "request-refused")


def test_without_an_office_there_is_no_such_address(tmp_path: Path) -> None:
    bare = create_app(Settings(published=tmp_path)).test_client()
    for address in ("journal", "acks"):
        problem(bare.post(f"/v1/{address}", data=b"", headers=OCTETS), HTTPStatus.NOT_FOUND, "not-found")


def test_an_office_that_is_not_there_is_our_trouble(tmp_path: Path) -> None:
    bare = create_app(Settings(published=tmp_path, office=tmp_path)).test_client()
    problem(bare.post("/v1/acks", data=b"\xa0", headers=OCTETS), HTTPStatus.SERVICE_UNAVAILABLE, "office-missing")


@pytest.mark.threat("G15")
@pytest.mark.parametrize("form", [embedded, production])
def test_a_body_without_an_end_is_not_read_to_its_end(form: Callable[..., Server], shell: Shell, gate: Gate, tmp_path: Path) -> None:
    server = form(tmp_path / "log", ECARD_OFFICE=str(shell.folder), PATH="/usr/bin:/bin")
    try:
        upload = gate.entries(3)
        assert b'"seq":3' in server.ask("/v1/journal", method="POST", body=upload, headers=OCTETS).body.replace(b" ", b"")
        with closing(socket.create_connection((server.host, server.port), PATIENCE_S)) as line:
            line.sendall(b"POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            with suppress(OSError):  # the server may close before we have sent all
                for _ in range(24):
                    line.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            with suppress(ConnectionResetError):
                assert line.recv(64).startswith(b"HTTP/1.1 413")
        assert server.ask("/healthz").status == 200
    finally:
        server.end()
