"""An edited register."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import register_files


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """The invented register with some cells changed, some rows left out, or only some columns."""

    def _edited(*args: Any, **options: Any) -> Path:
        return register_files.edited(tmp_path / "edited.csv", *args, **options)

    return _edited
