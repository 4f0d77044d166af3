"""Tell a CDN that the page has changed, so that it forgets the old one."""

import json
import urllib.request

from records.times import iso
from statuspage.publish import release_name
from statuspage.site import Site

_TIMEOUT_SECONDS = 10.0


class Purge:
    """One address that gets a POST when the page says something new; a mere heartbeat is no news."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._version: str | None = None

    def __call__(self, site: Site) -> None:
        """Raises OSError when nobody answers, or with anything but success."""
        if site.version == self._version:
            return
        news = {"release": release_name(site), "version": site.version, "generated_at": iso(site.generated_at)}
        request = urllib.request.Request(  # noqa: S310 # the settings allow only http and https
            self._url, data=json.dumps(news).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 # as above
            self._version = site.version
