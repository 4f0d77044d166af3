from pathlib import Path

from notifier.channels import CHANNELS

ROOT = Path(__file__).parent.parent.parent.parent


def test_every_channel_has_its_line_in_the_docs_and_its_tests():
    documented = (ROOT / "docs" / "delivery.md").read_text("utf-8")
    for name in CHANNELS:
        assert f"| `{name}" in documented
        assert [*(ROOT / "tests" / "notifier" / "channels").rglob(f"test_{name.rpartition(':')[2]}.py")]
