import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def of_whoever_has_the_place(apps, schema_editor):
    Need, Place = apps.get_model("booking", "Need"), apps.get_model("booking", "Place")
    Need.objects.filter(place__person=None).delete()  # nobody's any more
    holder = Place.objects.filter(pk=OuterRef("place")).values("person")
    Need.objects.update(person=Subquery(holder))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_user_former"), ("booking", "0001_initial")]
    operations = [
        migrations.AddField(
            "need",
            "person",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="needs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(of_whoever_has_the_place, migrations.RunPython.noop),
        migrations.AlterField(
            "need",
            "person",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="needs", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
