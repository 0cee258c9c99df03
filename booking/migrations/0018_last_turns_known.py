from django.db import migrations
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce


def know_the_last_turn(apps, schema_editor):
    """Groups whose waiting lists have begun know the last turn they gave."""
    bookings = apps.get_model("booking", "Booking").objects.filter(work_group=OuterRef("pk")).order_by()
    last = bookings.values("work_group").annotate(last=Max("turn")).values("last")
    apps.get_model("booking", "WorkGroup").objects.update(last_turn=Coalesce(Subquery(last), 0))


class Migration(migrations.Migration):

    dependencies = [
        ("booking", "0017_last_turn"),
    ]

    operations = [
        migrations.RunPython(know_the_last_turn, migrations.RunPython.noop),
    ]
