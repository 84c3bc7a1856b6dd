"""`ecard doctor` put into the command line; what it is made of is read when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from webapp.office.answering import answering
from webapp.settings import OFFICE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_verbs(add: Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]) -> None:
    """Put the verb into the command line."""
    says = "体检：设置、时钟、密钥、数据库、Redis、发布目录 / look whether all that the service stands on is well"
    verb = add("doctor", says, answering(_doctor))
    folder = f"卡管机构目录，默认取 {OFFICE} / folder of an office; by default as {OFFICE} says"
    verb.add_argument("--office", type=Path, metavar="DIR", help=folder)
    verb.add_argument("--json", action="store_true", help="以 JSON 输出 / answer in JSON")


def _doctor(options: argparse.Namespace) -> int:
    from webapp.operations.doctor import doctor  # noqa: PLC0415 because the record, and with it the database's library, is imported for this verb only

    return doctor(options)
