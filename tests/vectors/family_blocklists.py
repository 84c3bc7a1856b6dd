"""Vectors of the lists that stop chips at desks without a line."""

from __future__ import annotations

from codes import faults
from codes.blocklists import LONGEST_LIFE, BlockList, blinded
from tests.vectors import cast
from tests.vectors.case import Family
from tests.vectors.family_record import STRANGER_KEY, changer
from tests.vectors.family_scripts import KEYS, LIVE, suspending
from tests.vectors.family_signed import ISSUER_KEY

SALT = bytes(range(0x60, 0x70))
PRINT = bytes(range(32))


def families() -> list[Family]:
    """Block lists."""
    family = Family(
        name="block-lists", about="Scripts made beforehand, for desks without a line.", spec="CHIP Decisions after review, codes/FORMAT.md 7.2"
    )
    script = suspending().seal(KEYS, card_id=cast.CARD_ID, challenge=None)
    name = blinded(SALT, cast.CARD_ID, PRINT)
    made = example().raw
    told = {"region": "CN-CQ", "iat": cast.NOW, "exp": cast.NOW + LONGEST_LIFE, "blocks": 1}
    family.good("one", "block-list", made, told, "one stopped chip, for a week", key=ISSUER_KEY)
    empty = BlockList.issue("CN-CQ", {}, cast.ISSUER, salt=SALT, iat=cast.NOW, exp=cast.NOW + 1)
    family.good("empty", "block-list", empty.raw, told | {"exp": cast.NOW + 1, "blocks": 0}, "nobody is stopped", key=ISSUER_KEY)
    family.bad("other-key", "block-list", made, faults.BLOCK_LIST_SIGNATURE, "a list of nobody's", key=STRANGER_KEY)
    bad = changer(family, "block-list", made)
    bad("without-end", lambda claims: claims.drop(4), faults.CLAIMS_SET, "a list says until when it is good")
    bad("too-long", lambda claims: claims.put(4, cast.NOW + LONGEST_LIFE + 1), faults.CLAIM_VALUE, "a second beyond a week")
    bad("ends-before-it-begins", lambda claims: claims.put(4, cast.NOW), faults.CLAIM_VALUE, "good for no time")
    bad("salt-short", lambda claims: claims.put(-65560, [SALT[:-1], b""]), faults.CLAIM_VALUE, "a salt has 16 bytes")
    bad("entry-cut", lambda claims: claims.put(-65560, [SALT, (name + script)[:-1]]), faults.CLAIM_VALUE, "entries have 44 bytes each")
    bad("entry-twice", lambda claims: claims.put(-65560, [SALT, (name + script) * 2]), faults.CLAIM_VALUE, "one entry a chip, in order")
    live = suspending(live=True).seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    bad("entry-live", lambda claims: claims.put(-65560, [SALT, name + live]), faults.CLAIM_VALUE, "a live script cannot be made beforehand")
    bad("entry-no-script", lambda claims: claims.put(-65560, [SALT, name + bytes(28)]), faults.SCRIPT_SHAPE, "an entry that is no script")
    return [family]


def example() -> BlockList:
    """A list with one chip."""
    script = suspending().seal(KEYS, card_id=cast.CARD_ID, challenge=None)
    blocks = {blinded(SALT, cast.CARD_ID, PRINT): script}
    return BlockList.issue("CN-CQ", blocks, cast.ISSUER, salt=SALT, iat=cast.NOW, exp=cast.NOW + LONGEST_LIFE)
