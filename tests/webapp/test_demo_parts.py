"""The parts of the demonstration: its folder, its looks, its phone, its people."""

from __future__ import annotations

import io
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from codes.claims import Audience
from codes.errors import SetupError, StateError, Text
from codes.presentation import Presentation
from codes.reasons import Colour
from tests.webapp.walked import NOW, Walked, walk_in
from webapp import faults
from webapp.demo import picture
from webapp.demo.folder import MARKER, DemoFolder
from webapp.demo.resident import draw_resident
from webapp.demo.stage import COLUMNS, Paint, Stage
from webapp.phones.phone import Phone
from webapp.width import pad, width, wrap

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return walk_in(tmp_path_factory.mktemp("city") / "demo")


# ----------------------------------------------------------------------------------------------------- the folder


@pytest.mark.error("demo-folder")
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_no_demonstration_made_is_left_alone(tmp_path: Path, kind: str) -> None:
    root, elsewhere = tmp_path / "mine", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / MARKER).touch()
    if kind == "folder":
        root.mkdir()
        (root / "thesis.txt").write_text("three years")
    elif kind == "file":
        root.write_text("three years")
    else:
        root.symlink_to(elsewhere)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(SetupError) as refused:
        walk_in(root)
    assert refused.value.fault is faults.DEMO_FOLDER
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_its_own_folder_is_made_anew(tmp_path: Path) -> None:
    first = DemoFolder.fresh(tmp_path / "demo")
    first.code("old").write_text("old")
    first.account.write_text("old")
    (first.root / "link").symlink_to(tmp_path)
    again = DemoFolder.fresh(tmp_path / "demo")
    assert sorted(path.name for path in again.root.iterdir()) == [MARKER, "codes", "office", "pictures", "terminals"]
    assert not list((again.root / "codes").iterdir())
    assert tmp_path.exists()


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert DemoFolder.fresh(tmp_path).root == tmp_path


@pytest.mark.error("output-unwritable")
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError) as refused:
        DemoFolder.fresh(tmp_path / "file" / "demo")
    assert refused.value.fault is faults.OUTPUT_UNWRITABLE


def test_a_folder_that_goes_away_under_the_walk_is_no_stack_trace(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        walk_in(tmp_path / "demo", pause=lambda: shutil.rmtree(tmp_path / "demo" / "pictures", ignore_errors=True))
    assert refused.value.fault is faults.OUTPUT_UNWRITABLE


# ---------------------------------------------------------------------------------------------------------- its looks


def test_chinese_takes_two_columns_and_marks_none() -> None:
    assert width("川渝 e-card") == 11
    assert width("e\u0301") == 1
    assert pad("川", 4) == "川  "
    assert pad("川渝", 3) == "川渝"


def test_lines_break_where_a_reader_would() -> None:
    assert wrap("闸机前的判断，不连网（离线）。", 12) == ["闸机前的判", "断，不连网", "（离线）。"]
    assert wrap("two words", 5) == ["two", "words"]
    assert wrap("undividable", 5) == ["undividable"]
    assert wrap("", 5) == [""]


def test_a_screen_with_long_words_stays_in_its_frame() -> None:
    out = io.StringIO()
    stage = Stage(out, colour=False)
    long = Text("请持卡人联网打开电子社保卡，更新后再出示。" * 3, "Ask the holder to open the app online. " * 4)
    stage.screen(Colour.GREY, "?", Text("请走人工通道", "Staffed lane"), found="check-online", right="0.20 ms", below=[("处理", long)])
    stage.question(Text("问" * 20, "q" * 24), Text("重庆医院挂号窗口", "Hospital desk"))
    assert max(map(width, out.getvalue().split("\n"))) <= COLUMNS
    assert stage.paint("x", Paint.BOLD) == "x"


# -------------------------------------------------------------------------------------------------------- phone, resident


def test_codes_of_two_credentials_share_nothing_but_issuer_and_kind(walked: Walked) -> None:
    first, second = (
        Presentation.from_text((walked.root / "codes" / f"{name}.txt").read_text().strip()).credential.says for name in ("metro", "found-metro")
    )
    assert {first.sub, first.holder, first.chip_tag, first.status}.isdisjoint({second.sub, second.holder, second.chip_tag, second.status})


def test_two_codes_made_in_one_second_differ(walked: Walked, tmp_path: Path) -> None:
    shutil.copytree(walked.root / "phone", tmp_path / "phone")
    at = NOW + timedelta(hours=1)
    first, second = (Phone(tmp_path / "phone").make_code(Audience.GENERAL, at=at) for _ in range(2))
    assert first.credential.raw == second.credential.raw
    assert second.iat == first.iat + 1


@pytest.mark.error("phone-empty")
def test_a_phone_whose_credentials_are_over_says_so(walked: Walked, tmp_path: Path) -> None:
    shutil.copytree(walked.root / "phone", tmp_path / "phone")
    with pytest.raises(StateError) as empty:
        Phone(tmp_path / "phone").make_code(Audience.GENERAL, at=NOW + timedelta(days=30))
    assert empty.value.fault is faults.PHONE_EMPTY


@pytest.mark.error("phone-unreadable")
@pytest.mark.parametrize("broken", ["enrolment.pem", "shown.json", "*.cbor"])
def test_a_phone_with_a_broken_file_says_so(walked: Walked, tmp_path: Path, broken: str) -> None:
    shutil.copytree(walked.root / "phone", tmp_path / "phone")
    for path in (tmp_path / "phone").glob(broken):
        path.write_bytes(b"?")
    with pytest.raises(SetupError) as unreadable:
        Phone(tmp_path / "phone").make_code(Audience.GENERAL, at=NOW)
    assert unreadable.value.fault is faults.PHONE_UNREADABLE


@pytest.mark.parametrize("content", ["[]", "3", '{"AAAAAAAA": "x"}', '{"AAAAAAAA": null}'])
def test_a_phone_whose_memory_of_codes_is_something_else_says_so(walked: Walked, tmp_path: Path, content: str) -> None:
    shutil.copytree(walked.root / "phone", tmp_path / "phone")
    (tmp_path / "phone" / "shown.json").write_text(content)
    with pytest.raises(SetupError) as unreadable:
        Phone(tmp_path / "phone").make_code(Audience.GENERAL, at=NOW)
    assert (unreadable.value.fault, unreadable.value.facts) == (faults.PHONE_UNREADABLE, {"file": "shown.json"})


def test_a_phone_is_not_made_over_another(walked: Walked) -> None:
    with pytest.raises(SetupError) as refused:
        Phone.create(walked.root / "phone")
    assert refused.value.fault is faults.PHONE_UNREADABLE


def test_a_resident_is_drawn_with_a_right_number_of_nowhere() -> None:
    resident = draw_resident(lambda size: b"\x07" * size)
    assert resident.number.startswith("509999")
    assert len(resident.number) == 18
    assert resident.name not in repr(resident)


@pytest.mark.error("demo-unread")
def test_a_picture_without_a_code_is_said_to_be_one() -> None:
    blank = io.BytesIO()
    Image.new("L", (64, 64), 255).save(blank, format="PNG")
    with pytest.raises(StateError) as unread:
        picture.read_back(blank.getvalue())
    assert unread.value.fault is faults.DEMO_UNREAD
