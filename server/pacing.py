"""From the settings to how fast each channel may go."""

from records.subscribers import SubscriberKind
from records.throttles import Limit, Limits
from server.config import Settings
from server.config.sections.delivery import Smtp, SocialAccount
from server.posting import channels_by_account


def limits_of(settings: Settings) -> dict[str, Limits]:
    """By channel. Mail to customers and subscribers shares one relay; all languages of an account share the account."""
    limits: dict[str, Limits] = {}
    if settings.smtp is not None:
        limits["email"] = limits[SubscriberKind.EMAIL.channel] = _of_mail(settings.smtp)
    for account, channels in channels_by_account(settings):
        limits |= dict.fromkeys(channels, _of_account(account, channels[0]))
    return limits


def _of_mail(smtp: Smtp) -> Limits:
    return Limits(
        bucket="email",
        channel=Limit(rate_per_second=smtp.rate_per_second),
        operators={
            each.name: Limit(rate_per_second=each.rate_per_second, concurrency=each.concurrency)
            for each in smtp.operators
        },
        hosted={domain: each.name for each in smtp.operators for domain in each.domains},
    )


def _of_account(account: SocialAccount, bucket: str) -> Limits:
    rate = None if account.posts_per_minute is None else account.posts_per_minute / 60
    return Limits(bucket=bucket, channel=Limit(rate_per_second=rate))
