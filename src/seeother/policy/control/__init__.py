# SPDX-License-Identifier: Apache-2.0
"""What an application decides about its answer before the head leaves: fields, cookies and links, staged or refused."""

from .control import AnswerControl
from .cookie import SameSite
from .link import Link, preconnect, preload
from .staging import AlreadyStarted, Staging

__all__ = ["AlreadyStarted", "AnswerControl", "Link", "SameSite", "Staging", "preconnect", "preload"]
