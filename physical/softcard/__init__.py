"""A chip of software: the whole card as a pure object, `apdu(bytes) -> bytes` over a memory image (CHIP section 4).

card        the card itself: powering up, selecting an application, and the commands of the one that is selected
binding     the binding application: its files, its key, personalisation, INTERNAL AUTHENTICATE
pin         the holder's PIN
scripts     what the record tells the chip: state scripts, PIN scripts, the authenticated status
sse         the social security application: EF05 and EF06, read as on the cards of generations 2.0 and 3.0
tzero       the same card behind protocol T=0
"""

from physical.softcard.card import InProcess, SoftCard
from physical.softcard.tzero import TZeroCard

__all__ = ["InProcess", "SoftCard", "TZeroCard"]
