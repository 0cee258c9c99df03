from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """How the program is put together; brings the commands that start it."""

    name = "config"

    def ready(self) -> None:
        # Every process must know the queue: a task that is called without it goes to a broker that is not ours.
        from config import celery  # noqa: F401
