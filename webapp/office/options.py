"""What commands ask for beyond card, operator and evidence: each option once, with the value that the record wants for it."""

from __future__ import annotations

import argparse
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable

    from codes.errors import Text
    from webapp.office.settings import OfficeSettings

REF = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LOCAL = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command: `name` is the record's keyword for it."""

    name: str
    says: Text
    parse: Callable[[str], Any]
    metavar: str
    flag: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    many: bool = False
    resolve: Callable[[OfficeSettings, Any], Any] | None = None
    """What becomes of the value once the office is known."""
    sent: Callable[[str], Any] | None = None
    """How it is read where it comes over a wire: there nobody names a file of this machine."""

    @property
    def reader(self) -> Callable[[str], Any]:
        """How it is read over a wire."""
        return self.sent or self.parse

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Put it on a command line."""
        says = f"{self.says.zh} / {self.says.en}"
        if self.choices:
            says += f": {', '.join(self.choices)}"
        parser.add_argument(
            self.flag or f"--{self.name.replace('_', '-')}",
            dest=self.name,
            type=self.parse,
            metavar=self.metavar,
            required=self.required,
            default=[] if self.many else self.default,
            action="append" if self.many else "store",
            help=says.replace("%", "%%"),
        )

    def value(self, options: argparse.Namespace) -> Any:
        """What was given."""
        found = getattr(options, self.name)
        return tuple(found) if self.many else found


def choice(name: str, words: type[enum.Enum], says: Text, **more: Any) -> Option:
    """An option whose values are the words of an enumeration: of numbers, their names in small letters."""
    by_word = {spelling(word): word for word in words}

    def parse(text: str) -> enum.Enum:
        if text not in by_word:
            raise argparse.ArgumentTypeError(f"{text!r} 不在可选值之中 / is none of: {', '.join(by_word)}")
        return by_word[text]

    return Option(name=name, says=says, parse=parse, metavar="WORD", choices=tuple(by_word), **more)


def spelling(word: enum.Enum) -> str:
    """How a value of an enumeration is written on a command line."""
    return word.value if isinstance(word.value, str) else word.name.lower().replace("_", "-")


def reference(text: str) -> str:
    """A reference of the record: 32 hexadecimal digits."""
    if not REF.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是引用号（32 位十六进制）/ is not a reference of 32 hexadecimal digits")
    return text


def instant(text: str) -> datetime:
    """A time with its zone; a bare day is its beginning in Beijing time."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.timestamp() >= 0:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} 不是日期，也不是带时区的时间 / is neither a day nor a time with its zone, such as 2026-11-21T08:00:00+08:00"
    )


def slug(text: str) -> str:
    """A purpose, a name of a thing: never a person's name or number."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,7}", text) or len(text) > 64 or re.search(r"\d{6}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} 不可用：请用小写英文词，以连字符相连 / is not usable: small words joined by hyphens, such as compare-with-document"
        )
    return text


def name(text: str) -> str:
    """A name of a thing: a maker, a bank, a point, a reader."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是名称 / is not a name: letters, digits, dot, dash, underscore, at most 64")
    return text


def line(text: str) -> str:
    """A short text about a thing."""
    if not text.strip() or len(text) > 100 or not text.isprintable():
        raise argparse.ArgumentTypeError("须为 100 字以内的一行文字 / must be one line of at most 100 characters")
    return text.strip()


def count(text: str) -> int:
    """A whole number, not negative."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是整数 / is not a whole number")
    return int(text)


def digest(text: str) -> bytes:
    """SHA-256 of a file, written out."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是 SHA-256 摘要 / is not a SHA-256 digest")
    return bytes.fromhex(text)


def digest_of_file(text: str) -> bytes:
    """SHA-256 of a file, which itself goes nowhere."""
    try:
        with Path(text).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as problem:
        raise argparse.ArgumentTypeError(f"读不到文件 {text!r} / cannot read the file: {problem.strerror}") from problem
