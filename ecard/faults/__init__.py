"""Every fault of the record, one module for each chapter; other modules say `from ecard import faults`."""

from ecard.faults.access import *  # noqa: F403 because all chapters go by one name
from ecard.faults.assurance import *  # noqa: F403 because of the same
from ecard.faults.chips import *  # noqa: F403 because all chapters go by one name
from ecard.faults.looks import *  # noqa: F403 because of the same
from ecard.faults.making import *  # noqa: F403 because all chapters go by one name
from ecard.faults.public import *  # noqa: F403 because of the same
from ecard.faults.record import *  # noqa: F403 because all chapters go by one name
from ecard.faults.remaking import *  # noqa: F403 because of the same
from ecard.faults.residents import *  # noqa: F403 because of the same
from ecard.faults.stopping import *  # noqa: F403 because of the same
from ecard.faults.storage import *  # noqa: F403 because of the same
from ecard.faults.terminals import *  # noqa: F403 because of the same
from ecard.faults.trust import *  # noqa: F403 because of the same
