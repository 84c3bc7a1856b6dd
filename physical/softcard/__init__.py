"""A chip of software: the whole card as a pure object, `apdu(bytes) -> bytes` over a memory image (CHIP section 4).

card        the card itself: powering up, selecting an application, and the commands of the one that is selected
binding     the binding application: its files, its key, personalisation, INTERNAL AUTHENTICATE
pin         the holder's PIN
scripts     what the record tells the chip: state scripts, PIN scripts, the authenticated status
sse         the social security application: EF05 and EF06, read as on the cards of generations 2.0 and 3.0
tzero       the same card behind protocol T=0

Ours, and on no social security card of today: scripts with a version, a MAC of 8 bytes and a receipt, instead of the 4 bytes of PBOC; APPLICATION
UNBLOCK (84 18), which LD/T 32.5 does not have; lock key and maintenance key as one script key; a status that answers after CARD BLOCK; and INTERNAL
AUTHENTICATE by the chip's own signature, for which generation 3.0 has the key (PKI application) but not this use. As on real cards: selection, files,
records, VERIFY and CHANGE PIN, GET CHALLENGE, EXTERNAL AUTHENTICATE, and the words they are answered with.
"""

from physical.softcard.card import InProcess, SoftCard
from physical.softcard.tzero import TZeroCard

__all__ = ["InProcess", "SoftCard", "TZeroCard"]
