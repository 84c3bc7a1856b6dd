"""A city for the tests of the terminal page: an office with cards, its service, agents of its terminals, and what phones and cameras show them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from codes.claims import Audience, Profile
from codes.presentation import Presentation
from tests.webapp.chainhouse import program
from tests.webapp.officehouse import COUNTER, FORM, NAME, PEOPLE, number
from webapp import SERVICES, cli, create_app
from webapp.phones.phone import Phone
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROFILES = {Audience.GENERAL: Profile.GENERAL, Audience.IDENTITY: Profile.IDENTITY}


def now() -> int:
    return int(time.time())  # noqa: TID251 because programs that are started here live in the machine's own time


def ecard(*words: str) -> Any:
    """A command of the office that must succeed; its JSON."""
    said = io.StringIO()
    with redirect_stdout(said):
        status = cli.main(words)
    assert status == 0, said.getvalue()
    return json.loads(said.getvalue().splitlines()[-1]) if "--json" in words else said.getvalue()


@dataclass
class Holder:
    """Somebody with a card and a phone."""

    card: str
    phone: Phone

    def code(self, *, shift: int = 0, iat: int | None = None, audience: Audience = Audience.GENERAL, challenge: str | None = None) -> str:
        """What the phone shows, with its clock `shift` seconds off, or at a time of its own."""
        held = next(found for found in self.phone.credentials() if found.says.profile is _PROFILES[audience])
        answer = bytes.fromhex(challenge) if challenge else None
        return Presentation.make(held, self.phone.holder(held), audience=audience, iat=now() + shift if iat is None else iat, cnonce=answer).to_text()


@dataclass
class House:
    """An office in `folder`, served at `url`."""

    home: Path
    url: str = ""
    holders: dict[str, Holder] = field(default_factory=dict)
    agents: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home / "office"

    def office(self, *words: str) -> Any:
        return ecard(*words, "--office", str(self.folder), "--json")

    def found(self) -> None:
        ecard("office", "init", str(self.folder), "--region", "CN-CQ")
        for ref, (person, roles) in PEOPLE.items():
            says = [word for role in roles for word in ("--role", role)]
            ecard("office", "operator", ref, "--person", person, *says, "--point", "hall-1", "--office", str(self.folder))
        self.office("office", "point", "hall-1", "--name", "办事大厅", "--kind", "centre", "--as", "sup-1")
        self.office("office", "reader", "reader-1", "--as", "sup-1")

    def settle(self, name: str, serial: int) -> Holder:
        """Somebody applies, is given a card, and binds a phone with it."""
        at = self.home / name
        at.mkdir()
        form = at / "form.json"
        form.write_text(json.dumps({"name": NAME, "identity_number": number(serial)}, ensure_ascii=False), "utf-8")
        card = str(self.office("card", "apply", "--as", "clerk-1", "--form", str(form), *FORM, "--yes")["card"]["card"]["ref"])
        image, letter, pins = at / "chip.img", at / "pin.txt", at / "pins"
        self.office("card", "personalise", card, "--as", "shop-1", "--image", str(image), "--pin-letter", str(letter), "--yes")
        self.office("card", "activate", card, "--as", "clerk-2", *COUNTER, "--evidence", "own-use-notice-accepted", "--yes")
        pins.write_text(letter.read_text("ascii") + "135790\n", "ascii")
        chip = ("--image", str(image), "--reader", "reader-1", "--pin-file", str(pins))
        self.office("card", "bind-phone", card, "--as", "clerk-2", *chip, "--phone-folder", str(at / "phone"), "--yes")
        self.office("card", "renew-credentials", card, "--phone-folder", str(at / "phone"), "--yes")
        self.holders[name] = Holder(card, Phone(at / "phone"))
        return self.holders[name]

    def report_loss(self, name: str) -> None:
        words = ("--of", "card", "--as", "clerk-2", *COUNTER, "--evidence", "written-loss-report", "--yes")
        self.office("card", "report-loss", self.holders[name].card, *words)

    def freeze(self, name: str) -> None:
        until = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()  # noqa: TID251 because the office lives in the machine's own time
        words = ("--as", "clerk-1", "--evidence", "case-file", "--ground", "theft", "--until", until, "--yes")
        self.office("card", "freeze", self.holders[name].card, *words)

    def publish(self) -> None:
        self.office("publish")

    @classmethod
    def inhabited(cls, home: Path) -> House:
        """An office with three holders: one in good standing, one whose card is lost, one whose card is frozen."""
        house = cls(home)
        house.found()
        for serial, name in enumerate(("good", "lost", "frozen"), 1):
            house.settle(name, serial)
        house.report_loss("lost")
        house.freeze("frozen")
        house.publish()
        return house

    @contextmanager
    def served(self) -> Iterator[House]:
        """The service over what is published, at an address of this machine."""
        app = create_app(Settings(published=self.folder / "published"))
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self.url = f"http://127.0.0.1:{server.port}"
        try:
            yield self
        finally:
            server.shutdown()
            app.extensions[SERVICES].close(within=5)
            server.server_close()
            thread.join()

    @contextmanager
    def agent(
        self, name: str, *, scene: str = "metro", port: int = 0, origin: str | None = None, follows: bool = False, venue: str = ""
    ) -> Iterator[int]:
        """A terminal of its own with its agent; the port at which it answers. With a venue it is registered there."""
        state = self.home / f"terminal-{name}"
        shutil.rmtree(state, ignore_errors=True)
        root = self.folder / "published" / "metadata" / "1.root.json"
        key = json.loads(_terminal("init", "--state", state, "--root", root, "--scene", scene, "--terminal", "T-0001"))["key"]
        if venue:
            self.office("terminal", "register", "T-0001", "--key", key, "--venue", venue, "--scene", scene, "--as", "sup-1")
        _terminal("import", "--state", state, self.folder / "published")
        words = ["serve", "--state", state, "--port", str(port), "--origin", origin or self.url, *(("--server", self.url) if follows else ())]
        command = [program("ecard-terminal"), *map(str, words)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            self.agents[name] = process
            try:
                assert process.stdout is not None
                yield int(json.loads(process.stdout.readline())["http"])
            finally:
                process.terminate()
                process.wait(20)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 because werkzeug calls it so
        """Say nothing."""


def _terminal(*words: object) -> str:
    run = subprocess.run([program("ecard-terminal"), *map(str, words)], capture_output=True, text=True, check=False, env=os.environ)  # noqa: TID251 because a child needs its surroundings
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout
