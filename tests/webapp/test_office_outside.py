"""What leaves an office: mail to its desks, and the keys by which anybody checks a receipt."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from codes.keys import SoftwareSigner
from tests.ecard.test_tick import mailbox
from tests.webapp.officehouse import COUNTER, Shell
from tests.webapp.test_office import founded, shell
from webapp import cli
from webapp.jwk import to_jwk

if TYPE_CHECKING:
    import socketserver

__all__ = ["founded", "mailbox", "shell"]


def with_mail(shell: Shell, port: int, *, encrypted: str = "false", to: str = 'reminder = "desk@example.invalid"', host: str = "127.0.0.1") -> None:
    path = shell.folder / "office.toml"
    page = f'[mail]\nhost = "{host}"\nport = {port}\nsender = "card@example.invalid"\nencrypted = {encrypted}\nto = {{ {to} }}\n'
    path.write_text(path.read_text("utf-8") + page, "utf-8")


@pytest.mark.article("ZS-17b")
def test_a_tick_reminds_the_desk_by_mail_where_the_office_has_a_mail_server(
    shell: Shell, mailbox: socketserver.TCPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_mail(shell, mailbox.server_address[1])
    card = shell.active()
    told = shell.done("card", "pre-report-loss", card, "--as", "desk-1", "--evidence", "hotline-identity-check", "--yes")
    reported = datetime.fromisoformat(told["result"]["effective"])
    monkeypatch.setattr(cli, "_now", lambda: reported + timedelta(days=1, minutes=5))
    assert shell.done("tick")["done"]["deliver-reminder"] == 1
    assert shell.done("tick")["done"]["deliver-reminder"] == 0
    (mail,) = mailbox.received  # type: ignore[attr-defined] # because the fixture hangs it there
    assert "To: desk@example.invalid" in mail
    assert not (shell.folder / "messages" / "reminder").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": 25, "encrypted": "false", "host": "mail.example.invalid"},
        {"port": 25, "to": 'reminder = "nobody"'},
        {"port": 25, "to": 'publish = "desk@example.invalid"'},
    ],
)
def test_mail_that_cannot_be_right_is_refused_when_the_settings_are_read(shell: Shell, wrong: dict[str, str]) -> None:
    with_mail(shell, **wrong)  # type: ignore[arg-type]  # because the parts are of two types
    assert shell.refused("office", "show") == (3, "office-file")


@pytest.mark.article("ZS-17c")
@pytest.mark.error("key-file")
def test_a_receipt_is_checked_anywhere_by_the_key_that_stands_published_beside_the_lists(shell: Shell) -> None:
    receipt = shell.home / "receipt.cbor"
    papers = (*COUNTER, "--evidence", "written-loss-report")
    shell.done("card", "report-loss", shell.active(), "--as", "clerk-1", *papers, "--receipt", str(receipt), "--yes")
    shell.done("publish")
    key = shell.folder / "published" / "receipts" / "CN-CQ.jwk.json"
    alone = shell.plain("receipt", "verify", str(receipt), "--key", str(key), "--json")
    assert (alone.status, alone.page["signature"], alone.page["in_record"]) == (0, True, None)
    assert "未与档案核对" in shell.plain("receipt", "verify", str(receipt), "--key", str(key)).out
    other = shell.home / "other.jwk.json"
    other.write_text(json.dumps(to_jwk(SoftwareSigner.from_scalar(7).public_key)), "ascii")
    assert shell.refused("receipt", "verify", str(receipt), "--key", str(other)) == (2, "office-receipt")
    page = json.loads(key.read_bytes())
    spoilt: object
    for spoilt in ({**page, "kid": "00" * 8}, {**page, "x": page["y"]}, {"x": 1}, []):
        other.write_text(json.dumps(spoilt), "ascii")
        assert shell.refused("receipt", "verify", str(receipt), "--key", str(other)) == (2, "key-file")
