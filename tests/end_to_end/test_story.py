"""From a stuck node to a told customer, on real nodes, through the real processes."""

from pathlib import Path
from typing import Any

from tests.end_to_end.world import CUSTOMERS, Forewarn, forewarn, mining
from tests.nodes import AnvilChain, LitecoinPair

#: Quick enough for a test; everything else as in production.
QUICK = {
    "worse_after": 3,
    "worse_for": "2s",
    "better_after": 2,
    "better_blocks": 1,
    "recovery": "3s",
}


def evm_settings(chain: AnvilChain) -> dict[str, Any]:
    roles = ("own", "own", "reference")
    nodes = [
        {"name": f"eth-{number}", "url": node.url, "role": role}
        for number, (node, role) in enumerate(zip(chain.nodes, roles, strict=True), 1)
    ]
    return {
        "chains": [
            {
                "chain": "ethereum",
                "chain_id": chain.chain_id,
                "every": "1s",
                "timeout": "1s",
                "confirmations": 2,
                "nodes": nodes,
                "thresholds": {
                    "block_time_seconds": 1,
                    "stall_warn_seconds": 4,
                    "stall_critical_seconds": 3600,
                    "finality_stall_seconds": 3600,
                    "lag_warn_blocks": 3,
                    "lag_critical_blocks": 6,
                },
                "hysteresis": QUICK,
            }
        ],
        "components": components("ethereum", "Ethereum", "ETH"),
    }


def components(chain: str, name: str, asset: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{asset.lower()}-{way}",
            "name": f"{name} {way}",
            "group": name,
            "chain": chain,
            "asset": asset,
            "direction": way,
            "auto_publish": True,
        }
        for way in ("deposits", "withdrawals")
    ]


def import_customers(house: Forewarn) -> None:
    file = house.folder / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    house.run("customers", "import", str(file))


def test_a_halted_network_reaches_page_mail_app_social_and_record_and_its_end_too(tmp_path: Path, store_url: str):
    with (
        AnvilChain(3) as chain,
        mining(chain.mine) as keep_mining,
        forewarn(tmp_path, store_url, **evm_settings(chain)) as (house, mail, social),
    ):
        import_customers(house)
        house.start()
        house.until(lambda: house.statuses()["Ethereum withdrawals"] == "operational", "a green page")
        assert house.unresolved() == []

        keep_mining(False)
        house.until(lambda: len(house.unresolved()) == 1, "an incident")
        (incident,) = house.unresolved()
        assert incident["name"] == "Ethereum deposits and withdrawals are delayed"
        assert house.statuses()["Ethereum withdrawals"] == "degraded_performance"
        page = house.get("/en/")
        assert "Ethereum deposits and withdrawals are delayed" in page
        assert "127.0.0.1:" + str(chain.nodes[0].port) not in page, "a node's address is never public"
        assert "Dépôts et retraits Ethereum retardés" in house.get("/fr/")

        house.until(lambda: len(mail.mails) >= 2, "two mails")
        house.until(house.all_settled, "every delivery settled")
        assert sorted(mail.recipients()) == ["ana@example.org", "dan@example.org"]
        to_ana = next(each.parsed for each in mail.mails if each.recipient == "ana@example.org")
        assert to_ana["Content-Language"] == "fr"
        assert "retardés" in to_ana["Subject"]
        assert "aucun nouveau bloc" in to_ana.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert len(social.posts) == 1
        assert [each["title"] for each in house.plate("cai")] != []
        assert house.plate("bob") == [], "Bob holds no ETH"

        record = house.run_json("customers", "show", "cai", "--reason", "test")
        outcomes = {(each["channel"], each["outcome"], each["reason"]) for each in record["ledger"]}
        assert ("email", "suppressed", "no_address") in outcomes
        assert ("inapp", "accepted", "") in outcomes

        keep_mining(True)
        house.until(lambda: house.unresolved() == [], "the end of the incident")
        house.until(lambda: len(mail.mails) >= 6, "the mails that it works again and that it is over")
        house.until(house.all_settled, "every delivery settled")
        assert sorted(set(mail.recipients())) == ["ana@example.org", "dan@example.org"]
        threads = {each.parsed["References"] for each in mail.mails}
        assert len(threads) == 1, "one incident is one thread in the mailbox"
        assert len({(each.recipient, each.parsed["Message-ID"]) for each in mail.mails}) == len(mail.mails)
        assert house.plate("cai") == [], "what is over leaves the plate"
        assert "0 faults" in house.run("ledger", "verify") or house.run_json("ledger", "verify")["faults"] == []
        assert set(house.stop().values()) == {0}


def test_our_own_nodes_down_while_the_network_goes_on_is_our_side(tmp_path: Path, store_url: str):
    down: set[int] = set()
    with (
        AnvilChain(3) as chain,
        mining(lambda: chain.mine(skip=down)) as miner,
        forewarn(tmp_path, store_url, **evm_settings(chain)) as (house, mail, _social),
    ):
        import_customers(house)
        house.start()
        house.until(lambda: house.statuses()["Ethereum deposits"] == "operational", "a green page")
        with miner.between_blocks:
            down.update({0, 1})
            chain.nodes[0].kill()
            chain.nodes[1].freeze()
        house.until(lambda: len(house.unresolved()) == 1, "an incident")
        (incident,) = house.unresolved()
        assert "Our connection to the Ethereum network" in incident["incident_updates"][0]["body"]
        with miner.between_blocks:
            chain.nodes[1].thaw()
            chain.catch_up(1)
            down.discard(1)
        house.until(lambda: house.unresolved() == [], "one node of ours is enough")
        house.until(lambda: len(mail.mails) >= 6, "all mails")


def test_a_litecoin_node_that_loses_its_peers_is_noticed_and_heals(tmp_path: Path, store_url: str):
    with LitecoinPair() as pair:
        pair.mine(3)
        settings = {
            "chains": [
                {
                    "chain": "litecoin",
                    "chain_id": LitecoinPair.GENESIS,
                    "every": "1s",
                    "nodes": [
                        {
                            "name": f"ltc-{name}",
                            "url": node.url,
                            "role": role,
                            "auth": {"username": "u", "password": "p"},
                        }
                        for name, node, role in (("a", pair.a, "own"), ("b", pair.b, "reference"))
                    ],
                    "thresholds": {
                        "block_time_seconds": 2,
                        "stall_warn_seconds": 8,
                        "stall_critical_seconds": 3600,
                        "lag_warn_blocks": 1,
                        "lag_critical_blocks": 3,
                        "peers_out_warn": 0,
                    },
                    "hysteresis": QUICK,
                }
            ],
            "components": components("litecoin", "Litecoin", "LTC"),
        }
        with (
            mining(pair.b.mine, every_seconds=2.0),
            forewarn(tmp_path, store_url, **settings) as (house, mail, _social),
        ):
            import_customers(house)
            house.start()
            house.until(lambda: house.statuses()["Litecoin deposits"] == "operational", "a green page")
            pair.a.isolate()
            house.until(lambda: len(house.unresolved()) == 1, "an incident")
            assert "Our connection to the Litecoin network" in house.unresolved()[0]["incident_updates"][0]["body"]
            house.until(lambda: "dan@example.org" in mail.recipients(), "Dan's mail")
            assert set(mail.recipients()) == {"dan@example.org"}, "only Dan holds LTC"
            pair.a.rejoin()
            house.until(lambda: house.unresolved() == [], "the end of the incident", seconds=90)
