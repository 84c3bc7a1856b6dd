"""What one region says in its documents, and whose word counts when a region's new documents cannot be used.

A region that publishes something undecodable, or takes another's letter, harms itself alone: its documents that are in force stay in force, all of
one version, and every other region's news is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import InputError
from codes.scenes import decode_scenes
from codes.trust import decode_issuers, decode_journal_keys, decode_status_authority
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codes.scenes import SceneDocument
    from codes.trust import IssuerKey, JournalKey, StatusAuthority

ISSUERS, STATUS, SCENES = "issuers.cbor", "status.cbor", "scenes.json"
OWN_DOCUMENTS = (ISSUERS, STATUS, SCENES)
"""A region that speaks says all of these."""
JOURNAL = "journal.cbor"
"""And this, if its terminals are to keep journals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One region's signed documents, all of one version of its role."""

    name: str
    metadata: bytes
    """The role's metadata that lists them."""
    documents: Mapping[str, bytes]
    """By path, as they were signed."""
    version: int
    expires: int
    """Of the metadata, seconds since 1970 UTC."""
    issuers: Sequence[IssuerKey]
    authority: StatusAuthority
    scenes: SceneDocument
    journal: Sequence[JournalKey]

    @classmethod
    def read(cls, name: str, metadata: bytes, documents: Mapping[str, bytes], *, version: int, expires: int) -> Region:
        """Read a region's documents. Raises `InputError`: those of the documents' decoders; trust-foreign."""
        issuers = decode_issuers(documents[f"{name}/{ISSUERS}"])
        authority = decode_status_authority(documents[f"{name}/{STATUS}"])
        scenes = decode_scenes(documents[f"{name}/{SCENES}"])
        sealed = documents.get(f"{name}/{JOURNAL}")
        journal = () if sealed is None else decode_journal_keys(sealed)
        if {*(issuer.region for issuer in issuers), *(key.region for key in journal), authority.region, scenes.region} != {name}:
            raise InputError(faults.TRUST_FOREIGN, folder=name)
        return cls(
            name=name,
            metadata=metadata,
            documents=documents,
            version=version,
            expires=expires,
            issuers=issuers,
            authority=authority,
            scenes=scenes,
            journal=journal,
        )


Offer = Region | InputError | None
"""A region as it is published now: good, unusable and why, or not there yet."""


def settle(offers: Mapping[str, Offer], in_force: Callable[[str], Region | None]) -> tuple[dict[str, Region], dict[str, InputError]]:
    """Which documents of each region count, and why new ones do not: the offers, or what `in_force` gives for a region whose offer cannot be used.

    A letter that two regions claim belongs to the one in whose documents in force it stands, and to nobody if it stands in none.
    """
    regions = {name: offer for name, offer in offers.items() if isinstance(offer, Region)}
    refused = {name: offer for name, offer in offers.items() if isinstance(offer, InputError)}

    def fall_back(name: str) -> None:
        regions.pop(name, None)
        kept = in_force(name)
        if kept is not None:
            regions[name] = kept

    for name in refused:
        fall_back(name)
    while thieves := [name for name in regions if name not in refused and _takes_a_letter(name, regions, in_force)]:
        for name in thieves:  # each at most once, so this ends; and what is in force has no letter twice
            refused[name] = InputError(faults.TRUST_FOREIGN, folder=name, wrong="two regions use one letter")
            fall_back(name)
    return regions, refused


def _takes_a_letter(name: str, regions: Mapping[str, Region], in_force: Callable[[str], Region | None]) -> bool:
    letter = regions[name].authority.letter
    if not any(other.authority.letter == letter for other in regions.values() if other.name != name):
        return False
    kept = in_force(name)
    return kept is None or kept.authority.letter != letter
