"""What the whole of the settings answers."""

from datetime import timedelta

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example}\n"


def test_the_port_of_the_relay_follows_from_its_protection(load):
    ports = {"starttls": 587, "tls": 465, "none": 25}
    for security, port in ports.items():
        smtp = load(PAGE + f"smtp: {{host: r, from: a@status.acme.example, security: {security}}}\n").smtp
        assert smtp.port == port


def test_records_are_kept_as_long_as_the_preset_says(load):
    assert load(PAGE).retention.kept_for == timedelta(days=2557)
    assert load(PAGE + "retention: {preset: mica}").retention.kept_for == timedelta(days=1826)
    assert load(PAGE + "retention: {preset: custom, records: 400d}").retention.kept_for == timedelta(days=400)


def test_the_page_is_published_to_a_directory_or_a_bucket(load):
    directory, bucket = load(PAGE + "publish: [{to: /srv/www}, {to: 's3://bucket/status'}]\n").publish
    assert str(directory.directory) == "/srv/www"
    assert bucket.directory is None
