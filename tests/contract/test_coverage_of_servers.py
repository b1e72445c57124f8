"""Says what of the contract was not checked on a server."""

import pytest


def test_list_what_a_server_was_not_asked(
    request: pytest.FixtureRequest, on_a_server: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed for the reader of `make contract QDRANT_URL=…`; empty for the embedded service."""
    ours = [
        item.nodeid
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and {"embedded", "new_service"} & set(item.fixturenames)
    ]
    skipped = ours if on_a_server else []
    with capsys.disabled():
        for name in skipped:
            print(f"\nnot asked of the server: {name}", end="")
