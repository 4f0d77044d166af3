"""The addresses of hooks."""

from starlette.routing import Mount, Route

from server.hooks.heartbeat import heartbeat

ROUTES = [Mount("/hooks", routes=[Route("/heartbeat/{token}", heartbeat, methods=["POST"])])]
