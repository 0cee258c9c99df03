from django.db import migrations
from django.db.models import OuterRef, Subquery


def know_the_codes(apps, schema_editor):
    """Groups have the code that their project has today: no other was ever kept."""
    projects = apps.get_model("booking", "Project").objects.filter(pk=OuterRef("project"))
    groups = apps.get_model("booking", "WorkGroup").objects.exclude(project__code="")
    groups.update(project_code=Subquery(projects.values("code")))


class Migration(migrations.Migration):

    dependencies = [
        ("booking", "0034_codes_of_groups"),
    ]

    operations = [
        migrations.RunPython(know_the_codes, migrations.RunPython.noop),
    ]
