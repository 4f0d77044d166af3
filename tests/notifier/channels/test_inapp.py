from notifier.channels.contract import Recipient
from notifier.channels.inapp import InApp
from notifier.compose import compose
from tests.notifier.cast import HOUSE, a_notice


async def test_a_notice_is_offered_at_once():
    channel = InApp()
    receipt = await channel.send(compose(a_notice(), "en", HOUSE), Recipient(key="k"))
    await channel.close()
    assert receipt.phase == "offered"
