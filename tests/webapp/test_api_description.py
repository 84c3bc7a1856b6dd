"""The description is true: every example in it is sent and comes back as it says, every answer has the members that it names, and the page can be read."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.claims import Audience, Profile
from ecard import schema
from ecard.lifecycle import Command
from ecard.model import CardRef
from ecard.residents import speaking
from tests.webapp.phonehouse import Caller, Phone, decoded
from tests.webapp.residenthouse import opened
from tests.webapp.test_api_regions import peer
from tests.webapp.test_api_terminal import clinic
from tests.webapp.test_office import founded, shell
from webapp.api.examples import EXAMPLES
from webapp.auth.callers import Kind
from webapp.auth.permissions import joined
from webapp.auth.proofs import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.webapp.officehouse import Shell
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
LEAVES_AN_ACT = {
    "enrolments.begin",
    "reports.report",
    "reports.withdraw",
    "locks.lock",
    "locks.lift",
    "locks.unbind",
    "regions.ask",
    "resolutions.resolve",
}
"""What changes how something stands. Nonces, credentials, spoken codes and challenges pass, and stand in rows of their own; looking leaves a link in the
chain of the person looked at."""
BY_PROOF = {Kind.PHONE, Kind.TERMINAL, Kind.REGION}


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


def request_of(endpoint: str, **living: Any) -> dict[str, Any]:
    """The example's request, with what lives put in the place of what stands for it."""
    body = copy.deepcopy(EXAMPLES[endpoint]["request"])
    assert living.keys() <= body.keys()
    return {**body, **living}


def compare(said: Any, came: Any, where: str) -> None:
    """Return if an answer has exactly the members of its example, and values of the same kind where the example has any."""
    if isinstance(said, dict):
        assert isinstance(came, dict), where
        assert came.keys() == said.keys(), where
        for name in said:
            compare(said[name], came[name], f"{where}.{name}")
    elif isinstance(said, list) and said and came:
        compare(said[0], came[0], f"{where}[]")
    elif said is not None and came is not None:
        assert type(came) is type(said), where


@pytest.mark.threat("G07")
def test_every_example_is_sent_and_comes_back_as_it_says(hall: Hall, shell: Shell) -> None:
    card = shell.with_phone()
    phone, terminal, desk, fresh = hall.twin(card), clinic(hall), peer(hall), Phone.over(hall.client)
    hall.clock.on(days=3)
    phone.renew(card, Profile.IDENTITY)
    told: dict[str, int] = {}

    def send(endpoint: str, caller: Caller, method: str, path: str, **living: Any) -> Any:
        example = EXAMPLES[endpoint]
        body = request_of(endpoint, **living) if "request" in example else None
        before = acts(hall)
        answer = caller.ask(method, path, body)
        ((status, said),) = example["responses"].items()
        assert answer.status == int(status), (endpoint, answer)
        compare(said, answer.body, endpoint)
        told[endpoint] = acts(hall) - before
        return answer.body

    begun = send("enrolments.begin", fresh, "POST", "/v1/enrolments", code=hall.code(card))
    proof = fresh.key_proof(decoded(begun["nonce"]))
    path = f"/v1/enrolments/{begun['enrolment']}"
    send("enrolments.prove", fresh, "POST", f"{path}/proof", proof=encode(proof))
    send("enrolments.look", fresh, "GET", path)
    send("time.now", phone, "GET", "/v1/time")
    send("cards.me", phone, "GET", "/v1/me")
    send("cards.timeline", phone, "GET", f"/v1/cards/{card}/timeline")
    renewal, _ = phone.renewal(card, Profile.GENERAL)
    send("credentials.renew", phone, "POST", "/v1/credentials", **renewal)
    for endpoint, address, command in (("locks.lock", "/v1/locks", Command.LOCK), ("locks.lift", "/v1/locks/lift", Command.UNLOCK)):
        send(endpoint, phone, "POST", address, **phone.act(command, card, "items-3"))
    pair = send("spoken.begin", phone, "POST", "/v1/spoken", card=card, venue=terminal.done("GET", "/v1/terminals/self")["venue_number"])
    send("spoken.check", terminal, "POST", "/v1/spoken/checks", locator=pair["locator"], code=speaking.number(decoded(pair["secret"]), hall.now))
    send("terminals.look", terminal, "GET", "/v1/terminals/self")
    made = send("challenges.make", terminal, "POST", "/v1/challenges", challenge=terminal.challenge())
    assert made["qr"] == f"SCQ1:{made['cnonce']}"
    send("resolutions.resolve", terminal, "POST", "/v1/resolutions", code=phone.code(Audience.IDENTITY, at=hall.now), scanned=hall.now)
    number = hall.desk.card(CardRef(card)).card.number
    send("regions.ask", desk, "POST", "/v1/regions/freezes", card_number=number, until=hall.now + 86_400)
    other = hall.phone(card)
    unbound = other.this(card)
    act = phone.act(Command.UNBIND_PHONE, card, unbound)
    send("locks.unbind", phone, "POST", f"/v1/phones/{unbound}/unbind", **act)
    send("reports.report", phone, "POST", "/v1/reports", card=card, of="chip")
    act = phone.act(Command.WITHDRAW_PRE_LOSS, card, "chip")
    send("reports.withdraw", phone, "POST", "/v1/reports/withdraw", of="chip", **act)
    send("cards.receipts", phone, "GET", f"/v1/cards/{card}/receipts")
    assert told.keys() == EXAMPLES.keys()
    assert {endpoint for endpoint, left in told.items() if left} == LEAVES_AN_ACT
    assert max(told.values()) == 1


