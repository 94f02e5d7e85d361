# SPDX-License-Identifier: Apache-2.0
"""A small shop on Django with a guard around it: the code of the page docs/how-to/django.md."""
