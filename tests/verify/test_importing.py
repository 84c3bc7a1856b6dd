"""A folder that nobody vouches for: what is looked at, what is not, and that nothing half-taken remains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codes.errors import InputError, SetupError
from codes.status import MAX_TOKEN_BYTES
from tests.verify.city import HOUR, NOW, City, Gate
from verify import faults, importing
from verify.importing import Folder, import_folder
from verify.state import StateDirectory
from verify.terminal import Holdings


def test_a_folder_of_tokens_alone_is_enough(gate: Gate, city: City, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "c1000.cwt").write_bytes(city.token(iat=NOW + HOUR))
    (stick / "holiday.jpg").write_bytes(b"nobody looks at this")
    report = gate.take(path=stick)
    assert {name: part.outcome for name, part in report.items()} == {"c1000.cwt": "taken"}
    assert Holdings.read(gate.directory).status.head("CN-CQ") == NOW + HOUR


def test_a_refused_part_does_not_stop_the_others(gate: Gate, city: City) -> None:
    city.token(iat=NOW + HOUR)
    city.write("status/s1000.cwt", b"junk")
    city.write("metadata/timestamp.json", b"junk")
    report = gate.take()
    assert {name: part.outcome for name, part in report.items()} == {"trust": "refused", "c1000.cwt": "taken", "s1000.cwt": "refused"}


def test_tokens_are_judged_by_the_trust_that_came_with_them(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", city)
    assert {part.outcome for part in gate.take().values()} == {"taken"}


def test_a_new_terminal_whose_trust_is_refused_says_why_and_judges_nothing_else(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", city)
    city.write("metadata/timestamp.json", b"junk")
    assert {name: part.fault for name, part in gate.take().items()} == {"trust": faults.TRUST_SHAPE}
    with pytest.raises(SetupError) as error:
        gate.take(path=city.folder / "status")
    assert error.value.fault is faults.TRUST_ABSENT


@pytest.mark.error("import-nothing")
@pytest.mark.error("import-unreadable")
def test_a_path_without_anything_to_import_is_told(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for path, fault in (
        (tmp_path / "empty", faults.IMPORT_NOTHING),
        (tmp_path / "none", faults.IMPORT_UNREADABLE),
        (tmp_path / "file", faults.IMPORT_UNREADABLE),
    ):
        with pytest.raises(InputError) as error:
            import_folder(gate.directory, path, now=NOW)
        assert error.value.fault is fault
        assert gate.command("import", path)[0] == 2


def test_a_loop_of_links_is_not_followed_for_ever(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError) as error:
        import_folder(gate.directory, tmp_path / "loop", now=NOW)
    assert error.value.fault is faults.IMPORT_UNREADABLE


@pytest.mark.error("import-link")
def test_links_and_special_files_are_not_opened(gate: Gate, city: City, tmp_path: Path) -> None:
    secret = tmp_path / "secret.cwt"
    secret.write_bytes(city.token(iat=NOW + HOUR))
    path = city.folder / "status" / "c1000.cwt"
    path.unlink()
    path.symlink_to(secret)
    assert gate.take()["c1000.cwt"].fault is faults.IMPORT_LINK
    path.unlink()
    os.mkfifo(path)
    assert gate.take()["c1000.cwt"].fault is faults.IMPORT_LINK, "and nobody waits for a writer"
    path.unlink()
    path.mkdir()
    assert gate.take()["c1000.cwt"].fault in {faults.IMPORT_LINK, faults.IMPORT_UNREADABLE}
    path.rmdir()
    path.symlink_to(path)
    assert gate.take()["c1000.cwt"].fault in {faults.IMPORT_LINK, faults.IMPORT_UNREADABLE}


def test_a_linked_folder_inside_is_not_followed(gate: Gate, city: City, tmp_path: Path) -> None:
    (city.folder / "metadata").rename(tmp_path / "elsewhere")
    (city.folder / "metadata").symlink_to(tmp_path / "elsewhere")
    assert gate.take()["trust"].fault is faults.IMPORT_LINK


def test_an_endless_token_is_not_read_to_its_end(gate: Gate, city: City) -> None:
    city.write("status/c1000.cwt", b"\0" * (MAX_TOKEN_BYTES + 1))
    assert gate.take()["c1000.cwt"].fault is faults.IMPORT_TOO_LARGE


def test_files_are_counted(gate: Gate, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MAX_TOKENS", 3)
    for number in range(4):
        city.write(f"status/x{number}.cwt", b"")
    with pytest.raises(InputError) as error:
        gate.take()
    assert error.value.fault is faults.IMPORT_TOO_MANY


def test_a_file_that_vanishes_is_not_there(city: City) -> None:
    folder = Folder(city.folder)
    assert folder.read("status/none.cwt", 10) is None
    assert folder.read("root.json/none", 10) is None
    assert folder.metadata("root", 1, 1 << 20) == city.root_file


def test_a_status_folder_that_cannot_be_listed_is_told(gate: Gate, city: City, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "status").symlink_to(stick / "status")
    with pytest.raises(InputError) as error:
        gate.take(path=stick)
    assert error.value.fault is faults.IMPORT_UNREADABLE
    assert city.folder.exists()


def test_folders_posing_as_files_cost_no_descriptors(gate: Gate, city: City) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(9):
        (city.folder / "status" / f"posing-{number}.cwt").mkdir()
    report = gate.take()
    assert report["posing-0.cwt"].fault is faults.IMPORT_UNREADABLE
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_path_too_long_to_look_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, longest = str(tmp_path), os.pathconf("/", "PC_PATH_MAX") - 1
    while (room := longest - len(path) - 1) > 0:
        name = "d" * min(room if room <= 200 else room - 2, 200)
        os.mkdir(name)  # noqa: PTH102 because only relative steps reach this deep
        monkeypatch.chdir(name)
        path += f"/{name}"
    with pytest.raises(InputError) as error:
        Folder(Path(path)).has_trust()
    assert error.value.fault is faults.IMPORT_UNREADABLE


def test_importing_into_a_place_that_is_no_terminal_says_so_and_leaves_it_as_it_was(city: City, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for place in (tmp_path / "photos", tmp_path / "nowhere"):
        with pytest.raises(SetupError) as error:
            import_folder(StateDirectory(place), city.folder, now=NOW)
        assert error.value.fault is faults.STATE_MISSING
    assert not list((tmp_path / "photos").iterdir())


def test_a_state_is_not_made_where_a_file_is(city: City, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("shopping")
    with pytest.raises(SetupError) as error:
        Gate(tmp_path / "note.txt", city)
    assert error.value.fault is faults.STATE_EXISTS
