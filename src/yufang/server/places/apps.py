from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "yufang.server.places"
    label = "places"
