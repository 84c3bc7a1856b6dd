"""Trying the resident app on a real phone: a certificate authority for this machine's own network, and a page that says how a phone comes to trust it.

    authority       the authority and the certificate of this machine
    invitation      the plain page that a phone opens first, and what is told on the terminal

For trying only: in production a certificate comes from an authority that phones know already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from webapp.lan.authority import LocalAuthority, own_address
from webapp.lan.invitation import invitation, told

if TYPE_CHECKING:
    import ssl
    from datetime import datetime
    from ipaddress import IPv4Address
    from pathlib import Path

    from webapp.lan.invitation import Page

__all__ = ["Lan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lan:
    """This machine on its own network: where it is, what it speaks TLS with, and how a phone is told."""

    address: IPv4Address
    authority: LocalAuthority
    context: ssl.SSLContext

    @classmethod
    def open(cls, folder: Path, *, host: str | None, at: datetime) -> Self:
        """With the authority in `folder`. Raises `SetupError`: lan-address, lan-authority, folder-unwritable."""
        address = own_address(host)
        authority = LocalAuthority.at(folder, at=at)
        return cls(address=address, authority=authority, context=authority.context(address, at=at))

    def app(self, port: int) -> str:
        """Where the resident app is."""
        return f"https://{self.address}:{port}/app/"

    def page(self, port: int) -> Page:
        """The plain page, for an app behind `port`."""
        return invitation(self.authority, self.app(port))

    def told(self, port: int, plain: int) -> str:
        """What is said on the terminal."""
        return told(self.authority, f"http://{self.address}:{plain}/", self.app(port))
