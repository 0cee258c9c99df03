"""What comes with a form: no more of it than the largest file that somebody has reason to send, and where it lies."""

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import FileUploadHandler

# A register of schools is the largest: at most 120 MB, with its links and the form around them.
LARGEST_UPLOAD = 130 * 1024 * 1024


class CappedUploadHandler(FileUploadHandler):
    """Refuse a form that says it is larger, before any of it is read."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any) -> None:  # noqa: N803
        if content_length > LARGEST_UPLOAD:
            raise RequestDataTooBig("This form is larger than any file that is wanted.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class PrivateFiles(FileSystemStorage):
    """Outside everything that a web server gives out by itself, and for this system's user only.

    No address leads there: each file is given out by a page that asks who may see it.
    """

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        return str(settings.FILES_ROOT)

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)
