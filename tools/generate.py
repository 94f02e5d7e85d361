# SPDX-License-Identifier: Apache-2.0
"""Writes the pages that come from code: `python -m tools.generate`, or `--check` to see whether any would differ."""

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from seeother.rules import CATALOGUE, to_markdown
from seeother.settings import SETTINGS, Setting, readers
from seeother.telemetry import ATTRIBUTES
from tools.access_log import access_log_page
from tools.commands import commands_page
from tools.markdown import note, table
from tools.servers import servers_page
from tools.states import states_page

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path("docs/reference")
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}  # seconds


def shown(setting: Setting) -> str:
    """A setting's default as one would write it in the file; empty where there is none."""
    match setting.default:
        case None:
            return ""
        case timedelta() as length:
            seconds = int(length.total_seconds())
            unit = next(unit for unit, size in UNITS.items() if seconds % size == 0)
            return f'`"{seconds // UNITS[unit]}{unit}"`'
        case frozenset() as classes if setting.read is readers.status_classes:
            return f"`{json.dumps([f'{each}xx' for each in sorted(classes)])}`"  # pyright: ignore[reportUnknownVariableType]
        case tuple() | frozenset() as values:
            return f"`{json.dumps(sorted(values))}`"  # pyright: ignore[reportUnknownVariableType]
        case value:
            return f"`{json.dumps(value)}`"


def rule_pages() -> dict[Path, str]:
    """One page a rule, and the list of all."""
    rows = [[f"[{rule.code}]({rule.code}.md)", rule.name, rule.severity, rule.cure] for rule in CATALOGUE]
    pages = {REFERENCE / f"rules/{rule.code}.md": note("src/seeother/rules") + to_markdown(rule) for rule in CATALOGUE}
    index = "# Rules\n\n" + table(["code", "name", "severity", "what to do"], rows)
    return {REFERENCE / "rules/index.md": note("src/seeother/rules/catalogue.py") + index} | pages


def settings_page() -> dict[Path, str]:
    """Every setting, by section."""
    text = note("src/seeother/settings/table.py") + (
        "# Settings\n\n"
        "They stand in `seeother.toml`; an environment variable `SEEOTHER_SECTION_NAME`, as in `SEEOTHER_SITE_MODE`, "
        "wins over the file.\n"
        "A section in capitals is a name of your own; *planned* settings are accepted and do nothing yet.\n"
    )
    for section in dict.fromkeys(setting.section for setting in SETTINGS):
        rows = [
            [
                f"`{setting.name}`",
                "must be given" if setting.required else shown(setting),
                ("*Planned.* " if setting.planned else "") + setting.help,
            ]
            for setting in SETTINGS
            if setting.section == section
        ]
        text += f"\n## {section}\n\n" + table(["name", "default", "meaning"], rows)
    return {REFERENCE / "settings.md": text}


def attributes_page() -> dict[Path, str]:
    """Every attribute that we put on the wire."""
    rows = [[f"`{each.name}`", each.type, each.meaning] for each in ATTRIBUTES]
    text = "# Attributes\n\nWhat our spans and log records say.\n\n" + table(["name", "type", "meaning"], rows)
    return {REFERENCE / "attributes.md": note("src/seeother/telemetry/attributes.py") + text}


def httpx_room() -> dict[Path, str]:
    """What serves httpx2 serves httpx, which has the same interface under its old name."""
    room = Path("src/seeother/client")
    licence, text = (ROOT / room / "httpx2.py").read_text().replace("httpx2", "httpx").split("\n", 1)
    return {room / "httpx.py": f"{licence}\n# Made from httpx2.py by `make generate`: change that one.\n{text}"}


def pages() -> dict[Path, str]:
    """Every page and file that comes from code, relative to the checkout."""
    of_one_page = {
        REFERENCE / "cli.md": commands_page(),
        REFERENCE / "breaker.md": states_page(),
        REFERENCE / "servers.md": servers_page(),
        REFERENCE / "access-log.md": access_log_page(),
    }
    return rule_pages() | settings_page() | attributes_page() | of_one_page | httpx_room()


def stale(root: Path, wanted: dict[Path, str]) -> list[Path]:
    """The pages under `root` that differ from what they should be."""
    return [path for path, text in wanted.items() if not (root / path).exists() or (root / path).read_text() != text]


def left_over(root: Path, wanted: dict[Path, str]) -> list[Path]:
    """Pages of rules that are no more."""
    return [path for path in (root / REFERENCE / "rules").glob("*.md") if path.relative_to(root) not in wanted]


def main(arguments: Sequence[str]) -> int:
    """Write what differs; with `--check` only name it and answer 1."""
    wanted = pages()
    differing, old = stale(ROOT, wanted), left_over(ROOT, wanted)
    for path in [*differing, *old]:
        print(path)
    if "--check" in arguments:
        if differing or old:
            print("These pages are not what the code says: run `make generate`.", file=sys.stderr)
        return 1 if differing or old else 0
    for path in differing:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(wanted[path])
    for path in old:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
