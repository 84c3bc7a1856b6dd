"""`ecard office init`: a new office in an empty folder. Every key fresh, the record empty, nobody in it, nothing trusted by default."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from codes.errors import SetupError, StateError
from codes.scenes import encode_scenes
from ecard import Store, headroom
from ecard import faults as record
from ecard.folder import SECRET, write_whole
from ecard.keyring import REGIONS, Keyring
from ecard.policybook import DEFAULT
from ecard.trustrepo import TrustRepository
from webapp import faults
from webapp.office.opening import OpenOffice
from webapp.office.publishing import publish
from webapp.office.settings import FILE, RegionSettings, first_page, operator_page, read_settings
from webapp.office.staffing_rules import clash
from webapp.places import CHIP_BOUNDS, DIVISIONS, LETTERS, PHONE_BOUNDS, SPACES, scene_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Region
    from webapp.office.publishing import Published
    from webapp.office.settings import OfficeSettings, Operator

PLACES = tuple(sorted(LETTERS))
"""Regions that an office can be founded for."""


def found(folder: Path, regions: Sequence[Region], *, database: str, at: datetime) -> Published:
    """Make the office: folder, keys of both regions' trust, record brought to this version, first trust and first lists published.

    office.toml is written last, so a run that died leaves no office. Raises `SetupError`: office-exists, folder-unwritable, keyring-exists, store-*.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SetupError(faults.OFFICE_EXISTS, folder=str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as problem:
        raise SetupError(record.FOLDER_UNWRITABLE, file=folder.name, problem=problem.strerror) from problem
    moment = at.replace(microsecond=0)
    page = first_page(database, [_region(region, moment) for region in regions])
    Store.create(database if "://" in database else folder / database).close()
    if "://" not in database:
        headroom.lay_in(folder / database)
    keyring = Keyring.create(folder / "keys", secrets.token_bytes, regions=tuple(sorted({*REGIONS, *regions})))
    for edition in sorted(DEFAULT.glob("*.toml")):
        write_whole(folder / "policies" / edition.name, edition.read_bytes())
    for region in regions:
        write_whole(folder / "scenes" / f"{region}.json", encode_scenes(scene_document(region)))
    TrustRepository.create(folder / "published", keyring.authorities(), keyring.trust_signers(), at=moment, clock_floor=int(moment.timestamp()))
    write_whole(folder / FILE, page.encode(), mode=SECRET)
    settings = read_settings(folder)
    store = Store.open(settings.database)
    try:
        return publish(OpenOffice.join(settings, keyring, store, at=at), at=moment)
    finally:
        store.close()


def _region(region: Region, at: datetime) -> RegionSettings:
    bounds = {**PHONE_BOUNDS, **CHIP_BOUNDS}
    return RegionSettings(
        region=region,
        letter=LETTERS[region],
        division=DIVISIONS[region],
        founded=at,
        max_age=max(bound.longest_max_age for bound in bounds.values()),
        longest_life={profile: bound.longest_life for profile, bound in bounds.items()},
        lists=dict(SPACES),
    )


def add_operator(settings: OfficeSettings, operator: Operator) -> None:
    """Put somebody on the list. Raises `StateError`: office-operator-known, roles-apart; `SetupError` folder-unwritable."""
    if operator.ref in settings.operators:
        raise StateError(faults.OFFICE_OPERATOR_KNOWN, operator=operator.ref)
    if wrong := clash([*settings.operators.values(), operator]):
        raise StateError(faults.ROLES_APART, operator=wrong.operator, problem=wrong.problem)
    path = settings.folder / FILE
    write_whole(path, path.read_bytes().rstrip(b"\n") + b"\n" + operator_page(operator).encode(), mode=SECRET)
