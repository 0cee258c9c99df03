from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0016_changes_until_hours'),
    ]

    operations = [
        migrations.AddField(
            model_name='workgroup',
            name='last_turn',
            field=models.PositiveBigIntegerField(default=0, editable=False),
        ),
    ]
