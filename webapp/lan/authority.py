"""A certificate authority of one's own, for addresses of private networks and for nothing else: its own certificate says so (RFC 5280, 4.2.1.10).

A browser keeps keys and opens the camera for pages that come over HTTPS only, and a phone believes a certificate only from an authority that it was given.
Whoever steals this one can speak for no address of the public net.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from codes.errors import SetupError
from ecard.folder import SECRET, write_whole
from webapp import faults

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PRIVATE = tuple(IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"))
AUTHORITY_LIFE, LEAF_LIFE = timedelta(days=365), timedelta(days=90)
_EARLIER = timedelta(hours=1)
"""Phones whose clock is behind shall believe it, too."""
_KEY, _CERTIFICATE, _CHAIN = "authority-key.pem", "authority.pem", "server.pem"
_NAME = "川渝电子社保卡 演示系统 本地试用"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAuthority:
    """The authority in a folder; `certificate` is what a phone is given."""

    folder: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def at(cls, folder: Path, *, at: datetime) -> LocalAuthority:
        """The authority that lies there; a new one where none does, or where its time is nearly over. Raises `SetupError`: lan-authority, folder-unwritable."""
        try:
            if (folder / _KEY).is_file():
                found = cls._open(folder)
                if found.certificate.not_valid_after_utc - at > LEAF_LIFE:
                    return found
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, ValueError, TypeError) as problem:
            raise SetupError(faults.LAN_AUTHORITY, problem=type(problem).__name__) from problem
        key = ec.generate_private_key(ec.SECP256R1())
        made = cls(folder=folder, certificate=_authority(key, at), key=key)
        write_whole(folder / _KEY, _pem(key), mode=SECRET)
        write_whole(folder / _CERTIFICATE, made.certificate.public_bytes(serialization.Encoding.PEM))
        return made

    @classmethod
    def _open(cls, folder: Path) -> LocalAuthority:
        key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            msg = "not the key of this authority"
            raise ValueError(msg)
        return cls(folder=folder, certificate=certificate, key=key)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def context(self, address: IPv4Address, *, at: datetime) -> ssl.SSLContext:
        """What a server at `address` speaks TLS with: a fresh key, vouched for by this authority. Raises `SetupError` lan-address, folder-unwritable."""
        if not any(address in net for net in PRIVATE):
            raise SetupError(faults.LAN_ADDRESS, address=str(address))
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = (
            _begun(str(address), key.public_key(), at, LEAF_LIFE)
            .issuer_name(self.certificate.subject)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        chain = self.folder / _CHAIN
        write_whole(chain, _pem(key) + leaf.public_bytes(serialization.Encoding.PEM), mode=SECRET)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(chain)
        return context


def own_address(host: str | None = None) -> IPv4Address:
    """The address by which others on the network reach this machine, or `host` where it is named. Raises `SetupError` lan-address."""
    try:
        if host is not None:
            return IPv4Address(host)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.connect(("192.0.2.1", 9))  # an address of documentation: nothing is sent, the system only says which way it would go
            return IPv4Address(asked.getsockname()[0])
    except (OSError, ValueError) as problem:
        raise SetupError(faults.LAN_ADDRESS, address=host) from problem


def _authority(key: ec.EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
    return (
        _begun(_NAME, key.public_key(), at, AUTHORITY_LIFE)
        .issuer_name(_named(_NAME))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=[x509.IPAddress(net) for net in PRIVATE], excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_may_sign_certificates(), critical=True)
        .sign(key, hashes.SHA256())
    )


def _may_sign_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _begun(name: str, key: ec.EllipticCurvePublicKey, at: datetime, life: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLIER)
        .not_valid_after(at + life)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
