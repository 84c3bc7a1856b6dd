"""With which code something is refused, where either answer may be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal(act: Callable[[], object]) -> str | None:
    """The code, or None where nothing is refused. The refusal can be printed; any other exception is a bug and passes through."""
    try:
        act()
    except InputError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - whether there is an exception is the caller's question
        return error.code
    return None
