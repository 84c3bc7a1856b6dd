"""The checker stands alone: it shares nothing with what it checks, and knows everything that can be done."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ecard import check as checker
from ecard.check.states import KNOWN
from ecard.lifecycle import Command


@pytest.mark.threat("D09")
def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    allowed = {"__future__", "base64", "collections", "dataclasses", "hashlib", "pathlib", "typing", "zlib", "cryptography", "sqlalchemy"}
    for path in Path(checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
            )
            for name in names:
                assert name is not None
                assert name.split(".")[0] in allowed or name.startswith("ecard.check"), f"{path.name}: {name}"


def test_the_checker_knows_every_command_of_the_table() -> None:
    assert {command.value for command in Command} - {"renew-credentials"} <= KNOWN
