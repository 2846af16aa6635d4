"""A browser, for the pages that engram makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.chromium import FLAGS, NoChromium, chromium


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="a page needs playwright")
    cache: Any = request.config.cache
    try:
        found = chromium(cache.mkdir("chromium"))
    except NoChromium as why:
        pytest.skip(str(why))
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found.path, args=list(FLAGS), env={**os.environ, **found.environment}
        )
        yield browser
        browser.close()
