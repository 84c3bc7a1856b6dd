"""Vectors of what following and merging deltas does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes import faults
from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_shards import ShardSize
from tests.vectors import cast, cast_chain
from tests.vectors.case import Family
from tests.vectors.cast_chain import SECOND, SHARD, THIRD, V41, V42, V43
from tests.vectors.family_chain import ROOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Fault


def families() -> list[Family]:
    """Following, merging."""
    return [_following(), _merging()]


def _following() -> Family:
    family = Family(name="chain-following", about="From one version to the next.", spec="codes/FORMAT.md 4.1, STATUS 5.2")

    def given(lists: Mapping[int, bytes], held: dict[str, object]) -> dict[str, Any]:
        return {"lists": {str(number): packed.hex() for number, packed in lists.items()}} | ({"held": held} if held else {})

    def good(name: str, delta: StatusDelta, lists: Mapping[int, bytes], after: Mapping[int, bytes], comment: str, **held: object) -> None:
        says = {"seq": delta.head.seq, "root": cast_chain.root(after).hex(), "lists": {str(number): packed.hex() for number, packed in after.items()}}
        family.good(name, "status-follow", delta.raw, says, comment, **given(lists, held))

    def bad(name: str, delta: StatusDelta, lists: Mapping[int, bytes], fault: Fault, comment: str, **held: object) -> None:
        family.bad(name, "status-follow", delta.raw, fault, comment, **given(lists, held))

    def from_41(changes: Changes, root: bytes = ROOTS[42]) -> StatusDelta:
        return StatusDelta.issue(cast_chain.head(), changes, root=root, previous=ROOTS[41], signer=cast.PUBLISHER)

    event, later, merged = cast_chain.event_42(), cast_chain.event_43(), cast_chain.merged()
    good("event", event, V41, V42, "a shard comes, places change")
    good("later", later, V42, V43, "a shard goes", seq=42)
    good("merged", merged, V41, V43, "both at once")
    good("merged-from-between", merged, V42, V43, "what is true already is said again", seq=42)
    absent = from_41(Changes(dropped=(SHARD - 1,), to={}), ROOTS[41])
    good("dropped-unknown", absent, V41, V41, "a shard that came and went before this terminal saw it")
    bad("ahead", later, V41, faults.CHAIN_GAP, "version 42 is missing")
    bad("rollback", event, V43, faults.CHAIN_GAP, "a version that is past", seq=43)
    bad("again", event, V42, faults.CHAIN_GAP, "the version that is held", seq=42)
    bad("previous-of-another", event, V42, faults.CHAIN_GAP, "the same seq with other lists: two stories", seq=41)
    bad("region-of-another", event, V41, faults.CHAIN_GAP, "another region's chain", region="CN-SC")
    bad("space-of-another", event, V41, faults.CHAIN_GAP, "the chips' chain", space=2)
    bad("epoch-of-another", event, V41, faults.CHAIN_GAP, "a new epoch begins with a snapshot", epoch=2)
    bad("root-of-another", from_41(cast_chain.CHANGES_42, ROOTS[43]), V41, faults.CHAIN_ROOT, "the outcome is not what was signed")
    damaged = {**V41, SHARD: b"\xe4" + bytes(14) + b"\x41"}
    bad("lists-damaged", event, damaged, faults.CHAIN_ROOT, "what is held is not what its head signed", root=ROOTS[41].hex())
    unknown = Changes(to={cast_chain.SUSPENDED: [SHARD - 1 << 20]})
    bad("shard-unknown", from_41(unknown), V41, faults.CHAIN_SHARDS, "a place in a shard that is not there")
    bad("shard-there", from_41(Changes(added=(ShardSize(SHARD, 64),), to={})), V41, faults.CHAIN_SHARDS, "a shard that is there comes again")
    resized = StatusDelta.issue(
        cast_chain.head(seq=43), Changes(added=(ShardSize(THIRD, 16),), to={}), root=ROOTS[43], previous=ROOTS[41], steps=2, signer=cast.PUBLISHER
    )
    bad("shard-resized", resized, V42, faults.CHAIN_SHARDS, "the shard that is there is smaller", seq=42)
    for name, place, comment in (
        ("index-64", 64, "the first index beyond the shard"),
        ("index-last", (1 << 20) - 1, "a leaf that the shard does not have"),
    ):
        bad(name, from_41(Changes(to={cast_chain.SUSPENDED: [SHARD << 20 | place]})), V41, faults.STATUS_INDEX, comment)
    leaf = from_41(Changes(added=(ShardSize(THIRD, 8),), to={cast_chain.SUSPENDED: [THIRD << 20 | 7]}))
    bad("added-elsewhere", leaf, V41, faults.CHAIN_ROOT, "half of what was signed for")
    for name, status in (("suspended", cast_chain.SUSPENDED), ("valid", cast_chain.VALID), ("frozen", cast_chain.FROZEN)):
        bad(f"reversal-{name}", from_41(Changes(to={status: [SHARD << 20 | 63]})), V41, faults.CHAIN_REVERSAL, "index 63 has ended for good")
    return family


def _merging() -> Family:
    family = Family(name="chain-merging", about="Several deltas as one.", spec="codes/FORMAT.md 4.1, STATUS 5.3")
    event, later = cast_chain.event_42(), cast_chain.event_43()
    to = {"suspended": [[THIRD, 7]], "valid": [[SHARD, 2]], "invalid": [[SHARD, 3], [SHARD, 10]], "frozen": [[SHARD, 20]]}
    says = {"seq": 43, "since": 41, "previous": ROOTS[41][:8].hex(), "added": [[THIRD, 8]], "dropped": [SECOND], "to": to}
    family.good(
        "two", "status-merge", event.raw, says, "the last word on every place; shards that are gone are not spoken of", then=[later.raw.hex()]
    )

    def after_43(changes: Changes, **head: Any) -> str:
        delta = StatusDelta.issue(cast_chain.head(seq=44, **head), changes, root=bytes(32), previous=ROOTS[43], signer=cast.PUBLISHER)
        return delta.raw.hex()

    def bad(name: str, fault: Fault, comment: str, *then: str) -> None:
        family.bad(name, "status-merge", event.raw, fault, comment, then=list(then))

    gone = {**says, "seq": 44, "added": [], "dropped": [SECOND, THIRD], "to": {key: value for key, value in to.items() if key != "suspended"}}
    drop = after_43(Changes(dropped=(THIRD,), to={}))
    family.good("come-and-gone", "status-merge", event.raw, gone, "only that the shard is gone", then=[later.raw.hex(), drop])
    bad("gap", faults.CHAIN_GAP, "version 43 is missing", after_43(Changes(to={})))
    bad("epoch-of-another", faults.CHAIN_GAP, "another epoch", later.raw.hex(), after_43(Changes(to={}), epoch=2))
    other = StatusDelta.issue(cast_chain.head(seq=43), Changes(to={}), root=ROOTS[43], previous=ROOTS[41], signer=cast.PUBLISHER)
    bad("previous-of-another", faults.CHAIN_GAP, "two stories of version 42", other.raw.hex())
    bad("reversal", faults.CHAIN_REVERSAL, "index 3 has ended for good", later.raw.hex(), after_43(Changes(to={cast_chain.VALID: [SHARD << 20 | 3]})))
    bad("added-twice", faults.CHAIN_SHARDS, "the third shard comes again", later.raw.hex(), after_43(Changes(added=(ShardSize(THIRD, 8),), to={})))
    bad("comes-back", faults.CHAIN_SHARDS, "the second shard comes back", later.raw.hex(), after_43(Changes(added=(ShardSize(SECOND, 8),), to={})))
    bad("dropped-twice", faults.CHAIN_SHARDS, "the second shard goes again", later.raw.hex(), after_43(Changes(dropped=(SECOND,), to={})))
    changed = after_43(Changes(to={cast_chain.SUSPENDED: [SECOND << 20]}))
    bad("changes-after-it-is-gone", faults.CHAIN_SHARDS, "a place in the second shard, which is gone", later.raw.hex(), changed)
    return family
