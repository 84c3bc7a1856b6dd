"""Whom a terminal trusts: one immutable view, built from verified target documents and used by every decision until the next import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.scenes import SceneDocument
    from codes.trust import IssuerKey, JournalKey, StatusAuthority


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """An issuer key of the trust list with its point loaded once."""

    issuer: IssuerKey
    key: ec.EllipticCurvePublicKey

    @classmethod
    def of(cls, issuer: IssuerKey) -> TrustedIssuer:
        """Load the key. Raises `InputError` key-point."""
        return cls(issuer=issuer, key=issuer.key.load())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustView:
    """The verified trust documents of all regions."""

    version: int
    """Rises with every change of trust: the version of the repository's timestamp."""
    expires: int
    """First instant (seconds since 1970 UTC) at which a part of it is out of date."""
    issuers: Mapping[tuple[str, bytes], TrustedIssuer]
    """By region and kid."""
    authorities: Mapping[str, StatusAuthority]
    """Who publishes status, by region."""
    scenes: Mapping[str, SceneDocument]
    """Scene rules, by region."""
    journals: tuple[JournalKey, ...] = ()
    """The keys that journals are sealed to."""
    versions: Mapping[str, int] = field(default_factory=dict)
    """The version of each region's own role."""

    @classmethod
    def of(
        cls,
        *,
        version: int,
        expires: int,
        issuers: Iterable[IssuerKey],
        authorities: Iterable[StatusAuthority],
        scenes: Iterable[SceneDocument],
        journals: Iterable[JournalKey] = (),
        versions: Mapping[str, int] | None = None,
    ) -> TrustView:
        """Build a view from documents whose authenticity is established. Raises `InputError` key-point."""
        return cls(
            version=version,
            expires=expires,
            issuers={(issuer.region, issuer.kid): TrustedIssuer.of(issuer) for issuer in issuers},
            authorities={authority.region: authority for authority in authorities},
            scenes={document.region: document for document in scenes},
            journals=tuple(journals),
            versions=versions or {},
        )
