from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "yufang.server.reports"
    label = "reports"
