"""Questions that commands ask of the record all day, each put into words once: building one anew takes longer than the database takes to answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from codes.claims import Profile
from ecard import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_card, _carrier, _hold = schema.card.c, schema.carrier.c, schema.hold.c
_credential, _nonce, _shard = schema.credential.c, schema.nonce.c, schema.shard.c


def _locking(query: sa.Select[Any]) -> Mapping[bool, sa.Select[Any]]:
    """A question of a transaction that reads, True, and of one that writes.

    The lock is not waited for: whoever changes the row would make this transaction fail anyway, and who waits can wait in a circle.
    """
    return {True: query, False: query.with_for_update(nowait=True)}


CARD = _locking(sa.select(schema.card).where(_card.ref == sa.bindparam("card")))
CARD_BY_NUMBER = _locking(sa.select(schema.card).where(_card.number == sa.bindparam("card")))
REVISION = _locking(sa.select(_card.revision).where(_card.ref == sa.bindparam("card")))
CARRIERS = sa.select(schema.carrier).where(_carrier.card == sa.bindparam("card")).order_by(_carrier.ref)
HOLDS = sa.select(schema.hold).where(_hold.card == sa.bindparam("card")).order_by(_hold.ref)
OWNER = sa.select(_carrier.card).where(_carrier.ref == sa.bindparam("carrier"))

OLD_NONCES = sa.delete(schema.nonce).where(
    _nonce.value.in_(
        sa.select(_nonce.value).where(_nonce.expires <= sa.bindparam("now")).limit(sa.bindparam("most")).with_for_update(skip_locked=True)
    )
)
"""Deletes what has expired, but for what somebody else is clearing away."""
_UNUSED = (_nonce.card == sa.bindparam("of")) & (_nonce.purpose == sa.bindparam("for")) & _nonce.used.is_(None)
WAITING = sa.select(sa.func.count()).select_from(schema.nonce).where(_UNUSED & (_nonce.expires > sa.bindparam("now")))
USED_NONCE = sa.select(_nonce.value).where(_nonce.value == sa.bindparam("nonce"))
TAKE_NONCE = (
    sa.update(schema.nonce)
    .where((_nonce.value == sa.bindparam("nonce")) & _UNUSED & (_nonce.expires > sa.bindparam("now")))
    .values(used=sa.bindparam("now"))
    .returning(_nonce.expires)
)

WITHDRAWN = sa.exists().where(schema.withdrawn.c.credential == _credential.ref)
"""Of a row of credential: whether it was withdrawn."""
FRESH = (
    sa.select(sa.func.count())
    .select_from(schema.credential)
    .where((_credential.carrier == sa.bindparam("carrier")) & (_credential.profile == sa.bindparam("profile")))
    .where((_credential.exp > sa.bindparam("after")) & (_credential.state == "ready") & ~WITHDRAWN)
)
CHIP_WITH_KEY = sa.select(_carrier.ref).where((_carrier.kind == "chip") & (_carrier.thumbprint == sa.bindparam("key")))
CREDENTIAL_WITH_KEY = sa.select(_credential.ref).where((_credential.profile != int(Profile.CHIP)) & (_credential.cnf == sa.bindparam("key")))
CREDENTIAL_WITH_SUB = sa.select(_credential.ref).where((_credential.region == sa.bindparam("region")) & (_credential.sub == sa.bindparam("sub")))
CREDENTIAL_AT = sa.select(_credential.ref).where((_credential.uri == sa.bindparam("uri")) & (_credential.idx == sa.bindparam("idx")))
_LISTS = sa.select(schema.shard).where((_shard.region == sa.bindparam("region")) & (_shard.profile == sa.bindparam("profile")) & _shard.open)
OPEN_LIST = _LISTS.order_by(_shard.number).limit(1)
OPEN_LIST_OF_DAY = OPEN_LIST.where(_shard.day == sa.bindparam("day"))
HANDED_OVER = (
    sa.update(schema.credential)
    .where(_credential.ref == sa.bindparam("credential"))
    .values(state="ready", ready=sa.bindparam("now"), digest=sa.bindparam("of"))
)
