"""The product as an application of Django."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class ProductConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        if settings.REDIS_URL:
            import_module("config.celery")
