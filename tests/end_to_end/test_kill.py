"""Processes die at the worst moment: nothing is lost, nothing happens twice."""

from pathlib import Path

from records.times import iso, now_utc
from tests.end_to_end.test_story import evm_settings, import_customers
from tests.end_to_end.world import Forewarn, forewarn, mining
from tests.nodes import AnvilChain


def test_a_killed_monitor_finds_its_incident_again_and_closes_it_once(tmp_path: Path, store_url: str):
    with (
        AnvilChain(3) as chain,
        mining(chain.mine) as keep_mining,
        forewarn(tmp_path, store_url, **evm_settings(chain)) as (house, mail, _social),
    ):
        import_customers(house)
        house.start("web")
        for part in ("monitors", "notifier", "clock"):
            house.start(part)
        house.until(lambda: house.statuses()["Ethereum deposits"] == "operational", "a green page")
        keep_mining(False)
        house.until(lambda: len(house.unresolved()) == 1, "an incident")
        before = house.unresolved()[0]["id"]

        killed_at = iso(now_utc())
        house.kill("monitors")
        house.start("monitors")
        # The dead process's lease runs out first; then the new one looks, and finds what its predecessor knew.
        house.until(lambda: looked_at(house) > killed_at, "looks after the restart", seconds=60)
        seen_again = looked_at(house)
        house.until(lambda: looked_at(house) > seen_again, "a second round")
        assert [each["id"] for each in house.unresolved()] == [before]

        keep_mining(True)
        house.until(lambda: house.unresolved() == [], "the end of the incident", seconds=60)
        (incident,) = house.get_json("/api/v2/incidents.json")["incidents"]
        assert incident["id"] == before
        assert [each["status"] for each in incident["incident_updates"]] == ["resolved", "monitoring", "investigating"]
        house.until(lambda: len(mail.mails) >= 6, "opening, recovery and end for two customers")
        house.until(house.all_settled, "every delivery settled")
        assert len(mail.mails) == 6


def looked_at(house: Forewarn) -> str:
    """When the chain's monitor last kept a round, as the management API tells operators."""
    (monitor,) = house.api("/api/v1/monitors")["items"]
    return str(monitor["looked_at"])
