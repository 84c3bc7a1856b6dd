"""The samples of docs/agent.md: the one in C compiled everywhere, the others where their compiler is; each asked at a running agent."""

from __future__ import annotations

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
OTHERS = {"java": ("javac", "java"), "csharp": ("dotnet",)}
"""Samples whose compilers `make deps` does not bring, by folder: compiled on machines that have them, and no part of the others' runs."""


def compiled_here() -> list[str]:
    return ["c", *(sample for sample, tools in OTHERS.items() if all(shutil.which(tool) for tool in tools))]


def answers(command: list[str | Path], tmp_path: Path, *, kind: str) -> list[str]:
    """What a gate made from a sample does with a good code, the same again, something longer than any code, and nothing."""
    post = Post(tmp_path / "gate", station(tmp_path / "published"))
    with program("--state", post.path, "--line-port", "0") as (_, ports):
        text = f"{code(NOW)}\n{code(NOW)}\n{'x' * 9000}\n" + '"\\\n'
        done = subprocess.run([*command, str(ports[kind])], input=text.encode(), capture_output=True, check=True, timeout=120)
    return [line.split()[0] for line in done.stdout.decode().splitlines()]


def built(sample: str, tmp_path: Path) -> list[str | Path]:
    """How to start a sample that was just compiled."""
    if sample == "c":
        gate = tmp_path / "gate-c"
        subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", gate, SAMPLES / "c/gate.c"], check=True)
        return [gate]
    if sample == "java":
        subprocess.run(["javac", "-Werror", "-Xlint:all", "-encoding", "UTF-8", "-d", tmp_path, SAMPLES / "java/Gate.java"], check=True)
        return ["java", "-cp", tmp_path, "Gate"]
    shutil.copytree(SAMPLES / sample, tmp_path / sample)
    subprocess.run(["dotnet", "build", "-o", tmp_path / "built", tmp_path / sample], check=True)
    return ["dotnet", tmp_path / "built" / "Gate.dll"]


@pytest.mark.parametrize("sample", compiled_here())
def test_a_gate_made_from_a_sample_opens_once(sample: str, tmp_path: Path) -> None:
    assert answers(built(sample, tmp_path), tmp_path, kind="line" if sample == "c" else "http") == ["OPEN", "STAY", "STAY", "STAY"]


def test_the_gate_in_c_without_an_agent_says_so_and_ends(tmp_path: Path) -> None:
    assert subprocess.run([*built("c", tmp_path), "1"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 1


def test_the_page_names_every_path_in_both_languages() -> None:
    page = (DOCS / "agent.md").read_text("utf-8")
    named = re.findall(r"^\| (GET|POST) (/v1/\S+) \|", page, re.MULTILINE)
    assert sorted(named) == sorted(2 * [(method, path) for path, methods in ROUTES.items() for method in methods])
    assert all((DOCS / target).exists() for target in re.findall(r"\]\(([^)]+)\)", page))
