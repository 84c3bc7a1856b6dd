"""Step 10 of the decision: what the status lists say, and whether they are recent enough to say it (FORMATS section 2, STATUS section 5.6).

A stop is believed at any age: a stale "no" is safe. A good answer is as old as its evidence, and what age is good enough is the scene's signed rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import Profile, StatusType, parse_uri
from codes.errors import InputError, SetupError, StateError
from codes.reasons import Note
from codes.scenes import SceneClass
from verify import faults

if TYPE_CHECKING:
    from codes.credential import Statement
    from codes.scenes import SceneRules
    from verify.ports import StatusSource
    from verify.trust import TrustView

_STOPPED = {
    StatusType.INVALID: faults.STATUS_REVOKED,
    StatusType.SUSPENDED: faults.STATUS_SUSPENDED,
    StatusType.FROZEN: faults.STATUS_FROZEN,
}


def judge_status(says: Statement, *, scene: SceneRules, trust: TrustView, status: StatusSource, now: int) -> tuple[int, tuple[Note, ...]]:
    """Evidence time (seconds since 1970 UTC) of a good status, and the notes that its age deserves.

    Raises `InputError` status-elsewhere or status-index, `StateError` status-suspended, status-frozen or status-revoked at any age, `SetupError`
    status-missing, status-too-old or status-check-online; trust-behind where the lists' publisher demands newer trust than ours for a good answer.
    """
    shard = status.shard(says.status.uri)
    if shard is None:
        head = _head_before_list(says, trust=trust, status=status)
    elif shard.region != says.iss or shard.profile is not says.profile:
        raise InputError(faults.STATUS_ELSEWHERE, uri=says.status.uri)
    else:
        head = shard.iat
        value = shard.statuses[says.status.idx]
        if value is not StatusType.VALID:
            raise StateError(_STOPPED[value], as_of=head, age_s=max(0, now - head))
    demanded, held = status.demand(says.iss), trust.versions.get(says.iss, 0)
    if held < demanded:  # whoever holds a region's newest documents back must not gain by it (FORMATS section 4)
        raise SetupError(faults.TRUST_BEHIND, region=says.iss, version=held, demanded=demanded)
    # A credential signed after the list was checked by its issuer when it was signed: younger evidence, but not where money is at stake or for a chip.
    as_of = head if scene.scene_class is SceneClass.A or says.profile is Profile.CHIP else max(head, says.iat)
    return as_of, _age_notes(now - as_of, scene, as_of)


def _head_before_list(says: Statement, *, trust: TrustView, status: StatusSource) -> int:
    """The evidence we have for a credential whose list we do not hold: our region head, if the credential was signed after it and so may use a newer list.

    A list that should have reached us with that head and did not is missing, and a missing list is never a good answer.
    """
    authority = trust.authorities.get(says.iss)
    letter, number = parse_uri(says.status.uri)
    first, last = (1, 0) if authority is None else authority.spaces.get(says.profile, (1, 0))
    if authority is None or letter != authority.letter or not first <= number <= last:
        raise InputError(faults.STATUS_ELSEWHERE, uri=says.status.uri)
    head = status.head(says.iss)
    if head is None or says.iat <= head:
        raise SetupError(faults.STATUS_MISSING, uri=says.status.uri)
    return head


def _age_notes(age: int, scene: SceneRules, as_of: int) -> tuple[Note, ...]:
    budget = scene.staleness
    if age <= budget.fresh:
        return ()
    if age <= budget.aging:
        return (Note.STATUS_AGING,)
    if age <= budget.allowed:
        return (Note.STATUS_STALE_ALLOWED,)
    if age <= budget.check:
        raise SetupError(faults.STATUS_CHECK_ONLINE, as_of=as_of, age_s=age, limit_s=budget.allowed)
    raise SetupError(faults.STATUS_TOO_OLD, as_of=as_of, age_s=age, limit_s=budget.check)
