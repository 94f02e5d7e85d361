# SPDX-License-Identifier: Apache-2.0
"""What watch can be run with."""

import subprocess
import sys


def test_a_watch_over_a_server_needs_no_engine_of_its_own() -> None:
    """It is half a gigabyte, and an extra of its own; who has none is told so when a folder is wanted."""
    script = """
import sys
sys.modules["chdb"] = None
from seeother.errors import SettingsError
from seeother.settings import Settings
from seeother.watch.serve import open_store
try:
    open_store(Settings())
except SettingsError as error:
    print(error)
"""

    told = subprocess.check_output([sys.executable, "-c", script], text=True, timeout=30)

    assert "watch.store" in told
    assert "seeother[embedded]" in told
