from django.db import migrations


def forget_half_answers(apps, schema_editor):
    """A number without its day, or a day without its number, was never shown to anybody."""
    groups = apps.get_model("booking", "WorkGroup").objects
    groups.filter(fewest_schools=0).update(fewest_schools=None)
    groups.filter(fewest_schools=None).update(decide_by=None)
    groups.filter(decide_by=None).update(fewest_schools=None)


class Migration(migrations.Migration):
    """By itself: PostgreSQL alters no table in the transaction that has just changed its rows."""

    dependencies = [
        ("booking", "0013_told_times"),
    ]

    operations = [
        migrations.RunPython(forget_half_answers, migrations.RunPython.noop),
    ]
