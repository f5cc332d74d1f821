"""The HTML report in a real browser: nothing in it runs, nothing is loaded, and it fits screens of every width.

    python tests/browser/report.py [FOLDER]

Replays `hostile.http` against the practice API, opens the report in a headless Chromium, and measures. The report and
pictures of it in light, dark and narrow are left in FOLDER, by default a new temporary one.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from callbox.practice import Practice

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
WIDTHS = (320, 400, 760, 1000, 1400)
LOCK_TIMEOUT_S = 60
# The report stands in a frame of the same origin, so that the page around it can look into it.
AROUND = """<!doctype html><meta charset="utf-8"><pre id="found"></pre><script>
addEventListener("load", () => {
  const frame = document.querySelector("iframe"), inner = frame.contentDocument, found = {widths: {}};
  inner.querySelectorAll("details").forEach(each => each.open = true);
  for (const width of WIDTHS) {
    frame.style.width = width + "px";
    found.widths[width] = inner.documentElement.scrollWidth;
  }
  const back = frame.contentWindow.getComputedStyle(inner.body).backgroundColor;
  Object.assign(found, {
    title: inner.title, back, outside: document.title,
    foreign: inner.querySelectorAll("script, img, iframe, object, embed, link, svg, form").length,
    handlers: [...inner.querySelectorAll("*")].filter(e => [...e.attributes].some(a => a.name.startsWith("on"))).length,
    requests: inner.querySelectorAll("details.req").length,
    marks: inner.querySelectorAll("details.req > summary .fall i").length,
    focusable: [...inner.querySelectorAll("summary, a, input, pre")].every(each => each.tabIndex === 0),
  });
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script><iframe style="border:0;height:900px" srcdoc="REPORT"></iframe>"""


def main(words: list[str]) -> int:
    """Make the report, look at it, tell; the exit code."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        print("no Chromium here: install chromium to check the HTML report in a browser (Debian: apt install chromium)")
        return 0
    folder = Path(words[0] if words else tempfile.mkdtemp(prefix="callbox-report-"))
    folder.mkdir(parents=True, exist_ok=True)
    report = make_report(folder)
    found = look(browser, report, folder)
    for name, width, flags in (("light", 1400, ()), ("dark", 1400, (DARK,)), ("narrow", 500, ())):
        picture = f"--screenshot={folder / name}.png"
        run(browser, picture, f"--window-size={width},2000", *flags, report.resolve().as_uri())
    problems = judge(found, look(browser, report, folder, DARK))
    for problem in problems:
        print(f"wrong: {problem}")
    print(f"{found['requests']} requests, {len(WIDTHS)} widths, {len(problems)} problems; see {folder}")
    return 1 if problems else 0


def make_report(folder: Path) -> Path:
    """Replay against a practice API of its own."""
    report = folder / "report.html"
    with Practice() as api, (folder / "replay.txt").open("wb") as out:
        script = folder / "hostile.http"
        script.write_text((HERE / "hostile.http").read_text("utf-8"), "utf-8")
        command = [sys.executable, "-m", "callbox", "replay", str(script), "--var", f"base={api.url}"]
        subprocess.run([*command, "--report-html", str(report)], stdout=out, stderr=out, check=False)
    if not report.exists():
        raise SystemExit(f"no report was written: see {folder / 'replay.txt'}")
    return report


def look(browser: str, report: Path, folder: Path, *flags: str) -> Any:
    """What the browser finds in the report."""
    around = AROUND.replace("WIDTHS", json.dumps(WIDTHS))
    page = folder / "around.html"
    page.write_text(around.replace("REPORT", html.escape(report.read_text("utf-8"))), "utf-8")
    dumped = run(browser, "--dump-dom", "--window-size=1500,1000", *flags, page.resolve().as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', dumped, re.DOTALL)
    if found is None or not found[1]:
        raise SystemExit("the browser found nothing: did it start?")
    return json.loads(html.unescape(found[1]))


def judge(light: Any, dark: Any) -> list[str]:
    """What is not as it must be."""
    claims = {
        "something in the report ran or renamed it": "owned" not in light["title"] + light["outside"],
        f"{light['foreign']} elements that are not ours": light["foreign"] == 0,
        f"{light['handlers']} event handlers": light["handlers"] == 0,
        f"{light['requests']} requests where there are 16": light["requests"] == 16,
        "a request without its place on the scale of time": light["marks"] >= 14,
        "something that the keyboard does not reach": light["focusable"],
        f"dark is as light: {dark['back']}": light["back"] != dark["back"],
    }
    wide = [f"{found} px wide on a screen of {width}" for width, found in light["widths"].items() if found > int(width)]
    return [claim for claim, holds in claims.items() if not holds] + wide


def run(browser: str, *words: str) -> str:
    """What one start of the browser prints."""
    with tempfile.TemporaryDirectory(prefix="callbox-browser-", ignore_cleanup_errors=True) as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *words]
        done = subprocess.run(command, capture_output=True, timeout=LOCK_TIMEOUT_S, check=False)
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
