"""Status indices: which place in which list a new credential gets.

A list (shard) belongs to one region and one profile, and for phones to one issue day: when the last of its credentials has expired it is dropped as a whole.
Chips live for years, so theirs are filled whatever the day: a hundred lists, not thousands, hold a province. A list's number comes from the region's space
for that profile and is never used again.
The place inside is drawn at random, so that neighbours in a list say nothing about one another, and stands in the credential's row under a unique
constraint, so that it is never given twice. A list is called full when `DRAWS` draws in a row hit taken places, which is at about two thirds: no counter
that every issuing process would have to queue for. Phone lists of earlier days take nobody any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.claims import Profile, StatusRef, shard_uri
from codes.errors import SetupError
from codes.status import SHARD_CAPACITY
from ecard import faults, outbox, questions, schema
from ecard.outbox import Topic
from ecard.policy import DAY

if TYPE_CHECKING:
    from ecard.issuer import RegionIssuer
    from ecard.model import Entropy
    from ecard.store import Work

DRAWS = 8


def allocate(work: Work, issuer: RegionIssuer, profile: Profile, *, capacity: int, entropy: Entropy, now: int, taken: set[StatusRef]) -> StatusRef:
    """A place nobody has had. `taken` are places given in this transaction whose rows are not written yet; the new one is added.

    Raises `SetupError` index-space-full when the region's numbers for this profile are used up.
    """
    day = now // DAY
    while True:
        question = questions.OPEN_LIST if profile is Profile.CHIP else questions.OPEN_LIST_OF_DAY
        shard = work.connection.execute(question, {"region": issuer.region, "profile": int(profile), "day": day}).one_or_none()
        if shard is None:
            _open_shard(work, issuer, profile, size=capacity, now=now)
            continue
        for _ in range(DRAWS):
            status = StatusRef(shard.uri, int.from_bytes(entropy(8)) % shard.size)
            if status not in taken and not _is_taken(work, status):
                taken.add(status)
                return status
        work.connection.execute(sa.update(schema.shard).where(schema.shard.c.uri == shard.uri).values(open=False))


def _is_taken(work: Work, status: StatusRef) -> bool:
    return work.connection.execute(questions.CREDENTIAL_AT, {"uri": status.uri, "idx": status.idx}).first() is not None


def _open_shard(work: Work, issuer: RegionIssuer, profile: Profile, *, size: int, now: int) -> None:
    if size % 4 or not 0 < size <= SHARD_CAPACITY:
        msg = f"a status list has a multiple of 4 entries, not {size}"
        raise ValueError(msg)
    first, last = issuer.spaces[profile]
    inside = (schema.shard.c.region == issuer.region) & schema.shard.c.number.between(first, last)
    highest = work.connection.execute(sa.select(sa.func.max(schema.shard.c.number)).where(inside)).scalar_one()
    number = first if highest is None else highest + 1
    if number > last:
        raise SetupError(faults.INDEX_SPACE_FULL, region=issuer.region, profile=int(profile), last=last)
    row = {
        "uri": shard_uri(issuer.letter, number),
        "region": issuer.region,
        "number": number,
        "profile": int(profile),
        "day": now // DAY,
        "size": size,
    }
    work.connection.execute(sa.insert(schema.shard).values({**row, "open": True}))
    outbox.put(work, Topic.PUBLISH, shard_uri(issuer.letter, number), {}, now=now)
