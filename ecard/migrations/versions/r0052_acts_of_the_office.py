"""The office's own acts in chains of their own. What was registered before is entered as taken over, so that a later change of it is seen."""

import hashlib

import sqlalchemy as sa
from alembic import op

from codes import cbor
from ecard.migrations.guards import create_guards, drop_guards

revision = "r0052"
down_revision: str | None = "r0051"

_GUARDS = {"office_act_never_changes": "UPDATE ON office_act", "office_act_is_kept": "DELETE ON office_act"}
_HEADS = {"checkpoint_head_never_changes": "UPDATE ON checkpoint_head", "checkpoint_head_is_kept": "DELETE ON checkpoint_head"}
_TAKEN_OVER = {
    "reader": ("region", ["ref"], "registered"),
    "service_point": ("region", ["ref"], "registered"),
    "batch": ("ref", ["ref"], "taken"),
    "application": ("ref", ["ref"], "taken"),
    "production_order": ("ref", ["ref"], "placed"),
    "production_return": ("order_ref", ["order_ref", "digest"], "at"),
    "stock_item": ("order_ref", ["order_ref", "line"], None),
}
"""Of each table whose rows are covered: the desk, the key, and when a row came to be."""


def upgrade() -> None:
    """Create the table, let checkpoints know its chains, and enter what there is."""
    op.create_table(
        "office_act",
        sa.Column("desk", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("about", sa.String(length=128), nullable=False),
        sa.Column("left", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq >= 1", name="office_act_counts_from_one"),
        sa.PrimaryKeyConstraint("desk", "seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("acts_about", "office_act", ["about", "seq"], unique=False)
    _know_chains("chain IN ('card', 'person', 'office')")
    _take_over()
    create_guards(_GUARDS)


def _know_chains(which: str) -> None:
    drop_guards(_HEADS)
    for table in ("unsealed", "checkpoint_head"):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint("known_chain", type_="check")
            batch.create_check_constraint("known_chain", which)
    create_guards(_HEADS)


def _take_over() -> None:
    connection = op.get_bind()
    ends: dict[str, tuple[int, int, bytes]] = {}
    for table, (desk, key, when) in _TAKEN_OVER.items():
        for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings().all():  # noqa: S608 - because the names are those above
            kept = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items() if value is not None}
            left = _digest(kept)
            if table == "stock_item":
                where = {"order_ref": row["order_ref"], "line": row["line"]}
                entries = connection.execute(sa.text("SELECT * FROM stock_entry WHERE order_ref = :order_ref AND line = :line"), where).mappings()
                moved = sorted(_digest({name: value for name, value in entry.items() if value is not None}) for entry in entries)
                left = hashlib.sha256(left + b"".join(moved)).digest()
            seq, last, previous = ends.get(row[desk], (0, 0, bytes(32)))
            link = {
                "desk": row[desk],
                "seq": seq + 1,
                "at": max(last, 0 if when is None else row[when]),
                "actor": "upgrade",
                "person": "upgrade",
                "role": "service",
                "act": "take-over",
                "about": "/".join([table, *(kept[name].hex() if isinstance(kept[name], bytes) else str(kept[name]) for name in key)]),
                "left": left,
                "previous": previous,
            }
            link["hash"] = _digest(link)
            names = ", ".join(f'"{name}"' for name in link)
            connection.execute(sa.text(f"INSERT INTO office_act ({names}) VALUES ({', '.join(f':{name}' for name in link)})"), link)  # noqa: S608 - because the names are those above
            mark = {"chain": "office", "subject": link["desk"], "seq": link["seq"], "at": link["at"]}
            connection.execute(sa.text("INSERT INTO unsealed (chain, subject, seq, at) VALUES (:chain, :subject, :seq, :at)"), mark)
            ends[row[desk]] = (seq + 1, link["at"], link["hash"])


def _digest(said: dict[str, object]) -> bytes:
    return hashlib.sha256(cbor.encode(said)).digest()  # type: ignore[arg-type]  # because rows hold nothing but numbers, texts and bytes


def downgrade() -> None:
    """Drop it again."""
    drop_guards(_GUARDS)
    drop_guards(_HEADS)
    for table in ("unsealed", "checkpoint_head"):
        op.execute(f"DELETE FROM {table} WHERE chain = 'office'")  # noqa: S608 - because the names are in the line above
    create_guards(_HEADS)
    _know_chains("chain IN ('card', 'person')")
    op.drop_table("office_act")
