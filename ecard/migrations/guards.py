"""Triggers that refuse what only time can tell wrong, for both databases.

A guard is written once, in the words that both understand: `UPDATE ON card WHEN NEW.number <> OLD.number`. `IS DISTINCT FROM` compares where a value may
be missing. A refused statement fails as an integrity error that names the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFUSE = """
CREATE OR REPLACE FUNCTION ecard_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def create_guards(guards: Mapping[str, str]) -> None:
    """Create a trigger of each name that refuses what is said of it: `UPDATE|DELETE ON table [WHEN condition]`."""
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres and guards:
        op.execute(_REFUSE)
    for name, what in guards.items():
        event, _, condition = what.partition(" WHEN ")
        if postgres:
            when = f"WHEN ({condition}) " if condition else ""
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {when}EXECUTE FUNCTION ecard_refuse()")
        else:
            when = f"WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')} " if condition else ""
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} {when}BEGIN SELECT RAISE(ABORT, '{name}'); END")


def drop_guards(guards: Mapping[str, str]) -> None:
    """Drop the triggers again."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, what in guards.items():
        table = what.partition(" WHEN ")[0].partition(" ON ")[2]
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgres else f"DROP TRIGGER {name}")
