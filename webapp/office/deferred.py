"""A parser that learns its arguments only when it is asked to parse: what they are made from, the record's table, costs an import that others need not pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Callable


class Deferred(Arguments):
    """Calls `fill` with itself, once, before it parses."""

    fill: Callable[[Deferred], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """See `argparse.ArgumentParser.parse_known_args`."""
        fill, self.fill = self.fill, None
        if fill is not None:
            fill(self)
        return super().parse_known_args(args, namespace)
