from django.apps import AppConfig


class DeductionConfig(AppConfig):
    name = "yufang.server.deduction"
    label = "deduction"
    default_auto_field = "django.db.models.BigAutoField"
