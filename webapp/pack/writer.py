"""Writing a pack: a folder with everything of FORMATS section 6, the same bytes for the same seed.

Nothing is pretended: the city publishes through the same trust repository as the service, and each terminal is set up with the root and imports the
published folder as any terminal does.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import codes
from codes.errors import SetupError
from ecard.ceremony import Lives
from ecard.trustrepo import RegionDocuments, TrustRepository
from verify.importing import import_folder
from verify.state import StateDirectory
from verify.terminal import make_state
from webapp import faults
from webapp.pack import holders
from webapp.pack.case import PACK_VERSION, instant, to_file
from webapp.pack.cases import write_cases
from webapp.pack.chips import chip_cases
from webapp.pack.city import City
from webapp.pack.places import CQ, LETTERS, NOW, PUBLISHED, SCENE_NAMES, TRUST_LIFE, UNREADY, scene_document
from webapp.pack.seed import Seed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.pack.case import Case

SPEC = "SC1"
FORMAT_PAGE = Path(codes.__file__).with_name("FORMAT.md")
INPUTS_PAGE = Path(__file__).with_name("inputs.md")
_LIVES = Lives(delegated=timedelta(seconds=TRUST_LIFE), snapshot=timedelta(seconds=TRUST_LIFE), timestamp=timedelta(seconds=TRUST_LIFE))


def write_pack(folder: Path, *, seed: int) -> dict[str, Any]:
    """Write the pack of `seed` into `folder`, which is absent or empty, and return its manifest. The manifest is written last.

    Raises `SetupError` pack-folder.
    """
    _refuse_used(folder)
    city = City(Seed(seed))
    families, chips = write_cases(city), chip_cases(city)
    files = _files(city, families) | {f"chips/{case.name}.json": to_file(case.to_json()) for case in chips}
    tokens = {region: city.status_tokens(region) for region in LETTERS}
    inputs = folder / "inputs"
    try:
        for name, content in files.items():
            _write(folder / name, content)
        for region, of_region in tokens.items():
            for uri, token in of_region.items():
                _write(inputs / "status" / _token_name(uri), token)
                if region == CQ:
                    _write(folder / "status" / _token_name(uri), token)
        _publish(inputs, city)
        _make_terminals(folder / "terminal", inputs)
        manifest = _manifest(seed, families) | {"chips": len(chips)}
        _write(folder / "manifest.json", to_file(manifest))
    except OSError as problem:
        raise SetupError(faults.PACK_FOLDER, folder=folder.name, problem=problem.strerror) from problem
    return manifest


def _refuse_used(folder: Path) -> None:
    try:
        used = folder.exists() and any(folder.iterdir())
    except OSError as problem:
        raise SetupError(faults.PACK_FOLDER, folder=folder.name, problem=problem.strerror) from problem
    if used:
        raise SetupError(faults.PACK_FOLDER, folder=folder.name, problem="not empty")


def _files(city: City, families: Mapping[str, list[Case]]) -> dict[str, bytes]:
    files = {f"cases/{case.name}.json": to_file(case.to_json()) for cases in families.values() for case in cases}
    return files | {
        "issuer.jwk.json": to_file(holders.issuer_jwk(city)),
        "credential.cbor": holders.main_credential(city),
        "holder.pem": holders.main_key_pem(city),
        "now.txt": f"{instant(NOW)}\n".encode(),
        "crowd.jsonl": holders.crowd_lines(city),
        "status/issuer.jwk.json": to_file(holders.status_jwk(city)),
        "inputs/FORMAT.md": FORMAT_PAGE.read_bytes(),
        "inputs/README.md": INPUTS_PAGE.read_bytes(),
    }


def _publish(inputs: Path, city: City) -> None:
    """Found the trust repository and publish what each region says of itself."""
    at = datetime.fromtimestamp(PUBLISHED, UTC)
    signers = city.keyring.trust_signers()
    repository = TrustRepository.create(inputs, city.keyring.authorities(), signers, at=at, lives=_LIVES)
    for region in LETTERS:
        documents = RegionDocuments(issuers=city.issuer_keys(region), authority=city.authority(region), scenes=scene_document(region))
        repository.publish(documents, signers, at=at)


def _make_terminals(folder: Path, inputs: Path) -> None:
    """One state directory per scene, and one that was given nothing but the root."""
    root = (inputs / "metadata" / "1.root.json").read_bytes()
    for number, scene in enumerate((*SCENE_NAMES, UNREADY), 1):
        directory = StateDirectory(folder / scene)
        make_state(directory, root, terminal=f"T-{number:04}", scene=scene, region=None)
        if scene != UNREADY:
            refused = [part.to_json() for part in import_folder(directory, inputs, now=NOW) if part.outcome != "taken"]
            if refused:
                raise RuntimeError(f"a terminal did not take what the city published: {refused}")


def _manifest(seed: int, families: Mapping[str, list[Case]]) -> dict[str, Any]:
    cases = [case for found in families.values() for case in found]
    answers = [scan.expect for case in cases for scan in case.scans]
    reasons = Counter(str(answer.reason) for answer in answers if answer.reason is not None)
    notes = Counter(str(note) for answer in answers for note in answer.notes)
    steps = Counter("accepted" if answer.step is None else str(answer.step) for answer in answers)
    return {
        "pack": PACK_VERSION,
        "spec": SPEC,
        "seed": seed,
        "now": instant(NOW),
        "cases": len(cases),
        "scans": len(answers),
        "terminals": [*SCENE_NAMES, UNREADY],
        "crowd": holders.CROWD,
        "families": {family: len(found) for family, found in families.items()},
        "verdicts": dict(sorted(Counter(str(answer.verdict) for answer in answers).items())),
        "reasons": dict(sorted(reasons.items())),
        "notes": dict(sorted(notes.items())),
        "steps": dict(sorted(steps.items())),
    }


def _token_name(uri: str) -> str:
    return uri.removeprefix("sl:") + ".cwt"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
