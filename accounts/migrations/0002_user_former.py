from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.AddField("user", "former", models.JSONField(blank=True, default=list, editable=False)),
    ]
