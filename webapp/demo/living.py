"""What the demonstration ends with, for a person at a terminal: a town that stays up, with its pages at addresses of this machine, until it is told to stop.

Four programs of the house stand beside each other as they would in an office: the service, the publisher, and the agents of a gate and of a desk. They hear
from each other over this machine's own network only, and end with the demonstration.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyotp

from codes.errors import SetupError, Text
from ecard.access.desk import AccessDesk
from ecard.lifecycle import Evidence
from ecard.residents.activating import Grade
from webapp import faults
from webapp.demo.stage import Paint
from webapp.demo.town import ADMIN, AUDITOR, CLERK, SUPERVISOR, TERMINALS, settle
from webapp.office.opening import open_office
from webapp.office.words import ROLES
from webapp.width import pad

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from ecard import CardRef
    from ecard.model import Role
    from webapp.demo.stage import Stage
    from webapp.demo.town import Town

_FAREWELL_S = 10.0
_STEP_S = 30
_SIGN_IN = {CLERK: SUPERVISOR, SUPERVISOR: ADMIN, AUDITOR: ADMIN}
"""Who may sign in, and who gave them their secrets."""
_CHECKED = frozenset({Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT})


@dataclass(frozen=True, slots=True)
class Secret:
    """What one of the town's people signs in with; told on the terminal, and to nobody else."""

    name: str
    role: Role
    password: str
    second: str

    def __repr__(self) -> str:
        return f"Secret({self.name})"


def stay(root: Path, stage: Stage, *, clock: Callable[[], datetime], again: Callable[[], bool]) -> None:
    """Settle the town in `root`, put its programs up, and tell where it is; once more each time `again` says so, until it says no.

    Raises `SetupError` demo-stands when one of the programs does not come up, and what settling raises.
    """
    root.mkdir(mode=0o700)
    (root / "logs").mkdir(mode=0o700)
    town = settle(root, at=clock())
    people = _sign_in_secrets(town, at=clock())
    with ExitStack() as closing:
        places = put_up(town, closing)
        _tell(stage, town, people, places, at=clock())
        try:
            while again():
                _tell_now(stage, town, people, at=clock())
        except KeyboardInterrupt:
            stage.write("")
    stage.write("", "  城市已停，留下的东西还在 / the town has stopped; what it left is still there")


def _sign_in_secrets(town: Town, *, at: datetime) -> list[Secret]:
    """First secrets for those who will sign in, each given by somebody else, as the rules want it."""
    found = []
    with open_office(town.office, at=at) as office:
        desk, staff = AccessDesk.of(office.desk), office.settings.operators
        for name, giver in _SIGN_IN.items():
            password = "-".join(secrets.token_hex(2) for _ in range(4))
            enrolled = desk.enrol(staff[name], password, actor=staff[giver].acting(), at=at)
            found.append(Secret(name, staff[name].roles[0], password, enrolled.secret))
    return found


def activation_code(office: Path, card: CardRef, *, at: datetime) -> str:
    """A fresh code by which a phone takes a card: asked for by a clerk who has the holder there, agreed to by a supervisor. Eight digits, ten minutes."""
    with open_office(office, at=at) as opened:
        staff, desk = opened.settings.operators, opened.desk
        asked = desk.ask_activation(card, Grade.PROVISIONAL, actor=staff[CLERK].acting(), evidence=_CHECKED, at=at)
        code = desk.approve_activation(asked.ref, actor=staff[SUPERVISOR].acting(), at=at).code
    if code is None:
        raise TypeError(asked.grade)
    return code


def put_up(town: Town, closing: ExitStack) -> Mapping[str, str]:
    """Start the programs; where they are."""
    office = str(town.office)
    service = closing.enter_context(program(town.root, "service", "ecard", "serve", "--office", office, "--port", "0"))
    closing.enter_context(program(town.root, "publisher", "ecard", "publish", "--follow", "--json", "--office", office, told=False))
    places = {"service": service}
    for scene in TERMINALS:
        agent = ("serve", "--state", str(town.terminal(scene)), "--server", service, "--origin", service, "--port", "0")
        page = json.loads(closing.enter_context(program(town.root, scene, "ecard-terminal", *agent)))
        places[scene] = f"http://127.0.0.1:{page['http']}"
    return places


@contextmanager
def program(root: Path, name: str, word: str, *arguments: str, told: bool = True) -> Iterator[str]:
    """A program of the house, until the block ends; the first line that it says. What else it says goes into logs/. Raises `SetupError` demo-stands."""
    command = [str(Path(sys.executable).with_name(word)), *arguments]
    with (root / "logs" / f"{name}.log").open("wb") as log, subprocess.Popen(command, stdout=_out(log, told=told), stderr=log) as running:  # noqa: S603 because it is a program of the house with arguments of ours
        try:
            said = running.stdout.readline().decode().strip() if running.stdout is not None else ""
            if told and not said:
                raise SetupError(faults.DEMO_STANDS, program=name, log=log.name)
            yield said
        finally:
            running.terminate()
            try:
                running.wait(_FAREWELL_S)
            except subprocess.TimeoutExpired:
                running.kill()


def _out(log: IO[bytes], *, told: bool) -> int | IO[bytes]:
    return subprocess.PIPE if told else log


def _tell(stage: Stage, town: Town, people: list[Secret], places: Mapping[str, str], *, at: datetime) -> None:
    service = places["service"]
    rule = stage.paint("━" * 100, Paint.TITLE)
    stage.write("", rule, f"  {stage.paint('城市还开着', Paint.TITLE)}   {stage.paint('The town stays up', Paint.DIM)}", rule)
    pages = (
        (Text("居民应用", "resident app"), f"{service}/app/"),
        (Text("终端页面（闸机）", "terminal page, a gate"), f"{service}/terminal/?agent={places['metro']}"),
        (Text("终端页面（窗口）", "terminal page, a desk"), f"{service}/terminal/?agent={places['hospital']}"),
        (Text("工作台", "operator console"), f"{service}/console/"),
        (Text("公众页面", "public pages"), f"{service}/help/"),
        (Text("接口文档", "API documentation"), f"{service}/docs"),
    )
    for says, address in pages:
        stage.write(f"  {pad(says.zh, 18)}{stage.paint(pad(says.en, 24), Paint.DIM)}{stage.paint(address, Paint.TITLE)}")
    stage.write("")
    for person in people:
        role = ROLES[person.role]
        stage.write(f"  {pad(f'{role.zh} {role.en}', 30)}{pad(person.name, 12)}{person.password}")
    _tell_now(stage, town, people, at=at)
    stage.line("·", Text("回车：新的激活码和动态码；Ctrl-C：结束", "Enter: new codes. Ctrl-C: the end"), paint=Paint.DIM)


def _tell_now(stage: Stage, town: Town, people: list[Secret], *, at: datetime) -> None:
    """What is good for a moment only: an activation code, and the second factors."""
    code = activation_code(town.office, town.resident, at=at)
    stage.write(
        f"  {pad('激活码 activation code', 30)}{stage.paint(f'{code[:4]} {code[4:]}', Paint.BOLD)}  10 分钟内有效，可用一次 / for ten minutes, once"
    )
    left = _STEP_S - int(at.timestamp()) % _STEP_S
    second = "  ".join(f"{person.name} {stage.paint(pyotp.TOTP(person.second).at(at), Paint.BOLD)}" for person in people)
    stage.write(f"  {pad('动态码 second factor', 30)}{second}  还有 {left} 秒 / for {left} s")
