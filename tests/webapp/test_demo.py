"""The demonstration runs to its end with the product's own code, says what happened, and leaves behind what it says."""

from __future__ import annotations

import io
import json
import re
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from codes import qr
from codes.errors import InputError, StateError
from codes.presentation import Presentation
from ecard import Actor, AesKeyWrapper, Role, Store, Vault, schema
from ecard.keyring import Keyring
from tests.webapp.walked import NOW, Walked, walk_in
from verify.importing import import_folder
from verify.state import StateDirectory
from webapp import faults
from webapp.demo import picture
from webapp.demo.folder import DemoFolder
from webapp.demo.gates import Gate
from webapp.demo.journey import Telling, walk
from webapp.demo.stage import COLUMNS
from webapp.phones.phone import Phone
from webapp.width import width

if TYPE_CHECKING:
    from pathlib import Path

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return walk_in(tmp_path_factory.mktemp("city") / "demo")


EXPECTED = {
    "metro": "accepted",
    "same-code-elsewhere": "accepted",
    "same-code-again": "replayed",
    "hospital": "accepted",
    "another-challenge": "challenge-mismatch",
    "library": "accepted",
    "library-chip": "accepted",
    "screenshot": "code-expired",
    "clock-fast": "code-from-future",
    "changed-byte": "issuer-signature",
    "no-signature": "holder-signature",
    "other-phone": "holder-signature",
    "unknown-issuer": "unknown-issuer",
    "honest-code": "accepted",
    "lost-connected": "suspended",
    "lost-library": "suspended",
    "lost-chip": "suspended",
    "lost-metro": "accepted",
    "lost-hospital": "check-online",
    "stopped-chip": "suspended",
    "found-metro": "accepted",
    "found-library": "accepted",
    "found-chip": "accepted",
}


# ----------------------------------------------------------------------------------------------------------- the journey


def test_every_verdict_of_the_journey_is_the_one_that_the_journey_is_about(walked: Walked) -> None:
    found = {entry["name"]: entry["verdict"]["reason"] or entry["verdict"]["verdict"] for act in walked.page["acts"] for entry in act["verdicts"]}
    assert found == EXPECTED
    assert walked.page["deviations"] == []


def test_the_acts_come_in_the_order_of_the_story(walked: Walked) -> None:
    names = [act["name"] for act in walked.page["acts"]]
    assert names[:8] == ["city", "apply", "make", "activate", "bind", "issue", "terminals", "code"]
    assert names[-8:] == ["loss", "connected", "stick", "old-list", "chip", "found", "again", "journals"]
    times = [act["at"] for act in walked.page["acts"]]
    assert times == sorted(times)


@pytest.mark.threat("A03")
def test_one_code_at_two_gates_is_found_when_the_journals_meet(walked: Walked) -> None:
    steps = next(act for act in walked.page["acts"] if act["name"] == "journals")["steps"]
    assert [step["facts"] for step in steps[1:]] == [{"seconds": 6}, {"findings": 1}]
    assert steps[0]["facts"]["entries"] == len(EXPECTED)


def test_the_code_is_as_small_as_the_format_promises(walked: Walked) -> None:
    facts = next(act for act in walked.page["acts"] if act["name"] == "code")["steps"][0]["facts"]
    text = (walked.root / "codes" / "metro.txt").read_text().strip()
    assert facts == {"bytes": len(Presentation.from_text(text).raw), "characters": len(text), "qr_version": qr.version(text)}
    assert facts["bytes"] <= 319
    assert facts["qr_version"] <= 13


def test_what_was_measured_is_told(walked: Walked) -> None:
    assert walked.verdict("clock-fast")["facts"] == {"ahead_s": 240}
    assert walked.verdict("screenshot")["facts"] == {"late_s": 90, "age_s": 120}
    assert "约 4 分钟" in walked.said
    assert all(entry["ms"] > 0 for act in walked.page["acts"] for entry in (*act["steps"], *act["verdicts"]))


@pytest.mark.parametrize(("name", "age"), [("lost-library", 600), ("lost-chip", 600), ("lost-metro", 34320), ("lost-hospital", 34320)])
def test_after_the_loss_report_a_verdict_says_how_old_its_list_is(walked: Walked, name: str, age: int) -> None:
    assert walked.verdict(name)["status_age_s"] == age
    assert ("status-aging" in walked.verdict(name)["notes"]) is (name == "lost-metro")


