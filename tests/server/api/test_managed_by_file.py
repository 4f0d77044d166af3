"""What the settings file manages is read over the API, and changed nowhere but there."""

import pytest


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["components", "components/website", "monitors", "monitors/chain:ethereum"])
def test_a_change_is_refused_and_told_where_it_belongs(admin, method, path):
    refused = admin.request(method, f"/api/v1/{path}", json={"name": "Other"})
    assert (refused.status_code, refused.headers["content-type"]) == (405, "application/problem+json")
    assert refused.headers["allow"] == "GET, HEAD"
    assert "Managed by file" in refused.json()["detail"]
    assert "forewarn apply" in refused.json()["detail"]


def test_reading_goes_on(admin):
    for path in ("components", "components/website", "monitors", "monitors/chain:ethereum"):
        assert admin.get(f"/api/v1/{path}").status_code == 200
