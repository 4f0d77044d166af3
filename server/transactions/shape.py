"""An answer for programs."""

from datetime import timedelta
from typing import Any

from records.times import iso, iso_or_none
from records.transactions import Answer, Found
from server.transactions.surroundings import Surroundings


def expected(answer: Answer, around: Surroundings) -> timedelta | None:
    """How long the confirmations that are missing take as blocks come now; None where that says nothing."""
    if around.pace is None or answer.needed is None or answer.found not in (Found.CONFIRMING, Found.WAITING):
        return None
    return around.pace * max(answer.needed - (answer.confirmations or 0), 0)


def document(answer: Answer, around: Surroundings, url: str) -> dict[str, Any]:
    """The JSON document; what is not known is null."""
    left = expected(answer, around) if answer.found is Found.CONFIRMING else None
    return {
        "chain": answer.chain,
        "hash": answer.hash or None,
        "found": answer.found.value,
        "why": answer.why.value if answer.why else None,
        "confirmations": answer.confirmations,
        "confirmations_needed": answer.needed,
        "expected_seconds": None if left is None else round(left.total_seconds()),
        "block_height": answer.block_height,
        "fee_level": answer.fee_level.value if answer.fee_level else None,
        "fee_ratio": answer.fee_ratio,
        "can_raise_fee": answer.can_raise,
        "earlier_missing": answer.earlier_missing,
        "replaced_by": answer.replaced_by,
        "waits_again": answer.waits_again,
        "is_disputed": answer.is_disputed,
        "seen_before_at": iso_or_none(answer.seen_before_at),
        "nodes_asked": answer.nodes_asked,
        "nodes_answered": answer.nodes_answered,
        "checked_at": iso(answer.at),
        "suggested_chains": list(answer.suggestions),
        "incidents": [
            {
                "id": each.id,
                "name": each.name,
                "url": f"{url}/incidents/{each.id}",
                "next_update_at": iso_or_none(each.next_update_at),
            }
            for each in around.incidents
        ],
        "maintenances": [
            {
                "id": each.id,
                "name": each.name,
                "url": f"{url}/maintenances/{each.id}",
                "scheduled_until": iso(each.scheduled_until),
            }
            for each in around.windows
        ],
    }
