"""Places the public page is written to, so that it outlives us."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, model_validator

from server.config.values import Line, Secret, SecretWebAddress, Section, WebAddress, wrong

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/\s?#]+)*/?")


def _place(text: str) -> str:
    if "://" in text and not text.startswith("s3://"):
        raise wrong("is neither a directory nor a bucket", "write a directory, or s3://bucket/prefix")
    if text.startswith("s3://") and not _BUCKET.fullmatch(text):
        raise wrong("does not name a bucket", "write s3://bucket/prefix; the prefix may be left out")
    return text.rstrip("/") or text


class PublishTarget(Section):
    """One place the public page is written to, so that it outlives us."""

    to: Annotated[Line, AfterValidator(_place)]
    """Directory, or s3://bucket/prefix."""
    region: Line | None = None
    """Region of the bucket."""
    endpoint: WebAddress | None = None
    """Address of an S3-compatible service that is not Amazon's."""
    access_key_id: Line | None = None
    """Key id for the bucket. Default: what the environment gives (AWS_ACCESS_KEY_ID, a role of the machine)."""
    secret_access_key: Secret | None = None
    """Secret that belongs to the key id."""
    compressed: bool = False
    """Whether objects in the bucket are stored gzipped (Content-Encoding), for buckets without a CDN in front."""
    purge: SecretWebAddress | None = None
    """Address that gets a POST after the page has changed there, so that a CDN forgets the old one."""

    @model_validator(mode="after")
    def _bucket_keys_only_for_a_bucket(self) -> "PublishTarget":
        keys = (self.region, self.endpoint, self.access_key_id, self.secret_access_key, self.compressed)
        if not self.is_bucket and any(keys):
            raise wrong("has keys of a bucket, but is a directory", "write to: s3://bucket/prefix, or drop those keys")
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise wrong("has half of a key", "give access_key_id and secret_access_key, or neither")
        return self

    @property
    def is_bucket(self) -> bool:
        """Whether it is an object store rather than a directory."""
        return self.to.startswith("s3://")

    @property
    def directory(self) -> Path | None:
        """The directory to write to; None for a bucket."""
        return None if self.is_bucket else Path(self.to)
