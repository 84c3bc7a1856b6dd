"""Canaries: nobody who lives in a test may be met outside the vault. Looks, at the end of a run, through everything that the run has left behind.

Who lives in a test is known: the names of `NAMES` and every name that was ever put into a vault while the run went on; and every well-formed resident number of
the two regions, by its form, its date and its check character. Looked through are

    files         of every test: records with their logs, whole and as bytes, published folders, reports, messages
    databases     of PostgreSQL, row by row, before they are dropped
    captured      what a test printed or logged
    errors        the text and the facts of every refusal, caught or not

The vault needs no exception: what lies in it is sealed. `ALLOWED` lists the few files and prints whose purpose is to say who somebody is.
"""

from __future__ import annotations

import fnmatch
import hashlib
import logging
import re
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import CardError
from ecard.identity import check_character
from tools.proofs import REPORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

NAMES = (
    "江小鱼",
    "江大鱼",
    "江中鱼",
    "江小河",
    "江大山",
    "欧阳小鱼",
    "嘉行舟",
    "嘉晚晴",
    "王芳",
    "王小芳",
    "巴山雨",
    "渝灯火",
    "龘靐麤",
    "阿卜杜拉·卡纳里",
)
"""People of the tests and of the demonstration; those of other processes, too."""
ALLOWED: Mapping[str, str] = {
    "*/form.json": "the form that a clerk fills in for `ecard card apply`",
    "*/form.toml": "the same form by hand",
    "*/staff.csv": "an employer's file",
    "*/back.csv": "the rows that go back to an employer, to be mended",
    "*/order.csv": "what the card maker prints on the face of each card",
    "*/*.img": "a chip: its files say whose it is",
    "*/test_the_search_would_find_a_c*/record.db*": "a canary that is planted to be found",
    "*/test_a_canary_planted_in_any_a*": "canaries that are planted to be found",
}
"""Files, by pattern, whose purpose is to say who somebody is; and why."""
PRINTED: Mapping[str, str] = {
    "*test_office_card.py::test_a_name_is_shown_for_a_purpose*": "`ecard card show --name`, for a purpose that is put on record",
    "*test_office_card.py::test_a_change_of_name_is_proposed*": "the same, to see that the name has changed",
    "*test_reader_cli.py::test_reading_masks_the_person_unless_asked*": "`ecard-reader read --show`, which needs the holder's consent",
    "*test_reader_cli.py::test_a_locked_card_says_what_stays_readable*": "the same by a person at the reader",
    "*test_office_chip.py::test_a_made_chip_carries_what_a_social_security_card_carries": "the same of a chip that was just made",
}
"""Tests, by pattern, that ask a command who somebody is."""
SHORTEST = 2
"""Characters of the shortest name that is looked for; one alone is also a word."""
_BODY = rb"5[01]\d{4}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
_NUMBER = re.compile(_BODY)
_IN_HEX = re.compile(rb"353[01](?:3\d){4}(?:3139|3230)(?:3\d){2}(?:303[1-9]|313[0-2])(?:3\d){2}(?:3\d){3}(?:3\d|58|78)")
_ROWS = "(?:5[01][0-9]{4}(?:19|20)[0-9]{9}[0-9Xx])|353[01](?:3[0-9]){4}(?:3139|3230)(?:3[0-9]){9}(?:3[0-9]|58|78)"


