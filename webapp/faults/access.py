"""Faults of callers and their proofs."""

from __future__ import annotations

from codes.errors import Fault, Text

_APP = Text("请更新应用后再试。", "Update the app, then try again.")

PROOF_MISSING = Fault(
    code="proof-missing",
    title=Text("请求没有密钥证明", "The request carries no proof of a key"),
    hint=Text(
        "请在请求头 DPoP 中附上一份证明，格式见 /v1/openapi.json。", "Put one proof into the header DPoP; /v1/openapi.json says how it is made."
    ),
)
PROOF_SHAPE = Fault(code="proof-shape", title=Text("密钥证明格式不对", "The proof of a key is not well-formed"), hint=_APP)
PROOF_SIGNATURE = Fault(code="proof-signature", title=Text("密钥证明的签名不对", "The proof was not signed by the key that it names"), hint=_APP)
PROOF_OTHER = Fault(
    code="proof-other-request",
    title=Text("密钥证明是为另一个请求而作", "The proof was made for another request"),
    hint=Text("请为每个请求另作证明；facts 指出不符之处。", "Make a proof for each request; facts says what differs."),
)
PROOF_NONCE = Fault(
    code="proof-nonce",
    title=Text("密钥证明须含服务器最近给出的一次性数", "The proof needs a recent nonce of the server"),
    hint=Text(
        "请用响应头 DPoP-Nonce 中的值重新作证明并再发一次。", "Make the proof again with the value of the header DPoP-Nonce, and send it once more."
    ),
)
PROOF_REPLAYED = Fault(
    code="proof-replayed",
    title=Text("此密钥证明已经用过", "This proof was used before"),
    hint=Text(
        "请为每次发送另作证明；重发请求用同一 Idempotency-Key。", "Make a proof for each sending; keep the Idempotency-Key when sending again."
    ),
)
CALLER_UNKNOWN = Fault(
    code="caller-unknown",
    title=Text("此密钥不能办理这件事", "This key may not do this"),
    hint=Text("终端请先登记；手机请重新启用。", "Register the terminal first; enrol the phone again."),
)
SIGN_IN = Fault(
    code="sign-in-needed",
    title=Text("请先登录", "Sign in first"),
    hint=Text("请登录后再办理；长时间不操作会自动退出。", "Sign in, then try again; a session that is not used ends by itself."),
)
ROLE_MISSING = Fault(
    code="role-missing",
    title=Text("您的岗位不能办理这件事", "Your role may not do this"),
    hint=Text("请由有权限的岗位办理。", "Let a role with the right do it."),
)
KEY_NEEDED = Fault(
    code="idempotency-key-needed",
    title=Text("请求缺少 Idempotency-Key", "The request needs an Idempotency-Key"),
    hint=Text(
        "请附上 16 至 128 位随机字符；重发同一请求时不要更换。", "Add 16 to 128 random characters, and keep them when the same request is sent again."
    ),
)
BODY = Fault(
    code="request-body",
    title=Text("请求正文不是合规的 JSON", "The body of the request is not strict JSON"),
    hint=Text(
        "请用 UTF-8、不重名、不超过 16 层、64 KiB 以内的 JSON 对象。",
        "Send an object in UTF-8, no member twice, no NaN, at most 16 levels deep and 64 KiB long.",
    ),
)
PRECONDITION = Fault(
    code="precondition-failed",
    title=Text("卡片在您查看之后已有变化", "The card has changed since it was looked at"),
    hint=Text("请重新查看后再办理。", "Look at it again, then decide."),
)
