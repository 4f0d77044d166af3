"""Everything goes wrong in turn, and at the end every customer is accounted for: a small drill of the large one."""

from tests.notifier.drill import TROUBLES, drill
from tests.notifier.hard_times import Hardship

_CUSTOMERS, _KILLS = 2_500, 15


def test_every_customer_is_accounted_for_whatever_goes_wrong(engine, tmp_path):
    result, scene = drill(engine, _CUSTOMERS, _KILLS, tmp_path)
    assert result.wrong == ()
    assert sum(result.outcomes.values()) == _CUSTOMERS
    assert (result.faults, result.changed, result.sums_match) == ((), 0, True)
    assert scene.kills == _KILLS
    met = {each for each in TROUBLES if isinstance(each, Hardship)}
    assert met <= set(scene.sink.met), "something did not go wrong"
    assert scene.said["ended after SIGTERM within 25 s"] == 1
