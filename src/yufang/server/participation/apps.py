from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "yufang.server.participation"
    label = "participation"
