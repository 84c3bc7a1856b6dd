"""The desk of the data-sharing ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults
from ecard.model import Role, seconds
from ecard.premises import Premises
from ecard.requests import command
from ecard.sharing import granting, telling

if TYPE_CHECKING:
    from datetime import datetime

    from codes.claims import Region
    from ecard.model import Actor
    from ecard.sharing.granting import Approved, Grant, Terms
    from ecard.sharing.telling import Shared


class SharingDesk(Premises):
    """Grants from asking to deletion, and what is told under them."""

    @command
    def ask_grant(self, terms: Terms, *, actor: Actor, at: datetime) -> Grant:
        """Ask for a grant. Raises `InputError` grant-shape, `StateError` not-permitted."""
        return granting.ask(self, terms, actor=actor, now=seconds(at))

    @command
    def approve_grant(self, ref: str, *, approval: str, actor: Actor, at: datetime) -> Approved:
        """Approve one, as a second person; the key is told here and nowhere else.

        Raises `InputError` grant-shape; `StateError`: same-person, grant-not-in-force, grant-unknown, not-permitted.
        """
        return granting.approve(self, ref, approval=approval, actor=actor, now=seconds(at))

    @command
    def end_grant(self, ref: str, *, actor: Actor, at: datetime) -> Grant:
        """Tell nothing more under a grant. Raises `StateError`: grant-unknown, not-permitted."""
        return granting.end(self, ref, actor=actor, now=seconds(at))

    @command
    def note_deletion(self, ref: str, *, document: str, digest: bytes, actor: Actor, at: datetime) -> Grant:
        """Put a recipient's proof of deletion on file. Raises `StateError`: grant-deletion, grant-unknown, not-permitted."""
        return granting.note_deletion(self, ref, document=document, digest=digest, actor=actor, now=seconds(at))

    @command
    def shared_changes(self, key: str, *, since: int, at: datetime) -> Shared:
        """What changed since a time, for the recipient with this key. Raises `StateError` grant-not-in-force."""
        return telling.changes(self, key, since=since, now=seconds(at))

    @command
    def shared_card(self, key: str, number: str, *, at: datetime) -> Shared:
        """How one card stands, for the recipient with this key. Raises `StateError`: grant-not-in-force, card-unknown."""
        return telling.one(self, key, number, now=seconds(at))

    def grants(self, *, region: Region) -> tuple[tuple[Grant, tuple[int, int]], ...]:
        """Every grant of a region, how often it was used, and how many rows were told."""
        with self.store.reading() as work:
            return tuple((grant, telling.uses(work, grant.ref)) for grant in granting.grants(work, region=region))

    def trace_shared(self, name: str, *, region: Region, actor: Actor) -> tuple[str, ...]:
        """To whom this name of a card was told. Raises `StateError` not-permitted."""
        if actor.role not in {Role.SUPERVISOR, Role.AUDITOR} or actor.region != region:
            raise StateError(faults.NOT_PERMITTED, command="trace-shared", role=actor.role, article="CQ-18d")
        with self.store.reading() as work:
            return telling.trace(self, work, name, region=region)
