"""`ecard` from the outside: exit statuses, errors that help, and the commands that the demonstration prints."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import pty
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from codes.presentation import Presentation
from webapp import cli
from webapp.phones.phone import Phone

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which `ecard demo` was run as a shell would run it, and what it printed."""
    here = tmp_path_factory.mktemp("shell")
    run = subprocess.run([BIN / "ecard", "demo"], cwd=here, capture_output=True, text=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout
    return here, run.stdout


def commands(said: str) -> dict[str, str]:
    """The commands under "Try next", by their Chinese description."""
    lines = said.split("接着试试")[1]
    return {found[1].strip(): found[2] for found in re.finditer(r"^ {4}(\S.*?)  \S.*\n {6}(\S.*?(?:\\\n.*)?)$", lines, re.MULTILINE)}


def paste(command: str, here: Path) -> tuple[int, str]:
    run = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=here, capture_output=True, text=True, check=False, encoding="utf-8")
    return run.returncode, run.stdout


def test_every_command_that_is_printed_works_when_it_is_pasted(printed: tuple[Path, str]) -> None:
    here, said = printed
    answers = {name: paste(command, here) for name, command in commands(said).items()}
    assert [status for status, _ in answers.values()] == [0] * 7
    said_by = {name[:3]: text for name, (_, text) in answers.items()}
    assert json.loads(said_by["最后那"])["verdict"] == "accepted"
    assert json.loads(said_by["同一个"])["reason"] == "code-expired"
    assert json.loads(said_by["手机此"])["verdict"] == "accepted"
    assert re.fullmatch(r".\*.", json.loads(said_by["实名码"])["name"])
    assert json.loads(said_by["终端的"])["ready"] is True
    assert "proven" in said_by["让芯片"]
    assert "验证通过" in said_by["把实体"]


def test_a_code_made_now_is_accepted_once(printed: tuple[Path, str]) -> None:
    here, said = printed
    again = next(command for name, command in commands(said).items() if name.startswith("手机此刻"))
    verdicts = [json.loads(paste(again.replace("terminals/metro", "terminals/library"), here)[1]) for _ in range(2)]
    assert [verdict["reason"] for verdict in verdicts] == [None, "replayed"]


def test_what_lies_in_the_folder_is_what_the_list_says(printed: tuple[Path, str]) -> None:
    here, said = printed
    listed = re.findall(r"^ {4}([a-z.]+)/? {2,}", said.split("What lies in")[1].split("接着试试")[0], re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in (here / "demo").iterdir() if not path.name.startswith("."))


