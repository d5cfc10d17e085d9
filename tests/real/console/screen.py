"""One browser window of one person: what tests press and read, in the person's own words."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Geolocation,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

from config.settings import ROOT
from tests.real.console.reports import picture
from tests.real.console.stage import Stage

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=780)
AXE = ROOT / "backend" / "web" / "node_modules" / "axe-core" / "axe.min.js"
# Upper bounds for a loaded machine; what is waited for is a condition.
PATIENCE_MS = 60_000
DRAWN_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)
# Without a screen card every map costs seconds; a test that looks at none goes without.
NO_MAPS = """
const asked = HTMLCanvasElement.prototype.getContext
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith('webgl') ? null : asked.call(this, kind, ...rest)
}
"""
# Short words of some seconds stay for minutes, so that a loaded machine can read and press them.
SLOW_READER = """
const later = window.setTimeout
window.setTimeout = (call, ms, ...rest) =>
  later(call, Number.isInteger(ms) && ms >= 6000 ? 20 * ms : ms, ...rest)
"""


@dataclass(slots=True)
class Screen:
    """A page with somebody before it; `wrong` collects what the browser complains about."""

    page: Page
    stage: Stage
    username: str = ""
    wrong: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def sign_in(self, username: str) -> "Screen":
        """Sign in without the form, which a loaded machine takes seconds to draw and fill in."""
        self.username = username
        typed = {"username": username, "password": self.stage.passwords[username]}
        answer = self.page.context.request.post(f"{self.stage.url}/api/login", data=typed)
        assert answer.ok, answer.text()
        self.page.goto(f"{self.stage.url}/")
        expect(self.page.locator(".skip")).to_have_count(1)
        return self

    def sign_in_by_form(self, username: str) -> "Screen":
        """Sign in as people do."""
        self.username = username
        self.page.goto(f"{self.stage.url}/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", self.stage.passwords[username])
        self.page.click("button[type=submit]")
        expect(self.page.locator("input[name=password]")).to_have_count(0)
        return self

    def speaks(self, language: str) -> None:
        """Have the console in a language, which is kept with the person: take one of one's own."""
        token = {"X-CSRF-Token": self.get("/api/me")["csrf"]}
        chosen = {"language": language}
        asked = self.page.context.request
        answer = asked.post(f"{self.stage.url}/api/me", data=chosen, headers=token)
        assert answer.ok, answer.text()
        self.page.reload()
        expect(self.page.locator("html")).to_have_attribute("lang", re.compile(language[:2]))
        # The address of a page that is only beginning is not looked at again.
        begun = re.compile("^(?!undefined)")
        expect(self.page.locator("main")).to_have_attribute("data-page", begun)

    def go(self, place: str) -> None:
        """Go to one of the console's pages, and wait until it stands where the one before did."""
        self.page.goto(f"{self.stage.url}/#/{place}")
        page = re.split("[/?]", place)[0]
        expect(self.page.locator("main")).to_have_attribute("data-page", page)

    def open(self, number: str) -> None:
        """Open a case and wait until it is there."""
        self.go(f"inbox/{number}")
        expect(self.page.locator(".case h1")).to_have_text(f"{number[:4]} {number[4:]}")
        expect(self.page.locator(".timeline")).to_be_visible()

    def buttons(self) -> list[str]:
        """The actions that may be pressed, in order."""
        return self.each("[data-action]", "one.dataset.action")

    def numbers(self) -> list[str]:
        """The cases of the list, in order."""
        return self.each("[data-number]", "one.dataset.number")

    def each(self, where: str, what: str) -> list[Any]:
        """Something of every element at one instant, for a list may move while it is read."""
        return list(self.page.locator(where).evaluate_all(f"all => all.map(one => {what})"))

    def is_understood(self) -> None:
        """Wait until a class is suggested for the open case."""
        expect(self.page.locator(".suggestion").first).to_be_visible()

    def assigned(self, number: str, role: str) -> str:
        """The person who has a part in a case."""
        return str(self.get(f"/api/cases/{number}")["case"]["assignments"][role]["person"])

    def press(self, action: str) -> None:
        """Open the form of a button, where a reload has not left it open."""
        if self.button(action).get_attribute("aria-expanded") != "true":
            self.tap(action)
        expect(self.page.locator("form.form")).to_be_visible()

    def button(self, action: str) -> Locator:
        """The button of an action, wherever it stands."""
        return self.page.locator(f"[data-action={action}]")

    def tap(self, action: str) -> None:
        """Press a button, out of the menu of those that stand behind one."""
        button = self.button(action)
        button.wait_for(state="attached")
        menu = self.page.locator("details.beside", has=button)
        if menu.count() and menu.get_attribute("open") is None:
            menu.locator("summary").click()
        button.click()

    def pick(self, field: str, value: str) -> None:
        """Make a choice in the open form, whether its choices stand in a list or side by side."""
        inputs = self.page.locator(f"form.form [data-field={field}] :is(select, input)")
        expect(inputs.first).to_be_visible()
        if inputs.first.evaluate("one => one.tagName") == "SELECT":
            inputs.first.select_option(value)
        else:
            self.page.check(f"form.form [data-field={field}] input[value='{value}']")

    def stands_at(self, number: str) -> None:
        """Let the browser tell that it is where a case is, for photos that prove a closing."""
        where = self.get(f"/api/cases/{number}")["case"]["point"]
        self.page.context.grant_permissions(["geolocation"])
        here = Geolocation(latitude=where["lat"], longitude=where["lon"], accuracy=10)
        self.page.context.set_geolocation(here)

    def send(self) -> None:
        """Send the open form, and wait until it is done."""
        self.page.click("form.form button[type=submit]")
        expect(self.page.locator("form.form")).to_have_count(0)

    def photo(self, path: Path) -> None:
        """Take a new photo into the file, add it to the open form and wait until it is up."""
        path.write_bytes(picture())
        self.page.set_input_files("form.form input[type=file]", path)
        expect(self.page.locator("form.form progress")).to_have_count(0)
        expect(self.page.locator("form.form .state svg")).to_have_count(1)

    def stage_is(self, stage: str) -> None:
        """Expect the open case at a stage, by its word."""
        expect(self.page.locator(".case .stage")).to_have_text(stage)

    def get(self, path: str) -> Any:
        """What the office answers this person's browser."""
        return self.page.evaluate("path => fetch(path).then((answer) => answer.json())", path)

    def drawn(self, where: str) -> None:
        """Wait until the map in a part of the page is drawn."""
        found = self.page.locator(f"{where} .city-map .holder")
        expect(found).to_have_attribute("data-drawn", "true", timeout=DRAWN_MS)

    def axe(self) -> list[str]:
        """What axe finds that is serious or critical, one line each."""
        session = self.page.context.new_cdp_session(self.page)
        # Injected past the page's CSP, which lets no foreign script in.
        session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{one['impact']} {one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def still(self) -> None:
        """Wait until nothing moves into its place any more."""
        self.page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")

    def too_wide(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


def open_screen(browser: Browser, stage: Stage, *, maps: bool = False, **options: Any) -> Screen:
    """A window with cookies of its own, Chinese and light unless told otherwise."""
    context = browser.new_context(
        **{
            "locale": "zh-CN",
            "viewport": DESKTOP,
            "color_scheme": "light",
            "reduced_motion": "reduce",
            **options,
        }
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(SLOW_READER)
    if not maps:
        context.add_init_script(NO_MAPS)
    screen = Screen(context.new_page(), stage)

    def complain(message: ConsoleMessage) -> None:
        # Asking who we are before signing in is answered 401, and a moved case 409, by contract.
        # The driver of a browser without a screen card finds a map slow.
        expected = re.search(r"status of (401|409)|WebSocket connection|GL Driver", message.text)
        # A claim on a case that has just left one's sight is told so by 404, and ends.
        where = str(message.location.get("url", ""))
        expected = expected or re.fullmatch(r".*/api/cases/\d+/claim", where)
        # So is who asks about a call that has just left their seat.
        expected = expected or re.fullmatch(r".*/api/seat/calls/[^/]+", where)
        if message.type in ("error", "warning") and not expected:
            screen.wrong.append(f"{message.text} {where}")

    def look(request: Request) -> None:
        if not request.url.startswith((stage.url, "data:", "blob:")):
            screen.foreign.append(request.url)

    screen.page.on("console", complain)
    screen.page.on("pageerror", lambda error: screen.wrong.append(f"uncaught: {error}"))
    screen.page.on("request", look)
    return screen
