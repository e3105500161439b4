"""The page in a real Chromium, served as a person starts it: `.ci/browser` brings the browser.

Pictures are kept where BIOAL_SCREENSHOTS says.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.sheets.filling import fill_in

webdriver = pytest.importorskip("selenium.webdriver", reason="needs the extra browser: see .ci/browser")
pytest.importorskip("flask", reason="needs the extra web")

from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

PATIENCE = 60.0  # seconds
ALLOWED = ("the server responded with a status of 4",)  # what a refused page leaves in the console


def program(variable: str, *names: str) -> str:
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), "")
    if not found:
        pytest.skip(f"no {names[0]} here: .ci/browser brings it")
    return found


@dataclass
class Served:
    """`bioal serve`, running."""

    process: subprocess.Popen[str]
    address: str
    folder: Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Return a function that starts `bioal serve` in a folder; all are ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> Served:
        command = [sys.executable, "-m", "bioal", "serve", "--no-browser", "--campaign", str(folder)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stderr is not None
        first = process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+/\S+/", first)
        assert match is not None, first + process.stderr.read()
        return Served(process, match[0], folder)

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@dataclass
class Screen:
    """A browser, and what a person does at it."""

    driver: Any
    downloads: Path
    requests: list[str] = field(default_factory=list)

    def goes(self, address: str) -> None:
        self.driver.get(address)
        self._hear()

    def _hear(self) -> None:
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                told = message["params"]
                self.requests.append(told.get("request", told)["url"])

    @property
    def text(self) -> str:
        # One step: between finding an element and reading it, the next page may come.
        return str(self.driver.execute_script("return document.body ? document.body.innerText : ''"))

    def finds(self, css: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def presses(self, words: str) -> None:
        """Press the button or link with these words."""
        path = f"//button[normalize-space()='{words}'] | //a[normalize-space()='{words}']"
        self.driver.find_element(By.XPATH, path).click()

    def waits(self, words: str) -> None:
        """Wait until the page says these words."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._hear()
            if words in self.text:
                return
            time.sleep(0.1)
        raise AssertionError(f"never read '{words}' in: {self.text}")

    def keys(self, *keys: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        chain = webdriver.ActionChains(self.driver)
        chain.send_keys(*keys).perform()

    def tabs_to(self, words: str, key: str = Keys.TAB) -> None:
        """Press Tab until what has the focus says these words; each step must be seen."""
        for _ in range(150):
            self.keys(key)
            here = self.driver.switch_to.active_element
            said = f"{here.text} {here.get_attribute('aria-label') or ''} {here.get_attribute('name') or ''}"
            assert here.tag_name == "body" or self._is_seen(here), said
            if words in said and here.tag_name in ("a", "button", "input", "select", "summary"):
                return
        raise AssertionError(f"no way to '{words}' by keyboard")

    def _is_seen(self, element: Any) -> bool:
        script = "const s = getComputedStyle(arguments[0]); return [s.outlineStyle, s.outlineWidth];"
        style, width = self.driver.execute_script(script, element)
        return bool(style != "none" and float(str(width).removesuffix("px")) >= 1)

    def zooms(self, factor: float) -> None:
        """Show the page as at this zoom in a window of 1280 x 900."""
        said = {"width": int(1280 / factor), "height": int(900 / factor), "deviceScaleFactor": factor}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**said, "mobile": False})

    def keeps(self, name: str) -> None:
        """Keep a picture of the whole page, where somebody wants to look at it."""
        folder = os.environ.get("BIOAL_SCREENSHOTS")
        if folder:
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            told = {"captureBeyondViewport": True, "format": "png"}
            width = self.driver.execute_script("return document.documentElement.clientWidth")
            told["clip"] = {"x": 0, "y": 0, "width": width, "height": min(height, 3000), "scale": 1}
            picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", told)["data"]
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(picture))

    @property
    def complaints(self) -> list[str]:
        """Return what the browser held against the pages."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [one for one in said if not any(words in one for words in ALLOWED)]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("BIOAL_CHROMIUM", "chromium", "chromium-browser", "google-chrome")
    downloads = tmp_path / "downloads"
    for switch in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--window-size=1280,900",
        "--disable-background-networking", "--disable-component-update", "--no-first-run", "--lang=en",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path / 'profile'}",
    ):  # fmt: skip
        options.add_argument(switch)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = program("BIOAL_CHROMEDRIVER", "chromedriver")
    service = webdriver.ChromeService(driver)
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_page_load_timeout(PATIENCE)
    try:
        yield Screen(browser, downloads)
    finally:
        browser.quit()


def downloaded(screen: Screen, name: str) -> Path:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = [one for one in screen.downloads.glob(name) if not one.name.endswith(".crdownload")]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"{name} was never downloaded")


def types(screen: Screen, values: dict[str, str], campaign: Campaign, number: int) -> None:
    """Type a whole plate by keyboard: from the first well, Enter after each value, down the columns."""
    samples = campaign.rounds[number].samples["well"]
    wells = {str(well): str(sample) for sample, well in samples.items()}
    order = sorted(wells, key=lambda well: (int(well[1:]), well[0]))
    screen.finds(f"input[name='v-{wells[order[0]]}']").click()
    for well in order:
        screen.keys(values[wells[well]], Keys.ENTER)


def filled(workbook: Path, values: dict[str, str]) -> Path:
    target = workbook.with_name("filled.xlsx")
    fill_in(workbook, "GFP [RFU]", {one: float(text) for one, text in values.items()}, target=target)
    return target


def test_two_rounds_from_a_protocol_to_the_report(served, screen, tmp_path, lab, protocol):
    root = tmp_path / "campaigns"
    root.mkdir()
    own = tmp_path / "own.toml"
    own.write_text(protocol, encoding="utf-8")
    here = served(root)
    screen.goes(here.address)
    screen.keeps("1-begin")
    screen.finds("input[name=name]").send_keys("buffer")
    screen.finds("input[name=protocol]").send_keys(str(own))
    screen.presses("Begin")
    screen.waits("Began 'buffer': 3 factors, 40 conditions.")
    screen.presses("Propose the next round")
    screen.finds("input[name=conditions]").send_keys("8")
    screen.presses("Count")
    screen.waits("8 conditions x 2 + 2 controls = 18 of 24 wells")
    screen.presses("Propose")
    screen.waits("Round 1: 8 conditions on 1 plate, proposed.")
    screen.keeps("2-round-proposed")
    screen.presses("Workbook of round 1")
    workbook = downloaded(screen, "Small buffer round-01.xlsx")
    assert workbook.read_bytes() == (root / "buffer" / "rounds" / "round-01.xlsx").read_bytes()
    campaign = Campaign.open(root / "buffer")
    screen.finds("input[name=file]").send_keys(str(filled(workbook, lab.values(campaign, 1))))
    screen.presses("Check the file")
    screen.waits("Round 1: 18 readings can be merged.")
    screen.keeps("3-check-sound")
    screen.presses("Merge")
    screen.waits("Round 1: 18 readings recorded.")
    screen.keeps("4-round-merged")
    screen.goes(f"{here.address}c/buffer/propose?conditions=8")
    screen.presses("Propose")
    screen.waits("Round 2: 8 conditions on 1 plate, proposed.")
    campaign = Campaign.open(root / "buffer")
    values = lab.values(campaign, 2)
    odd = next(str(one) for one, role in campaign.rounds[2].samples["role"].items() if role == "sample")
    screen.presses("plate-1: GFP [RFU]")
    screen.keeps("5-plate-empty")
    types(screen, {**values, odd: "9000"}, campaign, 2)
    screen.keeps("6-plate-typed")
    screen.presses("Record")
    screen.waits("Far from what was expected: is it right?")
    screen.keeps("7-plate-asks")
    well = screen.finds(f"input[name='v-{odd}']")
    well.clear()
    well.send_keys(values[odd])
    screen.presses("Record")
    screen.waits("Round 2: 18 readings recorded.")
    found = Campaign.open(root / "buffer").state.readings.set_index("sample")["value"]
    assert {one: float(text) for one, text in values.items()} == found[list(values)].to_dict()
    screen.goes(f"{here.address}c/buffer/")
    screen.waits("Best so far: R0")
    screen.keeps("8-status")
    screen.presses("Draw the report of the latest round")
    screen.waits("Stop or go on?")
    screen.keeps("9-report")
    _local(screen, here)


def _local(screen: Screen, here: Served) -> None:
    """Nothing was asked of anybody else, and the browser had nothing to complain of."""
    start = here.address.rpartition("/")[0].rpartition("/")[0]
    screen._hear()
    own = (start, "data:", "about:", "chrome:", "chrome-untrusted:")  # the last two: the tab before the page
    foreign = [one for one in screen.requests if not one.startswith(own)]
    assert screen.requests
    assert not foreign
    assert not screen.complaints


def test_a_hostile_file_is_refused_and_harms_nothing(served, screen, folder, tmp_path):
    here = served(folder)
    page = tmp_path / "<img src=x onerror=document.title='owned'>.csv"
    page.write_text("Sample,GFP [RFU]\n<script>document.title='owned'</script>,=HYPERLINK(\"http://evil\")\n")
    wrong = tmp_path / "round-01.xlsx"
    shutil.copy(folder / "rounds" / "round-01.xlsx", wrong)
    fill_in(wrong, "GFP [RFU]", {"R01-S0001": 900.0, "R01-S0003": 950.0})
    _spoil(wrong)
    for path in (page, wrong):
        screen.goes(f"{here.address}c/buffer/rounds/1/")
        screen.finds("input[name=file]").send_keys(str(path))
        screen.presses("Check the file")
        screen.waits("Nothing was changed.")
        assert screen.driver.title != "owned"
    screen.keeps("check-refused")
    assert "about 900" in screen.text
    screen.presses("Download a copy with the cells marked")
    assert downloaded(screen, "round-01 (checked).xlsx").stat().st_size > 1000
    assert len(Campaign.open(folder).state.readings) == 0
    _local(screen, here)


def _spoil(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Run list"]
    column = next(cell.column for cell in sheet[1] if cell.value == "GFP [RFU]")
    sheet.cell(3, column).value = "about 900"
    sheet.cell(5, column).value = "12,5"
    book.save(path)


def test_a_page_of_another_site_and_a_wrong_token_get_nothing(served, screen, folder, tmp_path):
    here = served(folder)
    outside = tmp_path / "outside.html"
    outside.write_text(
        f"<form method=post action='{here.address}c/buffer/report'><button>Send</button></form>"
        f"<iframe src='{here.address}c/buffer/'></iframe>"
    )
    screen.goes(outside.as_uri())
    frame = screen.finds("iframe")
    screen.driver.switch_to.frame(frame)
    assert "Small buffer" not in screen.driver.page_source
    screen.driver.switch_to.default_content()
    screen.presses("Send")
    screen.waits("This request came from a page that is not bioal's.")
    assert not (folder / "reports").exists()
    for address in (re.sub(r"/[^/]{20,}/", "/wrong/", here.address), here.address[:-5] + "/"):
        screen.goes(f"{address}c/buffer/")
        screen.waits("This address is not whole.")
    port = here.address.split(":")[2].split("/")[0]
    # The name of another site that points here, as in DNS rebinding.
    said = subprocess.run(
        [sys.executable, "-c", _ASK, port, here.address.rpartition(port)[2]],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert said.stdout.strip() == "403"


_ASK = """
import http.client, sys
line = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
line.request("GET", sys.argv[2] + "c/buffer/", headers={"Host": "evil.example:" + sys.argv[1]})
print(line.getresponse().status)
"""


def test_of_two_tabs_neither_loses_what_was_typed(served, screen, folder):
    here = served(folder)
    plate = f"{here.address}c/buffer/rounds/1/values"
    screen.goes(plate)
    first = screen.driver.current_window_handle
    screen.finds("input[name='v-R01-S0001']").send_keys("900")
    screen.driver.switch_to.new_window("tab")
    screen.goes(plate)
    screen.finds("input[name='v-R01-S0002']").send_keys("1000")
    screen.finds("input[name='v-R01-S0003']").send_keys("1100")
    screen.presses("Record")
    screen.waits("2 readings recorded")
    screen.driver.switch_to.window(first)
    screen.finds("input[name='v-R01-S0003']").send_keys("1234")
    screen.presses("Record")
    screen.waits("Something else was recorded since this page was opened")
    screen.keeps("two-tabs")
    assert "meanwhile 1100 was recorded here" in screen.text
    kept = [screen.finds(f"input[name='v-R01-S000{n}']").get_attribute("value") for n in (1, 2, 3)]
    assert kept == ["900", "1000", "1234"]
    screen.presses("Record")
    screen.waits("These are corrections")
    screen.finds("input[value=corrections]").click()
    screen.presses("Record")
    screen.waits("Corrected: R01-S0003 GFP")
    read = Campaign.open(folder).state.readings.set_index("sample")["value"].to_dict()
    assert read == {"R01-S0001": 900, "R01-S0002": 1000, "R01-S0003": 1234}
    _local(screen, here)


def test_everything_can_be_done_by_keyboard(served, screen, folder, lab):
    here = served(folder)
    screen.goes(here.address)
    screen.tabs_to("Skip to the page")
    screen.tabs_to("Hand in the results of round 1")
    screen.keys(Keys.ENTER)
    screen.waits("Type the results")
    screen.tabs_to("plate-1: GFP [RFU]")
    screen.keys(Keys.ENTER)
    screen.waits("Enter goes down the column")
    campaign = Campaign.open(folder)
    wells = {str(well): str(one) for one, well in campaign.rounds[1].samples["well"].items()}
    values = lab.values(campaign, 1)
    # The first blank well has the focus; Enter goes down, Tab to the right.
    here_now = screen.driver.switch_to.active_element
    assert here_now.get_attribute("name") == f"v-{wells['A1']}"
    screen.keys(values[wells["A1"]], Keys.ENTER)
    assert screen.driver.switch_to.active_element.get_attribute("name") == f"v-{wells['B1']}"
    screen.keys(Keys.TAB)
    assert screen.driver.switch_to.active_element.get_attribute("name") == f"v-{wells['B2']}"
    screen.keys(Keys.ARROW_UP)
    assert screen.driver.switch_to.active_element.get_attribute("name") == f"v-{wells['A2']}"
    order = sorted(wells, key=lambda well: (int(well[1:]), well[0]))
    screen.keys(*[Keys.ARROW_UP] * 4)
    for well in order:
        screen.keys(values[wells[well]], Keys.ENTER)
    screen.tabs_to("Record")
    screen.keys(Keys.SPACE)
    screen.waits("10 readings recorded")
    screen.tabs_to("Next round")
    screen.keys(Keys.ENTER)
    screen.waits("Leave both empty for a full plate.")
    screen.tabs_to("conditions")
    screen.keys("3")
    screen.tabs_to("Count")
    screen.keys(Keys.ENTER)
    screen.waits("3 conditions x 2 + 2 controls = 8 of 24 wells")
    screen.tabs_to("Propose")
    screen.keys(Keys.ENTER)
    screen.waits("Round 2: 3 conditions on 1 plate, proposed.")
    assert len(Campaign.open(folder).rounds) == 2


PASTE = """
const box = new DataTransfer();
box.setData("text/plain", arguments[1]);
const how = {clipboardData: box, bubbles: true, cancelable: true};
arguments[0].dispatchEvent(new ClipboardEvent("paste", how));
"""


def test_a_block_is_pasted_into_a_well_and_at_twice_the_size_nothing_is_cut_off(served, screen, folder):
    here = served(folder)
    pages = ("", "rounds/1/", "rounds/1/values", "propose", "replicates", "steps")
    screen.zooms(2.0)
    for page in pages:
        screen.goes(f"{here.address}c/buffer/{page}")
        script = "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]"
        wide, window = screen.driver.execute_script(script)
        assert wide <= window <= 640, page
        screen.keeps(f"zoomed-{page.replace('/', '-') or 'status'}")
    screen.goes(f"{here.address}c/buffer/rounds/1/values")
    samples = Campaign.open(folder).rounds[1].samples["well"]
    names = {str(well): f"v-{sample}" for sample, well in samples.items()}
    first = screen.finds(f"input[name='{names['A1']}']")
    screen.driver.execute_script(PASTE, first, "1\t2\n3\t4\n5\t6\t7\r\n")
    screen.waits("6 pasted values stand in the plate now; nothing is recorded yet. 1 fell on places without")
    typed = {well: screen.finds(f"input[name='{names[well]}']").get_attribute("value") for well in names}
    assert [typed[well] for well in ("A1", "A2", "B1", "B2", "C1", "C2", "D1")] == [*"123456", ""]
    _local(screen, here)


def test_without_a_script_the_plate_works_all_the_same(served, screen, folder):
    here = served(folder)
    screen.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    screen.goes(f"{here.address}c/buffer/rounds/1/values")
    screen.finds("input[name='v-R01-S0001']").send_keys("900", Keys.ENTER)
    screen.waits("Round 1: 1 reading can be merged.")
    assert len(Campaign.open(folder).state.readings) == 0
    screen.presses("Record")
    screen.waits("Round 1: 1 reading recorded.")
    screen.goes(f"{here.address}c/buffer/propose?conditions=3")
    screen.finds("input[value=next]").click()
    screen.presses("Propose")
    screen.waits("Round 2: 3 conditions on 1 plate, proposed.")


def test_ctrl_c_ends_it_cleanly(served, folder):
    here = served(folder)
    here.process.send_signal(signal.SIGINT)
    out, err = here.process.communicate(timeout=20)
    assert here.process.returncode == 0
    assert "Ended." in out
    assert "Traceback" not in err
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(here.address, timeout=5)
