"""office.toml: what an office is made of. Complete and without a word that nobody knows, or refused."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.claims import REGION_PATTERN, Profile
from codes.errors import InputError, SetupError
from ecard.model import Actor, PointRef, Role
from ecard.outbox import Topic
from webapp import faults
from webapp.office.staffing_rules import clash

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from codes.claims import Region

FILE = "office.toml"
VERSION = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
STAFF_ROLES = tuple(role for role in Role if role not in {Role.HOLDER, Role.SERVICE})
PROFILES = {"general": Profile.GENERAL, "identity": Profile.IDENTITY, "chip": Profile.CHIP}
_TOP = {"version", "database", "keys", "published", "scenes", "policies", "messages"}
_REGION = {"letter", "division", "founded", "max_age", "longest_life", "lists"}
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_OPERATOR = {"person", "roles", "region"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who works in the office: an account, the person behind it, what they may be, and where they sit."""

    ref: str
    person: str
    roles: tuple[Role, ...]
    region: Region
    point: PointRef | None = None
    joint_desk: bool = False

    def acting(self, roles: Collection[Role] | None = None) -> Actor:
        """This person in the first of their roles that is one of `roles`; if none is, in their first, which the record will refuse."""
        role = next((role for role in self.roles if roles is None or role in roles), self.roles[0])
        return Actor(ref=self.ref, person=self.person, role=role, region=self.region, joint_desk=self.joint_desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSettings:
    """A region that the office issues for: what its trust documents say, so that the same office comes out of the same file."""

    region: Region
    letter: str
    division: str
    founded: datetime
    max_age: int
    """Seconds that a code may live at most: the same kind of bound."""
    longest_life: Mapping[Profile, int]
    """Seconds that a credential of each profile may live at most: a bound of the key, under which the policy stays."""
    lists: Mapping[Profile, tuple[int, int]]
    """First and last status list of each profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """A mail server, and which topics go to which desk by it. All other messages are files."""

    host: str
    port: int
    sender: str
    encrypted: bool
    """STARTTLS; without it for a server on this very machine only."""
    to: Mapping[Topic, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """An office as its file says. Paths are relative to the folder that the file lies in."""

    folder: Path
    database: Path | str
    keys: Path
    published: Path
    scenes: Path
    """One `<region>.json` for each region."""
    policies: Path
    """The editions of the policy."""
    messages: Path
    """Where messages to holders and desks are put as files, for whoever sends them on."""
    mail: MailSettings | None
    regions: Mapping[Region, RegionSettings]
    operators: Mapping[str, Operator]

    @property
    def issuers(self) -> Path:
        """Public issuing keys beyond the office's own (`webapp.office.issuers`)."""
        return self.folder / "issuers"

    def operator(self, ref: str) -> Operator:
        """Who is called so. Raises `InputError` office-operator."""
        found = self.operators.get(ref)
        if found is None:
            raise InputError(faults.OFFICE_OPERATOR, operator=ref, known=", ".join(sorted(self.operators)) or None)
        return found


def read_settings(folder: Path) -> OfficeSettings:
    """The office in `folder`. Raises `SetupError`: office-missing (no file), office-file (what is wrong with it, and where)."""
    try:
        text = (folder / FILE).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise SetupError(faults.OFFICE_MISSING, folder=str(folder)) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(faults.OFFICE_FILE, problem=type(problem).__name__) from problem
    try:
        page = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SetupError(faults.OFFICE_FILE, problem=str(problem)) from problem
    members(page, _TOP | {"region", "operator"}, "office.toml", optional={"mail"})
    if page["version"] != VERSION:
        raise _wrong("version", page["version"])
    database = _text(page, "database", "database")
    regions = {name: _region(name, table) for name, table in _tables(page, "region").items()}
    if not regions:
        raise _wrong("region", "none")
    operators = {name: _operator(name, table, regions) for name, table in _tables(page, "operator").items()}
    if wrong := clash(operators.values()):
        raise _wrong(f"operator.{wrong.operator}", wrong.problem)
    return OfficeSettings(
        folder=folder,
        database=database if "://" in database else folder / database,
        keys=folder / _text(page, "keys", "keys"),
        published=folder / _text(page, "published", "published"),
        scenes=folder / _text(page, "scenes", "scenes"),
        policies=folder / _text(page, "policies", "policies"),
        messages=folder / _text(page, "messages", "messages"),
        mail=_mail(page["mail"]) if "mail" in page else None,
        regions=regions,
        operators=operators,
    )


def _region(name: str, table: Any) -> RegionSettings:
    where = f"region.{name}"
    if not REGION_PATTERN.fullmatch(name):
        raise _wrong(where, "not a region code")
    members(table, _REGION, where)
    letter, division = _text(table, "letter", where), _text(table, "division", where)
    founded = table["founded"]
    if not re.fullmatch(r"[a-z]", letter) or not re.fullmatch(r"[0-9]{6}", division):
        raise _wrong(where, "letter or division")
    if not isinstance(founded, datetime) or founded.tzinfo is None:
        raise _wrong(f"{where}.founded", "not a time with its zone")
    members(table["longest_life"], set(PROFILES), f"{where}.longest_life")
    members(table["lists"], set(PROFILES), f"{where}.lists")
    lives = {PROFILES[profile]: life for profile, life in table["longest_life"].items() if type(life) is int and life > 0}
    lists = {PROFILES[profile]: (first, last) for profile, (first, last) in map(_span, table["lists"].items())}
    if len(lives) != len(PROFILES) or type(table["max_age"]) is not int or table["max_age"] < 1:
        raise _wrong(f"{where}.longest_life and max_age", "not whole seconds")
    return RegionSettings(
        region=name, letter=letter, division=division, founded=founded.astimezone(UTC), max_age=table["max_age"], longest_life=lives, lists=lists
    )


def _span(item: tuple[str, Any]) -> tuple[str, tuple[int, int]]:
    profile, span = item
    if type(span) is list and len(span) == 2 and all(type(number) is int for number in span) and 0 <= span[0] <= span[1]:
        return profile, (span[0], span[1])
    raise _wrong(f"lists.{profile}", "not [first, last]")


def _mail(table: Any) -> MailSettings:
    members(table, {"host", "port", "sender", "to"}, "mail", optional={"encrypted"})
    topics = {topic.value: topic for topic in (Topic.REMINDER, Topic.TASK)}
    members(table["to"], set(), "mail.to", optional=topics)
    encrypted, host = table.get("encrypted", True), _text(table, "host", "mail")
    if type(table["port"]) is not int or not 0 < table["port"] < 65536:
        raise _wrong("mail.port", table["port"])
    if type(encrypted) is not bool or not (encrypted or host in _THIS_MACHINE):
        raise _wrong("mail.encrypted", "only a server on this machine may do without")
    addresses = {"sender": _text(table, "sender", "mail"), **{name: _text(table["to"], name, "mail.to") for name in table["to"]}}
    for name, address in addresses.items():
        if not _ADDRESS.fullmatch(address):
            raise _wrong(f"mail.{name}", "not an address")
    to = {topics[name]: addresses[name] for name in table["to"]}
    return MailSettings(host=host, port=table["port"], sender=addresses["sender"], encrypted=encrypted, to=to)


def _operator(name: str, table: Any, regions: Mapping[str, RegionSettings]) -> Operator:
    where = f"operator.{name}"
    members(table, _OPERATOR, where, optional={"point", "joint_desk"})
    known = {role.value: role for role in STAFF_ROLES}
    roles = table["roles"]
    if not NAME.fullmatch(name) or type(roles) is not list or not roles or not all(type(role) is str and role in known for role in roles):
        raise _wrong(f"{where}.roles", roles)
    if _text(table, "region", where) not in regions:
        raise _wrong(f"{where}.region", table["region"])
    if type(table.get("joint_desk", False)) is not bool:
        raise _wrong(f"{where}.joint_desk", table["joint_desk"])
    return Operator(
        ref=name,
        person=_text(table, "person", where),
        roles=tuple(known[role] for role in roles),
        region=table["region"],
        point=PointRef(_text(table, "point", where)) if "point" in table else None,
        joint_desk=table.get("joint_desk", False),
    )


def members(table: Any, wanted: Collection[str], where: str, *, optional: Collection[str] = ()) -> None:
    """Return if a table has these members and no others. Raises `SetupError` office-file."""
    if type(table) is not dict:
        raise _wrong(where, "not a table")
    if missing := set(wanted) - table.keys() - {"operator"}:
        raise _wrong(where, f"missing {', '.join(sorted(missing))}")
    if strange := table.keys() - set(wanted) - set(optional):
        raise _wrong(where, f"unknown {', '.join(sorted(strange))}")


def _tables(page: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    tables = page.get(name, {})
    if type(tables) is not dict:
        raise _wrong(name, "not a table")
    return tables


def _text(table: Mapping[str, Any], name: str, where: str) -> str:
    value = table[name]
    if type(value) is not str or not value.strip():
        raise _wrong(f"{where}.{name}", "not a text")
    return value


def _wrong(where: str, problem: object) -> SetupError:
    return SetupError(faults.OFFICE_FILE, where=where, problem=str(problem))


# ------------------------------------------------------------- writing: the file is a person's to edit, so it is written as one would


def first_page(database: str, regions: Collection[RegionSettings]) -> str:
    """office.toml of a new office, with nobody in it yet."""
    head = f"""\
# 卡管机构的设置。改动后的下一条命令即按新设置办理。
# The settings of a card office. The next command goes by what stands here.
version = {VERSION}
database = {quoted(database)}   # 相对路径为 SQLite 文件；也可写 postgresql://... / a SQLite file, or a URL
keys = "keys"              # 密钥目录 / the keys
published = "published"    # 发布目录，任何人可读 / what anybody may read
scenes = "scenes"          # 各地区的场景规则 / the rules of each region's scenes
policies = "policies"      # 政策各版本及生效日期 / editions of the policy, each with its first day
messages = "messages"      # 待发送的消息 / messages to be sent on

# 消息也可发邮件到办事窗口 / messages may also go to a desk by mail:
# [mail]
# host = "mail.example.org"
# port = 587
# sender = "card@example.org"
# to = {{ reminder = "desk@example.org", task = "desk@example.org" }}
"""
    return "\n".join([head, *map(_region_page, regions)])


def _region_page(settings: RegionSettings) -> str:
    lives = ", ".join(f"{name} = {settings.longest_life[profile]}" for name, profile in PROFILES.items())
    lists = ", ".join(f"{name} = [{settings.lists[profile][0]}, {settings.lists[profile][1]}]" for name, profile in PROFILES.items())
    return f"""\
[region.{settings.region}]
letter = {quoted(settings.letter)}
division = {quoted(settings.division)}
founded = {settings.founded:%Y-%m-%dT%H:%M:%SZ}
max_age = {settings.max_age}   # 一个码的最长有效期，秒 / seconds that a code lives at most
longest_life = {{ {lives} }}   # 凭证最长有效期，秒 / of credentials
lists = {{ {lists} }}
"""


def operator_page(operator: Operator) -> str:
    """The table of one operator, to be put at the end of office.toml."""
    lines = [
        f"[operator.{quoted(operator.ref)}]",
        f"person = {quoted(operator.person)}",
        f"roles = [{', '.join(quoted(role.value) for role in operator.roles)}]",
        f"region = {quoted(operator.region)}",
        *([f"point = {quoted(operator.point)}"] if operator.point else []),
        *(["joint_desk = true"] if operator.joint_desk else []),
    ]
    return "\n" + "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A basic string of TOML; JSON escapes the same characters in the same way."""
    return json.dumps(text, ensure_ascii=False)
