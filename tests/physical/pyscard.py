"""pyscard as far as `physical.pcsc` calls it, without a reader: every call answers a result code that the test has set, and what was called is kept."""

from __future__ import annotations

from typing import Any

READER = "Test Reader 00 00"
SUCCESS = 0


class FakeScard:
    """One reader with one card. `results[call]` are the result codes of the next calls of that name, success when there are none."""

    SCARD_SCOPE_USER = SCARD_SHARE_SHARED = 0
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2
    SCARD_PCI_T0, SCARD_PCI_T1 = 11, 12
    SCARD_LEAVE_CARD, SCARD_RESET_CARD = 0, 1
    SCARD_STATE_UNAWARE, SCARD_STATE_CHANGED, SCARD_STATE_EMPTY, SCARD_STATE_PRESENT, SCARD_STATE_MUTE = 0, 2, 0x10, 0x20, 0x200

    def __init__(self, *, protocol: int = SCARD_PROTOCOL_T1) -> None:
        self.protocol = protocol
        self.results: dict[str, list[int]] = {}
        self.answer: list[int] = [0x90, 0x00]
        self.states: list[int] = [0x20]
        self.names: list[str] = [READER]
        self.calls: list[tuple[str, Any]] = []

    def _result(self, call: str, *detail: Any) -> int:
        self.calls.append((call, detail))
        waiting = self.results.get(call, [])
        code = waiting.pop(0) if waiting else SUCCESS
        return code - (1 << 32) if code >= 1 << 31 else code  # pyscard hands out signed numbers on some systems

    def SCardEstablishContext(self, scope: int) -> tuple[int, str]:  # noqa: N802 because it is PC/SC's name
        return self._result("establish", scope), "context"

    def SCardReleaseContext(self, context: str) -> int:  # noqa: N802 because it is PC/SC's name
        return self._result("release", context)

    def SCardListReaders(self, context: str, groups: list[str]) -> list[Any]:  # noqa: N802 because it is PC/SC's name
        return [self._result("list", context, groups), self.names]

    def SCardGetStatusChange(self, context: str, wait: int, known: list[tuple[str, int]]) -> tuple[int, list[tuple[str, int, list[int]]]]:  # noqa: N802 because it is PC/SC's name
        result = self._result("change", context, wait)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return result, [(name, state, [0x3B, 0x00] if state & 0x20 else []) for name, _ in known]

    def SCardConnect(self, context: str, reader: str, mode: int, protocols: int) -> tuple[int, str, int]:  # noqa: N802 because it is PC/SC's name
        return self._result("connect", context, reader, mode, protocols), "card", self.protocol

    def SCardReconnect(self, card: str, mode: int, protocols: int, start: int) -> tuple[int, int]:  # noqa: N802 because it is PC/SC's name
        return self._result("reconnect", card, mode, protocols, start), self.protocol

    def SCardBeginTransaction(self, card: str) -> int:  # noqa: N802 because it is PC/SC's name
        return self._result("begin", card)

    def SCardEndTransaction(self, card: str, disposition: int) -> int:  # noqa: N802 because it is PC/SC's name
        return self._result("end", card, disposition)

    def SCardDisconnect(self, card: str, disposition: int) -> int:  # noqa: N802 because it is PC/SC's name
        return self._result("disconnect", card, disposition)

    def SCardTransmit(self, card: str, pci: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802 because it is PC/SC's name
        return self._result("transmit", card, pci, bytes(command)), self.answer
