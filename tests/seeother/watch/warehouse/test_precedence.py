# SPDX-License-Identifier: Apache-2.0
"""The thread that answers goes first."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id

import pytest

from seeother.watch.warehouse.precedence import NICENESS, give_way

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


def test_who_gives_way_does_so_with_all_that_it_starts() -> None:
    """An engine's threads are made by whoever needs them first."""

    def of_one_that_it_starts() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_niceness).result()

    with ThreadPoolExecutor(1, initializer=give_way) as pool:
        found = pool.submit(_niceness).result(), pool.submit(of_one_that_it_starts).result()

    assert found == (_niceness() + NICENESS, _niceness() + NICENESS)


def test_who_goes_first_leaves_all_others_behind() -> None:
    """Those that are there by then, and what they start later; in a process of its own, for none can come back."""
    script = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from seeother.watch.warehouse.precedence import go_first

def niceness():
    return os.getpriority(os.PRIO_PROCESS, get_native_id())

def of_one_that_it_starts():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(niceness).result()

before = niceness()
with ThreadPoolExecutor(1) as pool:
    pool.submit(niceness).result()
    go_first()
    go_first()
    behind = pool.submit(niceness).result(), pool.submit(of_one_that_it_starts).result()
print(niceness() - before, *[each - before for each in behind])
"""

    told = subprocess.check_output([sys.executable, "-c", script], text=True, timeout=30)

    assert told.split() == ["0", str(NICENESS), str(NICENESS)]
