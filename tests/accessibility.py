"""What axe finds wrong with a page as it stands now."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Only what is wrong comes back: the passed rules of a page are a long list that nobody reads.
FIND = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map((node) => node.html)])"""


def violations(page: Page) -> list[list[str]]:
    """Each broken rule with the first elements that break it."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE_SCRIPT)
    found: list[list[str]] = page.evaluate(FIND)
    return found
