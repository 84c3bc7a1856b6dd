"""A whole reading as it passes between a reader and a T=0 card, byte for byte: what real readers send (CHIP section 1.2), and what such a card answers."""

from __future__ import annotations

from datetime import date

from physical.ssc import SscSession
from physical.sscfields import Generation, Sex
from physical.transport import whole

TRANSCRIPT = """
> 00A404000F7378312E73682EC9E7BBE1B1A3D5CF00
< 6113
> 00C0000013
< 6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000
> 00A4020002EF05
< 9000
> 00B2010000
< 6C12
> 00B2010012
< 0110330300D15600000599110145FFFFFFFF9000
> 00B2020000
< 6C03
> 00B2020003
< 0201329000
> 00B2030000
< 6C06
> 00B2030006
< 0304322E30309000
> 00B2040000
< 6C0E
> 00B204000E
< 040C915600000133000000000000 9000
> 00B2050000
< 6C06
> 00B2050006
< 0504201506019000
> 00B2060000
< 6C06
> 00B2060006
< 0604202506019000
> 00B2070000
< 6C0B
> 00B207000B
< 0709413132333435363738 9000
> 00A4020002EF06
< 9000
> 00B2080000
< 6C14
> 00B2080014
< 08123333303330313139393030333037303031339000
> 00B2090000
< 6C20
> 00B2090020
< 091ECDF5D0A1B7BC0000000000000000000000000000000000000000000000009000
> 00B24E0000
< 6A83
> 00B20A0000
< 6C03
> 00B20A0003
< 0A01329000
> 00B20B0000
< 6C03
> 00B20B0003
< 0B01019000
> 00B20C0000
< 6C05
> 00B20C0005
< 0C03330301 9000
> 00B20D0000
< 6C06
> 00B20D0006
< 0D0419900307 9000
"""


class Replay:
    """A card that knows one conversation: the next command, and its answer."""

    def __init__(self, transcript: str) -> None:
        lines = [line.replace(" ", "") for line in transcript.strip().splitlines()]
        self.exchanges = [(bytes.fromhex(command[1:]), bytes.fromhex(answer[1:])) for command, answer in zip(lines[::2], lines[1::2], strict=True)]

    def transmit(self, command: bytes) -> bytes:
        expected, answer = self.exchanges.pop(0)
        assert command.hex() == expected.hex()
        return answer


def test_a_reading_behind_t0_is_the_conversation_of_real_readers() -> None:
    card = Replay(TRANSCRIPT)
    session = SscSession(whole(card))
    assert session.select()
    issuer, holder = session.issuer_file(), session.holder_file()
    assert card.exchanges == []
    assert (issuer.region, issuer.category, issuer.generation, issuer.card_number) == ("330300", "2", Generation.SECOND, "A12345678")
    assert (issuer.issued, issuer.expires, issuer.initialiser) == (date(2015, 6, 1), date(2025, 6, 1), "915600000133000000000000")
    assert (holder.number, holder.name, holder.sex) == ("330301199003070013", "王小芳", Sex.FEMALE)
    assert (holder.ethnicity, holder.birthplace, holder.born) == ("01", "330301", date(1990, 3, 7))
