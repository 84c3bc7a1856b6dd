"""The page alone judges as our terminal does: every case of the conformance pack, to the step, the fault and the words."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import SetupError
from verify.state import StateDirectory
from verify.terminal import Terminal
from verify.trust_store import open_trust
from webapp.pack.places import NOW, UNREADY
from webapp.pack.reader import read_cases
from webapp.pack.writer import write_pack
from webapp.pages.terminal_trust import TerminalTrust, written

if TYPE_CHECKING:
    from webapp.pack.case import Case, Scan

HERE = Path(__file__).parent
PACK_SEED = 0


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judge") / "pack"
    write_pack(folder, seed=PACK_SEED)
    return folder


def trust_of(pack: Path) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(TerminalTrust(pack / "inputs").page(now=NOW))
    return page


def judged(trust: dict[str, Any], tokens: list[bytes], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page's modules say, run by node."""
    asked = {"trust": trust, "tokens": [base64.urlsafe_b64encode(token).rstrip(b"=").decode() for token in tokens], "groups": groups}
    node = shutil.which("node")
    assert node, "node is missing: make deps"
    run = subprocess.run([node, HERE / "judging.mjs"], input=json.dumps(asked), capture_output=True, text=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def tokens_of(pack: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((pack / "inputs" / "status").glob("*.cwt"))]


def group(case: Case) -> dict[str, Any]:
    scans = [{"text": scan.text, "at": scan.at, "challenge": scan.challenge and scan.challenge.hex()} for scan in case.scans]
    return {"scene": case.scene, "region": None, "scans": scans}


def by_python(case: Case, pack: Path) -> list[dict[str, Any]]:
    terminal = Terminal(pack / "terminal" / case.scene, read_only=True)
    return [_verdict(terminal, scan) for scan in case.scans]


def _verdict(terminal: Terminal, scan: Scan) -> dict[str, Any]:
    verdict = terminal.judge(scan.text, at=datetime.fromtimestamp(scan.at, UTC), challenge=scan.challenge).to_json()
    return {name: value for name, value in verdict.items() if name != "facts"}


@pytest.mark.threat("A09")
@pytest.mark.threat("B13")
def test_the_page_judges_every_case_of_the_pack_as_our_terminal_does(pack: Path) -> None:
    cases = [case for case in read_cases(pack) if case.scene != UNREADY]
    assert len(cases) > 400
    answered = judged(trust_of(pack), tokens_of(pack), [group(case) for case in cases])
    assert set(answered["refused"]) == {None}
    wrong = []
    for case, verdicts in zip(cases, answered["groups"], strict=True):
        for place, (scan, found) in enumerate(zip(case.scans, verdicts, strict=True)):
            if (found["verdict"], found["reason"], found["step"]) != (scan.expect.verdict, scan.expect.reason, scan.expect.step):
                wrong.append((case.name, place, scan.expect.to_json(), found["reason"], found["step"], found.get("code")))
    assert wrong == []


def test_the_page_says_it_in_the_same_words(pack: Path) -> None:
    cases = [case for case in read_cases(pack) if case.scene == "metro"][::4] + [case for case in read_cases(pack) if case.scene == "hospital"]
    answered = judged(trust_of(pack), tokens_of(pack), [group(case) for case in cases])
    for case, verdicts in zip(cases, answered["groups"], strict=True):
        for ours, found in zip(by_python(case, pack), verdicts, strict=True):
            found.pop("facts", None)
            assert found == ours, case.name


def test_what_the_server_renders_is_what_a_terminal_holds(pack: Path) -> None:
    directory = StateDirectory(pack / "terminal" / "metro")
    held = open_trust(directory.trust_files(directory.load()))
    root = (pack / "inputs" / "metadata" / "1.root.json").read_bytes()
    assert trust_of(pack) == json.loads(json.dumps(written(held.view, issued=held.issued, first_root=root)))


def test_a_repository_that_does_not_verify_is_not_rendered(pack: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "published"
    shutil.copytree(pack / "inputs", spoilt)
    trust = TerminalTrust(spoilt)
    assert trust.page(now=NOW) == trust.page(now=NOW)
    path = spoilt / "metadata" / "timestamp.json"
    path.write_bytes(re.sub(rb'"x-issued": ?[0-9]+', b'"x-issued":1', path.read_bytes()))
    for folder in (spoilt, tmp_path / "nowhere"):
        with pytest.raises(SetupError) as refused:
            TerminalTrust(folder).page(now=NOW)
        assert refused.value.code == "not-ready"


def test_a_list_that_is_not_what_it_says_is_not_believed(pack: Path) -> None:
    good = tokens_of(pack)[0]
    spoilt = (good[:-1] + bytes([good[-1] ^ 1]), good + b"\0", good[: len(good) // 2])
    assert None not in judged(trust_of(pack), list(spoilt), [])["refused"]
