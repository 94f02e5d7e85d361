# SPDX-License-Identifier: Apache-2.0
"""What a WSGI server is given."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teashop.settings")
application = get_wsgi_application()
