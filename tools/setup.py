# SPDX-License-Identifier: Apache-2.0
"""Makes this checkout ready: `python3 tools/setup.py [python] [web] [services]`.

    python      a virtual environment with everything pinned, and this package, editable
    web         the dashboard's files, built with Node from a Python package
    services    what only the tests need, from the distribution: a browser, Redis, PostgreSQL, nginx, openssl

Runs on a bare Python (3.11 or newer) and does nothing twice: a stamp in .venv holds the digest of what a part was made
from. Exit code 3: something cannot be had, and the last line says what to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STATIC = ROOT / "src/seeother/watch/dashboard/static"

# Programs the tests start and the Debian package that has each; and where Debian puts some, off PATH.
SERVICES = {
    "chromium": "chromium",
    "redis-server": "redis-server",
    "postgres": "postgresql",
    "nginx": "nginx-light",
    "openssl": "openssl",
}
OFF_PATH = ("/usr/lib/postgresql/*/bin", "/usr/sbin")


class CannotBeHadError(Exception):
    """Something is missing that this script cannot bring; says what to do."""


def say(text: str) -> None:
    """Tell the person at the terminal what is going on; standard output belongs to the verb that called."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], *, cure: str, quiet: bool = False) -> None:
    """Run `command` at the top of the checkout; when it fails, `cure` is what the person should do."""
    try:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL if quiet else None)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotBeHadError(cure) from error


def digest(paths: Iterable[Path]) -> str:
    """One digest of where this checkout is, and of the names and contents of some of its files."""
    total = hashlib.sha256(str(ROOT).encode())
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages, as root or through sudo."""
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise CannotBeHadError(f"Install these with this system's package manager: {' '.join(packages)}")
    sudo: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise CannotBeHadError(f"Run as root: {' '.join(install)}")
        sudo = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    cure = f"Run as root and read what it says: {' '.join(install)}"
    run([*sudo, "apt-get", "update", "-qq"], cure=cure, quiet=True)
    run([*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *install], cure=cure, quiet=True)


def has_venv() -> bool:
    """Whether this Python can make a virtual environment; Debian packs that part separately."""
    return (
        subprocess.run([sys.executable, "-c", "import venv, ensurepip"], check=False, capture_output=True).returncode
        == 0
    )


def make_python() -> None:
    """Make .venv with exactly the pinned packages, and this package, editable."""
    stamp = VENV / ".made-python"
    wanted = digest([ROOT / "pyproject.toml", *(ROOT / "requirements").glob("*.txt")])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not (VENV / "bin/pip").exists():
        if not has_venv():
            say("Python's venv module")
            apt_install(["python3-venv"])
        say("virtual environment .venv")
        run([sys.executable, "-m", "venv", VENV], cure=f"Remove {VENV} and try again")
    network = "Look at the error above; when it is the network, try again: what was fetched is kept"
    say("uv, which installs Python packages")
    run([PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", "requirements/uv.txt"], cure=network)
    say("Python packages (some 500 MB the first time)")
    # System certificates: what pip trusts on this machine, uv shall trust too.
    install: list[str | Path] = [VENV / "bin/uv", "pip", "install", "--python", PYTHON, "--system-certs"]
    run([*install, "--require-hashes", "-r", "requirements/dev.txt"], cure=network)
    run([*install, "-q", "--no-deps", "--no-build-isolation", "-e", "."], cure="Look at the error above")
    stamp.write_text(wanted)


def web_sources() -> Iterator[Path]:
    """Every file in web/ but what npm installed."""
    for folder, inner, names in os.walk(ROOT / "web"):
        inner[:] = [name for name in inner if name != "node_modules"]
        yield from (Path(folder, name) for name in names)


def make_web() -> None:
    """Build the dashboard's files from web/."""
    stamp = VENV / ".made-web"
    wanted = digest([*web_sources(), ROOT / "hatch_web.py"])
    if STATIC.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say("web pages")
    run([PYTHON, "hatch_web.py"], cure="Look at the error above; when it is the network, try again")
    stamp.write_text(wanted)


def find(program: str) -> str | None:
    """Where a program is, on PATH or where Debian hides it."""
    hidden = [str(folder) for pattern in OFF_PATH for folder in Path("/").glob(pattern.lstrip("/"))]
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *hidden]))


def get_services() -> None:
    """Install what only the tests need; without it they skip what needs it, so this is never fatal."""
    missing = [package for program, package in SERVICES.items() if find(program) is None]
    if not missing:
        return
    say(f"for the tests, from the distribution: {' '.join(missing)}")
    try:
        apt_install(missing)
    except CannotBeHadError as cure:
        say(f"Without them, the tests that need {' '.join(missing)} are skipped. {cure}")


PARTS = {"python": make_python, "web": make_web, "services": get_services}


def main(names: Sequence[str]) -> int:
    """Make the named parts, all of them when none is named."""
    began = time.monotonic()
    try:
        for name in names or PARTS:
            PARTS[name]()
    except CannotBeHadError as cure:
        print(f"make setup: {cure}", file=sys.stderr)
        return 3
    if (seconds := time.monotonic() - began) > 1:
        say(f"ready after {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