def acts(hall: Hall) -> int:
    """Links in the chains of cards and of the office."""
    with hall.desk.store.reading() as work:
        tables = (schema.card_event, schema.office_act)
        return sum(int(work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()) for table in tables)


def test_every_call_by_proof_is_described_with_an_example_and_all_its_refusals(hall: Hall) -> None:
    page = hall.client.get("/v1/openapi.json").get_json()
    offers = {offer["operationId"]: offer for offers in page["paths"].values() for method, offer in offers.items() if method != "parameters"}
    for (endpoint, method), who in joined().items():
        if who.kind not in BY_PROOF:
            continue
        offer = offers[endpoint]
        assert offer["x-callers"] == str(who)
        assert offer["security"] == [{f"{who.kind}Proof": []}]
        assert {"401", "503"} <= offer["responses"].keys()
        assert endpoint in EXAMPLES or endpoint in {"challenges.look", "regions.look"}, endpoint
        needs_key = [each["name"] for each in offer.get("parameters", []) if each["in"] == "header"]
        assert needs_key == (["Idempotency-Key"] if method == "POST" else []), endpoint
    assert page["components"]["securitySchemes"].keys() == {"phoneProof", "terminalProof", "regionProof", "operatorSession"}


def test_whatever_an_answer_holds_its_schema_names(hall: Hall) -> None:
    page = hall.client.get("/v1/openapi.json").get_json()
    for endpoint, example in EXAMPLES.items():
        offer = next(o for offers in page["paths"].values() for o in offers.values() if isinstance(o, dict) and o.get("operationId") == endpoint)
        for status, body in example["responses"].items():
            shape = offer["responses"][status]["content"]["application/json"]["schema"]
            fits(body, shape, page["components"]["schemas"], endpoint)
        if "request" in example:
            fits(example["request"], offer["requestBody"]["content"]["application/json"]["schema"], page["components"]["schemas"], endpoint)


def fits(body: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any], where: str) -> None:
    """Return if every member is one that the schema names, and none that it requires is missing."""
    known = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(body, dict) and "properties" in known:
        assert body.keys() <= known["properties"].keys(), where
        assert set(known.get("required", ())) <= body.keys(), where
        for name, member in body.items():
            fits(member, known["properties"][name], schemas, f"{where}.{name}")
    elif isinstance(body, list) and "items" in known:
        for member in body:
            fits(member, known["items"], schemas, f"{where}[]")


def test_the_page_to_read_names_every_call_and_runs_nothing(hall: Hall) -> None:
    answer = hall.client.get("/docs")
    assert answer.status_code == 200
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "http://" not in answer.text.replace("http://localhost", "")
    for address in hall.client.get("/v1/openapi.json").get_json()["paths"]:
        assert f"<code>{address.replace('&', '&amp;')}</code>" in answer.text
    assert hall.client.get("/docs/look.css").mimetype == "text/css"
