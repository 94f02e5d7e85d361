# SPDX-License-Identifier: Apache-2.0
"""The command line: one file a verb.

Rules of this room: a verb answers with an exit code (`ExitCode`); standard output is for the result and standard
error for everything else; `--json` and `--format json` print one document and nothing beside it.
"""

from .command_line import main
from .verb import ExitCode

__all__ = ["ExitCode", "main"]
