# SPDX-License-Identifier: Apache-2.0
"""Settings of the tea shop."""

import os

SECRET_KEY = os.environ.get("SEEOTHER_SECRET", "not for production")
DEBUG = False
ALLOWED_HOSTS = ["shop.example", "testserver"]
ROOT_URLCONF = "teashop.urls"
WSGI_APPLICATION = "teashop.wsgi.application"
MIDDLEWARE = [
    "seeother.wsgi.django.GuardMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"journey": {"()": "seeother.telemetry.JourneyFilter"}},
    "formatters": {
        "journey": {"format": "%(levelname)s %(name)s %(message)s [journey=%(journey_id)s step=%(journey_step)s]"}
    },
    "handlers": {"lines": {"class": "logging.StreamHandler", "filters": ["journey"], "formatter": "journey"}},
    "root": {"handlers": ["lines"], "level": "INFO"},
}
