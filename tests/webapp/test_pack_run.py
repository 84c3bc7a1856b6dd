"""Running programs over a pack: ours, and every kind of bad one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from webapp import cli
from webapp.pack.places import SCENE_NAMES, UNREADY
from webapp.pack.reasons import BEGIN, put_table, reasons_table
from webapp.pack.runner import run_pack
from webapp.pack.writer import write_pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.pack.runner import Account

TERMINAL = str(Path(sys.executable).with_name("ecard-terminal"))
NEED_MEMORY = ["replay_after_passback", "replay_within_passback_fail"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrators.md"


def main(arguments: list[str]) -> int:
    return cli.main(["pack", *arguments])


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "seed-0"
    write_pack(folder, seed=0)
    return folder


@pytest.fixture
def small(pack: Path, tmp_path: Path) -> Path:
    """A pack of three cases at one terminal."""
    folder = tmp_path / "small"
    (folder / "cases").mkdir(parents=True)
    for name in ("code_of_this_second", "empty_line_fail", "replay_same_text_fail"):
        shutil.copy(pack / "cases" / f"{name}.json", folder / "cases")
    shutil.copytree(pack / "terminal" / "metro", folder / "terminal" / "metro")
    manifest = json.loads((pack / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"cases": 3}), "utf-8")
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], list[str]]:
    """Makes a command out of the body of a script; `verb` is what it was asked for."""

    def make(body: str) -> list[str]:
        path = tmp_path / "program.py"
        path.write_text(f"import json, os, sys, time\nverb = sys.argv[1]\nif verb == 'health':\n    print('{{}}')\n    sys.exit()\n{body}", "utf-8")
        return [sys.executable, str(path)]

    return make


def problems(account: Account) -> dict[str, list[str]]:
    return {name: [wrong.problem for wrong in wrongs] for name, wrongs in account.failed.items()}


def all_problems(account: Account) -> list[str]:
    return [wrong.problem for wrongs in account.failed.values() for wrong in wrongs]


def test_ecard_terminal_passes_every_case_over_its_command_line(pack: Path) -> None:
    account = run_pack(pack, [TERMINAL])
    assert problems(account) == {}
    assert account.is_good
    assert sorted(account.unjudged) == NEED_MEMORY
    assert len(account.passed) + len(account.unjudged) == json.loads((pack / "manifest.json").read_bytes())["cases"]
    assert account.health == dict.fromkeys((*sorted((*SCENE_NAMES, UNREADY)),), "")


def test_a_pack_is_not_changed_by_running_it(small: Path, program: Callable[[str], list[str]]) -> None:
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    command = program("state = sys.argv[3]\nopen(state + '/state.json', 'w').write('spoilt')\nopen(state + '/new', 'w').close()\n")
    run_pack(small, command)
    assert {path: path.read_bytes() for path in small.rglob("*") if path.is_file()} == before


def test_wrong_answers_are_shown_beside_the_right_ones(small: Path, program: Callable[[str], list[str]]) -> None:
    always_yes = "for line in sys.stdin:\n    print(json.dumps({'verdict': 'accepted', 'reason': None, 'step': None, 'notes': []}))\n"
    account = run_pack(small, program(always_yes))
    assert account.passed == ["code_of_this_second"]
    (wrong,) = account.failed["empty_line_fail"]
    assert (wrong.problem, wrong.expected["reason"], wrong.got) == (
        "differs",
        "unknown-format",
        {"verdict": "accepted", "reason": None, "step": None, "notes": []},
    )
    assert [wrong.scan for wrong in account.failed["replay_same_text_fail"]] == [1]


def test_an_answer_of_another_type_is_not_the_answer(small: Path, program: Callable[[str], list[str]]) -> None:
    floats = "for line in sys.stdin:\n    print(json.dumps({'verdict': 'refused', 'reason': 'unknown-format', 'step': 0.0, 'notes': 'none'}))\n"
    assert "empty_line_fail" in run_pack(small, program(floats)).failed


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("print('hello')\n" * 2, "not JSON: 'hello'"),
        ("print('[1]')\n" * 2, "not an object: '[1]'"),
        ("sys.exit(7)\n", "no answer (exit 7)"),
        ("sys.stderr.write('first\\nout of paper\\n')\nsys.exit(1)\n", "no answer (exit 1): out of paper"),
        ("os.kill(os.getpid(), 9)\n", "no answer (signal 9)"),
        ("os.write(1, b'\\xff\\xfe\\n' * 2)\n", "not JSON: '��'"),
        ("print('[' * 100000)\n" * 2, "not JSON"),
        ("for _ in range(5): print('{}')\n", "too many answers (exit 0)"),
        ("while True: os.write(1, b'x' * 65536)\n", "not JSON"),
    ],
)
def test_a_program_that_talks_nonsense_or_dies_fails_with_a_reason(body: str, problem: str, small: Path, program: Callable[[str], list[str]]) -> None:
    account = run_pack(small, program(body), timeout=20)
    assert not account.passed
    assert any(found.startswith(problem) for found in all_problems(account))


def test_a_program_that_hangs_is_stopped_with_its_children(small: Path, program: Callable[[str], list[str]], tmp_path: Path) -> None:
    mark = tmp_path / "children"
    body = f"import subprocess\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\nopen({str(mark)!r}, 'a').write(f'{{child.pid}} ')\ntime.sleep(600)\n"
    account = run_pack(small, program(body), timeout=2)
    assert not account.passed
    assert all(found.startswith("no answer (timeout") for found in all_problems(account))
    assert mark.read_text("utf-8").split()
    assert not any(is_running(int(child)) for child in mark.read_text("utf-8").split())


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_closes_its_outputs_and_stays_is_stopped(small: Path, program: Callable[[str], list[str]]) -> None:
    account = run_pack(small, program("os.close(1)\nos.close(2)\ntime.sleep(600)\n"), timeout=1)
    assert all(found.startswith("no answer (timeout") for found in all_problems(account))


def test_after_a_death_the_rest_is_still_asked(pack: Path, tmp_path: Path, program: Callable[[str], list[str]]) -> None:
    folder = tmp_path / "times"
    (folder / "cases").mkdir(parents=True)
    names = ["empty_line_fail", "spaces_only_fail", "web_address_fail", "wifi_settings_fail"]
    for name in names:
        shutil.copy(pack / "cases" / f"{name}.json", folder / "cases")
    shutil.copytree(pack / "terminal" / "metro", folder / "terminal" / "metro")
    (folder / "manifest.json").write_text(json.dumps({"pack": 1, "cases": 4}), "utf-8")
    good = "print(json.dumps({'verdict': 'refused', 'reason': 'unknown-format', 'step': 0, 'notes': []}), flush=True)"
    account = run_pack(folder, program(f"for line in sys.stdin:\n    if line.startswith('https'): os.abort()\n    {good}\n"))
    assert account.passed == [name for name in names if name != "web_address_fail"]
    assert problems(account) == {"web_address_fail": ["no answer (signal 6)"]}


@pytest.mark.parametrize(
    ("body", "wrong"), [("print('{}')", ""), ("print('[]')", "not an object"), ("print('fine')", "not JSON"), ("import os; os.abort()", "signal 6")]
)
def test_health_has_to_be_an_object(body: str, wrong: str, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "health.py"
    path.write_text(body, "utf-8")
    account = run_pack(small, [sys.executable, str(path)])
    assert account.health == {"metro": wrong}
    assert not account.is_good


@pytest.mark.error("pack-command")
@pytest.mark.parametrize("command", ["/no/such/program", "", "unfinished 'quote"])
def test_a_program_that_cannot_be_started_is_an_error_of_its_own(command: str, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small), "--run", command]) == 3
    assert "[pack-command" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------- the command line


def test_ecard_pack_writes_a_pack_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "pack"), "--seed", "3"]) == 0
    assert "seed 3" in capsys.readouterr().out
    assert main([str(tmp_path / "json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["crowd"] == 600


def test_ecard_pack_run_gives_a_clear_account(small: Path, program: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small), "--run", TERMINAL]) == 0
    assert "every case passed" in capsys.readouterr().out
    command = " ".join(program("for line in sys.stdin: print('{}')\n"))
    assert main([str(small), "--run", command]) == 1
    assert "expected accepted; got None" in capsys.readouterr().out
    assert main([str(small), "--run", command, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["good"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--run", "true"],
        ["x", "--jobs", "0"],
        ["x", "--jobs", "-1"],
        ["x", "--jobs", "65"],
        ["x", "--timeout", "0"],
        ["x", "--timeout", "nan"],
        ["x", "--timeout", "1e9"],
        ["x", "--seed", "-1"],
        ["x", "--seed", "1" * 5000],
        ["x", "--re"],
    ],
)
def test_arguments_that_make_no_sense_are_told_in_both_languages(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "参数不可用 / unusable arguments: " in capsys.readouterr().err


def test_a_maker_of_gates_runs_a_pack_with_the_base_install(small: Path) -> None:
    program = (
        "import sys; sys.modules |= dict.fromkeys(('sqlalchemy', 'alembic', 'flask', 'qrcode', 'PIL', 'zxingcpp'));"
        f"from webapp.cli import main; sys.exit(main(['pack', '--run', {TERMINAL!r}, {str(small)!r}]))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=PAGE.parents[1], capture_output=True, text=True, check=False, encoding="utf-8")
    assert (run.returncode, run.stdout.splitlines()[-1:]) == (0, ["every case passed"]), run.stderr


# --------------------------------------------------------------------------------------------------------- the paper


def test_the_page_for_integrators_has_the_table_of_reasons_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text("utf-8")
    assert put_table(page) == page
    assert main(["--reasons"]) == 0
    assert capsys.readouterr().out.strip() == reasons_table()


def test_a_page_without_a_place_for_the_table_is_not_touched() -> None:
    with pytest.raises(ValueError, match="no place"):
        put_table(f"before {BEGIN} and no end")
