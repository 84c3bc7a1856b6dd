// Every verdict, reason and note with its number, colour, tone and texts, and which fault means which reason. Made by `make vectors` from codes/reasons.py.

/** @typedef {{ zh: string, en: string }} Text */
/** @typedef {{ number: number, outcome: string, colour: string, tone: string, public: Text, staff: Text, action: Text }} Entry */

/** @type {Entry} */
export const ACCEPTED = {"number": 0, "outcome": "accepted", "colour": "green", "tone": "rise", "public": {"zh": "验证通过", "en": "Verified"}, "staff": {"zh": "验证通过", "en": "Verified"}, "action": {"zh": "请继续办理。", "en": "Go on."}};

/** @type {Record<string, Entry>} */
export const REASONS = {
  "malformed": {"number": 1, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "码已损坏", "en": "The code is damaged"}, "action": {"zh": "请持卡人打开电子社保卡，出示应用里的码。", "en": "Ask the holder to open the e-card app and show the code inside it."}},
  "not-canonical": {"number": 2, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "码的写法不合规", "en": "The code is not written as the format demands"}, "action": {"zh": "请持卡人打开电子社保卡，出示应用里的码。", "en": "Ask the holder to open the e-card app and show the code inside it."}},
  "unknown-format": {"number": 3, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "不是社保卡码", "en": "Not an e-card code"}, "staff": {"zh": "这不是电子社保卡码", "en": "This is not an e-card code"}, "action": {"zh": "请持卡人打开电子社保卡，出示应用里的码。", "en": "Ask the holder to open the e-card app and show the code inside it."}},
  "unknown-issuer": {"number": 4, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "签发机构不在信任名单内", "en": "The issuer is not on the trust list"}, "action": {"zh": "请持卡人联网打开电子社保卡，更新后再出示；仍不行请致电 12333。", "en": "Ask the holder to open the app online, let it renew and show it again; if it still fails, call 12333."}},
  "issuer-out-of-scope": {"number": 5, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "签发机构超出其权限", "en": "The issuer went beyond what its key may sign"}, "action": {"zh": "请持卡人联网打开电子社保卡，更新后再出示；仍不行请致电 12333。", "en": "Ask the holder to open the app online, let it renew and show it again; if it still fails, call 12333."}},
  "issuer-signature": {"number": 6, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "签发签名不对，凭证系伪造或被改动", "en": "The issuer's signature is wrong: forged or altered"}, "action": {"zh": "请持卡人打开电子社保卡，出示应用里的码。", "en": "Ask the holder to open the e-card app and show the code inside it."}},
  "holder-signature": {"number": 7, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "持卡手机签名不对，码系伪造或被改动", "en": "The phone's signature is wrong: forged or altered"}, "action": {"zh": "请持卡人打开电子社保卡，出示应用里的码。", "en": "Ask the holder to open the e-card app and show the code inside it."}},
  "credential-expired": {"number": 8, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "请联网更新", "en": "Please go online"}, "staff": {"zh": "凭证已过期", "en": "The credential has expired"}, "action": {"zh": "请持卡人联网打开电子社保卡，更新后再出示；仍不行请致电 12333。", "en": "Ask the holder to open the app online, let it renew and show it again; if it still fails, call 12333."}},
  "credential-not-yet-valid": {"number": 9, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "尚未生效", "en": "Not yet valid"}, "staff": {"zh": "凭证尚未生效，可能是本机时间慢了", "en": "The credential is not valid yet; this device's clock may be slow"}, "action": {"zh": "请核对本机时间；时间无误请持卡人稍后再试。", "en": "Check this device's clock; if it is right, ask the holder to try again later."}},
  "code-expired": {"number": 10, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "请刷新再扫", "en": "Refresh, rescan"}, "staff": {"zh": "码已过期", "en": "The code is too old"}, "action": {"zh": "请点一下二维码，再扫一次；若仍过期，请打开手机的自动设置时间。", "en": "Tap the code and scan again; if it is still too old, let the phone set its time automatically."}},
  "code-from-future": {"number": 11, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "手机时间快了", "en": "Phone clock ahead"}, "staff": {"zh": "手机时间快了", "en": "The phone's clock is ahead"}, "action": {"zh": "请在手机设置里打开自动设置时间，再扫一次。", "en": "Let the phone set its time automatically, then scan again."}},
  "wrong-scene": {"number": 12, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "请换对应的码", "en": "Use another code"}, "staff": {"zh": "码的用途与此处不符", "en": "This kind of code is not for this place"}, "action": {"zh": "请持卡人按页面提示出示本场景的码。", "en": "Ask the holder to show the code meant for this place."}},
  "challenge-mismatch": {"number": 13, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "请重新出示", "en": "Show it again"}, "staff": {"zh": "码与本机的核验码不符", "en": "The code does not answer this device's challenge"}, "action": {"zh": "请让持卡人扫描本机显示的核验码，再出示新码。", "en": "Let the holder scan the challenge on this device, then show the new code."}},
  "replayed": {"number": 14, "outcome": "refused", "colour": "yellow", "tone": "double", "public": {"zh": "请等新码", "en": "Wait for new code"}, "staff": {"zh": "刚才已扫过", "en": "Just scanned"}, "action": {"zh": "请等几秒，出示新码再扫。", "en": "Wait a few seconds and scan the new code."}},
  "suspended": {"number": 15, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "请到服务台", "en": "See the desk"}, "staff": {"zh": "此卡或此手机的码已挂失或暂停使用", "en": "This card or phone is reported lost or paused"}, "action": {"zh": "请持卡人到社保卡服务网点或致电 12333 办理；请勿扣留手机或卡片。", "en": "Send the holder to a card service point or 12333; do not keep the phone or the card."}},
  "frozen": {"number": 16, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "请到服务台", "en": "See the desk"}, "staff": {"zh": "此卡已被冻结", "en": "This card is frozen"}, "action": {"zh": "请持卡人到社保卡服务网点或致电 12333 办理；请勿扣留手机或卡片。", "en": "Send the holder to a card service point or 12333; do not keep the phone or the card."}},
  "revoked": {"number": 17, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "请到服务台", "en": "See the desk"}, "staff": {"zh": "此凭证已作废", "en": "This credential has ended"}, "action": {"zh": "请持卡人到社保卡服务网点或致电 12333 办理；请勿扣留手机或卡片。", "en": "Send the holder to a card service point or 12333; do not keep the phone or the card."}},
  "status-out-of-range": {"number": 18, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此码不能使用", "en": "Not usable"}, "staff": {"zh": "状态位置超出名单", "en": "The status position is outside the list"}, "action": {"zh": "请持卡人联网打开电子社保卡，更新后再出示；仍不行请致电 12333。", "en": "Ask the holder to open the app online, let it renew and show it again; if it still fails, call 12333."}},
  "not-recognised-here": {"number": 19, "outcome": "refused", "colour": "red", "tone": "low", "public": {"zh": "此处暂不适用", "en": "Not used here"}, "staff": {"zh": "此码有效，但不在本场景的认可范围内", "en": "The code is valid but not recognised in this place"}, "action": {"zh": "请按本场景规定改用其他方式，并向持卡人说明原因。", "en": "Offer the other way that this place has, and tell the holder why."}},
  "status-stale": {"number": 20, "outcome": "inconclusive", "colour": "grey", "tone": "soft", "public": {"zh": "请走人工通道", "en": "Staffed lane"}, "staff": {"zh": "停用名单过旧，不能下结论", "en": "The list of stopped cards is too old to judge by"}, "action": {"zh": "请改走人工核验；联网或用 U 盘更新名单。", "en": "Check by hand; update the list online or from a stick."}},
  "trust-stale": {"number": 21, "outcome": "inconclusive", "colour": "grey", "tone": "soft", "public": {"zh": "请走人工通道", "en": "Staffed lane"}, "staff": {"zh": "验证数据过旧，不能下结论", "en": "The trust data is out of date"}, "action": {"zh": "请改走人工核验；联网或用 U 盘更新验证数据。", "en": "Check by hand; update the trust data online or from a stick."}},
  "clock-untrusted": {"number": 22, "outcome": "inconclusive", "colour": "grey", "tone": "soft", "public": {"zh": "请走人工通道", "en": "Staffed lane"}, "staff": {"zh": "本机时间不可信", "en": "This device's clock cannot be trusted"}, "action": {"zh": "请改走人工核验；校准本机时间。", "en": "Check by hand; set this device's clock."}},
  "terminal-not-ready": {"number": 23, "outcome": "inconclusive", "colour": "grey", "tone": "soft", "public": {"zh": "请走人工通道", "en": "Staffed lane"}, "staff": {"zh": "设备暂不能验码", "en": "This device cannot check codes now"}, "action": {"zh": "请改走人工核验，并通知设备管理员。", "en": "Check by hand and tell whoever looks after this device."}},
  "check-online": {"number": 24, "outcome": "inconclusive", "colour": "grey", "tone": "soft", "public": {"zh": "请走人工通道", "en": "Staffed lane"}, "staff": {"zh": "需要联网核对后才能办理", "en": "Must be checked online first"}, "action": {"zh": "请联网核对此码，或改走人工核验。", "en": "Check this code online, or check by hand."}},
};

