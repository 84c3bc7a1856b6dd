"""The base of every shape that is read or written as JSON."""

from __future__ import annotations

from typing import Self

import marshmallow


class Schema(marshmallow.Schema):
    """marshmallow's. Once made it stays as it is, so whoever copies what is said of a call need not copy its shapes, which is most of what starting takes."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
