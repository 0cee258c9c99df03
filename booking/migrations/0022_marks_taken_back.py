from django.db import migrations
from django.db.models import F


def take_back(apps, schema_editor):
    """What was said and taken down again is a mark of its own by now; why a locked register was changed, a column."""
    Attendance, Mark = (apps.get_model("booking", name) for name in ("Attendance", "Mark"))
    for row in Attendance.objects.filter(standing_mark__isnull=True, marks__isnull=False).distinct().iterator():
        last = row.marks.order_by("-pk").first()
        Mark.objects.create(
            attendance=row, what="cleared", by_id=last.by_id, at=last.at, received_at=last.received_at, replaces=last
        )
    amended = Mark.objects.exclude(reason="").filter(received_at__gt=F("attendance__session__signed_at"))
    amended.update(amendment=F("reason"), reason="")


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0021_marks_of_many_phones'),
    ]

    operations = [
        migrations.RunPython(take_back, migrations.RunPython.noop, elidable=True),
    ]
