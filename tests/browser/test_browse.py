"""Looking at the catalogue in a browser."""

from __future__ import annotations

from playwright.sync_api import Page


def test_a_newcomer_is_led_to_the_home_page_in_the_browsers_language(tab: Page) -> None:
    tab.goto("/")

    assert tab.url.endswith("/en-us/")
    assert tab.get_by_role("main").is_visible()
