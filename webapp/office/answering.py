"""How a command answers: text for people, or with --json exactly one JSON object on standard output, errors included."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from codes.errors import CardError, InputError, SetupError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

DONE, FOUND, UNUSABLE, UNFIT = 0, 1, 2, 3
"""Exit statuses: done; refused by the state of things, or a check found something; arguments or input unusable; setup not fit."""


def status_of(error: CardError) -> int:
    """The exit status of an error."""
    if isinstance(error, SetupError):
        return UNFIT
    return UNUSABLE if isinstance(error, InputError) else FOUND


def answering(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A command whose errors are told as JSON when JSON was asked for; otherwise they pass."""

    def run(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except CardError as error:
            if not options.json:
                raise
            fault = error.fault
            page = {"code": fault.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(error.facts)}
            article = error.facts.get("article") or fault.article
            print_json({"error": page | ({"article": article} if article else {})})
            return status_of(error)

    return run


def say(options: argparse.Namespace, page: Any, lines: Iterable[str]) -> None:
    """The answer: `page` with --json, else `lines`."""
    if options.json:
        print_json(page)
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines))


def print_json(page: Any) -> None:
    """One JSON object on one line."""
    sys.stdout.write(json.dumps(page, ensure_ascii=False) + "\n")