def test_it_can_be_run_again_in_its_own_folder(printed: tuple[Path, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    here, _ = printed
    assert cli.main(["demo", "--no-reader", "--dir", str(tmp_path / "demo"), "--once"]) == 0
    assert cli.main(["demo", "--no-reader", "--dir", str(tmp_path / "demo")]) == 0
    assert "23 次判断，23 次与预期一致" in capsys.readouterr().out
    assert (here / "demo" / "account.json").exists()


# ------------------------------------------------------------------------------------------------------------- stepping


def test_step_waits_for_enter_between_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    keys = io.StringIO("\n" * 100)
    monkeypatch.setattr(sys, "stdin", keys)
    assert cli.main(["demo", "--step", "--no-reader", "--dir", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr().out
    acts = len(json.loads((tmp_path / "demo" / "account.json").read_text("utf-8"))["acts"])
    assert said.count("按回车继续 / Enter to go on") == keys.tell() == acts - 1


def test_step_goes_on_when_nobody_can_press_enter(tmp_path: Path) -> None:
    run = subprocess.run([BIN / "ecard", "demo", "--step", "--dir", tmp_path / "demo"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert run.returncode == 0


def test_leaving_at_a_pause_is_no_error_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Impatient:
        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Impatient())
    assert cli.main(["demo", "--step", "--no-reader", "--dir", str(tmp_path / "demo")]) == 130
    assert capsys.readouterr().err == "\n"


def test_a_reader_that_has_gone_ends_it_quietly(tmp_path: Path) -> None:
    run = subprocess.run(
        ["bash", "-c", f"{BIN / 'ecard'} demo --dir {tmp_path / 'demo'} | head -n 1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 141
    assert run.stderr == ""


# --------------------------------------------------------------------------------------------------------------- errors


def test_a_foreign_folder_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    assert cli.main(["demo", "--dir", str(tmp_path)]) == 3
    said = capsys.readouterr().err
    assert "[demo-folder]" in said
    assert "请用 --dir 另指定一个空目录" in said
    assert "Name a folder with --dir" in said
    assert (tmp_path / "thesis.txt").read_text() == "three years"


@pytest.mark.error("extra-missing")
@pytest.mark.parametrize(("module", "package"), [("zxingcpp", "zxing-cpp"), ("qrcode", "qrcode"), ("PIL", "pillow"), ("sqlalchemy", "sqlalchemy")])
def test_a_missing_package_is_named_with_the_way_to_get_it(tmp_path: Path, module: str, package: str) -> None:
    program = (
        f"import sys; sys.modules[{module!r}] = None; from webapp.cli import main; sys.exit(main(['demo', '--dir', {str(tmp_path / 'demo')!r}]))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")
    assert run.returncode == 3, run.stderr
    assert "[extra-missing]" in run.stderr
    assert f"package = {package}" in run.stderr
    assert "make demo" in run.stderr
    assert not (tmp_path / "demo").exists()


def test_an_office_at_work_does_not_need_the_service(tmp_path: Path) -> None:
    words = ["office", "init", str(tmp_path / "office"), "--region", "CN-CQ"]
    program = f"import sys; sys.modules['flask'] = None; from webapp.cli import main; sys.exit(main({words!r}))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_help_needs_the_base_install_only() -> None:
    program = "import sys; sys.modules |= dict.fromkeys(('sqlalchemy', 'flask', 'qrcode', 'PIL')); from webapp.cli import main; main(['--help'])"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert all(verb in run.stdout for verb in ("demo", "code", "pack"))


def test_a_module_of_our_own_that_is_missing_is_a_bug() -> None:
    program = "import sys; sys.modules['webapp.demo.journey'] = None; from webapp.cli import main; main(['demo'])"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["demo", "--once", "--step"],
        ["demo", "--di", "x"],
        ["code"],
        ["code", "--phone", "x", "--challenge", "zz"],
        ["code", "--phone", "x", "--challenge", "00"],
    ],
)
def test_arguments_that_cannot_be_used_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "usage: ecard" in said
    assert "参数不可用 / unusable arguments: " in said


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"ecard {importlib.metadata.version('chuanyu-card')}\n"


def test_it_speaks_chinese_wherever_it_is() -> None:
    latin = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1"}  # noqa: TID251 because a locale is told that way
    run = subprocess.run([BIN / "ecard", "--help"], env=latin, capture_output=True, check=False)
    assert run.returncode == 0
    assert "川渝电子社保卡" in run.stdout.decode()


# ----------------------------------------------------------------------------------------------------------- ecard code


def test_code_prints_one_text_and_nothing_else(printed: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    phone = str(printed[0] / "demo" / "phone")
    assert cli.main(["code", "--phone", phone, "--identity", "--challenge", "00112233445566778899aabbccddeeff"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("\n")
    code = Presentation.from_text(out[:-1])
    assert code.cnonce == bytes.fromhex("00112233445566778899aabbccddeeff")
    assert code.credential.says.name is not None


def test_code_draws_and_saves_the_same_code(printed: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phone = str(printed[0] / "demo" / "phone")
    assert cli.main(["code", "--phone", phone, "--blocks", "--png", str(tmp_path / "code.png"), "--svg", str(tmp_path / "code.svg")]) == 0
    assert b"<svg" in (tmp_path / "code.svg").read_bytes()
    assert set(capsys.readouterr().out) == set("█▀▄ \n")
    with Image.open(tmp_path / "code.png") as drawn:
        (found,) = zxingcpp.read_barcodes(drawn)
    assert Presentation.from_text(found.text).to_text() == found.text


def test_a_picture_that_cannot_be_saved_is_our_trouble(printed: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["code", "--phone", str(printed[0] / "demo" / "phone"), "--png", str(tmp_path / "nowhere" / "code.png")]) == 3
    assert "[output-unwritable]" in capsys.readouterr().err


def test_a_phone_that_is_not_there_and_one_that_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["code", "--phone", str(tmp_path / "none")]) == 3
    assert "[phone-unreadable]" in capsys.readouterr().err
    Phone.create(tmp_path / "phone")
    assert cli.main(["code", "--phone", str(tmp_path / "phone")]) == 1
    assert "[phone-empty]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "terminal", "wanted"), [({}, True, True), ({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, True, False), ({}, False, False)]
)
def test_colour_is_for_a_terminal_that_wants_it(told: dict[str, str], terminal: bool, wanted: bool, tmp_path: Path) -> None:
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm"}  # noqa: TID251 because a program is found that way
    reading, writing = pty.openpty() if terminal else os.pipe()
    with subprocess.Popen([BIN / "ecard", "demo", "--dir", tmp_path / "demo"], env=base | told, stdout=writing) as run:
        os.close(writing)
        said = b"".join(iter(partial(_read, reading), b""))
    os.close(reading)
    assert run.returncode == 0
    assert (b"\x1b[1;97;42m" in said) is wanted
    assert "验证通过" in said.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # what the end of a terminal looks like
        return b""
