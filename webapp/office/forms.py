"""Personal data for a command: from a file, from standard input or typed in, never from the command line, which every user of the machine can read.

A form is a JSON object or a TOML table; its members have English or Chinese names. What is refused is named by member, never by content.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import InputError, SetupError, Text
from ecard import Application, IdentityType
from ecard.corrections import NewData
from ecard.model import Eligibility
from webapp import faults
from webapp.office.words import both

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.office.settings import Operator

MAX_BYTES = 64 * 1024
STDIN = Path("-")
"""Name of the file that is standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of a form."""

    says: Text
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The members that a command needs, and what is made of them."""

    fields: Mapping[str, Field]
    build: Callable[[Mapping[str, str], Operator], dict[str, Any]]

    @property
    def says(self) -> str:
        """The members, for a help text: those in brackets may be missing."""
        return ", ".join(name if field.required else f"[{name}]" for name, field in self.fields.items())

    def filled(self, found: Mapping[str, Any], operator: Operator) -> dict[str, Any]:
        """What is made of these members. Raises `InputError` office-form, naming the member that is wrong."""
        for name, field in self.fields.items():
            value = found.get(name)
            if value is None and not field.required:
                continue
            if type(value) is not str or not value:
                raise InputError(faults.OFFICE_FORM, member=name, problem="missing or not a text")
            if field.words and value not in field.words:
                raise InputError(faults.OFFICE_FORM, member=name, problem=f"none of {', '.join(field.words)}")
        return self.build(found, operator)


def _application(found: Mapping[str, str], operator: Operator) -> dict[str, Any]:
    kind = IdentityType(found.get("identity_type", IdentityType.RESIDENT_ID))
    eligibility = Eligibility(found.get("eligibility", Eligibility.RESIDENT))
    region = found.get("region", operator.region)
    form = Application(region=region, identity_type=kind, identity_number=found["identity_number"], name=found["name"], eligibility=eligibility)
    return {"application": form}


def _new_data(found: Mapping[str, str], _: Operator) -> dict[str, Any]:
    kind = IdentityType(found["identity_type"]) if "identity_type" in found else None
    return {"new": NewData(name=found.get("name"), identity_type=kind, identity_number=found.get("identity_number"))}


_TYPE = Field(says=Text("证件类型", "kind of document"), words=tuple(kind.value for kind in IdentityType))
_NUMBER, _NAME = Text("证件号码", "its number"), Text("姓名", "name")
APPLICATION = Form(
    fields={
        "name": Field(says=_NAME, required=True),
        "identity_number": Field(says=_NUMBER, required=True),
        "identity_type": _TYPE,
        "region": Field(says=Text("地区", "region")),
        "eligibility": Field(says=Text("申领资格", "eligibility"), words=tuple(word.value for word in Eligibility)),
    },
    build=_application,
)
NEW_DATA = Form(fields={"name": Field(says=_NAME), "identity_number": Field(says=_NUMBER), "identity_type": _TYPE}, build=_new_data)
FARE_PROOF = Form(
    fields={"document": Field(says=Text("证明的名称和编号", "the proof, its kind and number"), required=True)}, build=lambda found, _: dict(found)
)
OLDER_CARD = Form(
    fields={
        "scheme": Field(says=Text("旧版卡种", "scheme of the older card"), required=True),
        "number": Field(says=Text("旧版卡号", "its number"), required=True),
    },
    build=lambda found, _: dict(found),
)
WHO = Form(
    fields={
        "identity_number": Field(says=_NUMBER),
        "identity_type": _TYPE,
        "name": Field(says=_NAME),
        "card_number": Field(says=Text("卡号", "card number")),
    },
    build=lambda found, _: dict(found),
)


def fill(form: Form, path: Path | None, operator: Operator) -> dict[str, Any]:
    """What a form says: from `path`, from standard input when it is "-" or no terminal, else typed in.

    Raises `InputError` office-form, `SetupError` office-unreadable.
    """
    typed = path is None and sys.stdin.isatty()
    page = _typed(form) if typed else _parsed(read_input(path or STDIN))
    by_chinese = {field.says.zh: name for name, field in form.fields.items()}
    found = {by_chinese.get(key, key): value for key, value in page.items()}
    if len(found) != len(page) or not found.keys() <= form.fields.keys():
        raise InputError(faults.OFFICE_FORM, problem="unknown member", wanted=form.says)
    return form.filled(found, operator)


def read_input(path: Path) -> bytes:
    """A file, or standard input. Raises `SetupError` office-unreadable."""
    try:
        return sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as problem:
        raise SetupError(faults.OFFICE_UNREADABLE, file=path.name, problem=problem.strerror) from problem


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise InputError(faults.OFFICE_FORM, size=len(content), limit=MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
        page = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError):
        raise InputError(faults.OFFICE_FORM, problem="neither a JSON object nor TOML") from None  # the parser's message would quote the content
    if type(page) is not dict:
        raise InputError(faults.OFFICE_FORM, problem="not an object")
    return page


def _typed(form: Form) -> dict[str, Any]:
    """Ask for each member on the terminal; an empty answer leaves out what may be missing."""
    found = {}
    for name, field in form.fields.items():
        words = f" ({', '.join(field.words)})" if field.words else ""
        sys.stderr.write(f"  {both(field.says)}{words}: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
        if answer:
            found[name] = answer
    return found
