"""What the service notes: one event one line of JSON, a code and facts. Never a name, a number of a person, a key or the text of a code (threat G10).

    {"at": "2026-11-22T08:00:00.123Z", "level": "info", "event": "request", "id": "5f0c...", "method": "POST", "route": "/v1/reports", "status": 201, "ms": 12.4}

Whatever the text of a fact, the line stays one line of ASCII: no line break, no escape sequence and no mark of direction goes through. Of what foreign libraries
say, the sentence is noted and not what they put into it, and of an exception its kind and its places, not its message: both may repeat what somebody sent.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import TextIO

    from codes.errors import Fact

INFO, WARNING, ERROR = logging.INFO, logging.WARNING, logging.ERROR
LOGGER = "ecard.operations"
_LOG = logging.getLogger(LOGGER)
LONGEST = 300
"""Characters of one fact."""
_ROOT = Path(__file__).resolve().parents[2]
_OURS = ("ecard", "webapp", "verify", "physical", "codes")
_FRAMES = 12
_NUMBERLIKE = re.compile(r"(?<![0-9A-Za-z])[0-9]{14,18}[0-9Xx](?![0-9A-Za-z])")
"""What could be the number of a person or a card, should one ever get here."""


def event(code: str, *, level: int = INFO, **facts: Fact) -> None:
    """Note that something happened."""
    if _LOG.isEnabledFor(level):  # handled without asking where in the code it comes from, which no line tells
        _LOG.handle(logging.LogRecord(LOGGER, level, "", 0, _Event(code, facts), None, None))


def configure(stream: TextIO) -> None:
    """Let everything that this process notes go to `stream` as lines of JSON."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


class _Event(NamedTuple):
    """What a record of ours carries as its message."""

    code: str
    facts: dict[str, Fact]

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


class _Lines(logging.Formatter):
    """Our own records are put into a line at once, as each request is one; what others say goes through structlog."""

    def __init__(self) -> None:
        super().__init__()
        self._foreign = _foreign_formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if not isinstance(record.msg, _Event):
            return self._foreign.format(record)
        entry: MutableMapping[str, Any] = {"event": record.msg.code, **record.msg.facts, "_record": record}
        entry = _clean(None, "", _headed(None, "", entry))
        del entry["_record"]
        return _line(None, "", entry)


def formatter(*_: object, **__: object) -> logging.Formatter:
    """What turns a record of any library into a line; gunicorn's settings name it."""
    return _Lines()


def _foreign_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_foreign],
        processors=[_headed, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _places, _clean, _line],
    )


def _foreign(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The sentence of another library, without what it was filled with."""
    record: logging.LogRecord = entry["_record"]
    ours = record.name.partition(".")[0] in _OURS
    about_itself = record.name == "gunicorn.error" and record.levelno == logging.INFO
    if record.exc_info or not (ours or about_itself):
        entry["event"] = str(record.msg)
    entry["logger"] = record.name
    return entry


def _headed(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Time, level and process before everything else."""
    record: logging.LogRecord = entry["_record"]
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"at": when, "level": record.levelname.lower(), "event": entry.pop("event", ""), "process": record.process, **entry}


def _places(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from, without its message."""
    told = entry.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        entry["problem"] = type(error).__name__
        entry["where"] = places_of(error)
    for name in ("exception", "stack", "stack_info"):
        entry.pop(name, None)
    return entry


def places_of(error: BaseException) -> str:
    """The last calls before an exception: files, lines and names of functions of ours and others, nothing of what they worked on."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


def _clean(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Facts only: short, and nothing in them that looks like a number of somebody."""
    return {name: _fact(value) for name, value in entry.items()}


def _fact(value: object) -> Fact:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _NUMBERLIKE.sub("…", str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _line(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> str:
    return json.dumps(dict(entry), ensure_ascii=True, separators=(", ", ": "))
