"""What phones ask of the record all day, each in one statement that is a transaction by itself: PostgreSQL is asked once where commands ask ten times.

    LOOK      the file of a phone's card, and all that a renewal has to know beside it
    INTEND    under compare-and-swap on the card's revision: what spends proof, nonce and request key, and the row of a credential whose key is no chip's
    HAND      under the same: the credential is handed over and the answer kept, unless the phone has enough by now

They run as REPEATABLE READ: what has changed since the statement began fails it. Each locks the card before it writes anything, and does not wait for the lock.
Two that hand over to one phone both write the phone's row, so that the later one counts what the earlier one gave.

Each is put into words once. What it returns are the driver's rows, in the order of its columns.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from codes.claims import Profile
from ecard import database, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.pool import PoolProxiedConnection

DRAWS = 4
"""Places that are looked at for one credential: of a list that is full to a third, all are taken once in a hundred times."""


class Stroke:
    """One statement, in the words of the database."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        self._statement = statement

    @cached_property
    def _words(self) -> tuple[str, Mapping[str, Any]]:
        dialect: sa.Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call] # because it has no types
        compiled = self._statement.compile(dialect=dialect)
        return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, cursor: DBAPICursor, told: Mapping[str, Any]) -> Sequence[Any]:
        """Its rows. Raises the driver's errors."""
        words, always = self._words
        cursor.execute(words, {**always, **told})
        return cursor.fetchall()


class Line:
    """A connection on which every statement is a transaction by itself."""

    def __init__(self, connection: PoolProxiedConnection, cursor: DBAPICursor) -> None:
        self._connection, self._cursor = connection, cursor

    def run(self, stroke: Stroke, told: Mapping[str, Any], *, reading: bool = False) -> Sequence[Any]:
        """The rows of a stroke; `reading` for one that writes nothing. Raises as `Store.writing`."""
        try:
            return stroke.run(self._cursor, told)
        except psycopg.Error as error:
            if error.sqlstate is None:
                self._connection.invalidate(error)
            raise database.stroke_trouble(error, reading=reading) from None


_card, _carrier, _hold, _credential, _request = schema.card.c, schema.carrier.c, schema.hold.c, schema.credential.c, schema.request.c
_phone = schema.carrier.alias("phone")
PARTS = tuple(tuple(column.name for column in table.c) for table in (schema.card, schema.carrier, schema.hold))
"""Of what `LOOK` returns: the columns of the card, which come first, of a carrier and of a hold, which come last.

Between them: uri and size of the list, which of the draws are taken, how many fresh credentials there are, whether a fare is stated."""
_AS_SEEN = (_card.ref == sa.bindparam("card")) & (_card.revision == sa.bindparam("prepared"))


def _said(column: sa.Column[Any], prefix: str) -> sa.BindParameter[Any]:
    return sa.bindparam(f"{prefix}_{column.name}", type_=column.type)


def _noted(table: sa.Table, names: Sequence[str], held: sa.CTE, prefix: str) -> sa.CTE:
    """One row of a table, written if the card is held. A key that is there already fails the statement."""
    row = sa.select(*(_said(table.c[name], prefix).label(name) for name in names)).select_from(held)
    return insert(table).from_select(list(names), row, include_defaults=False).returning(table.c[names[0]]).cte(f"{prefix}_noted")


def _held(*also: sa.ColumnElement[bool]) -> sa.CTE:
    """The card, if it has the revision that it was looked at with."""
    return sa.select(_card.ref).where(_AS_SEEN, *also).with_for_update(key_share=True, nowait=True).cte("held")


def _exists(query: sa.Select[Any], name: str) -> sa.Label[bool]:
    return query.exists().label(name)


