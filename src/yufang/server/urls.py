"""Addresses: the API, the phone app under /w/, and the console for everything else."""

from django.urls import path, re_path

from yufang.server.api import api
from yufang.server.dispatch.ack_page import ack
from yufang.server.web import console, service_worker, worker, worker_home

urlpatterns = [
    path("ack/<str:token>", ack),
    path("api/", api.urls),
    path("w", worker_home),
    path("w/sw.js", service_worker),
    re_path(r"^w/", worker),
    re_path(r"^(?!api/|static/).*$", console),
]
