"""Looking at the catalogue in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import somebody
from tests.browser.looking import barriers, keep, looks, overflow
from tests.served import ServedShop

PAGES = (
    "/en-us/",
    "/en-us/families/le-city",
    "/en-us/bags",
    "/fr-fr/bags?material=arena&colour_family=black",
    "/en-us/bags?family=rodeo&size=nano",
    "/en-us/bags/le-city-bag-medium",
    "/fr-jp/bags/classic-city",
    "/en-us/closet",
    "/en-us/nothing",
)

#: Where axe-core looks: both ends of the widths, both schemes. It takes half a second each time.
CHECKED = ((360, "dark"), (1440, "light"))

#: The most that the first visit may transfer. Bytes.
LIGHT = 150_000
#: The most requests that may hold back the first paint: the page's own not counted.
BLOCKING = 2


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barrier_and_fits_in_every_width_and_colour_scheme(tab: Page, path: str) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(path)

    for width, scheme in looks(tab):
        keep(tab, path, width, scheme)
        assert overflow(tab) == 0, (width, scheme)
        if (width, scheme) in CHECKED:
            assert barriers(tab) == [], (width, scheme)
    # Nothing was blocked by the policy, and nothing is missing but what was asked for.
    assert [each for each in complaints if "nothing" not in path] == []


def test_the_filters_have_no_barrier_when_they_are_open(tab: Page) -> None:
    tab.goto("/en-us/bags?colour=black&hardware=le-city-brass")
    tab.evaluate("document.querySelectorAll('.filters details').forEach(each => { each.open = true; })")

    for width, scheme in looks(tab):
        keep(tab, "/en-us/bags-filters", width, scheme)
        assert overflow(tab) == 0, (width, scheme)
    assert barriers(tab) == []


def test_a_bag_is_found_without_javascript(browser: Browser, shop: ServedShop) -> None:
    phone = {"width": 360, "height": 800}
    with somebody(browser, shop, locale="fr-FR", java_script_enabled=False, viewport=phone) as context:
        tab = context.new_page()
        tab.goto("/")
        assert tab.url.endswith("/fr-fr/")
        tab.get_by_role("link", name="Tous les sacs").click()
        tab.locator("summary", has_text="Filtrer").click()
        tab.locator("summary", has_text="Famille").click()
        tab.get_by_label("Le City 8").check()
        tab.get_by_role("button", name="Afficher les sacs").click()
        expect(tab.get_by_role("status")).to_have_text("8 sacs")
        tab.get_by_role("link", name="Le City Bag Medium").click()
        tab.get_by_role("link", name="Camel").click()

        expect(tab.get_by_text("2 750 €")).to_be_visible()
        expect(tab.get_by_role("button", name="Ajouter au panier")).to_be_enabled()
        assert "variant=8230582AB7D2533" in tab.url
        # Nobody was given a cookie on the way: what everybody reads is kept for everybody.
        assert context.cookies() == []


def test_the_same_page_is_a_link_away_in_the_other_language_and_in_another_market(tab: Page) -> None:
    tab.goto("/en-us/bags?size=mini&sort=name")
    tab.get_by_role("link", name="Français").click()
    assert tab.url.endswith("/fr-us/bags?size=mini&sort=name")
    assert tab.locator("html").get_attribute("lang") == "fr"

    tab.locator("footer summary").click()
    tab.get_by_role("link", name="Japon").click()
    assert tab.url.endswith("/fr-jp/bags?size=mini&sort=name")
    expect(tab.locator(".card .price").first).to_contain_text("￥")


def test_who_uses_the_keyboard_skips_to_the_content_and_sees_where_they_are(tab: Page) -> None:
    tab.goto("/en-us/bags/le-city-bag-medium")

    tab.keyboard.press("Tab")
    skip = tab.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")

    assert tab.evaluate("document.activeElement.closest('main') !== null")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_first_page_is_light_with_its_pictures(browser: Browser, shop: ServedShop) -> None:
    with somebody(browser, shop, pictures=True, viewport={"width": 360, "height": 640}) as context:
        tab = context.new_page()
        sizes: list[float] = []
        line = context.new_cdp_session(tab)
        line.send("Network.enable")
        line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        tab.goto("/en-us/", wait_until="networkidle")

        picture = tab.get_by_role("img", name="Drawing: Le City Bag Medium").first
        assert picture.evaluate("each => each.naturalWidth") > 0
        assert 0 < sum(sizes) <= LIGHT
        blocking = (
            "performance.getEntriesByType('resource').filter(e => e.renderBlockingStatus === 'blocking')"
        )
        assert 1 <= tab.evaluate(f"{blocking}.length") <= BLOCKING
