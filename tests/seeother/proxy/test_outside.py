# SPDX-License-Identifier: Apache-2.0
"""What a guard in front of an application cannot do is refused, not left out."""

import pytest

from seeother.errors import SettingsError
from seeother.proxy import check_outside
from seeother.settings import read_settings

SITE: dict[str, object] = {"secrets": ["correct horse battery staple"]}


@pytest.mark.parametrize("name", ["transactional", "form_token"])
def test_what_needs_the_application_is_refused(name: str) -> None:
    """Whoever asked for it would think himself safe."""
    route = {"match": "POST /orders", "idempotency": "required", name: True}
    settings = read_settings({"site": SITE, "route": [route], "upstream": [{"url": "http://127.0.0.1:1"}]}, {})

    with pytest.raises(SettingsError) as refused:
        check_outside(settings)

    assert refused.value.key == f"route[0].{name}"
    assert "inside the application" in refused.value.cure


def test_nobody_to_guard_is_told() -> None:
    """With both ways to say it."""
    with pytest.raises(SettingsError, match="--upstream URL"):
        check_outside(read_settings({}, {}))
