"""Every fault of the record, one module for each chapter; other modules say `from ecard import faults`."""

from ecard.faults.record import *  # noqa: F403 - one name for all chapters
