# SPDX-License-Identifier: Apache-2.0
"""The page of watch: the files built from web/dashboard, served as they are.

Rules of this room: it answers files only and asks no question; what the page shows it gets from the API like anybody.
"""

from .routes import dashboard_routes

__all__ = ["dashboard_routes"]
