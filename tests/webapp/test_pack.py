"""The conformance pack: what it holds, that it is the same everywhere, and that our own terminal gives every answer it asks for."""

from __future__ import annotations

import filecmp
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from codes import Credential, Presentation, SoftwareSigner, StatusListToken
from codes.claims import Audience, Profile
from codes.errors import SetupError
from codes.keys import CoseKey
from codes.reasons import Note, Reason
from verify import Accepted, Verifier, open_terminal
from webapp.pack.case import FAIL, Case, seconds
from webapp.pack.cases import FAMILIES, write_cases
from webapp.pack.city import City
from webapp.pack.places import NOW, SCENE_NAMES, UNREADY
from webapp.pack.reader import read_cases
from webapp.pack.seed import Seed
from webapp.pack.writer import write_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verify.verdict import Verdict

THREATS = {
    "replay_same_text_fail": "A01",
    "replay_next_code_fail": "A01",
    "code_from_a_screenshot_fail": "A02",
    "credential_expired_this_second_fail": "A06",
    "code_four_minutes_ahead_fail": "A07",
    "one_megabyte_of_letters_fail": "A09",
    "wallet_number_fail": "A09",
    "replay_high_s_twin_fail": "B01",
    "code_unprotected_junk_fail": "B02",
    "cbor_key_repeated_with_another_value_fail": "B03",
    "cbor_key_true_fail": "B04",
    "cbor_integer_as_bignum_fail": "B05",
    "cbor_payload_in_chunks_fail": "B06",
    "cbor_nested_three_hundred_deep_fail": "B07",
    "cbor_array_of_two_to_the_32_fail": "B08",
    "cbor_byte_after_code_fail": "B10",
    "cbor_shared_reference_fail": "B11",
    "base45_body_in_lower_case_fail": "B13",
    "code_algorithm_es256_fail": "B14",
    "issuer_kid_of_a_sister_key_fail": "B15",
    "code_header_critical_fail": "B16",
    "credential_without_code_fail": "B16",
    "holder_key_of_another_phone_fail": "B17",
    "holder_key_off_the_curve_fail": "B18",
    "right_then_altered_credential_fail": "B21",
    "clock_below_its_floor_inconclusive": "C10",
}
"""Cases that prove a row of docs/threats.toml."""


def every_case() -> list[Any]:
    names = [case.name for cases in write_cases(City(Seed(0))).values() for case in cases]
    return [pytest.param(name, marks=[pytest.mark.threat(THREATS[name])] if name in THREATS else []) for name in names]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "seed-0"
    write_pack(folder, seed=0)
    return folder


@pytest.fixture(scope="module")
def cases(pack: Path) -> dict[str, Case]:
    return {case.name: case for case in read_cases(pack)}


@pytest.fixture(scope="module")
def gates(pack: Path) -> dict[str, Verifier]:
    return {scene: open_terminal(pack / "terminal" / scene, read_only=True) for scene in SCENE_NAMES}


def answer(verdict: Verdict) -> dict[str, Any]:
    page = verdict.to_json()
    return {member: page[member] for member in ("verdict", "reason", "step", "notes")}


def scans(case: Case, verifier: Verifier) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for scan in case.scans:
        verdict = verifier.verify(scan.text, at=datetime.fromtimestamp(scan.at, UTC), challenge=scan.challenge)
        yield answer(verdict), {"notes": [], **scan.expect.to_json()}


# ------------------------------------------------------------------------------------------------------------ the cases


@pytest.mark.parametrize("name", every_case())
def test_our_terminal_gives_the_answer_of_the_case(name: str, pack: Path, cases: dict[str, Case], gates: dict[str, Verifier]) -> None:
    case = cases[name]
    if case.scene == UNREADY:
        with pytest.raises(SetupError) as caught:
            open_terminal(pack / "terminal" / UNREADY, read_only=True)
        assert caught.value.code == "trust-absent"
        assert [scan.expect.reason for scan in case.scans] == [Reason.TERMINAL_NOT_READY]
        return
    verifier = open_terminal(pack / "terminal" / case.scene, read_only=True) if case.ordered else gates[case.scene]
    for got, expected in scans(case, verifier):
        assert got == expected


