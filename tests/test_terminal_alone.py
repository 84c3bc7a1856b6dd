"""A terminal with the base install and nothing else: no Flask, no SQL, no drawing library, no source tree."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "terminal.lock"
NOT_FOR_A_TERMINAL = ("flask", "sqlalchemy", "alembic", "qrcode", "PIL", "cbor2", "numpy", "pytest", "redis", "smartcard", "zxingcpp")
NEEDS_QRCODE = {"codes.qr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """An installed terminal: an interpreter that holds only the locked packages, and the house unpacked from its wheel."""

    python: Path
    house: Path

    def run(self, *arguments: str | Path, stdin: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
        surroundings = {"PYTHONPATH": str(self.house), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(self.python), "-W", "error", *map(str, arguments)]
        return subprocess.run(command, input=stdin, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False, encoding="utf-8")


def build_environment() -> Path:
    """A virtual environment with exactly the base install. Built once for each lock, interpreter and machine; later runs find it."""
    name = hashlib.sha256(LOCK.read_bytes() + sys.version.encode() + sys.executable.encode()).hexdigest()[:16]
    home = ROOT / ".cache" / f"terminal-{name}"
    home.parent.mkdir(exist_ok=True)
    with (home.parent / f"terminal-{name}.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
            quiet = ["--disable-pip-version-check", "--quiet", "--quiet", "--no-input"]
            subprocess.run([home / "bin" / "python", "-m", "pip", *quiet, "install", "--require-hashes", "-r", LOCK], check=True)
            (home / "complete").touch()
    return home / "bin" / "python"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out], cwd=ROOT, capture_output=True, check=True)
    return next(out.glob("chuanyu_card-*.whl"))


@pytest.fixture(scope="module")
def terminal(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    house = tmp_path_factory.mktemp("house")
    with zipfile.ZipFile(wheel) as archive:  # a terminal can leave the other rooms out altogether
        archive.extractall(house, [name for name in archive.namelist() if name.startswith(("codes/", "verify/"))])
    return Terminal(python=build_environment(), house=house)


def test_the_wheel_holds_the_rooms_and_their_papers(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if not name.startswith("chuanyu_card-")} == {"codes", "verify", "ecard", "physical", "webapp"}
    assert {"codes/FORMAT.md", "codes/py.typed", "verify/py.typed"} <= names
    assert any(name.startswith("ecard/migrations/") for name in names)


def test_codes_and_verify_import_with_the_base_install(terminal: Terminal, tmp_path: Path) -> None:
    script = f"""
import importlib, importlib.util, pkgutil
import codes, verify
for room in (codes, verify):
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        if module.name not in {NEEDS_QRCODE!r} and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print([name for name in {NOT_FOR_A_TERMINAL!r} if importlib.util.find_spec(name)])
"""
    run = terminal.run("-c", script, cwd=tmp_path)
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def test_the_terminal_speaks(terminal: Terminal, tmp_path: Path) -> None:
    run = terminal.run("-m", "verify", "--help", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert all(verb in run.stdout for verb in ("init", "scan", "import", "health"))


@pytest.mark.article("ZS-11(2)")
def test_the_terminal_judges_codes_of_a_packed_city(terminal: Terminal, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    packed = subprocess.run([Path(sys.executable).with_name("ecard"), "pack", pack, "--seed", "1"], capture_output=True, text=True, check=False)
    assert packed.returncode == 0, packed.stderr
    judged = {"accepted": 0, "refused": 0, "inconclusive": 0}
    for path in sorted((pack / "cases").glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if "sequence" in case or "challenge" in case or judged[case["expect"]["verdict"]] >= 3:
            continue
        state = pack / "terminal" / case["scene"]
        run = terminal.run("-m", "verify", "scan", "--state", state, "--at", case["at"], stdin=case["text"] + "\n", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        answer = json.loads(run.stdout)
        assert {key: answer[key] for key in case["expect"]} == case["expect"], path.name
        judged[answer["verdict"]] += 1
    assert judged["accepted"]
    assert judged["refused"]
