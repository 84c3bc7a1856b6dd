"""The terminal's own key: what signs its journal and its requests, made on the terminal and never leaving it.

Whoever steals a terminal has it, so it proves which terminal speaks and nothing about what it says: the server checks every proof again, and the office
ends a stolen key.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from codes.errors import SetupError
from codes.keys import SoftwareSigner
from verify import faults
from verify.state import reading, write_whole, writing

if TYPE_CHECKING:
    from verify.state import StateDirectory

FILE = "terminal.pem"


def terminal_signer(directory: StateDirectory) -> SoftwareSigner:
    """The key of this state, made now if it has none. Raises `SetupError`: terminal-key, state-unreadable, state-unwritable."""
    path = directory.path / FILE
    with reading(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = None
    if data is None:
        private = ec.generate_private_key(ec.SECP256R1())
        with writing(path):
            write_whole(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return SoftwareSigner(private)
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1) or os.stat(path).st_mode & 0o077:  # noqa: PTH116 because it is one call
        raise SetupError(faults.TERMINAL_KEY, file=FILE)
    return SoftwareSigner(key)