def test_there_are_at_least_120_cases_and_every_family_has_some(cases: dict[str, Case]) -> None:
    assert len(cases) >= 120
    assert all(list(write(City(Seed(0)))) for write in FAMILIES.values())


def test_every_reason_every_note_and_every_step_is_asked_for(cases: dict[str, Case]) -> None:
    answers = [scan.expect for case in cases.values() for scan in case.scans]
    assert {answer.reason for answer in answers} == {None, *Reason}
    assert {note for answer in answers for note in answer.notes} == set(Note)
    assert {answer.step for answer in answers} == {None, *range(-1, 13)}


def test_a_name_ends_in_fail_where_refusal_is_right(cases: dict[str, Case]) -> None:
    for name, case in cases.items():
        assert name.endswith(FAIL) == (case.scans[-1].expect.verdict == "refused")


def test_a_case_file_has_the_members_of_the_specification_and_no_others(pack: Path) -> None:
    alone, scan = {"text", "at", "expect"}, {"challenge"}
    for path in (pack / "cases").iterdir():
        page = json.loads(path.read_bytes())
        required = {"scene", "spec", "comment", *({"sequence"} if "sequence" in page else alone)}
        assert required <= page.keys() <= required | scan | {"sig_structure", "digest"}
        for one in page.get("sequence", [page]):
            assert {"verdict", "reason", "step"} <= one["expect"].keys() <= {"verdict", "reason", "step", "notes"}
            assert "\n" not in one["text"]


def test_accepted_cases_of_one_terminal_and_instant_never_share_a_credential(cases: dict[str, Case]) -> None:
    seen: set[tuple[str, int, str]] = set()
    for case in cases.values():
        for scan in case.scans:
            if not case.ordered and scan.expect.verdict == "accepted":
                key = case.scene, scan.at, Presentation.from_text(scan.text).credential.says.sub
                assert key not in seen
                seen.add(key)


# ------------------------------------------------------------------------------------------------------------ the rest


def test_the_main_credential_opens_the_metro_gate_now(pack: Path, gates: dict[str, Verifier]) -> None:
    credential = Credential.from_bytes((pack / "credential.cbor").read_bytes())
    assert credential.says.profile is Profile.GENERAL
    jwk = json.loads((pack / "issuer.jwk.json").read_bytes())
    assert jwk["kid"] == credential.kid.hex()
    private = load_pem_private_key((pack / "holder.pem").read_bytes(), None)
    now = (pack / "now.txt").read_text("utf-8").strip()
    assert seconds(now) == NOW
    code = Presentation.make(credential, SoftwareSigner(private), audience=Audience.GENERAL, iat=seconds(now))  # type: ignore[arg-type] # a P-256 key, or the signer refuses it
    assert isinstance(gates["metro"].verify(code.to_text(), at=datetime.fromtimestamp(NOW, UTC)), Accepted)


def test_the_crowd_are_600_different_residents_whom_the_terminals_accept(pack: Path, gates: dict[str, Verifier]) -> None:
    lines = [json.loads(line) for line in (pack / "crowd.jsonl").read_text("utf-8").splitlines()]
    credentials = [Credential.from_bytes(bytes.fromhex(line["credential"])) for line in lines]
    assert len({credential.says.sub for credential in credentials}) == len({credential.says.status for credential in credentials}) == 600
    for line, credential in list(zip(lines, credentials, strict=True))[::20]:
        signer = SoftwareSigner.from_scalar(int(line["holder"], 16))
        text = Presentation.make(credential, signer, audience=Audience.GENERAL, iat=NOW).to_text()
        for scene in ("metro", "library"):
            assert isinstance(gates[scene].verify(text, at=datetime.fromtimestamp(NOW, UTC)), Accepted)


