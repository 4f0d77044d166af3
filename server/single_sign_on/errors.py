"""What can go wrong between us, somebody's browser and the identity provider."""

from records.errors import ForewarnError


class ProviderAway(ForewarnError):
    """The identity provider cannot be reached, or says something that is no use; a later try may do."""


class ProviderRefused(ForewarnError):
    """The identity provider said no."""


class NotAccepted(ForewarnError):
    """What came back from the sign-in is not one that we can accept; its message is for the log."""
