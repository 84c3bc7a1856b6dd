"""An office that stays open behind a service hears of what is written into its folder meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from ecard.model import Role
from webapp.office.founding import add_operator, found
from webapp.office.settings import FILE, Operator, read_settings
from webapp.services import StandingOffice

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 21, 8, 20, tzinfo=UTC)
CLERK = Operator(ref="clerk-9", person="staff-9", roles=(Role.CLERK,), region="CN-CQ")


def test_who_works_here_is_known_without_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    found(folder, ["CN-CQ"], database="record.db", at=AT)
    office = StandingOffice(folder, lambda: AT)
    try:
        before = office.opened()
        assert dict(before.settings.operators) == {}
        add_operator(read_settings(folder), CLERK)
        after = office.opened()
        assert dict(after.settings.operators) == {"clerk-9": CLERK}
        assert after.desk is before.desk, "the record stays open"
        page = (folder / FILE).read_text("utf-8")
        (folder / FILE).write_text(page.replace('roles = ["clerk"]', 'roles = ["wizard"]'), "utf-8")
        with pytest.raises(SetupError) as refused:
            office.opened()
        assert refused.value.code == "office-file"
        (folder / FILE).write_text(page, "utf-8")
        assert dict(office.opened().settings.operators) == {"clerk-9": CLERK}
    finally:
        office.close()
