"""What the apps of this project have in common without knowing of one another: modules of an agreed name.

A lower app asks every app for its part, so that what stands above it can contribute and the arrows still fall.
"""

import importlib
from collections.abc import Iterator
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule


def parts(name: str) -> Iterator[ModuleType]:
    """The modules of this name in the project's apps, in the order of INSTALLED_APPS: the highest app first."""
    for config in apps.get_app_configs():
        ours = str(config.path).startswith(str(settings.BASE_DIR)) and "site-packages" not in str(config.path)
        if ours and module_has_submodule(config.module, name):
            yield importlib.import_module(f"{config.name}.{name}")
