"""What comes with a form: no more of it than the largest file that somebody has reason to send."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
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
