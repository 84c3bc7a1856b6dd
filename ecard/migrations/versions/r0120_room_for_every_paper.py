"""Room for every paper that can be shown, indexes for the pages of people at a desk, and where a code without the chip was asked for."""

import sqlalchemy as sa
from alembic import op

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0120"
down_revision: str | None = "r0110"

_PAPERS = {
    "application": ("evidence", 200),
    "stock_entry": ("evidence", 200),
    "cancellation": ("evidence", 200),
    "correction": ("evidence", 200),
    "operator_reset": ("evidence", 200),
    "activation": ("evidence", 256),
}
"""Table: its column, and how much it held before."""
_LONGEST = 1000
_GUARDS = {
    "cancellation_decided_once": (
        "UPDATE ON cancellation WHEN OLD.decided IS NOT NULL OR NEW.card <> OLD.card OR NEW.ground <> OLD.ground OR NEW.applicant <> OLD.applicant"
        " OR NEW.evidence <> OLD.evidence OR NEW.requested_person <> OLD.requested_person"
    ),
    "correction_decided_once": (
        "UPDATE ON correction WHEN OLD.decided IS NOT NULL OR NEW.holder <> OLD.holder OR NEW.card <> OLD.card OR NEW.old <> OLD.old"
        " OR NEW.new <> OLD.new OR NEW.evidence <> OLD.evidence OR NEW.proposed_person <> OLD.proposed_person"
    ),
    "reset_stays_as_asked": (
        "UPDATE ON operator_reset WHEN NEW.ref <> OLD.ref OR NEW.operator <> OLD.operator OR NEW.person <> OLD.person"
        " OR NEW.asked <> OLD.asked OR NEW.asked_person <> OLD.asked_person OR NEW.evidence <> OLD.evidence"
    ),
}
"""Those that compare such a column, as they were: PostgreSQL changes none that a guard looks at, so they step aside."""
_NEW = {
    "events_of_time": ("card_event", ["at"], None),
    "applications_of_region": ("application", ["region", "taken"], None),
    "activations_waiting": ("activation", ["region", "asked"], "approved IS NULL"),
    "freeze_requests_open": ("freeze_request", ["asked"], "answer IS NULL"),
    "incidents_open": ("chip_incident", ["at"], "settled IS NULL"),
    "cancellations_open": ("cancellation", ["requested"], "decided IS NULL"),
    "stock_kept": ("stock_item", ["keep_until"], "keep_until IS NOT NULL"),
}
"""Name: table, columns and condition."""


def upgrade() -> None:
    """Widen the columns where the database keeps to their length, and create the rest."""
    _hold(dict.fromkeys(_PAPERS, _LONGEST))
    for name, (table, columns, where) in _NEW.items():
        condition = None if where is None else sa.text(where)
        op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)
    op.add_column("activation", sa.Column("device", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Drop them again; a row that lists more papers than there was room for stands in the way of that."""
    op.drop_column("activation", "device")
    for name, (table, _, _) in _NEW.items():
        op.drop_index(name, table)
    _hold({table: length for table, (_, length) in _PAPERS.items()})


def _hold(lengths: dict[str, int]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        drop_guards(_GUARDS)
        for table, length in lengths.items():
            op.alter_column(table, _PAPERS[table][0], type_=sa.String(length=length), existing_nullable=False)
        create_guards(_GUARDS)
