"""An office for the tests of the command line: founded once, copied for each test; commands are run as a shell gives them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ecard.identity import check_character
from webapp import cli

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = {
    "sup-1": ("staff-1", ["supervisor"]),
    "clerk-1": ("staff-2", ["clerk"]),
    "clerk-2": ("staff-3", ["clerk"]),
    "shop-1": ("staff-4", ["production"]),
    "desk-1": ("staff-5", ["hotline", "clerk"]),
}
NAME = "嘉晚晴"
COUNTER = ("--evidence", "in-person", "--evidence", "identity-document-checked")
FORM = ("--evidence", "application-form", "--evidence", "identity-document-checked", "--evidence", "portrait")


class Captured(Protocol):
    """What catches the output of a command: pytest's `capsys` does."""

    def readouterr(self) -> tuple[str, str]:
        """Standard output and standard error since it was last asked."""
        ...


def an_office(folder: Path, *words: str) -> Path:
    """An office with a hall, a reader and the people who work there; `words` are further ones for its founding."""
    assert cli.main(["office", "init", str(folder), "--region", "CN-CQ", *words]) == 0
    at = ["--office", str(folder)]
    for ref, (person, roles) in PEOPLE.items():
        says = [word for role in roles for word in ("--role", role)]
        assert cli.main(["office", "operator", ref, "--person", person, *says, "--point", "hall-1", *at]) == 0
    assert cli.main(["office", "point", "hall-1", "--name", "办事大厅", "--kind", "centre", "--as", "sup-1", *at]) == 0
    assert cli.main(["office", "reader", "reader-1", "--as", "sup-1", *at]) == 0
    return folder


class Answer(NamedTuple):
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def page(self) -> Any:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)


class Terminal(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


class Shell:
    """Runs `ecard`, each command in the office in `folder`."""

    def __init__(self, folder: Path, capsys: Captured) -> None:
        self.folder = folder
        self.home = folder.parent
        self._capsys = capsys

    def plain(self, *words: str) -> Answer:
        """A command as it is."""
        self._capsys.readouterr()
        try:
            status = cli.main(words)
        except SystemExit as left:
            status = int(str(left.code))
        out, err = self._capsys.readouterr()
        return Answer(status, out, err)

    def __call__(self, *words: str) -> Answer:
        """A command of the office."""
        return self.plain(*words, "--office", str(self.folder))

    def done(self, *words: str) -> Any:
        """A command that must succeed; its JSON."""
        answer = self(*words, "--json")
        assert answer.status == 0, answer
        return answer.page

    def refused(self, *words: str) -> tuple[int, str]:
        """A command that must not; its exit status and code."""
        answer = self(*words, "--json")
        return answer.status, str(answer.page["error"]["code"])

    def form(self, **members: str) -> str:
        """A form in a file."""
        path = self.home / "form.json"
        path.write_text(json.dumps(members, ensure_ascii=False), "utf-8")
        return str(path)

    def applied(self, serial: int = 1) -> str:
        """A card that was applied for; its reference."""
        form = self.form(name=NAME, identity_number=number(serial))
        page = self.done("card", "apply", "--as", "clerk-1", "--form", form, *FORM, "--yes")
        return str(page["card"]["card"]["ref"])

    def active(self, serial: int = 1) -> str:
        """A card in its holder's hand."""
        card = self.applied(serial)
        image, letter = str(self.home / "chip.img"), str(self.home / "pin.txt")
        self.done("card", "personalise", card, "--as", "shop-1", "--image", image, "--pin-letter", letter, "--yes")
        self.done("card", "activate", card, "--as", "clerk-2", *COUNTER, "--evidence", "own-use-notice-accepted", "--yes")
        return card

    def with_phone(self) -> str:
        """A card with a phone that its chip endorsed and that holds credentials."""
        card = self.active()
        pins = self.home / "pins"
        pins.write_text((self.home / "pin.txt").read_text("ascii") + "135790\n", "ascii")
        chip = ("--image", str(self.home / "chip.img"), "--reader", "reader-1", "--pin-file", str(pins))
        self.done("card", "bind-phone", card, "--as", "clerk-2", *chip, "--phone-folder", self.phone, "--yes")
        self.done("card", "renew-credentials", card, "--phone-folder", self.phone, "--yes")
        return card

    @property
    def phone(self) -> str:
        """The folder of the holder's phone."""
        return str(self.home / "phone")


def number(serial: int) -> str:
    """A well-formed number of nobody: its division was never assigned."""
    body = f"50999919800101{serial:03}"
    return body + check_character(body)
