"""A published folder for the publisher's tests: throw-away keys, documents of two regions, cards of keys, and a plain TUF client over the folder."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from codes.claims import Audience, Profile
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness
from codes.trust import Bounds, IssuerKey, StatusAuthority, StatusKey
from ecard import keycards
from ecard.keyring import Keyring
from ecard.trustrepo import RegionDocuments, TrustRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NOON = int(AT.timestamp())
KEYS = Keyring.derived(b"the publisher's tests")
LETTERS = {"CN-CQ": "c", "CN-SC": "s"}
_YEAR = 365 * 86400


def documents(region: str, *, epoch: int = 1) -> RegionDocuments:
    phone = {Profile.GENERAL: Bounds(longest_life=8 * 86400, longest_max_age=30)}
    chip = {Profile.CHIP: Bounds(longest_life=3660 * 86400, longest_max_age=30)}
    name = "metro" if region == "CN-CQ" else "library"
    rules = SceneRules(
        name=name,
        region=region,
        title_zh="测试场景",
        title_en="A scene of the tests",
        scene_class=SceneClass.C,
        audience=Audience.GENERAL,
        freshness=Freshness.WINDOW,
        future=10,
        past=30,
        max_age=30,
        passback=70,
        recognises=frozenset(LETTERS),
        delegate=False,
        chip=False,
        fares=None,
        staleness=Staleness(fresh=21600, aging=86400, allowed=259200, check=259200),
    )
    return RegionDocuments(
        issuers=[
            IssuerKey(region=region, key=KEYS.issuer_phone(region).public_key, profiles=phone, not_before=NOON, not_after=NOON + _YEAR),
            IssuerKey(region=region, key=KEYS.issuer_chip(region).public_key, profiles=chip, not_before=NOON, not_after=NOON + _YEAR),
        ],
        authority=StatusAuthority(
            region=region,
            letter=LETTERS[region],
            epoch=epoch,
            keys=[StatusKey(key=KEYS.status(region).public_key, not_before=NOON, not_after=NOON + _YEAR)],
            spaces={Profile.GENERAL: (0, 999), Profile.CHIP: (1000, 1099)},
        ),
        scenes=SceneDocument(region=region, scenes={name: rules}),
    )


def found(folder: Path) -> TrustRepository:
    """A repository with both regions published."""
    repository = TrustRepository.create(folder, KEYS.authorities(), KEYS.trust_signers(), at=AT)
    for region in KEYS.regions:
        repository.publish(documents(region), KEYS.trust_signers(region, "snapshot", "timestamp"), at=AT)
    return repository


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def metadata(folder: Path, name: str) -> dict[str, Any]:
    """What a metadata file says, without its signatures."""
    signed: dict[str, Any] = json.loads((folder / "metadata" / name).read_bytes())["signed"]
    return signed


class FolderFetcher(FetcherInterface):
    """Fetches from a folder what a server would serve from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self.folder / url.removeprefix("folder://")
        if not path.is_file():
            message = f"no {url}"
            raise DownloadHTTPError(message, 404)
        return iter([path.read_bytes()])


class PlainClient:
    """python-tuf's own client, with its own cache, starting from root 1."""

    def __init__(self, published: Path, cache: Path) -> None:
        self.published, self.cache = published, cache
        (cache / "targets").mkdir(parents=True, exist_ok=True)

    def updater(self, *, at: datetime = AT) -> Updater:
        updater = Updater(
            str(self.cache),
            "folder://metadata/",
            str(self.cache / "targets"),
            "folder://targets/",
            fetcher=FolderFetcher(self.published),
            bootstrap=(self.published / "metadata" / "1.root.json").read_bytes(),
        )
        updater._trusted_set.reference_time = at  # the client would ask the machine's clock
        updater.refresh()
        return updater

    def read(self, path: str, *, at: datetime = AT) -> bytes | None:
        updater = self.updater(at=at)
        target = updater.get_targetinfo(path)
        if target is None:
            return None
        return Path(updater.download_target(target)).read_bytes()


def card(safe: Path, name: str = "root-6", role: str = "root", holder: str = "CN-SC") -> keycards.KeyCard:
    return keycards.make(safe, name=name, role=role, holder=holder, entropy=secrets.token_bytes)
