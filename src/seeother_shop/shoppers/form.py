# SPDX-License-Identifier: Apache-2.0
"""An HTML form as a person fills it in, and the name-value pairs that a browser then sends."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

__all__ = ["PRESSED", "TICKED", "Control", "Form"]

TYPED = frozenset({"text", "email", "tel", "number", "search", "url", "password", "textarea", "select"})
TICKED = frozenset({"checkbox", "radio"})
PRESSED = frozenset({"submit", "image"})


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form: an input, a select, a textarea or a button."""

    name: str
    value: str
    kind: str
    autocomplete: str = ""
    is_on: bool = True
    options: tuple[str, ...] = ()

    def answer(self, answers: Mapping[str, str]) -> str:
        """What a person with these answers leaves in the control; its own value when there is no answer for it.

        Answers are looked up by the control's autofill tokens (HTML 4.10.18.7) first, then by its name.
        """
        if self.kind not in TYPED:
            return self.value
        given = next((answers[key] for key in (*self.autocomplete.split(), self.name) if key in answers), None)
        if given is None or (self.options and given not in self.options):
            return self.value
        return given


@dataclass(frozen=True, slots=True)
class Form:
    """A form on a page; `target` is absolute."""

    target: str
    method: str
    controls: tuple[Control, ...] = ()

    def filled(self, answers: Mapping[str, str], button: str | None = None) -> bytes:
        """The content that submitting sends: every named control in order, and the one button that was pressed.

        `button` chooses a button by its value; without it the first is pressed, as the Enter key does.
        """
        pressed = self._button(button)
        pairs: list[tuple[str, str]] = []
        for control in self.controls:
            if not control.name or not control.is_on or (control.kind in PRESSED and control is not pressed):
                continue
            pairs.append((control.name, control.answer(answers)))
        return urlencode(pairs).encode()

    def _button(self, value: str | None) -> Control | None:
        buttons = [control for control in self.controls if control.kind in PRESSED]
        return next((button for button in buttons if button.value == value), buttons[0] if buttons else None)
