# SPDX-License-Identifier: Apache-2.0
"""Django's commands for the tea shop."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teashop.settings")
execute_from_command_line(sys.argv)