def test_the_hospital_sees_a_masked_name_and_a_tail_and_nobody_else_does(walked: Walked) -> None:
    (shown,) = re.findall(r"显示  (\w\*\w)，证件尾号 (\d{3}[\dX])  (\w\*\w), number ending in (\d{3}[\dX])", walked.said)
    assert shown[:2] == shown[2:]
    assert walked.said.count(shown[0]) == 2


def test_each_credential_has_a_key_of_its_own(walked: Walked) -> None:
    facts = next(act for act in walked.page["acts"] if act["name"] == "issue")["steps"][0]["facts"]
    assert facts == {"credentials": 3, "keys": 3}
    held = Phone(walked.root / "phone").credentials()
    assert len({credential.says.holder for credential in held}) == len({credential.says.sub for credential in held}) == len(held) == 5


@pytest.mark.parametrize("now", [NOW.replace(minute=59, second=59), NOW.replace(hour=0, minute=1), NOW.replace(hour=10, minute=16, second=30)])
def test_the_walk_comes_out_the_same_at_any_time_of_day(tmp_path: Path, now: datetime) -> None:
    assert walk_in(tmp_path / "demo", now=now + timedelta(microseconds=7)).page["deviations"] == []


# --------------------------------------------------------------------------------------------------- what is left behind


@pytest.mark.parametrize("name", ["code", "photograph"])
def test_both_pictures_carry_the_code(walked: Walked, name: str) -> None:
    assert picture.read_back((walked.root / "pictures" / f"{name}.png").read_bytes()) == (walked.root / "codes" / "metro.txt").read_text().strip()


def test_the_photograph_is_not_the_picture(walked: Walked) -> None:
    with Image.open(walked.root / "pictures" / "code.png") as clean, Image.open(walked.root / "pictures" / "photograph.png") as spoilt:
        assert spoilt.width < clean.width
        assert len(spoilt.getcolors() or []) > 100


