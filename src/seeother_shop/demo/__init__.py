# SPDX-License-Identifier: Apache-2.0
"""The shop, watch and a crowd of shoppers as child processes of one command.

Rules of this room: whatever is started here is ended here, however this process ends (`child.py` holds the lifeline);
what is told about a run is asked of watch and of the shop's books, never counted here.
"""

from .demo import DemoOptions
from .part import Part, PartError
from .run import run_demo, run_shop
from .stage import Stage, StoppedError
from .story import STORY, STORY_FAULTS, STORY_SECONDS

__all__ = [
    "STORY",
    "STORY_FAULTS",
    "STORY_SECONDS",
    "DemoOptions",
    "Part",
    "PartError",
    "Stage",
    "StoppedError",
    "run_demo",
    "run_shop",
]
