# SPDX-License-Identifier: Apache-2.0
"""Finds the application that `MODULE:APP` names, as servers do; what is wrong is a SettingsError with the cure."""

import contextlib
import sys
from importlib import import_module
from pathlib import Path

from seeother.errors import SettingsError

OPTION = "--app"


def find_application(given: str, directory: Path) -> object:
    """The object that `given` names; modules are looked for in `directory` first.

    `MODULE:FACTORY()` calls a factory that needs no arguments. What the import prints goes to standard error, so that
    standard output stays the caller's.
    """
    module_name, colon, attribute = given.partition(":")
    is_factory = attribute.endswith("()")
    names = attribute.removesuffix("()").split(".")
    if not colon or not all(name.isidentifier() for name in [*module_name.split("."), *names]):
        raise SettingsError(OPTION, given, 'write a module and the application in it, as in "shop.web:app"')
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    with contextlib.redirect_stdout(sys.stderr):
        found = _imported(given, module_name)
        for name in names:
            if not hasattr(found, name):
                raise SettingsError(OPTION, given, f"{module_name} has no {attribute.removesuffix('()')}{_hint(found)}")
            found = getattr(found, name)
        if not is_factory:
            return found
        if not callable(found):
            raise SettingsError(OPTION, given, f"{attribute.removesuffix('()')} cannot be called; leave out ()")
        try:
            return found()
        except Exception as error:
            raise SettingsError(OPTION, given, f"calling it raised {_told(error)}") from error


def _imported(given: str, name: str) -> object:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise SettingsError(OPTION, given, f"importing {name} raised {_told(error)}") from error
        cure = f"there is no module {error.name} here; run this where a server would find it"
        raise SettingsError(OPTION, given, cure) from error
    except (Exception, SystemExit) as error:  # whatever an application does when it is imported
        raise SettingsError(OPTION, given, f"importing {name} raised {_told(error)}") from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _hint(module: object) -> str:
    """What in the module may have been meant: its own names with a call, but no classes."""
    names = [
        name
        for name, value in vars(module).items()
        if callable(value) and not isinstance(value, type) and not name.startswith("_") and "app" in name.lower()
    ]
    return f"; did you mean {' or '.join(names)}?" if names else "; name the variable that a server is given"