def _look() -> sa.Select[Any]:
    shard, entitlement = schema.shard.c, schema.entitlement.c
    lists = (shard.region == _card.region) & (shard.profile == int(Profile.GENERAL)) & (shard.day == sa.bindparam("day")) & shard.open
    place = sa.select(shard.uri, shard.size).where(lists).order_by(shard.number).limit(1).correlate(schema.card).lateral("place")
    taken = [
        _exists(
            sa.select(_credential.ref).where(
                (_credential.uri == place.c.uri) & (_credential.idx == sa.bindparam(f"draw_{draw}", type_=sa.BigInteger) % place.c.size)
            ),
            f"taken_{draw}",
        )
        for draw in range(DRAWS)
    ]
    withdrawn = sa.exists().where(schema.withdrawn.c.credential == _credential.ref)
    fresh = sa.select(sa.func.count()).where(
        (_credential.carrier == _phone.c.ref)
        & (_credential.profile == int(Profile.GENERAL))
        & (_credential.exp > sa.bindparam("after"))
        & (_credential.state == "ready")
        & ~withdrawn
    )
    here = (
        sa.select(
            *(column.label(f"card_{column.name}") for column in schema.card.c),
            place.c.uri,
            place.c.size,
            *taken,
            fresh.scalar_subquery().label("fresh"),
            _exists(sa.select(entitlement.ref).where((entitlement.carrier == _phone.c.ref) & entitlement.ended.is_(None)), "has_fare"),
        )
        .select_from(_phone.join(schema.card, _card.ref == _phone.c.card).outerjoin(place, sa.true()))
        .where(_phone.c.ref == sa.bindparam("phone"))
        .cte("here")
        .prefix_with("MATERIALIZED")
    )
    file = here.join(schema.carrier, _carrier.card == here.c.card_ref).outerjoin(schema.hold, _hold.card == here.c.card_ref)
    return sa.select(here, *(c.label(f"carrier_{c.name}") for c in _carrier), *(c.label(f"hold_{c.name}") for c in _hold)).select_from(file)


def _intend() -> sa.Select[Any]:
    chips = sa.select(_carrier.ref).where((_carrier.kind == "chip") & (_carrier.thumbprint == _said(_credential.cnf, "credential")))
    held = _held(~chips.exists())
    notes = (
        _noted(schema.proof_seen, ("thumbprint", "jti", "until"), held, "proof"),
        _noted(schema.request, ("key", "command", "digest", "begun"), held, "request"),
        _noted(schema.nonce, ("value", "card", "purpose", "issued", "expires", "used"), held, "nonce"),
        _noted(schema.credential, [column.name for column in _credential if column.name not in {"ready", "digest"}], held, "credential"),
    )
    return sa.select(sa.func.count()).select_from(held).add_cte(*notes)


def _hand() -> sa.Select[Any]:
    held = _held()
    credential = schema.credential.alias("other").c
    withdrawn = sa.exists().where(schema.withdrawn.c.credential == credential.ref)
    fresh = (
        sa.select(sa.func.count().label("many"))
        .where((credential.carrier == sa.bindparam("phone")) & (credential.profile == int(Profile.GENERAL)))
        .where((credential.exp > sa.bindparam("after")) & (credential.state == "ready") & ~withdrawn)
        .cte("fresh")
    )
    one_by_one = sa.update(schema.carrier).where((_carrier.ref == sa.bindparam("phone")) & (_carrier.card == held.c.ref)).values(state=_carrier.state)
    phone = one_by_one.returning(_carrier.ref).cte("phone")
    handed = (
        sa.update(schema.credential)
        .where((_credential.ref == sa.bindparam("credential")) & (_credential.carrier == phone.c.ref) & (fresh.c.many < sa.bindparam("most")))
        .values(state="ready", ready=sa.bindparam("now"), digest=sa.bindparam("of"))
        .returning(_credential.ref)
        .cte("handed")
    )
    told = (
        sa.update(schema.request)
        .where((_request.key == sa.bindparam("key")) & (sa.select(handed.c.ref).exists()))
        .values(answered=sa.bindparam("now"), answer=sa.bindparam("sealed"))
        .returning(_request.key)
        .cte("told")
    )
    return sa.select(sa.func.count()).select_from(handed).add_cte(told)


LOOK, INTEND, HAND = (Stroke(statement) for statement in (_look(), _intend(), _hand()))
