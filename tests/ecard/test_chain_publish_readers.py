"""What we publish, read by those who know nothing of us: a Token Status List reader and a COSE library from elsewhere, and python-tuf's own client."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import cbor2
import pytest
from cwt import COSE, COSEKey
from token_status_list import INVALID, SUSPENDED, VALID, BitArray, b64url_encode

from codes.chain import ListSpace
from codes.claims import StatusRef, StatusType, parse_uri
from codes.status import STATUS_LIST
from codes.trust import ChainPoint, decode_status_authority
from ecard.trustrepo import TrustRepository
from tests.ecard import published
from tests.ecard.chains import CARD, CODE, KEYS, NEIGHBOUR, OTHER, Follower, Truth, publish

if TYPE_CHECKING:
    from pathlib import Path

    from cwt.cose_key_interface import COSEKeyInterface

TYP = 16


def stranger(region: str) -> COSEKeyInterface:
    """The region's status key, as a COSE library is given it."""
    key = KEYS.status(region).public_key
    y = key.load().public_numbers().y.to_bytes(32)
    return COSEKey.new({1: 2, 2: key.kid(), 3: -9, -1: 1, -2: key.x, -3: y})


def read(folder: Path, ref: StatusRef) -> int:
    """A status as a third party reads it, by the draft alone."""
    raw = (folder / "status" / f"{ref.uri.removeprefix('sl:')}.cwt").read_bytes()
    region = {"c": "CN-CQ", "s": "CN-SC"}[ref.uri[3]]
    protected, _, payload = COSE.new(verify_kid=True).decode_with_headers(raw, stranger(region))
    assert protected[TYP] == "application/statuslist+cwt"
    claims = cbor2.loads(payload)
    assert claims[2] == ref.uri
    assert claims[6] < claims[4]
    told = claims[STATUS_LIST]
    listed = BitArray.load({"bits": told["bits"], "lst": b64url_encode(told["lst"]).decode()})
    value: int = listed[ref.idx]
    return value


def test_a_status_list_reader_from_elsewhere_reads_every_place(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED, OTHER: StatusType.INVALID, CARD: StatusType.FROZEN, NEIGHBOUR: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    assert [read(tmp_path, ref) for ref in (CODE, OTHER, CARD, NEIGHBOUR)] == [SUSPENDED, INVALID, 3, SUSPENDED]
    truth.values[CODE] = StatusType.VALID
    publish(truth, tmp_path, after=5)
    assert [read(tmp_path, ref) for ref in (CODE, OTHER)] == [VALID, INVALID]
    assert json.loads((tmp_path / "status" / "aggregation.json").read_bytes()) == {"status_lists": ["sl:c1", "sl:crs", "sl:s1"]}


@pytest.mark.threat("C19")
def test_the_stranger_inflates_the_very_bytes_that_the_chain_holds(tmp_path: Path) -> None:
    publish(Truth({StatusRef("sl:c1", idx): StatusType(idx % 4) for idx in range(1024)}), tmp_path)
    held = Follower(tmp_path).follow().lists[parse_uri("sl:c1")[1]]
    payload = COSE.new(verify_kid=True).decode((tmp_path / "status" / "c1.cwt").read_bytes(), stranger("CN-CQ"))
    told = cbor2.loads(payload)[STATUS_LIST]
    listed = BitArray.load({"bits": told["bits"], "lst": b64url_encode(told["lst"]).decode()})
    assert bytes(listed.lst) == bytes(held)
    assert [listed[idx] for idx in range(1024)] == [idx % 4 for idx in range(1024)]


def test_a_plain_tuf_client_is_told_whose_word_the_chain_is_and_which_version_stood(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    repository = published.found(folder)
    publish(Truth({CODE: StatusType.SUSPENDED}), folder)
    gate = Follower(folder)
    held = gate.follow()
    documents = published.documents("CN-CQ")
    point = ChainPoint(ListSpace.PHONE, held.epoch, held.seq, held.root)
    documents = replace(documents, authority=replace(documents.authority, checkpoint=(point,)))
    TrustRepository(folder).publish(documents, KEYS.trust_signers("CN-CQ", "snapshot", "timestamp"), at=published.AT)
    content = published.PlainClient(folder, tmp_path / "client").read("CN-CQ/status.cbor")
    assert content is not None
    authority = decode_status_authority(content)
    gate.head().check(authority.keys[0].key.load())
    assert authority.checkpoint == (point,)
    assert gate.head().confirms(authority.checkpoint[0].root)
    assert repository.expiries()["CN-CQ"] > published.AT