def test_the_lists_beside_the_pack_verify_with_the_key_beside_them(pack: Path) -> None:
    jwk = json.loads((pack / "status" / "issuer.jwk.json").read_bytes())
    tokens = [StatusListToken.from_bytes(path.read_bytes()) for path in (pack / "status").glob("*.cwt")]
    assert "sl:c4k2" in {token.uri for token in tokens}
    for token in tokens:
        assert token.kid.hex() == jwk["kid"]
        token.check(City(Seed(0)).status_keys["CN-CQ"].public_key.load())
        assert (pack / "inputs" / "status" / f"{token.uri.removeprefix('sl:')}.cwt").read_bytes() == token.raw


def test_the_keys_as_jwk_are_the_keys(pack: Path) -> None:
    import base64

    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

    page = json.loads((pack / "issuer.jwk.json").read_bytes())
    x, y = (int.from_bytes(base64.urlsafe_b64decode(page[name] + "=")) for name in "xy")
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    assert CoseKey.of(key).kid().hex() == page["kid"]
    Credential.from_bytes((pack / "credential.cbor").read_bytes()).check(key)


def test_the_manifest_counts_what_is_there(pack: Path, cases: dict[str, Case]) -> None:
    manifest = json.loads((pack / "manifest.json").read_bytes())
    assert manifest["cases"] == len(cases) == sum(manifest["families"].values())
    assert manifest["scans"] == sum(manifest["verdicts"].values())
    assert set(manifest["terminals"]) == {path.name for path in (pack / "terminal").iterdir()}


# ---------------------------------------------------------------------------------------------------------- determinism


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_makes_the_same_bytes(pack: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_pack(again, seed=0)
    names = tree(pack)
    assert tree(again) == names
    assert filecmp.cmpfiles(pack, again, sorted(names), shallow=False)[1:] == ([], [])


def test_another_seed_makes_other_keys_and_the_same_cases(pack: Path, tmp_path: Path, cases: dict[str, Case]) -> None:
    other = tmp_path / "other"
    write_pack(other, seed=1)
    assert (other / "issuer.jwk.json").read_bytes() != (pack / "issuer.jwk.json").read_bytes()
    others = {case.name: case for case in read_cases(other)}
    assert others.keys() == cases.keys()
    assert all([scan.expect for scan in others[name].scans] == [scan.expect for scan in case.scans] for name, case in cases.items())


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_the_answers_do_not_depend_on_the_seed(seed: int, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    write_pack(folder, seed=seed)
    gates = {scene: open_terminal(folder / "terminal" / scene, read_only=True) for scene in SCENE_NAMES}
    wrong = [
        case.name
        for case in read_cases(folder)
        if case.scene != UNREADY and not case.ordered and any(got != expected for got, expected in scans(case, gates[case.scene]))
    ]
    assert wrong == []


# -------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.error("pack-folder")
def test_a_pack_is_not_written_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(SetupError) as caught:
        write_pack(tmp_path, seed=0)
    assert caught.value.code == "pack-folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SetupError) as caught:
        write_pack(tmp_path / "file" / "pack", seed=0)
    assert caught.value.code == "pack-folder"


@pytest.mark.error("pack-unreadable")
@pytest.mark.parametrize("damage", ["no manifest", "a case missing", "a case broken", "another version"])
def test_a_pack_that_is_not_whole_is_not_run(damage: str, pack: Path, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    manifest = json.loads((pack / "manifest.json").read_bytes()) | {"cases": 1}
    (tmp_path / "cases" / "empty_line_fail.json").write_bytes((pack / "cases" / "empty_line_fail.json").read_bytes())
    if damage == "a case missing":
        manifest["cases"] = 2
    if damage == "a case broken":
        (tmp_path / "cases" / "empty_line_fail.json").write_text('{"text": ""}', "utf-8")
    if damage == "another version":
        manifest["pack"] = 999
    if damage != "no manifest":
        (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(SetupError) as caught:
        read_cases(tmp_path)
    assert caught.value.code == "pack-unreadable"
