"""The addresses of hooks."""

from starlette.routing import Route

from server.hooks.heartbeat import heartbeat

ROUTES = [Route("/hooks/heartbeat/{token}", heartbeat, methods=["POST"])]