/** @type {Record<string, Entry>} */
export const NOTES = {
  "status-aging": {"number": 101, "outcome": "accepted", "colour": "green", "tone": "rise", "public": {"zh": "验证通过", "en": "Verified"}, "staff": {"zh": "停用名单偏旧", "en": "The list of stopped cards is getting old"}, "action": {"zh": "请尽快联网更新名单。", "en": "Update the list soon."}},
  "delegate": {"number": 102, "outcome": "accepted", "colour": "green", "tone": "rise", "public": {"zh": "代办验证通过", "en": "Verified, proxy"}, "staff": {"zh": "由亲属代为出示", "en": "Shown by a relative on behalf of the holder"}, "action": {"zh": "请按代办规定办理。", "en": "Follow the rules for acting on behalf of another."}},
  "status-stale-allowed": {"number": 103, "outcome": "accepted", "colour": "green", "tone": "rise", "public": {"zh": "验证通过", "en": "Verified"}, "staff": {"zh": "停用名单已过旧，按本场景规则放行", "en": "The list of stopped cards is old; allowed by this scene's rules"}, "action": {"zh": "本次放行将在名单更新后复核；请立即联网更新。", "en": "This passage is checked again after the next update; update now."}},
};

/** @type {Record<string, string[]>} */
export const FAULTS_OF = {
  "malformed": ["base45-alphabet", "base45-length", "cbor-reserved", "cbor-size", "cbor-text", "cbor-truncated", "chip-in-code", "claim-value", "claims-set", "code-length", "cose-shape", "cose-type", "key-shape", "signature-range"],
  "not-canonical": ["base45-overflow", "cbor-depth", "cbor-duplicate-key", "cbor-indefinite", "cbor-key-order", "cbor-key-type", "cbor-not-shortest", "cbor-simple", "cbor-tag", "cbor-trailing", "cose-algorithm", "cose-header", "cose-unprotected", "signature-high-s"],
  "unknown-format": ["code-prefix"],
  "unknown-issuer": ["issuer-unknown"],
  "issuer-out-of-scope": ["issuer-key-life", "issuer-key-max-age", "issuer-key-period", "issuer-key-profile", "status-elsewhere"],
  "issuer-signature": ["issuer-signature"],
  "holder-signature": ["holder-signature", "key-point"],
  "credential-expired": ["credential-expired"],
  "credential-not-yet-valid": ["credential-not-yet-valid"],
  "code-expired": ["code-expired"],
  "code-from-future": ["code-from-future"],
  "wrong-scene": ["audience-other", "audience-profile"],
  "challenge-mismatch": ["challenge-missing", "challenge-other", "challenge-unasked"],
  "replayed": ["replayed"],
  "suspended": ["status-suspended"],
  "frozen": ["status-frozen"],
  "revoked": ["status-revoked"],
  "status-out-of-range": ["status-index"],
  "not-recognised-here": ["chip-not-here", "delegate-not-here", "fare-not-here", "issuer-not-here"],
  "status-stale": ["status-missing", "status-too-old"],
  "trust-stale": ["trust-behind", "trust-expired"],
  "clock-untrusted": ["clock-below-floor", "replay-clock"],
  "terminal-not-ready": ["agent-port", "agent-reader", "agent-server", "agent-stopping", "answers-unwritable", "chain-damaged", "group-file", "journal-damaged", "journal-full", "replay-cut", "replay-damaged", "replay-full", "scene-ambiguous", "scene-unknown", "state-damaged", "state-exists", "state-locked", "state-missing", "state-unreadable", "state-unwritable", "state-version", "status-damaged", "terminal-key", "trust-absent", "trust-damaged"],
  "check-online": ["scene-online", "status-check-online"],
};
