"""Fields of a query, each with its one spelling: what could have been written in another way is refused (threat G13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from codes.claims import REGION_PATTERN
from webapp.feeding.news import NUMBER, SPACES, Position, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT_S = 30
_VERSION = r"(0|[1-9][0-9]{0,8})\.[1-9][0-9]{0,14}"
"""A version, for whoever reads the description; of larger numbers, which are taken too, no chain of ours comes near."""


class VersionField(fields.String):
    """A version of a chain: "1.345"."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"pattern": f"^{_VERSION}$"} | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        version = Version.parse(super()._deserialize(value, attr, data, **more) or "")
        if version is None:
            raise ValidationError("<epoch>.<seq>")
        return version


class PositionField(fields.String):
    """How far somebody has followed a chain: "CN-CQ/phone/1.345", or "CN-CQ/phone" for not at all."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"pattern": f"^{REGION_PATTERN.pattern}/({'|'.join(SPACES)})(/{_VERSION})?$"} | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        position = Position.parse(super()._deserialize(value, attr, data, **more) or "")
        if position is None:
            raise ValidationError("<region>/<space>/<epoch>.<seq>")
        return position


class SecondsField(fields.Integer):
    """Whole seconds, at most `most`."""

    def __init__(self, *, most: int, **more: Any) -> None:
        super().__init__(metadata={"minimum": 0, "maximum": most} | more.pop("metadata", {}), **more)
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = str(value)
        if not NUMBER.fullmatch(text) or int(text) > self._most:
            raise ValidationError(f"0..{self._most}")
        return super()._deserialize(text, attr, data, **more)
