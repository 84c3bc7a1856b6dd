"""The public pages for tests: an office, the service over it, and somebody who reads and fills in forms without a script."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from tests.webapp.residenthouse import Clock
from webapp import SERVICES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.webapp.officehouse import Shell

SUPERVISOR = ("--as", "sup-1")


class _Fields(HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.hidden[str(found["name"])] = str(found["value"])


@dataclass
class Help:
    """Somebody in front of the public pages."""

    shell: Shell
    client: FlaskClient
    clock: Clock

    def get(self, path: str = "", status: int = 200) -> str:
        """A page's HTML."""
        answer = self.client.get(f"/help/{path}")
        assert answer.status_code == status, answer.status_code
        return answer.get_data(as_text=True)

    def words(self, path: str = "", status: int = 200) -> str:
        """A page's text as one reads it."""
        return read(self.get(path, status))

    def report(self, page: str | None = None, **fields: str) -> TestResponse:
        """Fill the form in and send it."""
        form = _Fields()
        form.feed(self.get("report") if page is None else page)
        said = {"category": "refused", "region": "CN-CQ", "text": "司机不让扫码。", **form.hidden, **fields}
        return self.client.post("/help/report", data=said)

    def reported(self, **fields: str) -> tuple[str, str]:
        """Number and word of what was sent."""
        answer = self.report(**fields)
        assert answer.status_code == 201, read(answer.get_data(as_text=True))
        number, word = re.findall(r'<dd class="big">([^<]+)</dd>', answer.get_data(as_text=True))
        return number, word

    def ask(self, number: str, word: str, status: int = 200, **more: str) -> str:
        """What became of it."""
        answer = self.client.post("/help/ticket", data={"number": number, "word": word, **more})
        assert answer.status_code == status, answer.status_code
        return read(answer.get_data(as_text=True))

    def publish(self, *items: str) -> None:
        """Put items of the first list into force."""
        drafted: Any = self.shell.done("items", "draft", "--seed", "--by", "市人社局", "--document", "首批清单", *SUPERVISOR)
        for item in items or drafted["drafted"]:
            for step, by in (("decide", "CN-CQ"), ("decide", "CN-SC"), ("publish", "CN-CQ")):
                self.shell("items", "step", item, step, "--by", by, "--document", "公告〔2026〕1号", *SUPERVISOR)


@contextmanager
def opened(shell: Shell) -> Iterator[Help]:
    """The service over an office."""
    clock = Clock()
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(shell.folder)}), clock=clock)
    yield Help(shell, app.test_client(), clock)
    assert app.extensions[SERVICES].close(within=5)


def read(html: str) -> str:
    """What a page says, without its tags."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))
