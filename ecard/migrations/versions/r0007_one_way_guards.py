"""What only time can tell wrong: states that go back, numbers that fall, and links of a chain that change."""

from ecard.migrations.guards import create_guards, drop_guards

revision = "r0007"
down_revision: str | None = "r0006"

_ONE_WAY = "WHEN OLD.state = 'ended' AND NEW.state <> 'ended' OR OLD.state <> 'pending' AND NEW.state = 'pending'"
_GUARDS = {
    "card_state_one_way": f"UPDATE ON card {_ONE_WAY}",
    "card_revision_counts": "UPDATE ON card WHEN NEW.revision <> OLD.revision + 1 OR NEW.chip_seq < OLD.chip_seq OR NEW.chip_seq > OLD.chip_seq + 1",
    "card_stays_itself": "UPDATE ON card WHEN NEW.ref <> OLD.ref OR NEW.number <> OLD.number OR NEW.holder <> OLD.holder OR NEW.region <> OLD.region",
    "card_is_kept": "DELETE ON card",
    "carrier_state_one_way": f"UPDATE ON carrier {_ONE_WAY}",
    "carrier_stays_itself": "UPDATE ON carrier WHEN NEW.ref <> OLD.ref OR NEW.card <> OLD.card OR NEW.kind <> OLD.kind"
    " OR OLD.thumbprint IS NOT NULL AND NEW.thumbprint IS DISTINCT FROM OLD.thumbprint OR NEW.counter < OLD.counter",
    "carrier_is_kept": "DELETE ON carrier",
    "hold_lifted_once": "UPDATE ON hold WHEN OLD.lifted IS NOT NULL OR NEW.card <> OLD.card OR NEW.carrier IS DISTINCT FROM OLD.carrier OR NEW.kind <> OLD.kind"
    " OR NEW.origin <> OLD.origin OR NEW.placed <> OLD.placed OR NEW.placed_person <> OLD.placed_person",
    "hold_is_kept": "DELETE ON hold",
    "credential_index_never_moves": "UPDATE ON credential WHEN NEW.uri <> OLD.uri OR NEW.idx <> OLD.idx OR NEW.sub <> OLD.sub OR NEW.cnf <> OLD.cnf"
    " OR NEW.carrier <> OLD.carrier OR OLD.state = 'ready'",
    "shard_stays_itself": "UPDATE ON shard WHEN NEW.uri <> OLD.uri OR NEW.size <> OLD.size OR NEW.profile <> OLD.profile OR NEW.day <> OLD.day"
    " OR NEW.open > OLD.open",
    "shard_is_kept": "DELETE ON shard",
    "nonce_used_once": "UPDATE ON nonce WHEN OLD.used IS NOT NULL",
    "card_event_never_changes": "UPDATE ON card_event",
    "card_event_is_kept": "DELETE ON card_event",
    "vault_access_never_changes": "UPDATE ON vault_access",
    "vault_access_is_kept": "DELETE ON vault_access",
}


def upgrade() -> None:
    """Create the triggers."""
    create_guards(_GUARDS)


def downgrade() -> None:
    """Drop the triggers."""
    drop_guards(_GUARDS)
