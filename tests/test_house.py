"""The house itself: its rooms, the size of its modules, the names of its errors, the truth of its papers."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from codes.errors import Fault

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("codes", "verify", "ecard", "physical", "webapp")
SCRIPTS = {"ecard": "webapp.cli", "ecard-terminal": "verify.__main__", "ecard-reader": "physical.__main__"}
CEILING = 300
READMES = ("README.md", "README.zh-CN.md")
GENERATED = {"vectors", "migrations", "vendor"}


@cache
def files(*endings: str) -> list[Path]:
    """Files of the project (tracked, or not yet but not ignored) that end so, relative to its root."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return sorted(path for name in listing.stdout.splitlines() if (path := Path(name)).suffix in endings and (ROOT / path).is_file())


def read(path: Path | str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def faults() -> dict[str, list[Fault]]:
    """Every fault that a room declares, by room."""
    found: dict[str, list[Fault]] = {room: [] for room in ROOMS}
    for room in ROOMS:
        if (ROOT / room / "faults.py").is_file() or (ROOT / room / "faults").is_dir():
            values = vars(importlib.import_module(f"{room}.faults")).values()
            found[room] = [value for value in values if isinstance(value, Fault)]
    return found


def every_fault() -> list[Any]:
    return [pytest.param(fault, id=fault.code) for of_room in faults().values() for fault in of_room]


def text_files() -> list[Path]:
    here = Path(__file__).relative_to(ROOT)
    kinds = (".py", ".js", ".css", ".html", ".md", ".toml", ".lock", ".json", ".yml", ".cfg", ".sh", ".svg", "")
    return [path for path in files(*kinds) if path != here]


# ------------------------------------------------------------------------------------------------------------- rooms


def test_a_module_is_a_page_or_three() -> None:
    lines = {str(path): len(read(path).splitlines()) for path in files(".py", ".js") if not GENERATED & set(path.parts)}
    assert {path: count for path, count in lines.items() if count > CEILING} == {}


def test_a_module_is_named_for_what_it_does() -> None:
    drawers = re.compile(r"(^|_)(utils?|helpers?|misc|common|managers?|stuff|tools?)(_|$)")
    modules = [path for path in files(".py", ".js") if path.parts[0] in (*ROOMS, "tests", "tools")]
    assert [str(path) for path in modules if drawers.search(path.stem) or any(drawers.search(part) for part in path.parts[1:-1])] == []


def test_arrows_point_down() -> None:
    linter = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linter.returncode == 0, linter.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_typed_for_those_who_import_it(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()


def test_every_exception_to_a_rule_carries_its_reason() -> None:
    silenced = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no)\b(?P<rest>.*)")
    bare = []
    for path in files(".py"):
        if GENERATED & set(path.parts):
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            if (found := silenced.search(line)) and not re.search(r"( - | # |: .*[a-z]{3,} )\S+", found["rest"]):
                bare.append(f"{path}:{number}: {line.strip()}")
    assert bare == []


# ------------------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_its_faults(room: str) -> None:
    assert faults()[room]


def test_a_code_names_one_fault_in_the_whole_house() -> None:
    homes: dict[str, set[int]] = {}
    for of_room in faults().values():
        for fault in of_room:
            homes.setdefault(fault.code, set()).add(id(fault))
    assert [code for code, declared in homes.items() if len(declared) > 1] == []


def test_faults_are_declared_in_one_place_of_their_room() -> None:
    strangers = []
    for path in files(".py"):
        if path.parts[0] in ROOMS and "faults" not in {path.stem, path.parent.name}:
            calls = [node for node in ast.walk(ast.parse(read(path))) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
            strangers += [f"{path}:{call.lineno}" for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Fault"]
    assert strangers == []


@pytest.mark.parametrize("fault", every_fault())
def test_a_fault_says_what_and_what_to_do_in_both_languages(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.code)
    for chinese in (fault.title.zh, fault.hint.zh):
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", chinese), "Chinese takes full-width punctuation"
    assert fault.hint.zh.endswith(("。", "！"))
    assert fault.hint.en.endswith(".")
    assert not fault.title.en.endswith(".")


@pytest.mark.parametrize("fault", every_fault())
def test_a_fault_is_documented(fault: Fault) -> None:
    assert f"`{fault.code}`" in read("docs/errors.md")


@cache
def provoked() -> set[str]:
    """Codes that a vector expects (tests/vectors/**.json), or that a test provokes on purpose (`@pytest.mark.error`)."""
    vectors = [read(path) for path in files(".json") if path.parts[:2] == ("tests", "vectors")]
    return marked() | {code for text in vectors for code in re.findall(r'"code":\s*"([a-z0-9-]+)"', text)}


@cache
def marked() -> set[str]:
    """Codes that the tests say they provoke."""
    tests = [read(path) for path in files(".py") if path.parts[0] == "tests"]
    return {code for text in tests for code in re.findall(r"mark\.error\(\"([^\"]+)\"\)", text)}


@pytest.mark.parametrize("fault", every_fault())
def test_a_fault_is_hit(fault: Fault) -> None:
    assert fault.code in provoked()


def test_no_test_provokes_a_fault_that_does_not_exist() -> None:
    assert marked() <= {fault.code for of_room in faults().values() for fault in of_room}


# ------------------------------------------------------------------------------------------------------------ papers


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("left for later", r"\b(TODO|FIXME|XXX)\b"),
        # /opt/ecard is where deploy/ puts the service, on every machine
        ("a path of one machine", r"(?<![\w.\-%\"'/])/(?!opt/ecard\b)(work|home|root|Users|opt|farm)/\w"),
        ("a registry's host", r"pypi\.org|pythonhosted|npmjs\.|deb\.debian\.org|crates\.io"),
        (
            "how it was made",
            r"(?i)\b(language models?|llms?|chat ?bots?|chatgpt|claude|anthropic|openai|copilot|ai (agents?|assistants?)|coding (agents?|assistants?)|sub-?agents?)\b",
        ),
    ],
)
def test_no_file_speaks_of(what: str, pattern: str) -> None:
    said = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in text_files()
        for number, line in enumerate(read(path).splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert said == [], what


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"])
def test_a_paper_names_only_what_exists(name: str) -> None:
    text = read(name)
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)(?=[`\s])", "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL)))) <= make_targets()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (ROOT / link).exists()] == []
    paths = re.findall(rf"`((?:{'|'.join(ROOMS)}|docs|tests|tools|requirements)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", READMES)
@pytest.mark.parametrize("command", ["make demo", "make test", "ecard demo", "ecard-terminal scan", "ecard pack"])
def test_a_readme_shows_the_way_in(name: str, command: str) -> None:
    assert command in read(name)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("name", READMES)
def test_a_readme_quotes_a_program_as_it_speaks(name: str, script: str) -> None:
    quoted = re.search(rf"```[a-z]*\n\$ {script} --help\n(.*?)\n```", read(name), re.DOTALL)
    spoken = subprocess.run(
        [Path(sys.executable).with_name(script), "--help"],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        env={"COLUMNS": "100", "NO_COLOR": "1"},
    ).stdout
    assert spoken.startswith("usage:")
    if quoted:
        assert quoted[1].split() == spoken.split()


def test_the_scripts_are_the_three_of_the_house() -> None:
    entries = tomllib.loads(read("pyproject.toml"))["project"]["scripts"]
    assert entries == {name: f"{module}:main" for name, module in SCRIPTS.items()}


def test_the_change_log_knows_this_version() -> None:
    assert f"## [{tomllib.loads(read('pyproject.toml'))['project']['version']}]" in read("CHANGELOG.md")


# ------------------------------------------------------------------------------------------------------------- locks


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ \\;]+)", read(f"requirements/{name}.lock"), re.MULTILINE))


@pytest.mark.parametrize("name", ["terminal", "server", "dev", "reader"])
def test_a_lock_pins_every_package_to_its_bytes(name: str) -> None:
    text = read(f"requirements/{name}.lock")
    assert len(re.findall(r"^[a-z0-9].* \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) == len(pins(name)) > 0
    assert not re.search(r"https?:|--(extra-)?index|--find-links|^-e |@ ", text, re.MULTILINE)


def test_one_machine_can_hold_all_locks() -> None:
    assert pins("terminal").items() <= pins("server").items() <= pins("dev").items()
    assert pins("terminal").items() <= pins("reader").items()


def test_the_base_install_is_what_a_terminal_needs() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert {re.split(r"[<>=\[]", need)[0] for need in project["dependencies"]} == {"cryptography", "tuf", "urllib3"}
    assert pins("terminal").keys() == {"cffi", "cryptography", "pycparser", "securesystemslib", "tuf", "urllib3"}
