from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecard import faults, headroom, upkeep
from ecard.headroom import Room
from tests.ecard.city import open_city, refused

if TYPE_CHECKING:
    from tests.ecard.city import City

ROOT = Path(__file__).parents[2]
IN_CI = os.environ.get("CI") == "true"  # noqa: TID251 - because the test run is told by its surroundings, the product never is
UNSHARE = ("unshare", "--mount", "--user", "--map-root-user")


def run(*command: str | Path, cwd: Path = ROOT, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload,no-any-return] # because a test passes what it likes


@pytest.mark.threat("I04")
@pytest.mark.error("record-read-only")
def test_on_a_disk_that_fills_up_writing_stops_looking_goes_on_and_work_comes_back_with_room(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or run(*UNSHARE, "true").returncode:
        (pytest.fail if IN_CI else pytest.skip)("no mount namespace of one's own here")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = run(*UNSHARE, sys.executable, "-m", "tests.ecard.small_disk", disk)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "at first": ["low", True],
        "nearly full": ["read-only", True],
        "write when nearly full": "record-read-only",
        "show when nearly full": "ok",
        "verify when nearly full": "ok",
        "write when full": "outcome-unknown",
        "show when full": "ok",
        "open when full": "ok",
        "reserve given up": ["read-only", False],
        "show on the reserve": "ok",
        "verify on the reserve": "ok",
        "lay in when full": "disk-full",
        "write without reserve": "record-read-only",
        "room again": ["low", True],
        "write again": "ok",
        "people": 2,
    }


@pytest.mark.error("disk-full")
def test_a_statement_that_finds_no_room_says_so_and_leaves_nothing(city: City) -> None:
    with city.office.store.reading() as work:
        pages = work.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with refused(faults.DISK_FULL):
        [city.apply(order) for order in range(1, 40)]
    with city.office.store.reading() as work:
        work.connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    upkeep.verify(city.path)
    city.apply(50)


LIMITED = """
import resource, sys
from pathlib import Path
from codes.errors import CardError
from tests.ecard.city import open_city
from tests.ecard.small_disk import said
path = Path(sys.argv[1])
city = open_city(path)
city.office.store.close()
city = open_city(path, seed="limited")
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
codes = [said(lambda order=order: city.apply(order)) for order in range(1, 40)]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with city.office.store.reading() as work:
    people = work.connection.exec_driver_sql("SELECT count(*) FROM holder").scalar_one()
print(codes.count("ok") == people, people, *sorted(set(codes)), said(lambda: city.apply(90)))
"""


@pytest.mark.threat("I04")
def test_a_file_that_may_not_grow_stops_the_command_and_loses_nothing(tmp_path: Path) -> None:
    done = run(sys.executable, "-c", LIMITED, tmp_path / "record.db")
    kept, people, *codes = done.stdout.split()
    assert kept == "True", done.stderr
    assert int(people) < 39
    assert set(codes[:-1]) <= {"ok", "outcome-unknown", "store-unavailable", "disk-full"}
    assert codes[-1] == "ok"
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_the_reserve_is_really_laid_in_and_only_once(city: City) -> None:
    assert headroom.look(city.path).reserve is False
    headroom.lay_in_again(city.path)
    assert not headroom.reserve_of(city.path).exists()
    headroom.lay_in(city.path)
    headroom.lay_in(city.path)
    found = headroom.reserve_of(city.path).stat()
    assert (found.st_size, found.st_mode & 0o777) == (headroom.RESERVE, 0o600)
    assert found.st_blocks * 512 >= headroom.RESERVE
    assert not headroom.give_up(city.path)


def test_without_its_reserve_a_record_is_not_written_to_until_it_is_laid_in_again(city: City) -> None:
    headroom.lay_in(city.path)
    os.truncate(headroom.reserve_of(city.path), 0)
    assert headroom.look(city.path).room is Room.READ_ONLY
    with refused(faults.RECORD_READ_ONLY, short="reserve"):
        city.apply(1)
    headroom.lay_in_again(city.path)
    city.apply(1)


def test_no_folder_is_no_room(tmp_path: Path) -> None:
    with refused(faults.STORE_UNAVAILABLE):
        headroom.look(tmp_path / "nowhere" / "record.db")
    with refused(faults.STORE_UNAVAILABLE):
        open_city(tmp_path / "nowhere" / "record.db")
