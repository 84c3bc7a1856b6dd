"""Every fault that a terminal can meet in its own decision and in its own state, one module for each chapter; others say `from verify import faults`.

One constant per fault; codes are wire vocabulary: append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from verify.faults.agent import *  # noqa: F403 because all chapters go by one name
from verify.faults.chain import *  # noqa: F403 because of the same
from verify.faults.decision import *  # noqa: F403 because of the same
from verify.faults.holding import *  # noqa: F403 because of the same
from verify.faults.importing import *  # noqa: F403 because of the same
from verify.faults.journal import *  # noqa: F403 because of the same
from verify.faults.kinds import told as told
from verify.faults.network import *  # noqa: F403 because of the same
