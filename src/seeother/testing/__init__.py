# SPDX-License-Identifier: Apache-2.0
"""For the tests of applications: what the rules find fails them, whatever client they use.

Rules of this room: it changes no answer; pytest stays behind the door that bears its name, and the guard is imported
when it is used, for a plugin is loaded by every run of pytest.
"""

from .findings import Findings, collecting
from .kill_points import killing
from .life import Death, Life, Tell
from .strict import strict

__all__ = ["Death", "Findings", "Life", "Tell", "collecting", "killing", "strict"]
