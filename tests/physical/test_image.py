"""A soft card in a file, and the command line over it."""

from __future__ import annotations

import io
import json
import re
import secrets
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codes.chipproof import ChipPurpose
from codes.errors import SetupError
from physical import __main__ as command
from physical import faults
from physical.binding import BindingSession
from physical.image import FileMemory, create_image, inserted
from tests.physical.chips import CARD_ID, INITIAL_PIN, PIN, chip_credential


def finish(path: Path, *, credential: bytes | None = None) -> None:
    with inserted(path, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        session.write_credential(credential or chip_credential(session.read_public_key()))
        session.activate()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = command.main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_card_persists_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.card"
    create_image(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with inserted(path, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        key = session.generate_key()
        session.write_card_id(CARD_ID)
        session.write_initial_pin(INITIAL_PIN)
        first = session.prove(ChipPurpose.STATUS, bytes(32), key=key, card_id=CARD_ID)
    with inserted(path, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        second = session.prove(ChipPurpose.STATUS, bytes(32), key=key, card_id=CARD_ID)
    assert (first.counter, second.counter) == (1, 2)


@pytest.mark.error("image-missing")
@pytest.mark.error("image-exists")
@pytest.mark.error("image-exposed")
@pytest.mark.error("image-unwritable")
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda path: path.unlink(), faults.IMAGE_MISSING),
        (lambda path: path.chmod(0o640), faults.IMAGE_EXPOSED),
        (lambda path: path.write_bytes(b"not a card"), faults.IMAGE_DAMAGED),
        (lambda path: path.write_bytes(b"\0" * path.stat().st_size), faults.IMAGE_DAMAGED),
        (lambda path: (path.unlink(), path.mkdir()), faults.IMAGE_UNWRITABLE),
    ],
    ids=["missing", "exposed", "short", "zeros", "folder"],
)
def test_an_unfit_image_is_refused_by_name(tmp_path: Path, spoil: object, fault: object) -> None:
    path = tmp_path / "demo.card"
    create_image(path)
    assert callable(spoil)
    spoil(path)
    with pytest.raises(SetupError) as refused, inserted(path, secrets.token_bytes):
        pytest.fail("it was inserted")
    assert refused.value.fault is fault


def test_a_card_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "demo.card"
    create_image(path)
    with pytest.raises(SetupError) as refused:
        create_image(path)
    assert refused.value.fault is faults.IMAGE_EXISTS


def test_an_image_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        create_image(tmp_path / "nowhere" / "demo.card")
    assert refused.value.fault is faults.IMAGE_UNWRITABLE


@pytest.mark.error("image-busy")
def test_two_programs_never_hold_one_card(tmp_path: Path) -> None:
    path = tmp_path / "demo.card"
    create_image(path)
    with inserted(path, secrets.token_bytes), pytest.raises(SetupError) as refused, inserted(path, secrets.token_bytes):
        pytest.fail("it was inserted twice")
    assert refused.value.fault is faults.IMAGE_BUSY


def test_a_disk_that_fails_is_named(tmp_path: Path) -> None:
    path = tmp_path / "read-only"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        memory = FileMemory(file.fileno())
        with pytest.raises(SetupError):
            memory.write(0, b"y")
    for act in (lambda: memory.read(0, 1), memory.flush):
        with pytest.raises(SetupError):
            act()


def test_a_blank_chip_is_a_file_with_nothing_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = str(tmp_path / "blank.card")
    assert json.loads(run(capsys, "--json", "softcard", "blank", image)[1])["blank"] is True
    assert "空白芯片" in run(capsys, "softcard", "blank", str(tmp_path / "another.card"))[1]
    status, _, said = run(capsys, "softcard", "show", image)
    assert (status, "chip-file" in said) == (1, True)


def test_new_status_and_show_work_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = str(tmp_path / "demo.card")
    status, out, _ = run(capsys, "--json", "softcard", "new", image, "--card-id", CARD_ID.hex())
    made = json.loads(out)
    assert status == 0
    assert made["card_id"] == CARD_ID.hex()
    assert re.fullmatch(r"\d{6}", made["initial_pin"])
    status, out, _ = run(capsys, "--json", "status", "--image", image)
    proof = json.loads(out)
    assert status == 0
    assert (proof["proven"], proof["state"], proof["counter"], proof["credential"], proof["key"]) == (True, "suspended", 1, None, made["key"])
    finish(Path(image))
    status, out, _ = run(capsys, "--json", "status", "--image", image)
    proof = json.loads(out)
    assert (proof["state"], proof["counter"], proof["credential"], proof["status_uri"]) == ("active", 2, "CN-CQ", "sl:c1")
    status, out, _ = run(capsys, "softcard", "show", image)
    assert status == 0
    assert "是 / yes" in out
    assert f"{datetime.fromtimestamp(proof['expires'], UTC):%Y-%m-%dT%H:%M:%SZ}" in out


def test_the_holder_changes_the_pin_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = str(tmp_path / "demo.card")
    initial = json.loads(run(capsys, "--json", "softcard", "new", image)[1])["initial_pin"]
    finish(Path(image))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{'0' * 6 if initial != '0' * 6 else '1' * 6}\n{PIN}\n"))
    status, _, err = run(capsys, "--json", "pin", "--image", image)
    assert status == 1
    assert json.loads(err)["facts"] == {"tries_left": 5}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{initial}\n{PIN}\n"))
    assert run(capsys, "pin", "--image", image)[0] == 0


@pytest.mark.error("chip-credential")
def test_a_credential_for_another_key_is_shown_as_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, other = str(tmp_path / "demo.card"), tmp_path / "other.card"
    run(capsys, "softcard", "new", image)
    run(capsys, "softcard", "new", str(other))
    with inserted(other, secrets.token_bytes) as transport:
        session = BindingSession(transport)
        session.select()
        stranger = session.read_public_key()
    finish(Path(image), credential=chip_credential(stranger))
    status, _, err = run(capsys, "--json", "softcard", "show", image)
    assert (status, json.loads(err)["error"]) == (1, "chip-credential")


def test_errors_go_to_stderr_in_both_languages_with_an_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "status", "--image", str(tmp_path / "none.card"))
    assert (status, out) == (3, "")
    assert faults.IMAGE_MISSING.hint.zh in err
    assert faults.IMAGE_MISSING.hint.en in err


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["softcard"], ["status"], *(["softcard", "new", "x", "--card-id", code] for code in ("00", "zz"))]
)
def test_arguments_that_cannot_be_used_are_told_in_both_languages(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as usage:
        command.main(arguments)
    assert usage.value.code == 2
    said = capsys.readouterr().err
    assert "参数不可用 / unusable arguments: " in said
    assert "_card_id" not in said
