"""No text of a request is ever part of an SQL statement, and no sign in it widens a search: by reading every line of ours, and by listening to the database."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ecard.lookups import Purpose
from tests.webapp.hostilecalls import Sender, calls, places, put
from tests.webapp.hostilehouse import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.hostilehouse import HostileHouse

ROOT = Path(__file__).parents[2]
ROOMS = ("codes", "ecard", "verify", "webapp")
_RUNS = {"text", "execute", "executemany", "executescript", "exec_driver_sql", "literal_column", "DDL"}
_VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|SHOW|WITH|ATTACH)\s", re.IGNORECASE)
BUILT = {
    "ecard/database.py": 6,  # PRAGMA and SHOW: names and numbers of its own constants
    "ecard/upkeep.py": 1,  # the same
    "ecard/enclosures.py": 1,  # the name of a table of ours
    "ecard/check/__init__.py": 1,  # the checker, a program of its own that only reads: names of the tables it lists
    "ecard/check/acknowledged.py": 1,
    "ecard/check/facts.py": 1,
    "ecard/check/office.py": 1,
}
"""Statements that are put together, by file: none of them with anything that came from outside. Migrations, which nobody can send anything, are left out."""
_WIDENS = {"like", "ilike", "not_like", "not_ilike", "notlike", "notilike", "regexp_match", "icontains"}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of ours but the migrations."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def is_built(node: ast.AST) -> bool:
    """Whether this is a text that is put together."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mod) and any(map(_is_text, (node.left, node.right)))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "join"} and _is_text(node.func.value)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)) or is_built(node)


def _begins(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def statements(tree: ast.AST) -> set[int]:
    """The lines on which a statement is put together: where it is run, or where a text that is built begins like one."""
    found = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr) and is_built(node) and _VERB.match(_begins(node))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            if name in _RUNS and is_built(node.args[0]):
                found.add(node.lineno)
    return found


@pytest.mark.threat("G08")
def test_no_statement_is_put_together_but_those_that_were_reviewed() -> None:
    found = Counter({path: len(lines) for path, tree in trees() if (lines := statements(tree))})
    assert found == BUILT


@pytest.mark.threat("G08")
@pytest.mark.parametrize(
    "line",
    [
        'c.execute(f"SELECT * FROM card WHERE number = {number}")',
        'c.exec_driver_sql("SELECT 1 WHERE x = " + number)',
        'text("SELECT %s" % number)',
        'sa.text("SELECT {}".format(number))',
        'wanted = f"DELETE FROM card WHERE ref = {ref}"',
        'c.execute(f"{verb} FROM card")',
        'c.execute("; ".join(parts))',
    ],
)
def test_a_statement_that_is_put_together_is_seen(line: str) -> None:
    assert statements(ast.parse(line))
    assert not statements(ast.parse('c.execute(text("SELECT * FROM card WHERE number = :number"), {"number": number})'))


@pytest.mark.threat("G09")
def test_nothing_is_searched_for_by_likeness() -> None:
    for path, tree in trees():
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Attribute) and node.attr in _WIDENS), (path, node.lineno)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not (_VERB.match(node.value) and _LIKENESS.search(node.value)), (path, node.lineno)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileHouse]:
    with opened(tmp_path_factory.mktemp("hostile") / "town") as house:
        yield house


_LIKENESS = re.compile(r"\b(I?LIKE|GLOB|REGEXP|SIMILAR TO)\b", re.IGNORECASE)
MARK = "qx7zv"
INJECTIONS = (f"{MARK}' OR '1'='1", f'{MARK}"; DROP TABLE card; --', f"{MARK}) UNION SELECT 1 --", f"{MARK}")


@pytest.mark.threat("G08", "G09")
def test_nothing_that_was_sent_stands_in_any_statement(house: HostileHouse) -> None:
    """The database is listened to while every place of every call holds an injection: it may stand among the values, never in the statement."""
    sender, heard = Sender(house), Counter[str]()

    def listen(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:  # noqa: PLR0917 because it is SQLAlchemy's own signature
        del connection, cursor, context, many
        heard["statements"] += 1
        heard["with it"] += MARK in statement
        heard["by likeness"] += bool(_LIKENESS.search(statement))
        heard["values with it"] += MARK in repr(values)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        for call in calls(house):
            for place in places(call.body) if call.takes_json else ():
                for text in INJECTIONS:
                    assert sender.send(call, put(call.body, place, text)).status_code < 500, (call.label, place)
            for part in call.parts:
                for text in INJECTIONS:
                    path = call.path.replace(call.parts[part], text.replace(" ", "%20").replace('"', "%22"))
                    assert sender.send(call, call.body if call.takes_json else None, path=path).status_code < 500, call.label
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert heard["statements"] > 1000
    assert heard["values with it"] > 10
    assert heard["with it"] == heard["by likeness"] == 0


@pytest.mark.threat("G09")
def test_a_search_finds_the_whole_number_or_nothing(house: HostileHouse) -> None:
    sender = Sender(house)
    (search,) = (call for call in calls(house) if call.label == "POST /v1/office/search")
    number = house.desk.card(house.town.resident).card.number
    body = {"by": "card-number", "purpose": Purpose.AT_COUNTER.value}

    def found(text: str) -> int:
        answer = sender.send(search, body | {"number": text})
        page: Any = answer.get_json()
        return len(page["cards"]) if answer.status_code == 200 else 0

    assert found(number) == 1
    for text in ("%", "_", "\\", "*", "?", f"{number[:4]}%", f"%{number[-4:]}", f"{number[:-1]}_", f"{number}%", f"\\{number}", "_" * len(number)):
        assert found(text) == 0, text
