"""What does it say? Pure formats and cryptography: bytes to meaning and back. No file, no socket, no clock, no randomness.

    from codes import Credential, Presentation, StatusListToken

    presentation = Presentation.from_text(scanned)      # says what the text claims; believes nothing
    presentation.credential.check(issuer_key)           # raises InputError unless the issuer signed it
    presentation.check(presentation.credential.says.holder.load())

The decision whether to believe a code at a given place and time is `verify`'s. Every byte is described in FORMAT.md beside this file.
"""

from codes.credential import Credential, Statement
from codes.errors import CardError, InputError, SetupError, StateError
from codes.keys import CoseKey, Signer, SoftwareSigner
from codes.presentation import Presentation
from codes.status import StatusList, StatusListToken

__all__ = [
    "CardError",
    "CoseKey",
    "Credential",
    "InputError",
    "Presentation",
    "SetupError",
    "Signer",
    "SoftwareSigner",
    "StateError",
    "Statement",
    "StatusList",
    "StatusListToken",
]
