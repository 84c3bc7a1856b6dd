"""Do what a vector says with the library, and say what came of it in the words of the vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes import base45, cbor, cose, faults, keys, scenes, status, trust
from codes.blocklists import BlockList
from codes.checkpoint import Checkpoint
from codes.chipproof import ChipPurpose, ChipReport, bind_challenge
from codes.claims import StatusRef, parse_uri
from codes.credential import Credential
from codes.errors import CardError
from codes.keyproof import KeyProof, ProofPurpose
from codes.keys import CoseKey
from codes.pinscripts import PinScript
from codes.presentation import Presentation
from codes.receipts import Receipt
from codes.scripts import ChipStatus, Script, ScriptKeys, ScriptReceipt, script_is_sealed
from codes.status import StatusListToken
from tests.vectors import replay_chain, replay_terminals
from tests.vectors.case import Json, value_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.credential import Statement

Given = dict[str, Any]


def outcome(case: dict[str, Any]) -> dict[str, Json]:
    """`{"ok": ...}` or `{"code": ...}`. Nothing but a `CardError` is caught: anything else is a bug of ours."""
    try:
        return {"ok": DEEDS[case["do"]](case)}
    except CardError as error:
        return {"code": error.code}


def _bytes(given: Given) -> bytes:
    times: int = given.get("times", 1)
    return bytes.fromhex(given["hex"]) * times if "hex" in given else _text(given).encode()


def _text(given: Given) -> str:
    times: int = given.get("times", 1)
    return str(given["text"]) * times


def _key(given: Given) -> ec.EllipticCurvePublicKey:
    return CoseKey.parse(cbor.decode(bytes.fromhex(given["key"]))).load()


def _cbor(given: Given) -> Json:
    data = _bytes(given)
    value = cbor.decode(data)
    if cbor.encode(value) != data:
        msg = "accepted, but written differently"
        raise AssertionError(msg)
    return value_to_json(value)


def _base45(given: Given) -> Json:
    data = base45.decode(given["text"])
    if base45.encode(data) != given["text"]:
        msg = "accepted, but written differently"
        raise AssertionError(msg)
    return data.hex()


def _signature(given: Given) -> Json:
    return keys.signature_der(_bytes(given)).hex()


def _sign1(given: Given) -> Json:
    signed = cose.Sign1.parse(cbor.decode(_bytes(given)), typ=given["typ"])
    signed.check(_key(given), otherwise=faults.ISSUER_SIGNATURE)
    return {"protected": signed.protected.hex(), "payload": signed.payload.hex()}


def _cose_key(given: Given) -> Json:
    key = CoseKey.parse(cbor.decode(_bytes(given)))
    key.load()
    return {"x": key.x.hex(), "y_is_odd": key.y_is_odd, "thumbprint": key.thumbprint().hex(), "kid": key.kid().hex()}


def statement_to_json(says: Statement) -> dict[str, Json]:
    """What a credential says, as its vectors write it."""
    fields = {
        "iss": says.iss,
        "sub": says.sub,
        "exp": says.exp,
        "iat": says.iat,
        "holder": says.holder.x.hex(),
        "status": [says.status.uri, says.status.idx],
        "chip_tag": says.chip_tag.hex(),
        "max_age": says.max_age,
        "profile": int(says.profile),
        "fare": says.fare,
        "name": says.name,
        "tail": says.tail,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _credential(given: Given) -> Json:
    credential = Credential.from_bytes(_bytes(given))
    credential.check(_key(given))
    return statement_to_json(credential.says)


def _code(given: Given) -> Json:
    code = Presentation.from_text(_text(given))
    code.credential.check(_key(given))
    code.check(code.credential.says.holder.load())
    if code.to_text() != given["text"]:
        msg = "accepted, but written differently"
        raise AssertionError(msg)
    return code_to_json(code)


def code_to_json(code: Presentation) -> dict[str, Json]:
    """What a code says, as its vectors write it."""
    says = {"audience": str(code.audience), "iat": code.iat, "sub": code.credential.says.sub, "profile": int(code.credential.says.profile)}
    return says if code.cnonce is None else {**says, "cnonce": code.cnonce.hex()}


def _status_token(given: Given) -> Json:
    token = StatusListToken.from_bytes(_bytes(given))
    token.check(_key(given))
    statuses = token.list()
    marked = {str(idx): int(statuses[idx]) for idx in range(len(statuses)) if statuses[idx]}
    return {"uri": token.uri, "iat": token.iat, "exp": token.exp, "ttl": token.ttl, "size": len(statuses), "marked": marked}


def _status_inflate(given: Given) -> Json:
    return status.inflate(_bytes(given), limit=given["limit"]).hex()


def _status_index(given: Given) -> Json:
    return int(status.StatusList(_bytes(given))[given["idx"]])


def _status_ref(given: Given) -> Json:
    ref = StatusRef.parse(cbor.decode(_bytes(given)))
    return [ref.uri, ref.idx]


def _uri(given: Given) -> Json:
    return list(parse_uri(given["text"]))


def _issuers(given: Given) -> Json:
    found = trust.decode_issuers(_bytes(given))
    return [
        {
            "region": key.region,
            "kid": key.kid.hex(),
            "profiles": sorted(map(int, key.profiles)),
            "not_before": key.not_before,
            "not_after": key.not_after,
        }
        for key in found
    ]


def _status_authority(given: Given) -> Json:
    found = trust.decode_status_authority(_bytes(given))
    spaces = {str(int(profile)): list(space) for profile, space in found.spaces.items()}
    says: dict[str, Json] = {"region": found.region, "letter": found.letter, "epoch": found.epoch}
    says |= {"kids": [key.kid.hex() for key in found.keys], "spaces": spaces}
    points: list[Json] = [[int(point.space), point.epoch, point.seq, point.root.hex()] for point in found.checkpoint]
    return says | ({"checkpoint": points} if points else {})


def _scenes(given: Given) -> Json:
    found = scenes.decode_scenes(_bytes(given))
    return {"region": found.region, "scenes": {name: str(rules.freshness) for name, rules in sorted(found.scenes.items())}}


def _key_proof(given: Given) -> Json:
    proof = KeyProof.check(_bytes(given), region=given["region"], purpose=ProofPurpose(given["purpose"]), nonce=bytes.fromhex(given["nonce"]))
    return {"key": proof.key.x.hex(), "iat": proof.iat}


def _chip_proof(given: Given) -> Json:
    report = ChipReport.check(
        _bytes(given),
        key=_key(given),
        purpose=ChipPurpose(given["purpose"]),
        card_id=bytes.fromhex(given["card_id"]),
        challenge=bytes.fromhex(given["challenge"]),
    )
    return {
        "counter": report.counter,
        "seq": report.seq,
        "state": int(report.state),
        "digest": report.digest.hex(),
        "chip_random": report.chip_random.hex(),
    }


def _bind(given: Given) -> Json:
    return bind_challenge(
        reader_id=given["reader_id"],
        nonce=bytes.fromhex(given["nonce"]),
        thumbprint=bytes.fromhex(given["hex"]),
        card_number=given["card_number"],
        expires=given["expires"],
    ).hex()


def _receipt(given: Given) -> Json:
    receipt = Receipt.from_bytes(_bytes(given))
    receipt.check(_key(given))
    says = receipt.says
    stopped: Json = [[item.carrier, int(item.status)] for item in says.stopped]
    return {"region": says.region, "number": says.number, "effective": says.effective, "command": says.command, "stopped": stopped}


def _script(given: Given) -> Json:
    apdu, card_id = _bytes(given), bytes.fromhex(given["card_id"])
    script, keys = Script.parse(apdu), ScriptKeys.derive(bytes.fromhex(given["master"]), card_id=card_id)
    challenge = bytes.fromhex(given["challenge"]) if "challenge" in given else None
    sealed = script_is_sealed(apdu, keys, card_id=card_id, challenge=challenge)
    if sealed and script.seal(keys, card_id=card_id, challenge=challenge) != apdu:
        msg = "accepted, but written differently"
        raise AssertionError(msg)
    return {"seq": script.seq, "state": int(script.state), "live": script.live, "digest": script.digest().hex(), "sealed": sealed}


def _pin_script(given: Given) -> Json:
    asked = _asked_chip(given)
    script = PinScript.open(_bytes(given), asked["keys"], card_id=asked["card_id"], challenge=asked["nonce"])
    return {"nonce": script.nonce.hex(), "pin": script.pin}


def _script_receipt(given: Given) -> Json:
    receipt = ScriptReceipt.check(_bytes(given), **_asked_chip(given))
    return {"seq": receipt.seq, "state": int(receipt.state), "digest": receipt.digest.hex()}


def _chip_status(given: Given) -> Json:
    status = ChipStatus.check(_bytes(given), **_asked_chip(given))
    said = {"seq": status.seq, "state": int(status.state), "digest": status.digest.hex()}
    return said | {"counter": status.counter, "flags": int(status.flags)}


def _asked_chip(given: Given) -> dict[str, Any]:
    card_id = bytes.fromhex(given["card_id"])
    keys = ScriptKeys.derive(bytes.fromhex(given["master"]), card_id=card_id)
    return {"keys": keys, "card_id": card_id, "nonce": bytes.fromhex(given["nonce" if "nonce" in given else "challenge"])}


def _block_list(given: Given) -> Json:
    listed = BlockList.from_bytes(_bytes(given))
    listed.check(_key(given))
    return {"region": listed.region, "iat": listed.iat, "exp": listed.exp, "blocks": len(listed.blocks)}


def _checkpoint(given: Given) -> Json:
    checkpoint = Checkpoint.from_bytes(_bytes(given))
    checkpoint.check(_key(given))
    says = checkpoint.says
    return {"iat": says.iat, "number": says.number, "links": says.links, "heads": says.heads}


DEEDS: dict[str, Callable[[Given], Json]] = {
    "cbor": _cbor,
    "base45": _base45,
    "signature": _signature,
    "sign1": _sign1,
    "cose-key": _cose_key,
    "credential": _credential,
    "code": _code,
    "status-token": _status_token,
    "status-inflate": _status_inflate,
    "status-index": _status_index,
    "status-ref": _status_ref,
    "status-uri": _uri,
    "issuers": _issuers,
    "status-authority": _status_authority,
    "scenes": _scenes,
    "receipt": _receipt,
    "checkpoint": _checkpoint,
    "block-list": _block_list,
    "key-proof": _key_proof,
    "chip-proof": _chip_proof,
    "bind-challenge": _bind,
    "script": _script,
    "pin-script": _pin_script,
    "script-receipt": _script_receipt,
    "chip-status": _chip_status,
    **replay_chain.DEEDS,
    **replay_terminals.DEEDS,
}
