"""A phone of one's own network: it may believe a certificate of this authority for a private address, and for nothing else."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client

from codes.errors import SetupError
from webapp.demo.town import settle
from webapp.lan.authority import AUTHORITY_LIFE, LEAF_LIFE, LocalAuthority, own_address
from webapp.lan.invitation import CERTIFICATE, invitation, told

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - because a real TLS client judges by its own clock
HERE = IPv4Address("127.0.0.1")


class Quiet(WSGIRequestHandler):
    """Tells nothing."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - because werkzeug calls it so
        pass


@contextmanager
def over_tls(authority: LocalAuthority) -> Iterator[int]:
    """A page over TLS at this machine; its port."""
    page = invitation(authority, "https://127.0.0.1/app/")
    server = make_server("127.0.0.1", 0, page, threaded=True, request_handler=Quiet, ssl_context=authority.context(HERE, at=NOW))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_whoever_was_given_the_authority_believes_this_machine(tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    given = authority.certificate.public_bytes(serialization.Encoding.PEM).decode()
    with over_tls(authority) as port, urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=given)) as phone:
        answer = phone.request("GET", f"https://127.0.0.1:{port}/")
        assert answer.status == 200
        assert authority.fingerprint in answer.data.decode()


def test_nobody_else_does(tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    with (
        over_tls(authority) as port,
        urllib3.PoolManager(ssl_context=ssl.create_default_context(), retries=False) as phone,
        pytest.raises(urllib3.exceptions.SSLError),
    ):
        phone.request("GET", f"https://127.0.0.1:{port}/")


def test_it_stays_the_same_until_its_time_is_nearly_over(tmp_path: Path) -> None:
    first = LocalAuthority.at(tmp_path / "lan", at=NOW)
    assert LocalAuthority.at(tmp_path / "lan", at=NOW + timedelta(days=200)).fingerprint == first.fingerprint
    assert LocalAuthority.at(tmp_path / "lan", at=NOW + AUTHORITY_LIFE - LEAF_LIFE).fingerprint != first.fingerprint


def test_its_files_are_its_owners_alone(tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    authority.context(HERE, at=NOW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "lan").iterdir()}
    assert modes == {"authority-key.pem": 0o600, "server.pem": 0o600, "authority.pem": 0o644}


@pytest.mark.error("lan-address")
@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.64.0.1"])
def test_it_vouches_for_no_address_of_the_public_net(address: str, tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    with pytest.raises(SetupError) as refused:
        authority.context(IPv4Address(address), at=NOW)
    assert refused.value.code == "lan-address"


def test_a_thief_of_its_key_can_not_either(tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees or []
    assert all(isinstance(tree, x509.IPAddress) and tree.value.is_private for tree in permitted)
    assert constraints.value.excluded_subtrees is None
    authority.context(HERE, at=NOW)
    leaf = x509.load_pem_x509_certificate((tmp_path / "lan" / "server.pem").read_bytes())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=398), "no phone believes a longer life"


@pytest.mark.error("lan-authority")
def test_files_that_are_not_an_authority_are_said_to_be_so(tmp_path: Path) -> None:
    LocalAuthority.at(tmp_path / "lan", at=NOW)
    (tmp_path / "lan" / "authority.pem").write_bytes(b"nothing")
    with pytest.raises(SetupError) as refused:
        LocalAuthority.at(tmp_path / "lan", at=NOW)
    assert refused.value.code == "lan-authority"


def test_an_address_is_found_or_taken_as_named() -> None:
    assert own_address("192.168.3.4") == IPv4Address("192.168.3.4")
    with pytest.raises(SetupError):
        own_address("card.example")


def test_the_plain_page_says_what_to_do_and_gives_the_certificate(tmp_path: Path) -> None:
    authority = LocalAuthority.at(tmp_path / "lan", at=NOW)
    phone = Client(invitation(authority, "https://192.168.3.4:8443/app/"))
    page = phone.get("/").get_data(as_text=True)
    assert all(text in page for text in ("证书信任设置", "CA 证书", authority.fingerprint, "https://192.168.3.4:8443/app/"))
    given = phone.get(CERTIFICATE)
    assert given.mimetype == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(given.data) == authority.certificate
    assert phone.get("/authority-key.pem").status_code == phone.post("/").status_code == 404
    said = told(authority, "http://192.168.3.4:8081/", "https://192.168.3.4:8443/app/")
    assert "http://192.168.3.4:8081/" in said
    assert authority.fingerprint in said


def test_the_service_invites_a_phone(tmp_path: Path) -> None:
    root = tmp_path / "town"
    root.mkdir()
    office = settle(root, at=NOW).office
    command = [str(Path(sys.executable).with_name("ecard")), "serve", "--lan", "--office", str(office), "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PATH": os.defpath}) as served:
        assert served.stdout is not None
        try:
            address = served.stdout.readline().strip()
            plain = next(found for line in served.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/", line))).group()
            with urllib3.PoolManager(ssl_context=None) as phone:
                given = phone.request("GET", plain.rstrip("/") + CERTIFICATE).data
            trusted = ssl.create_default_context(cadata=given)
            with urllib3.PoolManager(ssl_context=trusted) as phone:
                assert phone.request("GET", f"{address}/healthz").status == 200
        finally:
            served.terminate()
