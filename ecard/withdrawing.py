"""Credentials that stop counting although their carrier lives on, because they state what is no longer true: an old name, another fare.

Their places in the status lists say INVALID from the next list on, and for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ecard import outbox, questions, schema
from ecard.model import CredentialRef, Withdrawn
from ecard.outbox import Topic
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.store import Work

WITHDRAWN = Shelf(schema.withdrawn, Withdrawn)


def withdraw(work: Work, where: sa.ColumnElement[bool], *, reason: str, now: int) -> Sequence[CredentialRef]:
    """Withdraw the living credentials that `where` names, handed over or not. Returns which."""
    living = (schema.credential.c.exp > now) & ~is_withdrawn()
    wanted = sa.select(schema.credential.c.ref, schema.credential.c.card).where(where & living).order_by(schema.credential.c.ref)
    found = work.connection.execute(wanted).all()
    for row in found:
        WITHDRAWN.add(work, Withdrawn(credential=CredentialRef(row.ref), at=now, reason=reason))
        outbox.put(work, Topic.PUBLISH, f"withdrawn:{row.ref}", {"card": row.card}, now=now)
    return [CredentialRef(row.ref) for row in found]


def is_withdrawn() -> sa.ColumnElement[bool]:
    """Of a row of credential: whether it was withdrawn."""
    return questions.WITHDRAWN
