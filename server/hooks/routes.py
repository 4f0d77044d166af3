"""The addresses of hooks."""

from starlette.routing import Mount, Route

from server.hooks.alertmanager import alertmanager
from server.hooks.bounces import bounces
from server.hooks.heartbeat import heartbeat
from server.hooks.push import push

ROUTES = [
    Mount(
        "/hooks",
        routes=[
            Route("/heartbeat/{token}", heartbeat, methods=["POST"]),
            Route("/push/{token}", push, methods=["POST"]),
            Route("/alertmanager/{token}", alertmanager, methods=["POST"]),
            Route("/bounces/{token}", bounces, methods=["POST"]),
        ],
    )
]