def test_the_code_on_the_terminal_can_be_scanned(walked: Walked) -> None:
    rows = [line.strip() for line in walked.said.split("\n") if re.fullmatch(r" +[█▀▄ ]{60,}", line)]
    modules = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    columns = max(map(len, rows))
    screen = Image.new("L", (columns, 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, block in enumerate(row):
            for half in (0, 1):
                screen.putpixel((x, 2 * y + half), modules[block][half])
    (found,) = zxingcpp.read_barcodes(screen.resize((columns * 6, 12 * len(rows)), resample=Image.Resampling.NEAREST))
    assert found.text == (walked.root / "codes" / "metro.txt").read_text().strip()


def test_the_terminals_are_free_for_the_next_scanner(walked: Walked) -> None:
    for scene in ("metro", "library", "hospital"):
        gate = Gate(walked.root / "terminals" / scene, scene)
        gate.judge("", at=NOW)
        gate.close()


def test_who_the_resident_is_stands_in_no_file_and_in_no_line(walked: Walked) -> None:
    folder = DemoFolder(walked.root)
    keyring = Keyring.open(folder.keys)
    vault = Vault(wrapper=AesKeyWrapper(keyring.vault()), index_key=keyring.blind_index(), entropy=bytes)
    store = Store.open(folder.record)
    auditor = Actor(ref="auditor", person="staff-0009", role=Role.SUPERVISOR, region="CN-CQ")
    with store.writing() as work:
        holder = work.connection.execute(schema.holder.select()).one().ref
        person = vault.read(work, holder, purpose="audit", actor=auditor, at=int(NOW.timestamp()))
    store.close()
    name, number = person.name.text, person.identity.number
    files = [path for path in walked.root.rglob("*") if path.is_file()]
    assert len(files) > 50
    found = [path.name for path in files if any(word in path.read_bytes() for word in (name.encode(), name.encode("gb18030"), number.encode()))]
    assert found == ["chip.img"], "a social security card carries its holder's name and number, and nothing else does"
    assert name not in walked.said
    assert number not in walked.said


@pytest.mark.article("ID-7")
def test_a_terminal_keeps_nothing_of_the_people_it_has_seen(walked: Walked) -> None:
    """The hospital desk showed a masked name and the end of a number; nobody gave it leave to keep them."""
    store = Store.open(DemoFolder(walked.root).record)
    with store.reading() as work:
        numbers = work.connection.execute(sa.select(schema.card.c.number)).scalars().all()
    store.close()
    kept = [path.read_bytes() for path in (walked.root / "terminals").rglob("*") if path.is_file()]
    assert len(kept) > 30
    for never in (*numbers, *re.findall(r"显示  (.\*.*?)，", walked.said)):
        assert not [data for data in kept if never.encode() in data]
    assert re.findall(r"显示  (.\*.*?)，", walked.said)


def test_the_account_forgets_whom_a_desk_saw(walked: Walked) -> None:
    acts = {act["name"]: act for act in json.loads((walked.root / "account.json").read_text("utf-8"))["acts"]}
    seen = acts["hospital"]["verdicts"][0]["verdict"]
    assert (seen["verdict"], seen["profile"]) == ("accepted", 2)
    assert not {"name", "tail"} & seen.keys()


def test_private_things_are_their_owners_alone(walked: Walked) -> None:
    private = [path for path in walked.root.rglob("*") if path.is_file() and (path.suffix == ".pem" or path.name == "chip.img")]
    assert len(private) > 25
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    assert not (walked.root / "office").stat().st_mode & 0o077


# ---------------------------------------------------------------------------------------------------------- how it looks


def test_every_line_fits_the_terminal(walked: Walked) -> None:
    story = walked.said.split("接着试试")[0].replace(str(walked.root), "demo")
    assert [line for line in story.split("\n") if width(line) > COLUMNS] == []


def test_colour_adds_nothing_but_colour(tmp_path: Path) -> None:
    coloured = walk_in(tmp_path / "demo", colour=True).said
    assert "\x1b[1;97;42m ✓ 验证通过" in coloured
    assert [line for line in ESCAPES.sub("", coloured).split("接着试试")[0].split("\n") if "✓ 验证通过" in line]
    assert coloured.count("\x1b[0m") * 2 == len(ESCAPES.findall(coloured))


def test_without_colour_there_is_no_escape_sequence(walked: Walked) -> None:
    assert "\x1b" not in walked.said


# -------------------------------------------------------------------------------------------------- when it goes otherwise


def test_it_pauses_before_each_act_but_the_first(tmp_path: Path) -> None:
    pauses: list[int] = []
    page = walk_in(tmp_path / "demo", pause=lambda: pauses.append(len(pauses))).page
    assert len(pauses) == len(page["acts"]) - 1


@pytest.mark.error("demo-differs")
def test_a_verdict_that_differs_fails_the_demonstration_and_is_named(tmp_path: Path) -> None:
    root = tmp_path / "demo"

    def carry_the_list_to_the_metro_too() -> None:
        if (root / "stick").exists():
            import_folder(StateDirectory(root / "terminals" / "metro"), root / "stick", now=int((NOW - timedelta(minutes=29)).timestamp()))

    out = io.StringIO()
    with pytest.raises(StateError) as failed:
        walk(root, Telling(out=out, colour=False, program=str, pause=carry_the_list_to_the_metro_too), now=NOW)
    assert failed.value.fault is faults.DEMO_DIFFERS
    assert failed.value.facts == {"verdicts": "lost-metro"}
    assert "✕ 与预期不符：应为 accepted，实为 suspended" in out.getvalue()
    assert json.loads((root / "account.json").read_text("utf-8"))["deviations"] == ["lost-metro"]


def test_a_stick_that_somebody_changed_stops_the_walk_at_the_terminal(tmp_path: Path) -> None:
    folder = DemoFolder(walk_in(tmp_path / "demo").root)
    shutil.copytree(folder.published, tmp_path / "stick")
    for token in (tmp_path / "stick" / "status").glob("*.cwt"):
        token.write_bytes(token.read_bytes()[:-1] + b"\0")
    gate = Gate.set_up(tmp_path / "gate", "metro", terminal="T-1", root=folder.published / "metadata" / "1.root.json")
    with pytest.raises(InputError):
        gate.take(tmp_path / "stick", at=NOW)
