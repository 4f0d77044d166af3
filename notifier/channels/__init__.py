"""The registry: every kind of channel there is. One more is one module and one line here."""

from notifier.channels.contract import Channel
from notifier.channels.email import Email
from notifier.channels.hooks.slack import Slack
from notifier.channels.hooks.webhook import Webhook
from notifier.channels.inapp import InApp
from notifier.channels.social import Social

#: A delivery's channel is named by its kind, or kind and account: `email`, `inapp`, `social:main`.
CHANNELS: dict[str, type[Channel]] = {
    "email": Email,
    "inapp": InApp,
    "social": Social,
    "subscriber:slack": Slack,
    "subscriber:webhook": Webhook,
}
