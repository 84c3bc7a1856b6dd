"""What other people wrote and browsers run: every byte is named, licensed and the one that was looked at, and nothing is fetched from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "webapp" / "static"
VENDOR = STATIC / "vendor"
OURS = (".js", ".mjs", ".css", ".html")
NAMESPACES = ("https://www.w3.org/", "http://www.w3.org/")


def said() -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads((VENDOR / "vendor.json").read_text("utf-8"))["files"]
    return files


def modules() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in OURS and VENDOR not in path.parents)


@pytest.mark.parametrize("file", said(), ids=lambda file: str(file["file"]))
def test_a_vendored_file_is_the_one_that_was_looked_at(file: dict[str, Any]) -> None:
    content = (VENDOR / file["file"]).read_bytes()
    assert (len(content), sha256(content).hexdigest()) == (file["bytes"], file["sha256"])


def test_every_vendored_file_is_named_and_every_package_is_licensed() -> None:
    papers = {"LICENSES", "vendor.json"}
    assert {path.name for path in VENDOR.iterdir() if not path.name.endswith(".d.ts")} == papers | {file["file"] for file in said()}
    licences = (VENDOR / "LICENSES").read_text("utf-8")
    for package in (package for file in said() for package in file["packages"]):
        assert f"{package['name']} {package['version']} ({package['licence']})" in licences
        assert not re.search(r"GPL", package["licence"])


def test_what_is_vendored_is_what_the_lock_pins() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    for package in (package for file in said() for package in file["packages"]):
        assert lock[f"node_modules/{package['name']}"]["version"] == package["version"]
    assert {
        name: lock[f"node_modules/{name}"]["version"] for name in asked
    } == asked  # exact, so that nothing is newer than it was when it was looked at


def test_the_lock_pins_bytes_and_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if not re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])] == []
    assert '"resolved"' not in text


def test_the_decoder_and_its_machine_code_are_of_one_release() -> None:
    glue = (VENDOR / "zxing-reader.js").read_text("utf-8")
    wasm = sha256((VENDOR / "zxing_reader.wasm").read_bytes()).hexdigest()
    assert wasm in glue  # ZXING_WASM_SHA256: mixed releases crash in the middle of a picture


def test_our_modules_fetch_nothing_from_elsewhere() -> None:
    found = []
    for path in modules():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            addresses = re.findall(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s\"'`]*", line)
            if [address for address in addresses if not address.startswith((*NAMESPACES, "http://127.0.0.1"))]:
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_the_wheel_brings_what_the_pages_need(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("webapp/static/")}
        assert packed >= {f"webapp/static/vendor/{file['file']}" for file in said()}
        assert packed >= {str(path.relative_to(ROOT)) for path in modules()}
        assert archive.read("webapp/static/vendor/zxing_reader.wasm") == (VENDOR / "zxing_reader.wasm").read_bytes()
