# SPDX-License-Identifier: Apache-2.0
"""`python -m seeother` is the command line."""

import sys

from seeother.cli import main

if __name__ == "__main__":
    sys.exit(main())
