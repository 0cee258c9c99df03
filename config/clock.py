"""What the clock does by itself, and how long a tick that nobody took is worth taking."""

from celery.schedules import crontab

BEAT = {
    "sweep": {"task": "notifications.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    # By itself, so that a system that is slow to answer never holds up the mail.
    "send_webhooks": {"task": "notifications.tasks.send_webhooks", "schedule": 15.0, "options": {"expires": 15}},
    "chase": {"task": "notifications.tasks.chase", "schedule": crontab(minute="5,35"), "options": {"expires": 1500}},
    "read_mail": {"task": "notifications.tasks.read_mail", "schedule": 60.0, "options": {"expires": 60}},
    "tidy": {"task": "notifications.tasks.tidy", "schedule": crontab(hour=3, minute=20), "options": {"expires": 3600}},
    "prove": {
        "task": "notifications.tasks.prove",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 3600},
    },
}
