"""The samples of docs/agent.md: each compiled where its compiler is on the machine, and asked at a running agent."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.verify.agents import Post, program, station
from tests.verify.city import NOW, code
from verify.agent_http import ROUTES

DOCS = Path(__file__).resolve().parents[2] / "docs"
SAMPLES = DOCS / "samples"
IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 because the surroundings say whether a missing part is a failure


def compiler(name: str, *, must: bool = False) -> str:
    """Its path. On a machine without it the sample is marked as not compiled; a C compiler is a part that CI has."""
    found = shutil.which(name)
    if found is None:
        if must and IN_CI:
            pytest.fail(f"{name} is missing (make deps)", pytrace=False)
        pytest.skip(f"not compiled: there is no {name} on this machine")
    return found


def answers(command: list[str | Path], tmp_path: Path, *, kind: str) -> list[str]:
    """What a gate made from a sample does with a good code, the same again, something longer than any code, and nothing."""
    post = Post(tmp_path / "gate", station(tmp_path / "published"))
    with program("--state", post.path, "--line-port", "0") as (_, ports):
        text = f"{code(NOW)}\n{code(NOW)}\n{'x' * 9000}\n" + '"\\\n'
        done = subprocess.run([*command, str(ports[kind])], input=text.encode(), capture_output=True, check=True, timeout=120)
    return [line.split()[0] for line in done.stdout.decode().splitlines()]


def test_the_gate_in_c_opens_once(tmp_path: Path) -> None:
    gate = tmp_path / "gate-c"
    subprocess.run([compiler("gcc", must=True), "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", gate, SAMPLES / "c/gate.c"], check=True)
    assert answers([gate], tmp_path, kind="line") == ["OPEN", "STAY", "STAY", "STAY"]
    assert subprocess.run([gate, "1"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 1


def test_the_gate_in_java_opens_once(tmp_path: Path) -> None:
    java = compiler("java")
    subprocess.run([compiler("javac"), "-Werror", "-Xlint:all", "-encoding", "UTF-8", "-d", tmp_path, SAMPLES / "java/Gate.java"], check=True)
    assert answers([java, "-cp", tmp_path, "Gate"], tmp_path, kind="http") == ["OPEN", "STAY", "STAY", "STAY"]


def test_the_gate_in_c_sharp_opens_once(tmp_path: Path) -> None:
    dotnet = compiler("dotnet")
    shutil.copytree(SAMPLES / "csharp", tmp_path / "csharp")
    subprocess.run([dotnet, "build", "-o", tmp_path / "built", tmp_path / "csharp"], check=True)
    assert answers([dotnet, tmp_path / "built" / "Gate.dll"], tmp_path, kind="http") == ["OPEN", "STAY", "STAY", "STAY"]


def test_the_page_names_every_path_in_both_languages() -> None:
    page = (DOCS / "agent.md").read_text("utf-8")
    named = re.findall(r"^\| (GET|POST) (/v1/\S+) \|", page, re.MULTILINE)
    assert sorted(named) == sorted(2 * [(method, path) for path, methods in ROUTES.items() for method in methods])
    assert all((DOCS / target).exists() for target in re.findall(r"\]\(([^)]+)\)", page))
