"""`ecard-reader` without a reader: what it prints, what it hides, and its exit status."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from physical import pcsc
from physical.__main__ import main
from physical.image import create_image
from physical.sscfields import Generation
from tests.physical.chips import INITIAL_PIN
from tests.physical.pyscard import READER, FakeScard
from tests.physical.sscchips import MASTER, ssc_memory
from tests.physical.test_ssc import SERVICE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return made(tmp_path / "chip.img", Generation.SECOND)


def made(path: Path, generation: Generation) -> Path:
    create_image(path)
    path.write_bytes(bytes(ssc_memory(generation).content))
    return path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    status = main(["--json", *arguments])
    told = capsys.readouterr()
    return status, [json.loads(line) for line in told.out.splitlines()], told.err


@pytest.mark.parametrize("how", [[], ["--by-number"]])
def test_reading_masks_the_person_unless_asked(capsys: pytest.CaptureFixture[str], image: Path, how: list[str]) -> None:
    status, (masked,), _ = ran(capsys, "read", "--image", str(image), *how)
    assert status == 0
    assert (masked["name"], masked["number"], masked["card_number"]) == ("王*䶮", "**************0012", "*****5A7K")
    assert "born" not in masked
    assert masked["valid_until"] == "2036-11-01"
    _, (shown,), _ = ran(capsys, "read", "--image", str(image), *how, "--show")
    assert (shown["name"], shown["number"], shown["card_number"], shown["born"]) == ("王㛃䶮", "500000199003070012", "C12345A7K", "1990-03-07")


def test_a_locked_card_says_what_stays_readable_and_a_key_service_opens_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    image = made(tmp_path / "chip.img", Generation.THIRD)
    status, (locked,), _ = ran(capsys, "read", "--image", str(image))
    assert (status, locked["locked"], locked["card_number"], locked["generation"]) == (0, "ssc-locked", None, "3.00")
    assert "--psam" in locked["hint"]
    program = shlex.join([sys.executable, "-c", SERVICE, MASTER.hex()])
    status, (opened,), _ = ran(capsys, "read", "--image", str(image), "--hsm", program, "--show")
    assert (status, opened["name"]) == (0, "王㛃䶮")


def test_a_trace_shows_commands_and_no_contents(capsys: pytest.CaptureFixture[str], image: Path) -> None:
    _, _, trace = ran(capsys, "read", "--image", str(image), "--trace")
    assert "> 00 A4 02 00 EF06" in trace
    assert "< [20 B] 9000" in trace
    assert b"500000199003070012".hex().upper() not in trace


def test_a_table_is_for_people(capsys: pytest.CaptureFixture[str], image: Path) -> None:
    assert main(["read", "--image", str(image)]) == 0
    shown = capsys.readouterr().out
    assert "应用可用 / in business    是 / yes\n" in shown
    assert main(["status", "--image", str(image)]) == 0
    shown = capsys.readouterr().out
    assert "已核对发卡机构 / issuer checked" in shown
    assert "可用 / active" in shown


def test_a_chip_proves_itself_and_its_holder_changes_the_pin(
    capsys: pytest.CaptureFixture[str], image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, (proof,), _ = ran(capsys, "status", "--image", str(image))
    assert (status, proof["proven"], proof["issuer_checked"], proof["state"], proof["counter"]) == (0, True, False, "active", 1)
    lines = iter([INITIAL_PIN + "\n", "864202\n"])
    monkeypatch.setattr(sys, "stdin", Lines(lines))
    assert ran(capsys, "pin", "--image", str(image))[1] == [{"pin_changed": True}]
    _, (shown,), _ = ran(capsys, "softcard", "show", str(image))
    assert shown["pin_tries_left"] == 6


class Lines:
    """Standard input that is no terminal."""

    def __init__(self, lines: Any) -> None:
        self.lines = lines

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return str(next(self.lines))


def test_a_new_card_waits_for_its_credential(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, (new,), _ = ran(capsys, "softcard", "new", str(tmp_path / "new.card"), "--card-id", "50" * 16)
    assert (status, new["card_id"], len(new["initial_pin"])) == (0, "50" * 16, 6)
    _, (shown,), _ = ran(capsys, "softcard", "show", str(tmp_path / "new.card"))
    assert shown["credential"] is None
    status, said, error = ran(capsys, "read", "--image", str(tmp_path / "new.card"))
    assert (status, said, json.loads(error)["error"]) == (1, [], "ssc-field")


def test_what_is_refused_says_what_to_do_in_both_languages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["read", "--image", str(tmp_path / "none.card")]) == 3
    told = capsys.readouterr().err
    assert "找不到软件卡映像" in told
    assert "Check the path" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"],
        ["read", "--image", "x", "--reader", "y"],
        ["watch", "--for", "-1"],
        ["watch", "--for", "soon"],
        ["softcard", "new", "x", "--card-id", "zz"],
    ],
)
def test_arguments_that_cannot_be_used(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as unusable:
        main(arguments)
    assert unusable.value.code == 2
    assert "参数不可用" in capsys.readouterr().err


def test_readers_are_listed_and_none_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeScard()
    monkeypatch.setattr(pcsc, "_pyscard", lambda: fake)
    assert ran(capsys, "readers")[:2] == (0, [{"reader": READER, "presence": "card", "atr": "3b00"}])
    assert main(["readers"]) == 0
    assert capsys.readouterr().out == f"{READER}  有卡 / card  3B00\n"
    fake.names = []
    status, _, error = ran(capsys, "readers")
    assert (status, json.loads(error)["error"]) == (3, "reader-missing")


def test_watching_tells_what_happens_and_ends_in_time(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeScard()
    fake.results["establish"] = [0x8010001D]
    monkeypatch.setattr(pcsc, "_pyscard", lambda: fake)
    status, said, _ = ran(capsys, "watch", "--for", "0.05")
    assert (status, [event["event"] for event in said]) == (0, ["service-gone"])
    fake.states = [0x10, 0x20]
    assert main(["watch", "--for", "0.05"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [f"接入读卡器 / reader added  {READER}", f"插入卡片 / card inserted  {READER}  3B00"]


def test_watching_without_pyscard_is_an_error_and_an_interrupt_is_an_end(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    status, _, error = ran(capsys, "watch")
    assert (status, json.loads(error)["error"]) == (3, "reader-support")

    def interrupted() -> FakeScard:
        raise KeyboardInterrupt

    monkeypatch.setattr(pcsc, "_pyscard", interrupted)
    assert ran(capsys, "watch")[:2] == (0, [])
