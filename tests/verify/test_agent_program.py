"""`ecard-terminal serve` as a process: ports, lines, stops, and what a killed one leaves behind."""

from __future__ import annotations

import http.client
import io
import json
import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codes.trust import encode_status_authority
from tests.verify.agents import Post, ask, program, station
from tests.verify.chain_world import EPOCH, authority, history
from tests.verify.city import NOW, City, code, command, when
from tests.verify.publisher import Publisher, serving
from verify.agent_reader import installed_reader
from verify.agent_serving import Busy, Loopback
from verify.arguments import parser
from verify.cli import LONGEST_LINE, Streams, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> City:
    return station(tmp_path / "published")


@pytest.fixture
def post(tmp_path: Path, city: City) -> Post:
    return Post(tmp_path / "gate", city)


class Told(io.BytesIO):
    """Standard output that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def flush(self) -> None:
        self.told.set()


@contextmanager
def served(*arguments: str | Path, stop: int = signal.SIGTERM) -> Iterator[dict[str, Any]]:
    """The verb in this very process, asked from another thread by the block's end; yields what becomes of it."""
    found: dict[str, Any] = {}
    yield found
    out, err, main = Told(), io.StringIO(), threading.main_thread()

    def drive() -> None:
        try:
            assert out.told.wait(30)
            found["ports"] = json.loads(out.getvalue())
            found["do"](found["ports"])
        except BaseException as error:  # noqa: BLE001 because it is raised again where the test is
            found["error"] = error
        finally:
            assert main.ident is not None
            signal.pthread_kill(main.ident, stop)

    driver = threading.Thread(target=drive)
    driver.start()
    streams = Streams(lines=io.BytesIO(), out=out, err=err)
    found["status"] = run(["serve", *map(str, arguments)], now=lambda: when(NOW), streams=streams)
    driver.join()
    found["err"] = err.getvalue()
    if "error" in found:
        raise found["error"]


def lines_to(port: int, content: bytes, *, answers: int) -> list[dict[str, Any]]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream, stream.makefile("rb") as reader:
        stream.sendall(content)
        return [json.loads(reader.readline()) for _ in range(answers)]


def test_a_gate_that_knows_only_lines_has_its_answers(post: Post) -> None:
    def do(ports: dict[str, int]) -> None:
        found = lines_to(ports["line"], f"{code(NOW)}\r\n{code(NOW)}\n".encode() + b"x" * 3 * LONGEST_LINE + b"\n\xff\n", answers=4)
        assert [(page["verdict"], page["reason"], page["seq"]) for page in found] == [
            ("accepted", None, 1),
            ("refused", "replayed", 2),
            ("refused", "unknown-format", 3),
            ("refused", "unknown-format", 4),
        ]
        assert ask(ports["http"], "GET", "/v1/health").page["ready"] is True
        with socket.create_connection(("127.0.0.1", ports["line"]), timeout=20) as browser:
            browser.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + code(NOW, "BBBBBBBB").encode() + b"\n")
            assert not browser.recv(1)

    with served("--state", post.path, "--port", "0", "--line-port", "0") as found:
        found["do"] = do
    assert (found["status"], found["err"], found["ports"]["group"]) == (0, "", None)
    assert [entry.seq for entry in post.journal()] == [1, 2, 3, 4], "the browser's line was not judged"


def test_it_stops_at_the_keyboard_too(post: Post) -> None:
    with served("--state", post.path, "--port", "0", stop=signal.SIGINT) as found:
        found["do"] = lambda _: None
    assert (found["status"], found["ports"]["line"]) == (130, None)


def test_a_line_to_an_agent_that_is_stopping_says_so(post: Post) -> None:
    from verify.agent_line import line_handler

    agent = post.agent()
    loopback = Loopback(0, lambda _: line_handler(agent, Busy()))
    loopback.start()
    agent.close()
    assert lines_to(loopback.port, b"x\n", answers=1)[0]["code"] == "agent-stopping"
    loopback.stop()


