"""Every fault of the record, one module for each chapter; other modules say `from ecard import faults`."""

from ecard.faults.assurance import *  # noqa: F403 - one name for all chapters
from ecard.faults.making import *  # noqa: F403 - one name for all chapters
from ecard.faults.record import *  # noqa: F403 - one name for all chapters
from ecard.faults.remaking import *  # noqa: F403 - the same
from ecard.faults.stopping import *  # noqa: F403 - the same
from ecard.faults.storage import *  # noqa: F403 - the same
