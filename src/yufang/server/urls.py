"""Addresses: the API, the phone app under /w/, and the console for everything else."""

from django.urls import path, re_path

from yufang.server.accounts.leaving import came_back
from yufang.server.api import api
from yufang.server.dispatch.ack_page import ack
from yufang.server.ledger import public as ledger
from yufang.server.operations.health import healthz, readyz
from yufang.server.operations.metrics import metrics
from yufang.server.web import bad_request, console, no_such_address, server_error, service_worker, worker, worker_home

urlpatterns = [
    path("auth/oidc/<str:provider_id>/callback/", came_back, name="openid_connect_callback"),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("ack/<str:token>", ack),
    path("ledger/checkpoint", ledger.checkpoint),
    path("ledger/cosigned", ledger.cosigned_checkpoint),
    path("ledger/key", ledger.key),
    path("ledger/tile/<path:place>", ledger.tile),
    path("ledger/add-checkpoint", ledger.add_checkpoint),
    path("ledger/witnessed", ledger.witnessed),
    path("proof", ledger.proof_page),
    path("api/", api.urls),
    path("w", worker_home),
    path("w/sw.js", service_worker),
    re_path(r"^w/", worker),
    re_path(r"^(?!api/|static/).*$", console),
]

handler400 = bad_request
handler404 = no_such_address
handler500 = server_error