def test_it_stays_current_in_the_background_and_tells_people_what_went_wrong(tmp_path: Path, city: City) -> None:
    city.documents["CN-CQ"]["status.cbor"] = encode_status_authority(authority(epoch=EPOCH))
    city.publish()
    post = Post(tmp_path / "gate", city)
    with serving(Publisher(city)) as office:
        office.add(history())

        def do(ports: dict[str, int]) -> None:
            for _ in range(600):
                if ask(ports["http"], "GET", "/v1/health").page["status"]["CN-CQ"]["seq"] == 5:
                    return
                time.sleep(0.05)  # until another thread has fetched it: nothing else tells
            pytest.fail("never current")

        with served("--state", post.path, "--port", "0", "--server", office.url) as found:
            found["do"] = do
    assert found["status"] == 0
    assert "chain/CN-SC/phone" in found["err"]


@pytest.mark.error("agent-port")
@pytest.mark.error("group-file")
def test_what_it_cannot_start_with_is_told(post: Post, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments in (("--port", port), ("--port", "0", "--line-port", port)):
            status, _, err = command("serve", "--state", post.path, *arguments)
            assert (status, json.loads(err)["code"]) == (3, "agent-port")
        group = tmp_path / "group.json"
        group.write_text(json.dumps({"bind": f"127.0.0.1:{port}", "members": []}))
        status, _, err = command("serve", "--state", post.path, "--port", "0", "--group", group)
        assert (status, json.loads(err)["code"]) == (3, "agent-port")
    status, _, err = command("serve", "--state", post.path, "--port", "0", "--group", tmp_path / "none.json")
    assert (status, json.loads(err)["code"]) == (3, "group-file")


def test_origins_and_ports_are_taken_as_they_are_written(tmp_path: Path) -> None:
    options = parser().parse_args(
        ["serve", "--state", str(tmp_path), "--port", "0", "--origin", "http://localhost:5000", "--origin", "https://card.example.cn"]
    )
    assert (options.port, options.origin) == (0, ["http://localhost:5000", "https://card.example.cn"])


@pytest.mark.parametrize("arguments", [("--port", "65536"), ("--port", "x"), ("--origin", "https://a.b/c"), ("--origin", "file://x")])
def test_arguments_that_mean_nothing_are_refused(post: Post, arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command("serve", "--state", post.path, *arguments)
    assert stopped.value.code == 2
    assert "参数不可用" in capsys.readouterr().err


def test_an_orderly_stop_lets_the_next_one_start(post: Post) -> None:
    for _ in range(2):
        with program("--state", post.path, "--origin", "http://localhost:5000") as (process, ports):
            assert ask(ports["http"], "GET", "/v1/health").page["ready"] is True
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def test_killed_in_the_middle_it_has_written_down_every_verdict_that_it_gave(post: Post) -> None:
    """Several gates ask at once; the process is killed while they do. Whatever was answered is in the journal, and nobody passes twice."""
    subs = [f"{letter}{number:07}" for letter in "ABCD" for number in range(40)]
    answered: dict[str, int] = {}
    with program("--state", post.path) as (process, ports):

        def gate(own: list[str]) -> None:
            try:
                for sub in own:
                    answered[sub] = ask(ports["http"], "POST", "/v1/verify", {"text": code(NOW, sub)}).page["seq"]
                    if len(answered) >= 20:
                        process.kill()
            except (OSError, http.client.HTTPException):
                return

        gates = [threading.Thread(target=gate, args=(subs[place::4],)) for place in range(4)]
        for thread in gates:
            thread.start()
        for thread in gates:
            thread.join()
    written = {entry.seq for entry in post.journal() if entry.number == 0}
    assert set(answered.values()) <= written
    with program("--state", post.path) as (_, ports):
        for sub in answered:
            assert ask(ports["http"], "POST", "/v1/verify", {"text": code(NOW, sub)}).page["reason"] == "replayed"


# ---------------------------------------------------------------------------------------------------------------------- readers


class Entry:
    def __init__(self, name: str, found: object) -> None:
        self.name, self.found = name, found

    def load(self) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_the_first_reader_that_is_there_is_used() -> None:
    entries: Any = [Entry("c", "third"), Entry("b", "second"), Entry("a", ImportError("not here"))]
    found: Any = installed_reader(entries)
    assert found == "second"
    assert installed_reader([]) is None
    installed_reader()
