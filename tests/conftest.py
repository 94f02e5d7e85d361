# SPDX-License-Identifier: Apache-2.0
"""What all tests share: real servers to start, and how hard Hypothesis tries."""

import os
import signal

from hypothesis import HealthCheck, settings

pytest_plugins = (
    "tests.servers.chromium",
    "tests.servers.clickhouse_server",
    "tests.servers.nginx_tls",
    "tests.servers.postgres_server",
    "tests.servers.redis_server",
    "tests.servers.relay",
)

# No example fails for being slow: the machine may be busy. In continuous integration each run tries the same examples.
settings.register_profile(
    "seeother",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("seeother")

# A script that runs in the background ignores Ctrl-C, and so would all that the tests start and mean to interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