def writings(name: str) -> set[bytes]:
    """A name in every writing in which it might lie about."""
    found = {name.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    return found | {name.encode().hex().encode(), name.encode("ascii", "backslashreplace")}


def any_of(traces: set[bytes]) -> bytes:
    """A pattern for whichever of them comes, which writes once what they begin with: hundreds of names are then looked for as fast as a few."""
    if b"" in traces:
        return b""
    tails: dict[bytes, set[bytes]] = {}
    for trace in traces:
        tails.setdefault(trace[:1], set()).add(trace[1:])
    branches = [re.escape(head) + any_of(rest) for head, rest in sorted(tails.items())]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"


class Search:
    """Knows who is looked for."""

    def __init__(self, names: Iterable[str] = NAMES) -> None:
        self.names = set(names)
        self._compiled: tuple[int, re.Pattern[bytes]] | None = None

    def learn(self, name: str) -> None:
        """Somebody came to live in this run."""
        if len(name) >= SHORTEST and not name.isascii():
            self.names.add(name)

    def hits(self, content: bytes) -> list[str]:
        """What is found in some bytes: `name` or `number`, never which."""
        if self._compiled is None or self._compiled[0] != len(self.names):
            self._compiled = len(self.names), re.compile(any_of({trace for name in self.names for trace in writings(name)}))
        found = ["name"] if self._compiled[1].search(content) else []
        numbers = {match[0].decode() for match in _NUMBER.finditer(content)}
        numbers |= {bytes.fromhex(match[0].decode()).decode() for match in _IN_HEX.finditer(content)}
        return found + ["number"] * any(check_character(number[:17]) == number[17].upper() for number in numbers)

    def pattern(self) -> str:
        """The same for PostgreSQL, over rows as text."""
        traces = {trace for name in self.names for trace in (name, name.encode().hex())}
        return "|".join([_ROWS, *map(re.escape, sorted(traces))])


class Canaries(logging.Handler):
    """The plugin of one process."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self.config = config
        self.search = Search()
        self.found: set[str] = set()
        self.errors: set[str] = set()
        self.running = "before the first test"
        self.helped = False
        """Whether workers ran the tests, each of which has looked through its own."""

    # ------------------------------------------------------------------------------------------------------------ listening

    def listen(self) -> None:
        """Hear of everybody who is put into a vault, of every refusal, of every database that goes."""
        from ecard.vault import Vault
        from tests.ecard.postgres import Cluster

        self._before(Vault, "add", lambda _, _work, _holder, person, **__: self.search.learn(person.name.text))
        self._before(Vault, "correct", lambda _, _work, _holder, person, **__: self.search.learn(person.name.text))
        self._before(CardError, "__init__", lambda _, fault, **facts: self.errors.add(f"{fault.code} {facts!r}"))
        self._before(Cluster, "drop", lambda cluster, name: self.look_in_database(cluster.url(name)))
        read = pytest.CaptureFixture.readouterr

        @wraps(read)
        def heard(fixture: Any) -> Any:
            said = read(fixture)
            self.hear(*said)
            return said

        setattr(pytest.CaptureFixture, read.__name__, heard)  # a test that reads its own output would hide it from us
        logging.getLogger().addHandler(self)

    def hear(self, *said: str | bytes) -> None:
        """Look through what a test took of its own output."""
        if not any(fnmatch.fnmatch(self.running, pattern) for pattern in PRINTED):
            for text in said:
                self.note(f"output of {self.running}", text if isinstance(text, bytes) else text.encode("utf-8", "replace"))

    @staticmethod
    def _before(owner: type, name: str, tell: Callable[..., object]) -> None:
        method = getattr(owner, name)

        @wraps(method)
        def told(*args: Any, **kwargs: Any) -> Any:
            tell(*args, **kwargs)
            return method(*args, **kwargs)

        setattr(owner, name, told)

    def emit(self, record: logging.LogRecord) -> None:
        self.note(f"log of {record.name}", record.getMessage().encode("utf-8", "replace"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed:
            for title, text in report.sections:
                self.note(f"{title} of {report.nodeid}", text.encode("utf-8", "replace"))

    # -------------------------------------------------------------------------------------------------------------- looking

    def note(self, where: str, content: bytes) -> bool:
        """Look through some bytes; what is found is noted with the place, and never with who it is. Whether anything was."""
        found = self.search.hits(content)
        self.found.update(f"{what} in {where}" for what in found)
        return bool(found)

    def look_in_folder(self, folder: Path) -> None:
        """Look through every file; through what lies there a hundred times, such as the reserve of a disk, once."""
        clean: set[bytes] = set()
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_file() and not path.is_symlink() and not any(fnmatch.fnmatch(f"/{name}", pattern) for pattern in ALLOWED):
                content = path.read_bytes()
                digest = hashlib.sha256(content).digest()
                if digest not in clean and not self.note(name, content):
                    clean.add(digest)

    def look_in_database(self, url: str) -> None:
        """Look through every row of a PostgreSQL database."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(url, autocommit=True) as connection:
            tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            if not tables:
                return
            looks = [
                sql.SQL("(SELECT {}, a::text FROM {} AS a WHERE a::text ~ {})").format(
                    sql.Literal(name), sql.Identifier(name), sql.Literal(self.search.pattern())
                )
                for name in tables
            ]
            for table, row in connection.execute(sql.SQL(" UNION ALL ").join(looks)):  # the pattern knows no check characters and no dates
                self.note(f"table {table} of {self.running}", row.encode())

    # ------------------------------------------------------------------------------------------------------------- the end

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        for said in self.errors:
            self.note(f"an error: {said.partition(' ')[0]}", said.encode())
        factory = getattr(self.config, "_tmp_path_factory", None)
        base = getattr(factory, "_basetemp", None)
        if base is not None and not self.helped:
            self.look_in_folder(base)
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["canaries"] = sorted(self.found)
            return
        if REPORTS.is_dir():
            self.look_in_folder(REPORTS)
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended: what it found is the run's."""
        self.helped = True
        self.found.update(getattr(node, "workeroutput", {}).get("canaries", ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was found."""
        terminalreporter.write_line(f"canaries outside the vault: {len(self.found)}", red=bool(self.found))
        for line in sorted(self.found):
            terminalreporter.write_line(f"  {line}", red=True)
