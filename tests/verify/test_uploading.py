"""Sending the journal to a server that may be slow, gone, forgetful or lying; and to a file."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from codes.errors import InputError, SetupError
from codes.journal import FIRST_LINK, Entry
from codes.upload import Upload
from tests.verify.city import NOW, City, Gate, code, lines
from tests.verify.journals import SEALED_TO, opened
from tests.verify.offices import SIGNER, Office, note, opened_for, refusal, send, serving
from verify import faults, uploading
from verify.fetching import Server
from verify.journal import FOLDER, read_sent, run_files, write_sent
from verify.uploading import next_upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office() -> Iterator[Office]:
    with serving(Office()) as running:
        yield running


def test_a_run_is_sent_in_parts_where_it_must(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for seq in (1, 2):
        journal.note(Entry("T-1", seq, NOW, "metro", 1), SEALED_TO)
    first = next_upload(tmp_path / "j", terminal="T-1", signer=SIGNER, after=0, now=NOW, records=1)
    second = next_upload(tmp_path / "j", terminal="T-1", signer=SIGNER, after=1, now=NOW, records=1)
    assert first is not None
    assert second is not None
    assert (first.head.says.seq, second.runs[0].start, second.runs[0].first) == (1, 1, 2)
    assert second.follows(1, first.head.says.link)


@pytest.fixture
def gate(tmp_path: Path, city: City) -> Gate:
    """A terminal with three entries in two runs."""
    gate = Gate(tmp_path / "gate", city)
    for seq in (1, 2):
        note(gate, seq)
    journal = opened_for(gate)
    journal.note(Entry("T-0001", 3, NOW, "metro", 1), SEALED_TO)
    return gate


def test_everything_arrives_once_and_makes_room(gate: Gate, office: Office) -> None:
    assert send(gate, office) == uploading.Uploaded(sent=3, seq=3, left=0)
    assert (office.entries, len(run_files(gate.path / FOLDER))) == ([1, 2, 3], 1)
    assert send(gate, office).sent == 0
    note(gate, 4)
    assert send(gate, office).sent == 1
    assert office.entries == [1, 2, 3, 4]


@pytest.mark.threat("C13")
def test_an_answer_lost_on_the_way_is_no_harm(gate: Gate, office: Office) -> None:
    def lose(body: bytes) -> tuple[int, bytes]:
        office.take(body)
        office.answer = office.take
        return 503, b'{"code": "not-ready"}'

    office.answer = lose
    found = refusal(gate, office)
    assert (found.fault, found.facts["status"], found.facts["code"]) == (faults.SERVER_REFUSES, 503, "not-ready")
    assert send(gate, office).seq == 3
    assert office.entries == [1, 2, 3]


def test_small_uploads_follow_one_another(gate: Gate, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counting(body: bytes) -> tuple[int, bytes]:
        sizes.append(sum(len(run.records) for run in Upload.from_bytes(body).runs))
        return office.take(body)

    office.answer = counting
    monkeypatch.setattr(uploading, "RECORDS", 1)
    monkeypatch.setattr(next_upload, "__kwdefaults__", {"records": 1})
    assert send(gate, office).sent == 3
    assert sizes == [1, 1, 1]


def test_an_upload_never_exceeds_its_room(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "_ROOM", 400)
    part = next_upload(gate.path / FOLDER, terminal="T-0001", signer=SIGNER, after=0, now=NOW)
    assert part is not None
    assert part.head.says.seq < 3


def test_a_server_that_lacks_something_is_sent_it_again(gate: Gate, office: Office) -> None:
    write_sent(gate.path / FOLDER, 2)
    assert send(gate, office).sent == 3
    assert office.entries == [1, 2, 3]


def test_a_server_that_forgot_what_it_confirmed_is_not_asked_for_ever(gate: Gate, office: Office) -> None:
    assert send(gate, office).seq == 3  # what lay before the newest run is gone here
    office.seq, office.link = 1, FIRST_LINK  # a server restored from an older copy
    opened_for(gate).note(Entry("T-0001", 4, NOW, "metro", 1), SEALED_TO)
    refused = refusal(gate, office)
    assert (refused.fault, refused.facts["code"]) == (faults.SERVER_REFUSES, "journal-gap")


@pytest.mark.parametrize(
    "page",
    [
        {"code": "journal-gap", "facts": {"next": 9}},
        {"code": "journal-gap", "facts": {"next": "1"}},
        {"code": "journal-gap"},
        {"code": "journal-forked", "facts": {"next": 1}},
    ],
    ids=["ahead", "text", "no-facts", "forked"],
)
@pytest.mark.error("server-refuses")
def test_a_gap_that_makes_no_sense_ends_it(gate: Gate, office: Office, page: dict[str, object]) -> None:
    office.answer = lambda _: (409, json.dumps(page).encode())
    assert refusal(gate, office).fault is faults.SERVER_REFUSES
    assert read_sent(gate.path / FOLDER).seq == 0


@pytest.mark.error("server-answer")
@pytest.mark.parametrize("answer", [b"", b"[]", b"[" * 9000, b"{}", b'{"seq": "3"}', b'{"seq": 1}'])
def test_an_answer_that_confirms_nothing_removes_nothing(gate: Gate, office: Office, answer: bytes) -> None:
    office.answer = lambda _: (200, answer)
    assert refusal(gate, office).fault is faults.SERVER_ANSWER
    assert read_sent(gate.path / FOLDER).seq == 0
    assert len(run_files(gate.path / FOLDER)) == 3


@pytest.mark.threat("C06")
@pytest.mark.error("server-endless")
def test_an_answer_without_end_is_cut_off(gate: Gate, office: Office) -> None:
    office.answer = lambda _: (200, bytes(1 << 20))
    assert refusal(gate, office).fault is faults.SERVER_ENDLESS


@pytest.mark.threat("C06")
def test_an_answer_that_drips_is_given_up_and_redirects_are_not_followed(gate: Gate, office: Office) -> None:
    ticks = iter(range(0, 10_000, 1000))
    office.answer = lambda _: (200, b"slowly")
    slow = Server(office.url, elapsed=lambda: float(next(ticks)))
    with pytest.raises(SetupError) as refused:
        slow.get("/x", limit=100)
    slow.close()
    assert (refused.value.fault, refused.value.facts["problem"]) == (faults.SERVER_UNREACHABLE, "too slow")
    office.answer = lambda _: (302, b"")
    assert refusal(gate, office).facts["status"] == 302


@pytest.mark.threat("C06")
@pytest.mark.parametrize("framing", [b"Content-Length: 900000\r\n\r\nx", b"Transfer-Encoding: chunked\r\n\r\n9000\r\nx", b"\r\nx"])
def test_one_byte_is_enough_to_look_at_the_clock(framing: bytes) -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing)
                done.wait(20)  # it would send the next byte just before we give up

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        ticks = iter(range(0, 10_000, 1000))
        slow = Server(f"http://127.0.0.1:{listening.getsockname()[1]}", elapsed=lambda: float(next(ticks)))
        try:
            with pytest.raises(SetupError) as refused:
                slow.get("/x", limit=1 << 20)
            assert (refused.value.facts["problem"], done.is_set(), thread.is_alive()) == ("too slow", False, True)
        finally:
            done.set()
            slow.close()
            thread.join()


@pytest.mark.error("server-unreachable")
def test_a_server_that_is_not_there_is_said_in_plain_words(gate: Gate) -> None:
    gone = Office()
    with serving(gone):
        pass
    assert refusal(gate, gone).fault is faults.SERVER_UNREACHABLE


@pytest.mark.error("server-url")
@pytest.mark.parametrize("url", ["ftp://x", "http://example.org", "https://", "https://a@b", "https://x/?q", "http://[", "https://x#y"])
def test_only_https_reaches_another_machine(url: str) -> None:
    with pytest.raises(InputError) as refused:
        Server(url)
    assert refused.value.fault is faults.SERVER_URL


def test_pieces_come_as_they_are_sent_and_a_refused_stream_says_why(office: Office) -> None:
    office.answer = lambda _: (200, b"data: 1\n\n")
    server = Server(office.url)
    assert b"".join(server.stream("/events", headers={}, silence=5)) == b"data: 1\n\n"
    office.answer = lambda _: (503, b'{"code": 7}')
    with pytest.raises(SetupError) as refused:
        list(server.stream("/events", headers={}, silence=5))
    assert (refused.value.fault, refused.value.facts["code"]) == (faults.SERVER_REFUSES, None)
    server.close()
    gone = Office()
    with serving(gone):
        pass
    with pytest.raises(SetupError) as away:
        list(Server(gone.url).stream("/events", headers={}, silence=5))
    assert away.value.fault is faults.SERVER_UNREACHABLE


def test_time_is_measured_by_a_clock_of_durations() -> None:
    assert Server("https://office.example")._elapsed is time.monotonic


# ------------------------------------------------------------------------------------------------------- the command line


def test_the_shell_uploads_and_writes_a_file_to_be_carried(gate: Gate, office: Office, tmp_path: Path) -> None:
    (status, (page,), _) = gate.command("upload", "--out", tmp_path / "stick.bin")
    assert (status, page) == (0, {"sent": 3, "seq": 0, "left": 3})
    assert Upload.from_bytes((tmp_path / "stick.bin").read_bytes()).head.says.seq == 3
    (status, (page,), _) = gate.command("upload", "--server", office.url)
    assert (status, page) == (0, {"sent": 3, "seq": 3, "left": 0})
    (status, (page,), _) = gate.command("upload", "--out", tmp_path / "stick.bin")
    assert (status, page) == (0, {"sent": 0, "seq": 3, "left": 0})
    (status, answers, told) = gate.command("upload", "--server", "ftp://x")
    assert (status, answers, "server-url" in told) == (2, [], True)


def test_scanning_goes_on_while_the_journal_is_sent(city: City, tmp_path: Path, office: Office) -> None:
    from codes.trust import encode_journal_keys

    city.documents["CN-CQ"]["journal.cbor"] = encode_journal_keys("CN-CQ", [SEALED_TO])
    city.publish()
    gate = Gate(tmp_path / "busy", city)
    gate.take()
    gate.command("scan", lines=lines(code(NOW)))
    gate.command("upload", "--server", office.url)
    gate.command("scan", lines=lines("x", "y"))
    gate.command("upload", "--server", office.url)
    assert office.entries == [1, 2, 3]
