"""From the settings to the places the public page is written to."""

from collections.abc import Mapping, Sequence

from server.config.sections.publishing import PublishTarget
from statuspage.hands import Target
from statuspage.publish import Directory
from statuspage.purge import Purge
from statuspage.site import Site


def targets_of(places: Sequence[PublishTarget]) -> Mapping[str, Target]:
    """What writes to each place, by its name in the settings."""
    return {place.to: _target(place) for place in places}


def _target(place: PublishTarget) -> Target:
    write = _bucket(place) if place.directory is None else Directory(place.directory).publish
    if place.purge is None:
        return write
    purge = Purge(place.purge.get_secret_value())

    def write_and_purge(site: Site) -> None:
        write(site)
        purge(site)

    return write_and_purge


def _bucket(place: PublishTarget) -> Target:
    # A process that writes to no bucket does not load the library.
    from statuspage.bucket import Bucket, s3

    secret = place.secret_access_key
    key = (place.access_key_id, secret.get_secret_value()) if place.access_key_id and secret else None
    store = s3(place.to, region=place.region, endpoint=place.endpoint, key=key)
    return Bucket(store, compressed=place.compressed).publish
