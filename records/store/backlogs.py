"""Which monitors count what still waits, and where something does."""

from collections.abc import Mapping

from records.store.engine import Store


def put_all(store: Store, component_of: Mapping[str, str]) -> None:
    """Inside a deed: these monitors count what waits for these components, and no others do."""
    store.run("DELETE FROM backlogs")
    store.many(
        "INSERT INTO backlogs (component_id, monitor_id) VALUES (:component_id, :monitor_id)",
        [{"component_id": component, "monitor_id": monitor} for monitor, component in component_of.items()],
    )


def waiting(store: Store) -> set[str]:
    """Ids of components for which something waits, or for which nobody can say: silence is not "worked off"."""
    found = store.rows(
        """
        SELECT DISTINCT b.component_id FROM backlogs b
        LEFT JOIN monitors m ON m.id = b.monitor_id AND m.retired_at IS NULL
        WHERE m.verdict IS NULL OR m.verdict <> 'operational'
        """
    )
    return {row["component_id"] for row in found}
