"""The one table of who may do what: (endpoint, method) -> who. What does not stand in it is nobody's (threat F07).

Each area keeps its own rows beside its views; here they become one, and no area may speak for another. `tests/webapp/golden/permissions.txt` holds the
whole of it, so that every change of a permission is seen in review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import permissions as api
from webapp.api.office import permissions as office
from webapp.console import permissions as console
from webapp.pages import permissions as pages
from webapp.public import permissions as public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.auth.callers import Permissions, Who

AREAS: tuple[Permissions, ...] = (api.PERMISSIONS, office.PERMISSIONS, console.PERMISSIONS, pages.PERMISSIONS, public.PERMISSIONS)


def joined(areas: tuple[Permissions, ...] = AREAS) -> Mapping[tuple[str, str], Who]:
    """Every row. `ValueError` when two areas say something about one cell."""
    table: dict[tuple[str, str], Who] = {}
    for area in areas:
        if twice := table.keys() & area.keys():
            raise ValueError(sorted(twice))
        table |= area
    return table
