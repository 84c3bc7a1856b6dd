"""Proofs of a key: for this request and no other, by this key and no other, once and never again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from codes.keys import ORDER
from ecard import schema
from ecard.moments import Moments
from ecard.residents.tidying import ResidentsTidying
from tests.webapp.phonehouse import Phone, decoded, fresh_signer, jws
from tests.webapp.residenthouse import opened
from tests.webapp.test_office import founded, shell
from webapp import SERVICES, create_app
from webapp.auth.proofs import LONGEST, NONCE_LIFE, Nonces, encode
from webapp.operations.early import ALL_DAY, Early
from webapp.operations.figures import Figures
from webapp.operations.front import Front
from webapp.operations.orders import Order, Places, Turns
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Answer
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
ME = "/v1/me"


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


@pytest.fixture
def phone(hall: Hall) -> Phone:
    phone = Phone.over(hall.client)
    assert phone.me()["cards"] == []
    return phone


def sent(phone: Phone, proof: str | None, *, method: str = "GET", path: str = ME, body: bytes = b"", **headers: str) -> Answer:
    """A request with this proof."""
    told = {} if proof is None else {"DPoP": proof}
    return phone.line.send(method, path, body, told | {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.threat("G17")
def test_a_request_sent_again_is_refused_at_every_second_for_as_long_as_it_could_be_fresh_and_ever_after(hall: Hall, phone: Phone) -> None:
    given = hall.now
    proof = phone.proof("GET", ME, b"", None)
    assert sent(phone, proof).status == 200
    with hall.desk.store.reading() as work:
        until = max(work.connection.execute(sa.select(schema.proof_seen.c.until)).scalars())
    assert until - given <= NONCE_LIFE  # what remembers it and what lets it in live by one number
    codes = []
    for _ in range(2 * NONCE_LIFE):
        codes.append(sent(phone, proof).code)
        hall.clock.on(seconds=1)
    told = [code for code in codes if code != "too-many-requests"]  # whoever tries so often is sent away unheard in between
    assert set(told) == {"proof-replayed", "proof-nonce"}
    assert told == sorted(told, reverse=True)
    assert "proof-nonce" not in codes[: until - given - 2]


@pytest.mark.threat("G17")
def test_a_nonce_lives_exactly_as_long_as_its_jti_is_remembered() -> None:
    nonces = Nonces(Moments(lambda told: told.ljust(32, b"x")))
    text = nonces.give(1000)
    assert {nonces.until(text, now) for now in (1000, 1000 + NONCE_LIFE - 1)} == {1000 + NONCE_LIFE}
    for now in (999, 1000 + NONCE_LIFE):
        with pytest.raises(Exception, match="proof-nonce"):
            nonces.until(text, now)


@pytest.mark.threat("G17")
def test_the_memory_is_tidied_only_of_what_could_not_be_sent_again(hall: Hall, phone: Phone) -> None:
    proof = phone.proof("GET", ME, b"", None)
    assert sent(phone, proof).status == 200
    hall.clock.on(seconds=NONCE_LIFE - 5)
    ResidentsTidying().run(hall.desk, at=hall.clock())
    assert sent(phone, proof).code == "proof-replayed"
    hall.clock.on(seconds=10)
    assert ResidentsTidying().run(hall.desk, at=hall.clock()) >= 1
    assert sent(phone, proof).code == "proof-nonce"


@pytest.mark.threat("G17")
def test_a_proof_is_spent_also_by_a_call_that_spends_it_itself_and_never_comes_to_that(hall: Hall, phone: Phone) -> None:
    path, body, key = "/v1/credentials", b"{}", "k" * 20
    told = {"Content_Type": "application/json", "Idempotency_Key": key}
    proof = phone.proof("POST", path, body, key)
    assert sent(phone, proof, method="POST", path=path, body=body, **told).code == "request-fields"
    with hall.desk.store.reading() as work:
        seen = set(work.connection.execute(sa.select(schema.proof_seen.c.jti)).scalars())
    assert json.loads(decoded(proof.split(".")[1]))["jti"] in seen
    nobodys = {"card": "0" * 32, "phone": "0" * 32, "nonce": encode(bytes(32)), "proof": "AA", "requests": [{"profile": 1, "proof": "AA"}]}
    body = json.dumps(nobodys).encode()
    proof = phone.proof("POST", path, body, key)
    answers = [sent(phone, proof, method="POST", path=path, body=body, **told) for _ in range(2)]
    assert [(answer.status, answer.code) for answer in answers] == [(404, "nothing-of-yours"), (401, "proof-replayed")]


@pytest.mark.threat("G17")
def test_nobody_is_let_in_while_the_memory_does_not_answer(hall: Hall, phone: Phone) -> None:
    with hall.desk.store.writing() as work:
        work.connection.execute(sa.text("DROP TABLE proof_seen"))
    answer = phone.ask("GET", ME)
    assert (answer.status, answer.code) == (503, "store-unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.error("proof-other-request")
@pytest.mark.parametrize(
    ("instead", "differs"),
    [
        ({"htm": "POST"}, "htm"),
        ({"htu": "http://localhost/v1/other"}, "htu"),
        ({"htu": "http://elsewhere/v1/me"}, "htu"),
        ({"htu": "http://localhost/v1/me?x=1"}, "htu"),
        ({"bsh": encode(bytes(32))}, "bsh"),
        ({"idk": "a key that the request does not have"}, "idk"),
    ],
)
def test_a_proof_is_for_one_request(phone: Phone, instead: dict[str, Any], differs: str) -> None:
    answer = sent(phone, phone.proof("GET", ME, b"", None, **instead))
    assert (answer.status, answer.code, answer.body["facts"]) == (401, "proof-other-request", {"differs": differs})


def test_body_and_key_of_a_post_are_covered(phone: Phone) -> None:
    path, body, key = "/v1/enrolments", b'{"code": "12345678"}', "k" * 20
    kind = {"Content_Type": "application/json"}
    proof = phone.proof("POST", path, body, key)
    assert sent(phone, proof, method="POST", path=path, body=b'{"code": "12345679"}', Idempotency_Key=key, **kind).code == "proof-other-request"
    assert sent(phone, proof, method="POST", path=path, body=body, Idempotency_Key=key + "k", **kind).code == "proof-other-request"
    assert sent(phone, proof, method="POST", path=path, body=body, **kind).code == "proof-other-request"
    assert sent(phone, proof, method="POST", path=path, body=body, Idempotency_Key=key, **kind).code == "activation-unusable"


@pytest.mark.error("idempotency-key-needed")
def test_what_changes_something_needs_a_key_of_its_own(phone: Phone) -> None:
    assert phone.ask("POST", "/v1/enrolments", {"code": "12345678"}, keyless=True).status == 428
    assert phone.ask("POST", "/v1/enrolments", {"code": "12345678"}, key="short").code == "request-key"


@pytest.mark.error("proof-shape")
@pytest.mark.error("proof-missing")
@pytest.mark.error("proof-signature")
@pytest.mark.error("proof-nonce")
@pytest.mark.error("proof-replayed")
def test_what_is_no_proof_is_refused_and_a_fresh_nonce_comes_with_the_refusal(phone: Phone) -> None:
    whole = phone.proof("GET", ME, b"", None)
    header, payload, signature = whole.split(".")
    told = json.loads(decoded(header))

    def other(jwk: dict[str, Any], **more: Any) -> str:
        return jws(told | more | {"jwk": told["jwk"] | jwk}, json.loads(decoded(payload)), phone.signer)

    twice = encode(decoded(payload)[:-1] + b',"htm":"GET"}')
    shapes = [
        "",
        "x",
        "a.b",
        whole + "=",
        whole[:-1],
        "." + whole,
        f"{header}.{payload}.{signature[:-4]}",
        f"{header}.{encode(b'[]')}.{signature}",
        f"{header}.{encode(b'1')}.{signature}",
        f"{header}.{twice}.{signature}",
        f"{header}.{encode(b'{}')}.{signature}",
        f"{encode(b'nan')}.{payload}.{signature}",
        other({}, alg="none"),
        other({}, alg="RS256"),
        other({}, typ="JWT"),
        other({}, kid="1"),
        other({"kty": "RSA"}),
        other({"crv": "P-384"}),
        other({"x": encode(bytes(32))}),
        other({"x": 1}),
        other({"d": "secret"}),
        "A" * (LONGEST + 1),
        phone.proof("GET", ME, b"", None, jti="short"),
        phone.proof("GET", ME, b"", None, jti="é" * 22),
        phone.proof("GET", ME, b"", None, iat="1"),
        phone.proof("GET", ME, b"", None, iat=True),
        phone.proof("GET", ME, b"", None, more="1"),
        phone.proof("GET", ME, b"", None, htm=None),
        phone.proof("GET", ME, b"", None, nonce=1),
    ]
    for shape in shapes:
        answer = sent(phone, shape)
        assert (answer.status, answer.code) == (401, "proof-shape"), shape
        assert answer.headers["DPoP-Nonce"]
        assert answer.headers["WWW-Authenticate"].startswith("DPoP ")
    assert sent(phone, None).code == "proof-missing"
    stranger = Phone(phone.line, fresh_signer(), nonce=phone.nonce)
    foreign = stranger.proof("GET", ME, b"", None).split(".")
    assert sent(phone, f"{header}.{payload}.{foreign[2]}").code == "proof-signature"
    for nonce in ("", "AAAA", "*", phone.nonce[:-2] + "AA", "A" * 32):
        assert sent(phone, phone.proof("GET", ME, b"", None, nonce=nonce)).code == "proof-nonce"
    raw = decoded(signature)
    twin = raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    assert sent(phone, f"{header}.{payload}.{encode(twin)}").status == 200  # a browser's signature may be of either form,
    assert sent(phone, whole).code == "proof-replayed"  # and is the same proof in both


def test_two_proofs_in_one_request_are_none(hall: Hall, phone: Phone) -> None:
    proofs = [("DPoP", phone.proof("GET", ME, b"", None)) for _ in range(2)]
    assert hall.client.get(ME, headers=proofs).get_json()["code"] == "proof-shape"


def test_a_phone_with_a_wrong_clock_is_as_good_as_any(phone: Phone) -> None:
    assert sent(phone, phone.proof("GET", ME, b"", None, iat=4_000_000_000)).status == 200


def test_a_nonce_of_yesterday_and_of_another_office_is_none(hall: Hall, phone: Phone) -> None:
    old = phone.nonce
    hall.clock.ahead += timedelta(days=1)
    assert sent(phone, phone.proof("GET", ME, b"", None)).code == "proof-nonce"
    phone.nonce = Nonces(Moments(lambda told: told * 4)).give(hall.now)
    assert sent(phone, phone.proof("GET", ME, b"", None)).code == "proof-nonce"
    assert phone.me() == {"cards": [], "policy": phone.me()["policy"]}
    assert phone.nonce != old


@pytest.mark.parametrize("nonce", ["", "AAAA", "not base64url!", encode(bytes(24))])
@pytest.mark.parametrize(("method", "path"), sorted(ALL_DAY))
def test_a_nonce_that_is_too_old_is_told_at_the_door_in_the_words_of_the_gate(hall: Hall, phone: Phone, method: str, path: str, nonce: str) -> None:
    key = None if method == "GET" else "k" * 20
    told = {} if key is None else {"Content_Type": "application/json", "Idempotency_Key": key}
    body = b"" if key is None else b"{}"
    early = sent(phone, phone.proof(method, path, body, key, nonce=nonce), method=method, path=path, body=body, **told)
    elsewhere = f"/v1/cards/{'0' * 32}/timeline"
    gate = sent(phone, phone.proof("GET", elsewhere, b"", None, nonce=nonce), path=elsewhere)
    assert early.status == gate.status == 401
    assert early.body == gate.body
    assert early.body["code"] == "proof-nonce"
    apart = {"X-Request-Id", "Content-Length"}
    at_door, at_gate = ({name: said for name, said in answer.headers.items() if name not in apart} for answer in (early, gate))
    assert at_door == at_gate
    phone.nonce = early.headers["DPoP-Nonce"]
    assert sent(phone, phone.proof("GET", ME, b"", None)).status == 200
    with hall.desk.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.proof_seen)).scalar_one() == 2


def test_who_comes_with_an_old_nonce_needs_no_place_to_be_told_so(hall: Hall, phone: Phone) -> None:
    services = hall.client.application.extensions[SERVICES]

    def full(environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        raise AssertionError(environ["PATH_INFO"])

    settings = Settings(published=services.folder.root)
    door = Client(Front(full, settings, Figures(), Turns({Order.RENEWAL: Places(0, 0, 0.0)}), Early(services)))
    told = [door.get(ME, headers={"DPoP": phone.proof("GET", ME, b"", None, nonce=nonce)}) for nonce in ("AAAA", phone.nonce)]
    assert [(answer.status_code, answer.get_json()["code"]) for answer in told] == [(401, "proof-nonce"), (503, "overloaded")]
    services.office.close()
    assert door.get(ME, headers={"DPoP": phone.proof("GET", ME, b"", None, nonce="AAAA")}).status_code == 503, (
        "an office is opened by who has a place"
    )


@pytest.mark.parametrize("proof", ["", "a.b.c", "x" * 9000, "eyJub25jZSI6MX0.eyJub25jZSI6MX0." + "A" * 86, "eyJub25jZSI6MX0.bm8." + "A" * 86])
def test_what_is_no_proof_is_left_to_the_gate(phone: Phone, proof: str) -> None:
    assert sent(phone, proof).code == "proof-shape"


def test_an_office_that_cannot_be_opened_is_our_trouble_and_nobodys_proof(tmp_path: Path) -> None:
    bare = Phone.over(create_app(Settings(published=tmp_path, office=tmp_path)).test_client())
    answer = bare.ask("GET", ME)
    assert (answer.status, answer.code) == (503, "office-missing")
    without = Phone.over(create_app(Settings(published=tmp_path)).test_client())
    assert without.ask("GET", ME).code == "not-found"
