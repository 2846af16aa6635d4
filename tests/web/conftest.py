"""Servers for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="the page needs the web extra")

from tests.web.factories import Site, site


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        yield found
