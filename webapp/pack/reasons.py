"""The table of verdicts for docs/integrators.md, written from codes/reasons.py so that the page cannot say anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.reasons import ACCEPTED, NOTES, TABLE

if TYPE_CHECKING:
    from codes.reasons import Entry

BEGIN = "<!-- reasons: written by `ecard pack --reasons`, do not edit -->"
END = "<!-- reasons: end -->"
_HEADER = "| number | verdict | reason or note | colour, tone | the public reads | staff read | staff do |\n|---|---|---|---|---|---|---|\n"


def reasons_table() -> str:
    """The whole block for the page, markers included."""
    rows = [_row(ACCEPTED, "")]
    rows += [_row(entry, f"`{reason}`") for reason, entry in TABLE.items()]
    rows += [_row(entry, f"note `{note}`") for note, entry in NOTES.items()]
    return f"{BEGIN}\n\n{_HEADER}{''.join(rows)}\n{END}"


def put_table(page: str) -> str:
    """`page` with the block between its markers written anew. `ValueError` for a page without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the table of reasons")
    return before + reasons_table() + after


def _row(entry: Entry, name: str) -> str:
    texts = (f"{text.zh} {text.en}" for text in (entry.public, entry.staff, entry.action))
    return f"| {entry.number} | {entry.outcome} | {name} | {entry.colour}, {entry.tone} | {' | '.join(texts)} |\n"
