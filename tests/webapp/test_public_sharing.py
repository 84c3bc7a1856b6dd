"""/v1/sharing and `ecard sharing`: a recipient with the key of its grant asks, and the ledger counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.webapp.helphouse import Help, opened
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]
AS = ("--as", "sup-1")
ASK = ("--purpose", "one-card-work", "--basis", "一卡通条例第十八条", "--agreement", "保密协议〔2026〕11号", "--agreed", "2026-11-01")


@pytest.fixture
def public(shell: Shell) -> Iterator[Help]:
    with opened(shell) as public:
        public.publish("campus")
        shell.done("office", "operator", "sup-2", "--person", "staff-9", "--role", "supervisor", "--region", "CN-CQ")
        yield public


def granted(public: Help, *more: str) -> dict[str, Any]:
    until = f"{public.clock().year}-12-31"
    words = ("sharing", "ask", "university-1", "--item", "campus", *ASK, "--field", "card", "--field", "state", "--until", until, *more)
    asked = public.shell.done(*words, *AS)
    assert public.shell.refused("sharing", "approve", asked["ref"], "--approval", "渝数共〔2026〕5号", *AS) == (1, "same-person")
    page: dict[str, Any] = public.shell.done("sharing", "approve", asked["ref"], "--approval", "渝数共〔2026〕5号", "--as", "sup-2")
    return page


def changes(public: Help, key: str, since: str = "0") -> Any:
    return public.client.get(f"/v1/sharing/changes?since={since}", headers={"Authorization": f"Bearer {key}"})


@pytest.mark.article("ZS-7b")
def test_a_recipient_asks_with_its_key_and_hears_of_nothing_that_was_not_shown_for_its_item(public: Help) -> None:
    card = public.shell.active()
    grant = granted(public)
    page = changes(public, grant["key"]).get_json()
    assert (page["rows"], page["onward"], page["item"], page["basis"]) == ([], False, "campus", "一卡通条例第十八条")
    assert page["recipient"] == "university-1"
    assert card not in str(page)
    unknown = public.client.post("/v1/sharing/cards", json={"number": "C00000000"}, headers={"Authorization": f"Bearer {grant['key']}"})
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "card-unknown")
    public.shell.done("sharing", "end", grant["ref"], *AS)
    assert changes(public, grant["key"]).get_json()["code"] == "grant-not-in-force"


def test_without_the_key_nothing_is_told_and_guessing_is_limited(public: Help) -> None:
    granted(public)
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Basic x"}, {"Authorization": "Bearer " + "x" * 5000}):
        answer = public.client.get("/v1/sharing/changes", headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "grant-not-in-force")
    assert [changes(public, "guess").status_code for _ in range(20)][-1] == 429
    public.clock.on(minutes=2)
    for since in ("-1", "x", "1" * 12):
        assert changes(public, "guess", since).status_code == 400
    bodies: list[Any] = [{}, {"number": 1}, {"number": "C1", "more": 1}, {"number": "C" * 65}, []]
    for body in bodies:
        assert public.client.post("/v1/sharing/cards", json=body).status_code == 400
    for raw in (b'{"number": "C00000000", "number": "C00000001"}', b'{"number": NaN}', b'{"number": "C\\u0000"}', b"{", b"\xff"):
        answer = public.client.post("/v1/sharing/cards", data=raw, content_type="application/json")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "request-body")


@pytest.mark.article("CQ-19a")
def test_the_ledger_counts_uses_and_asks_for_the_proof_of_deletion(public: Help) -> None:
    grant = granted(public)
    changes(public, grant["key"])
    (line,) = public.shell.done("sharing", "list", *AS)["grants"]
    assert (line["uses"], line["rows"], line["owes_deletion"]) == (1, 0, False)
    proof = public.shell.home / "proof.txt"
    proof.write_text("已全部删除", "utf-8")
    deleted = ("sharing", "deleted", grant["ref"], "--document", "删除证明〔2026〕1号", "--proof", str(proof), *AS)
    assert public.shell.refused(*deleted) == (1, "grant-deletion")
    public.shell.done("sharing", "end", grant["ref"], *AS)
    owing = public.shell("sharing", "list", *AS)
    assert (owing.status, "欠交删除证明" in owing.out) == (1, True)
    public.shell.done(*deleted)
    assert "欠交" not in public.shell("sharing", "list", *AS).out
    assert public.shell("sharing", "trace", "0" * 32, *AS).out.startswith("没有给过任何单位")
    assert public.shell.done("check")["bad"] == 0
