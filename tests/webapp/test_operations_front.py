"""The front door: what is noted of a request, who may read figures, which host answers, and who is served when not all can be."""

from __future__ import annotations

import io
import json
import logging
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from tests.webapp import naughty
from tests.webapp.chainhouse import Chain
from webapp import create_app
from webapp.operations import logs
from webapp.operations.figures import Figures
from webapp.operations.front import Front
from webapp.operations.orders import PLACES, Order, Places, Turns
from webapp.settings import Mode, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

APP, CONSOLE = "https://card.example.org", "https://console.card.example.org"


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path / "published")
    made.beat()
    return made


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process notes, as the service writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    logs.configure(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def events(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


# ------------------------------------------------------------------------------------------------------------------ notes


@pytest.mark.threat("G10")
@pytest.mark.parametrize("text", naughty.ALL, ids=range(len(naughty.ALL)))
def test_whatever_is_noted_one_event_is_one_line_of_plain_characters(text: str, lines: io.StringIO) -> None:
    logs.event("a-code", fact=text, other=1)
    logging.getLogger("webapp.anything").warning("said: %s", text)
    logging.getLogger("a.stranger").warning(f"said: {text}")  # noqa: G004 because strangers do so
    written = lines.getvalue()
    assert written.isascii()
    assert not set(written) & {chr(number) for number in range(32)} - {"\n"}
    assert events(lines)[0]["event"] == "a-code"
    assert len(written.splitlines()) == written.count("\n") == 3
    assert all(len(str(value)) <= logs.LONGEST for entry in events(lines) for value in entry.values())


@pytest.mark.threat("G10")
def test_whatever_is_asked_for_the_log_says_no_more_than_method_pattern_and_status(chain: Chain, lines: io.StringIO) -> None:
    client = create_app(Settings(published=chain.root)).test_client()
    for text in naughty.ALL:
        header = text.encode("utf-8", "replace").decode("latin-1").translate({10: " ", 13: " ", 0: " "})
        client.get(f"/v1/status/{text}".replace("\ud83d\ude00", ""), headers={"User-Agent": header, "X-Request-Id": header, "Referer": header})
        client.get("/v1/status/c4k2", query_string={"since": text.encode("utf-8", "replace").decode()})
    members = {"at", "level", "event", "process", "id", "method", "route", "status", "ms"}
    requests = [entry for entry in events(lines) if entry["event"] == "request"]
    assert len(requests) == 2 * len(naughty.ALL)
    assert all(set(entry) == members for entry in requests)
    assert {entry["route"] for entry in requests} <= {"/v1/status/<shard>", "-"}


@pytest.mark.threat("G10")
def test_what_looks_like_the_number_of_somebody_is_blotted_out(lines: io.StringIO) -> None:
    body = "50999919800101001"
    logs.event("a-code", fact=f"card {body}X of {body[:15]} at 1795336098, id 4f2a91c3")
    assert events(lines)[0]["fact"] == "card … of … at 1795336098, id 4f2a91c3"


@pytest.mark.threat("G19")
def test_an_exception_is_noted_by_its_kind_and_its_places_and_never_by_its_message(lines: io.StringIO) -> None:
    def deep() -> None:
        raise ValueError("a secret message")

    try:
        deep()
    except ValueError:
        logging.getLogger("webapp").exception("Exception on %s", "/v1/a-secret-address")
        logging.getLogger("gunicorn.error").warning("Invalid request from ip=%s: %s", "203.0.113.9", "a secret head")
    told, stranger = events(lines)
    assert told["problem"] == "ValueError"
    assert told["where"].endswith(" deep")
    assert stranger["event"] == "Invalid request from ip=%s: %s"
    assert "secret" not in lines.getvalue()
    assert "203.0.113.9" not in lines.getvalue()


def test_an_answer_carries_the_number_under_which_it_is_noted(chain: Chain, lines: io.StringIO) -> None:
    client = create_app(Settings(published=chain.root)).test_client()
    answers = [client.get("/healthz"), client.get("/nowhere"), client.get("/metrics")]
    numbers = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(numbers)) == 3
    assert [entry["id"] for entry in events(lines)] == numbers


# ---------------------------------------------------------------------------------------------------------------- figures


def test_figures_are_for_those_who_may_read_them(chain: Chain) -> None:
    client = create_app(Settings(published=chain.root)).test_client()
    client.get("/v1/status/a-name-of-somebody")
    page = client.get("/metrics")
    assert page.status_code == 200
    assert 'ecard_requests_total{method="GET",route="/v1/status/<shard>",status="404"} 1.0' in page.text
    assert "ecard_streams 0.0" in page.text
    assert 'ecard_requests_shed_total{order="renewal"} 0.0' in page.text
    assert "somebody" not in page.text
    assert client.post("/metrics").status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert create_app(Settings(published=chain.root, metrics=())).test_client().get("/metrics").status_code == 404


@pytest.mark.threat("G14")
def test_nobody_reads_figures_by_calling_himself_a_neighbour(chain: Chain) -> None:
    client = create_app(Settings(published=chain.root, proxies=1)).test_client()
    for said in ("127.0.0.1, 192.0.2.1", "192.0.2.1", "127.0.0.1 , 192.0.2.1", "::1,192.0.2.1"):
        assert client.get("/metrics", headers={"X-Forwarded-For": said}).status_code == 404
    direct = create_app(Settings(published=chain.root)).test_client()
    assert direct.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404


# ----------------------------------------------------------------------------------------------------------------- houses


def test_residents_and_operators_live_in_two_houses(chain: Chain) -> None:
    settings = Settings(published=chain.root, mode=Mode.PRODUCTION, app_origin=APP, console_origin=CONSOLE)
    client = create_app(settings).test_client()

    def found(origin: str, path: str) -> bool:
        answer = client.get(path, base_url=origin)
        return answer.status_code != 404 or answer.get_json()["code"] != "not-found"

    assert found(APP, "/v1/status/CN-CQ/phone/head")
    assert not found(CONSOLE, "/v1/status/CN-CQ/phone/head")
    assert not found("https://elsewhere.example.org", "/v1/status/CN-CQ/phone/head")
    assert not found(APP, "/console/")
    assert not found(APP, "/v1/office/session"), "an operator's session never lives where residents' pages run"
    assert all(found(origin, "/healthz") for origin in (APP, CONSOLE, "http://10.0.0.1:8080"))


# ------------------------------------------------------------------------------------------------------------------ order


class Slow:
    """An application in which whoever renews stays until he is let go."""

    def __init__(self, expected: int) -> None:
        self.inside, self.go = Barrier(expected + 1), Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/v1/credentials":
            self.inside.wait(20)
            self.go.wait(20)
        start_response("204 No Content", [])
        return []


@pytest.mark.threat("I14")
@pytest.mark.error("overloaded")
def test_a_herd_that_renews_is_sent_away_and_a_loss_is_taken(chain: Chain) -> None:
    places = {**PLACES, Order.RENEWAL: Places(3, 2, 0.05)}
    slow, figures = Slow(3), Figures()
    door = Client(Front(slow, Settings(published=chain.root), figures, Turns(places)))
    inside = [Thread(target=lambda: door.post("/v1/credentials"), daemon=True) for _ in range(3)]
    for thread in inside:
        thread.start()
    slow.inside.wait(20)
    answers = [door.post("/v1/credentials") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {503}
    page = json.loads(answers[0].data)
    assert page["code"] == "overloaded"
    assert page["hint"].keys() == {"zh", "en"}
    waits = {int(answer.headers["Retry-After"]) for answer in answers}
    assert all(5 <= wait < 10 for wait in waits)
    assert len(waits) > 1, "they do not come back together"
    assert [door.post(path).status_code for path in ("/v1/reports", "/v1/locks", "/v1/enrolments", "/console/sign-in", "/v1/time")] == [204] * 5
    slow.go.set()
    for thread in inside:
        thread.join(20)
    slow.inside.reset()
    assert 'ecard_requests_shed_total{order="renewal"} 20.0' in figures.page().decode()


def test_a_place_is_left_when_the_application_fails(chain: Chain) -> None:
    def failing(_environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        raise RuntimeError

    turns = Turns()
    door = Client(Front(failing, Settings(published=chain.root), Figures(), turns))
    for _ in range(20):
        with pytest.raises(RuntimeError):
            door.post("/v1/reports")
    assert turns.inside(Order.URGENT) == 0


@pytest.mark.threat("G14")
@pytest.mark.parametrize(
    ("length", "transfer", "status"),
    [("5", "chunked", 400), ("5,6", None, 400), ("+5", None, 400), ("５", None, 400), ("0x5", None, 400), ("", "chunked", 411), ("5", None, 204)],
)
def test_a_body_whose_length_is_said_in_two_ways_is_read_in_none(length: str, transfer: str | None, status: int, chain: Chain) -> None:
    door = Client(Front(Slow(1), Settings(published=chain.root), Figures(), Turns()))
    told = {"CONTENT_LENGTH": length, **({"HTTP_TRANSFER_ENCODING": transfer} if transfer else {})}
    answer = door.post("/v1/reports", environ_overrides=told, input_stream=io.BytesIO(b"12345"))
    assert answer.status_code == status
    assert (answer.headers.get("Connection") == "close") is (status != 204)
