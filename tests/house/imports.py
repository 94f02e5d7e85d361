# SPDX-License-Identifier: Apache-2.0
"""Who imports what, read from the source: no module is run for it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import parsed

OURS = ("seeother", "seeother_shop")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, seen from the module that imports it; names are dotted."""

    importer: str
    target: str
    relative: bool
    line: int

    @property
    def place(self) -> str:
        """How a complaint about it reads."""
        return f"{self.importer}:{self.line} imports {self.target}"


def module_of(path: Path) -> str:
    """The dotted name of a file under src/."""
    parts = path.relative_to("src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def packages(root: Path) -> set[str]:
    """Every package under src/: the rooms, the rooms inside them, and the two houses."""
    return {module_of(path) for path, _ in parsed(root) if path.parts[0] == "src" and path.name == "__init__.py"}


def imports(root: Path) -> Iterator[Import]:
    """Every import of every module under src/, wherever in the file it stands."""
    sources = {path: tree for path, tree in parsed(root) if path.parts[0] == "src"}
    modules = {module_of(path) for path in sources}
    shown = {module_of(path): set(listed(tree) or ()) for path, tree in sources.items()}
    for path, tree in sources.items():
        importer = module_of(path)
        package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(importer, alias.name, relative=False, line=node.lineno)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                origin = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    inner = f"{origin}.{alias.name}"
                    # A face may show a function that bears its file's name: then the function is meant.
                    target = inner if inner in modules and alias.name not in shown.get(origin, ()) else origin
                    yield Import(importer, target, relative=node.level > 0, line=node.lineno)


def listed(tree: ast.Module) -> list[str] | None:
    """The names in a module's `__all__`; None when there is no such list."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                names: list[str] = ast.literal_eval(value)
                return names
            case _:
                pass
    return None


def room_of(module: str) -> str:
    """The room a module is in: `seeother.watch` for `seeother.watch.api.matrix`."""
    return ".".join(module.split(".")[:2])
