"""Words agreed on beforehand in the demo, so that a newcomer declares and announces in two presses."""

from typing import Any

from server.demo.tongues import said

#: Blanks that the console fills in from the form.
_SERVICES, _SINCE = "{services}", "{since}"


def phrases() -> dict[str, Any]:
    """The section `phrases` of the demo's settings."""
    return {
        "funds": [said("phrase-funds")],
        "incident": [
            {
                "key": "delays",
                "label": "Delays",
                "name": said("phrase-delays", services=_SERVICES),
                "body": said("phrase-delays-body", services=_SERVICES, since=_SINCE),
                "funds": said("phrase-funds"),
                "what_to_do": said("phrase-nothing"),
                "next_update": "in 30 min",
            },
            {
                "key": "cards",
                "label": "Cards are declined",
                "name": said("cards-declined"),
                "body": said("cards-declined-body"),
                "funds": said("phrase-funds"),
                "components": ["cards"],
                "status": "partial_outage",
            },
        ],
        "update": [{"key": "found", "label": "Cause found", "body": said("found")}],
        "maintenance": [
            {
                "key": "work",
                "label": "Work on our systems",
                "name": said("phrase-work", services=_SERVICES),
                "body": said("phrase-work-body", services=_SERVICES),
                "what_to_do": said("phrase-nothing"),
            },
            {
                "key": "trading",
                "label": "Work on trading",
                "name": said("trading-maintenance"),
                "body": said("trading-maintenance-body"),
                "components": ["trading", "website"],
            },
        ],
    }
