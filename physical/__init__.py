"""How do we touch plastic? Chips, real or of software, over APDUs. Knows chips, not people: what a card is entitled to is the record's business.

from physical.binding import BindingSession

session = BindingSession(transport)          # a reader, or a soft card
session.select()
proof = session.prove(ChipPurpose.STATUS, challenge)
"""
