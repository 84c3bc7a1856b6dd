"""Faults of the decision, in the order of its steps (FORMATS section 2)."""

from __future__ import annotations

from codes.reasons import Reason
from verify.faults.kinds import decided

TRUST_EXPIRED = decided("trust-expired", Reason.TRUST_STALE, "验证数据已过期", "The trust data is out of date")
ISSUER_UNKNOWN = decided("issuer-unknown", Reason.UNKNOWN_ISSUER, "没有这个签发密钥", "No issuer key has this region and key id")
ISSUER_KEY_PERIOD = decided("issuer-key-period", Reason.ISSUER_OUT_OF_SCOPE, "签发密钥此刻不在有效期内", "The issuer key is not valid now")
ISSUER_KEY_PROFILE = decided("issuer-key-profile", Reason.ISSUER_OUT_OF_SCOPE, "签发密钥无权签发这类凭证", "The issuer key may not sign this profile")
ISSUER_KEY_LIFE = decided(
    "issuer-key-life", Reason.ISSUER_OUT_OF_SCOPE, "凭证有效期超出签发密钥的上限", "The credential lives longer than its issuer key may sign"
)
ISSUER_KEY_MAX_AGE = decided(
    "issuer-key-max-age",
    Reason.ISSUER_OUT_OF_SCOPE,
    "码的有效时长超出签发密钥的上限",
    "Codes of this credential would live longer than its issuer key may sign",
)
ISSUER_NOT_HERE = decided(
    "issuer-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不认可该地区的卡", "This scene does not recognise cards of that region"
)
CREDENTIAL_EXPIRED = decided("credential-expired", Reason.CREDENTIAL_EXPIRED, "凭证已过期", "The credential has expired")
CREDENTIAL_NOT_YET_VALID = decided("credential-not-yet-valid", Reason.CREDENTIAL_NOT_YET_VALID, "凭证尚未生效", "The credential is not valid yet")
AUDIENCE_OTHER = decided("audience-other", Reason.WRONG_SCENE, "码的用途与本场景不符", "The code is made for another class of scene")
AUDIENCE_PROFILE = decided(
    "audience-profile", Reason.WRONG_SCENE, "这类凭证不能用于该用途", "A credential of this profile cannot serve that audience"
)
CHALLENGE_MISSING = decided(
    "challenge-missing", Reason.CHALLENGE_MISMATCH, "码没有回答本机的核验码", "The code carries no answer to a challenge that is required"
)
CHALLENGE_UNASKED = decided(
    "challenge-unasked", Reason.CHALLENGE_MISMATCH, "码带有本机未出示的核验码", "The code carries a challenge that was not asked for"
)
CHALLENGE_OTHER = decided("challenge-other", Reason.CHALLENGE_MISMATCH, "码回答的不是本机的核验码", "The code answers another challenge")
CODE_EXPIRED = decided("code-expired", Reason.CODE_EXPIRED, "码已过期", "The code is older than its window")
CODE_FROM_FUTURE = decided("code-from-future", Reason.CODE_FROM_FUTURE, "码的时间在未来", "The code was made in the future")
STATUS_ELSEWHERE = decided(
    "status-elsewhere",
    Reason.ISSUER_OUT_OF_SCOPE,
    "状态位置不属于该签发机构或该类凭证",
    "The status list belongs to another issuer or another profile",
)
STATUS_SUSPENDED = decided("status-suspended", Reason.SUSPENDED, "已挂失或暂停使用", "Reported lost or paused")
STATUS_FROZEN = decided("status-frozen", Reason.FROZEN, "已被冻结", "Frozen by the authority")
STATUS_REVOKED = decided("status-revoked", Reason.REVOKED, "凭证已作废", "Ended for good")
STATUS_MISSING = decided(
    "status-missing", Reason.STATUS_STALE, "本机没有对应的停用名单", "This terminal does not hold the status list that answers for this code"
)
STATUS_TOO_OLD = decided("status-too-old", Reason.STATUS_STALE, "停用名单过旧", "The status list is older than this scene judges by")
STATUS_CHECK_ONLINE = decided(
    "status-check-online", Reason.CHECK_ONLINE, "停用名单偏旧，须联网核对", "The status list is old enough that this code must be checked online"
)
DELEGATE_NOT_HERE = decided("delegate-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不接受代办", "This scene does not accept a relative's code")
FARE_NOT_HERE = decided("fare-not-here", Reason.NOT_RECOGNISED_HERE, "本场景没有这类票价", "This scene has no meaning for this fare class")
CHIP_NOT_HERE = decided("chip-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不读芯片", "This scene does not take chips")
SCENE_ONLINE = decided("scene-online", Reason.CHECK_ONLINE, "本场景须联网核对", "This scene checks every code online")
REPLAYED = decided("replayed", Reason.REPLAYED, "刚才已扫过", "This credential was accepted a moment ago")
