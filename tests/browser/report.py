#!/usr/bin/env python3
"""Opens reports in a headless browser and uses them as a person would.

    python3 tests/browser/report.py WIRECOPY [--out FOLDER] [--axe axe.min.js] [--stream stream.jsonl.gz]
    python3 tests/browser/report.py WIRECOPY --picture docs/report-seeds.png             the picture in the README
    python3 tests/browser/report.py WIRECOPY --times stream.jsonl.gz     how large reports are and how fast they open

Speaks the WebDriver protocol (W3C) to chromedriver with Python's own library, so that nothing is installed beside Debian's
chromium and chromium-driver. Screenshots stay in FOLDER. Exits 1 where a check fails; each says what it saw.
"""

import argparse
import base64
import gzip
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

HOSTILE = [
    "</script><script>window.hacked=1</script>",
    '<img src=x onerror="window.hacked=1">',
    '"><svg onload=window.hacked=1>',
    "<!--<script>",
    "\u202egnp.exe \u2066khuôn\u2069",
    "\u0007\u001b[31mđỏ\u0085",
    "javascript:window.hacked=1",
    "=HYPERLINK(1)",
]


class Browser:
    """One chromium, driven."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        driver = shutil.which("chromedriver") or "/usr/lib/chromium/chromedriver"
        self.process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.base}/status", timeout=2).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        options = {
            "binary": shutil.which("chromium") or shutil.which("google-chrome"),
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,1000"],
            "prefs": {"download.default_directory": str(folder)},
        }
        logs = {"browser": "ALL", "performance": "ALL"}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": logs}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{made['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, url):
        # A page that differs in its fragment alone would not be loaded again.
        self.call("POST", f"{self.session}/url", {"url": "about:blank"})
        self.call("POST", f"{self.session}/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self.call("POST", f"{self.session}/execute/async", {"script": script, "args": list(arguments)})

    def element(self, css):
        return list(self.call("POST", f"{self.session}/element", {"using": "css selector", "value": css}).values())[0]

    def click(self, css):
        self.call("POST", f"{self.session}/element/{self.element(css)}/click", {})

    def type(self, css, text):
        self.call("POST", f"{self.session}/element/{self.element(css)}/value", {"text": text})

    def until(self, script, what):
        for _ in range(100):
            if self.run(script):
                return
            time.sleep(0.05)
        raise AssertionError(f"never came: {what}")

    def text(self, css):
        return self.run("return document.querySelector(arguments[0]).innerText", css)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", f"{self.session}/screenshot")))

    def pdf(self, path):
        path.write_bytes(base64.b64decode(self.call("POST", f"{self.session}/print", {"background": True})))

    def log(self, kind):
        return self.call("POST", f"{self.session}/se/log", {"type": kind})

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()


class Checks:
    """What is looked at, and what failed."""

    def __init__(self, browser, out, axe):
        self.browser, self.out, self.axe, self.failed = browser, out, axe, []

    def that(self, holds, what):
        print(f"  {'ok    ' if holds else 'FAILED'} {what}")
        if not holds:
            self.failed.append(what)

    def quiet(self, name):
        """No console error, and no request to anywhere but the file."""
        said = [one["message"] for one in self.browser.log("browser") if one["level"] in ("SEVERE", "WARNING")]
        self.that(not said, f"{name}: the console is silent {said[:3]}")
        asked = []
        for one in self.browser.log("performance"):
            message = json.loads(one["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("file:", "about:", "blob:", "data:")):
                    asked.append(url)
        self.that(not asked, f"{name}: nothing is asked of anyone {asked[:3]}")

    def accessible(self, name):
        if not self.axe:
            return
        self.browser.run(self.axe)
        script = "const done = arguments[arguments.length - 1]; axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations.map((v) => [v.impact, v.id, v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160))])));"
        found = self.browser.run_async(script)
        serious = [one for one in found if one[0] in ("serious", "critical")]
        self.that(not serious, f"{name}: axe finds nothing serious {serious}")
        for one in found:
            if one[0] not in ("serious", "critical"):
                print(f"         axe, {one[0]}: {one[1]} {one[2][:1]}")

    def look(self, name):
        self.browser.screenshot(self.out / f"{name}.png")


def report(wirecopy, path, *arguments):
    subprocess.run([wirecopy, "report", "-q", "--no-config", *map(str, arguments), "--html", path, "-o", "/dev/null"], check=True, cwd=ROOT)
    return path.as_uri()


def wait_for_list(browser):
    browser.until("return document.querySelectorAll('#list > *').length > 0 || document.querySelector('#count').innerText.length > 0", "a list")


def seeds(checks, wirecopy, folder):
    print("the report of the seeds")
    browser = checks.browser
    url = report(wirecopy, folder / "seeds.html", "seeds")
    browser.open(url)
    checks.that("5" in browser.text(".cards"), "the overview counts five articles")
    checks.look("seeds-overview")
    checks.accessible("overview")
    browser.click("nav a[data-view=events]")
    wait_for_list(browser)
    checks.that("Joe Biden, NATO, Vladimir Putin, Nga" in browser.text("#list"), "the event of the seeds is listed")
    checks.that("20 days after" in browser.text("#list"), "and what came later")
    checks.look("seeds-events")
    checks.accessible("events")
    # Any two of an event, of which wirecopy has aligned none.
    picks = "#list .card:first-child .pick"
    checks.that(browser.run(f"return document.querySelectorAll('{picks}').length") == 3, "each of its three reports can be picked")
    browser.click(picks)
    checks.that("is picked" in browser.text("#tray"), "the first that is picked is told")
    checks.look("seeds-picked")
    checks.accessible("one picked")
    browser.click("#list .card:first-child tbody tr:nth-child(3) .pick")
    browser.until("return !document.querySelector('#view-pair').hidden", "the two side by side")
    checks.that(browser.text(".together") == "Both report one event.", "the second that is picked is laid beside it")
    shared = browser.run("return [...document.querySelectorAll('#pair mark')].map((one) => one.innerText)")
    checks.that("Tổng thống Mỹ Joe Biden" in shared, f"what both have is marked {shared[:2]}")
    telling = browser.run("return [...document.querySelectorAll('strong.changed')].map((one) => one.innerText)")
    checks.that("Kremlin" in telling and "Biden" not in telling, f"names that the other has not stand out {telling[:4]}")
    checks.look("seeds-side-by-side")
    checks.accessible("two of an event side by side")
    browser.run("const s = document.querySelector('#f-b'); s.value = '002_e94dbbfd1c763f8c'; s.dispatchEvent(new Event('change'))")
    checks.that("đi đêm" in browser.text("#pair .side:last-child"), "another of the event is put in its place")
    checks.that("b=002_e94dbbfd1c763f8c" in browser.run("return location.hash"), "and the address says so")
    browser.click("#back")
    browser.until("return !document.querySelector('#view-list').hidden", "the way back")
    browser.click("#unpick")
    checks.that(browser.run("return document.querySelector('#tray').hidden"), "what was picked is let go")
    browser.click("#lang")
    checks.that(browser.text("#h-list") == "Sự kiện", "the language is switched")
    checks.that(browser.run("return document.documentElement.lang") == "vi", "and the page says so")
    browser.click("#theme")
    checks.that(browser.run("return document.documentElement.dataset.theme") == "dark", "the theme is switched")
    checks.look("seeds-dark-vi")
    checks.accessible("dark, Vietnamese")
    shared = browser.run("return location.href")
    browser.open(shared)
    checks.that(browser.text("#h-list") == "Sự kiện" and browser.run("return document.documentElement.dataset.theme") == "dark", "a shared link shows the same")
    browser.click("nav a[data-view=notes]")
    checks.that("--threshold" in browser.text("#view-notes"), "the notes have the settings")
    checks.accessible("notes")
    browser.pdf(checks.out / "seeds.pdf")
    checks.that((checks.out / "seeds.pdf").stat().st_size > 5000, "it prints")
    checks.quiet("seeds")


def pairs(checks, wirecopy, folder):
    print("a report of updates and bulletins")
    browser = checks.browser
    url = report(wirecopy, folder / "pairs.html", "tests/data", "--include", "*.jsonl")
    browser.open(url)
    checks.look("pairs-overview")
    checks.accessible("overview with pictures")
    browser.open(f"{url}#view=copies")
    wait_for_list(browser)
    checks.that(browser.text("#count").startswith("32 of 32"), "12 clusters and 20 links are listed")
    checks.look("pairs-copies")
    checks.accessible("copies")
    browser.type("#f-q", "cang van sa")
    browser.until("return document.querySelector('#count').innerText.startsWith('1 ')", "one match of a search without marks")
    checks.that("Cảng Vân Sa" in browser.text("#list"), "it is found without its marks")
    browser.click("#list a[href*='view=pair']")
    browser.until("return !document.querySelector('#view-pair').hidden", "the two side by side")
    changed = browser.run("return [...document.querySelectorAll('strong.changed')].map((one) => one.innerText)")
    checks.that(len(changed) > 1, f"changed numbers stand out {changed[:4]}")
    checks.look("pairs-side-by-side")
    checks.accessible("side by side")
    browser.click("#back")
    browser.until("return !document.querySelector('#view-list').hidden", "the way back")
    checks.that(browser.run("return document.querySelector('#f-q').value") == "cang van sa", "the search is as it was")
    browser.click("#f-reset")
    checks.that(browser.text("#count").startswith("32"), "reset shows all")
    browser.open(f"{url}#view=pair&a=fuel-1&b=age-1")
    checks.that("no copy cluster and no event together" in browser.text("#pair"), "of two strangers it is said that they are")
    browser.open(f"{url}#view=pair&a=fuel-1&b=nobody")
    checks.that("not in this file" in browser.text("#pair"), "of an article that is not there, that it is not")
    browser.open(f"{url}#view=copies")
    wait_for_list(browser)
    browser.run("const s = document.querySelector('#f-kind'); s.value = 'template'; s.dispatchEvent(new Event('change'))")
    checks.that(browser.text("#count").startswith("20 "), f"20 are templates: {browser.text('#count')}")
    checks.that("kind=template" in browser.run("return location.hash"), "the filter stands in the address")
    browser.click("#csv")
    browser.click("#json")
    # Both, and whole: the browser writes under another name first.
    for _ in range(100):
        if all((folder / f"wirecopy-copies.{kind}").exists() for kind in ("csv", "json")):
            break
        time.sleep(0.05)
    csv = (folder / "wirecopy-copies.csv").read_text(encoding="utf-8-sig").splitlines()
    checks.that(len(csv) == 21, f"what is shown is exported: {len(csv) - 1} lines")
    checks.that(len(json.loads((folder / "wirecopy-copies.json").read_text())) == 20, "as JSON too")
    # From the keyboard alone: the first tab stop is the way past the navigation.
    browser.open(url)
    browser.call("POST", f"{browser.session}/actions", {"actions": [{"type": "key", "id": "k", "actions": [{"type": "keyDown", "value": "\ue004"}, {"type": "keyUp", "value": "\ue004"}]}]})
    checks.that(browser.run("return document.activeElement.className") == "skip", "the first tab stop skips to the content")
    checks.quiet("pairs")


def hostile(checks, wirecopy, folder):
    print("a report of hostile articles")
    browser = checks.browser
    text = "Sáng nay tại chợ đầu mối, giá rau xanh giảm nhẹ so với hôm qua, theo ban quản lý chợ cho biết."
    with open(folder / "hostile.jsonl", "w", encoding="utf-8") as out:
        for number, one in enumerate(HOSTILE):
            for copy in range(2):
                article = {"id": f"{one}{number}{copy}", "source": f"{one}{copy}", "title": one, "text": f"{text} {one} Số {number + copy} và {one} {text}", "published": f"2024-05-0{number + 1}T0{copy}:00:00Z"}
                out.write(json.dumps(article, ensure_ascii=False) + "\n")
    url = report(wirecopy, folder / "hostile.html", folder / "hostile.jsonl")
    for view in ("overview", "events", "copies", "articles", "notes"):
        browser.open(f"{url}#view={view}")
        checks.that(browser.run("return window.hacked") is None, f"{view}: no script of an article runs")
        checks.that(browser.run("return document.querySelectorAll('main img, main script, svg[onload]').length") == 0, f"{view}: no element of an article is there")
    checks.look("hostile-notes")
    browser.open(f"{url}#view=copies")
    wait_for_list(browser)
    shown = browser.text("#list")
    checks.that("<img src=x onerror" in shown, "markup is shown as text")
    checks.that("\u202e" not in shown and "⟨202E⟩" in shown, "what turns the direction is shown as what it is")
    checks.look("hostile-copies")
    browser.click("#list a[href*='view=pair']")
    browser.until("return !document.querySelector('#view-pair').hidden", "the two side by side")
    checks.that(browser.run("return window.hacked") is None, "side by side: no script runs")
    checks.look("hostile-side-by-side")
    for language in ("en", "vi"):
        why = folder / f"why-{language}.html"
        ids = [f"{HOSTILE[1]}1{copy}" for copy in range(2)]
        subprocess.run([wirecopy, "explain", "-q", "--no-config", *ids, folder / "hostile.jsonl", "--format", "html", "--lang", language, "-o", why], check=True, cwd=ROOT)
        browser.open(why.as_uri())
        checks.that(browser.run("return document.documentElement.lang") == language and "<img src=x onerror" in browser.text(".side h3"), f"explain, {language}: markup is shown as text")
        checks.that(browser.run("return window.hacked") is None and browser.run("return document.querySelectorAll('img, script, svg').length") == 0, f"explain, {language}: and no element of an article is there")
        checks.accessible(f"explain, {language}")
        checks.look(f"explain-hostile-{language}")
    browser.open(f"{url}#view=copies&q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E&outlet=%3Cb%3E&a=%3Cscript%3E")
    checks.that(browser.run("return window.hacked") is None, "a hostile link does nothing")
    checks.quiet("hostile")


def stream(checks, wirecopy, folder, path):
    print("a report of 2,000 articles of a stream")
    browser = checks.browser
    with gzip.open(path, "rt", encoding="utf-8") as lines, open(folder / "stream.jsonl", "w", encoding="utf-8") as out:
        for _, line in zip(range(2000), lines):
            out.write(line)
    url = report(wirecopy, folder / "stream.html", folder / "stream.jsonl")
    browser.open(f"{url}#view=articles")
    wait_for_list(browser)
    checks.that("2,000" in browser.text("#count"), "2,000 articles are listed")
    few = browser.run("return document.querySelectorAll('#list > *').length")
    checks.that(few < 300, f"and {few} of them drawn")
    browser.pdf(checks.out / "stream.pdf")
    checks.that("first 1,000 of 2,000" in browser.run("return document.querySelector('#printed').textContent"), "paper takes a thousand, and says so")
    browser.open(f"{url}#view=articles")
    wait_for_list(browser)
    for _ in range(12):
        browser.run("window.scrollTo(0, document.body.scrollHeight)")
        time.sleep(0.05)
    more = browser.run("return document.querySelectorAll('#list > *').length")
    checks.that(more > few, f"scrolling draws more: {more}")
    browser.open(f"{url}#view=events")
    wait_for_list(browser)
    checks.look("stream-events")
    checks.accessible("events of a stream")
    browser.open(url)
    checks.look("stream-overview")
    checks.quiet("stream")


def times(browser, wirecopy, folder, path):
    """A row for each size: bytes, and medians of five in milliseconds."""
    median = lambda values: sorted(values)[len(values) // 2]
    print("| articles | HTML | first paint | all of it loaded | list of articles drawn | search typed to drawn | two articles side by side | frames over 50 ms while scrolling |")
    print("|---|---|---|---|---|---|---|---|")
    for count in (200, 2000, 20000):
        with gzip.open(path, "rt", encoding="utf-8") as lines, open(folder / "stream.jsonl", "w", encoding="utf-8") as out:
            for _, line in zip(range(count), lines):
                out.write(line)
        file = folder / "stream.html"
        url = report(wirecopy, file, folder / "stream.jsonl")
        rows = []
        for _ in range(5):
            browser.open(url)
            paint = browser.run_async("const done = arguments[0]; new PerformanceObserver((list) => { const one = list.getEntriesByName('first-contentful-paint')[0]; if (one) done(one.startTime); }).observe({type: 'paint', buffered: true})")
            loaded = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
            drawn = browser.run_async("const done = arguments[0], from = performance.now(); location.hash = '#view=articles'; addEventListener('hashchange', () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - from))), {once: true})")
            search = browser.run_async("const done = arguments[0], from = performance.now(); location.hash = '#view=articles&q=ha+noi'; addEventListener('hashchange', () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - from))), {once: true})")
            # The first two that are looked at: all texts are read for them.
            pair = browser.run_async("const done = arguments[0], from = performance.now(), [a, b] = data.has_text.slice(-2); location.hash = `#view=pair&a=${encodeURIComponent(A.id[a])}&b=${encodeURIComponent(A.id[b])}`; addEventListener('hashchange', () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - from))), {once: true})")
            browser.run("location.hash = '#view=articles'")
            slow = browser.run_async("const done = arguments[0]; let slow = 0, before = performance.now(), frames = 0; const step = (now) => { if (now - before > 50) slow++; before = now; window.scrollBy(0, 400); if (++frames < 150) requestAnimationFrame(step); else done(slow); }; requestAnimationFrame(step)")
            rows.append((paint, loaded, drawn, search, pair, slow))
        medians = [median([row[at] for row in rows]) for at in range(6)]
        size = file.stat().st_size / 1e6
        print(f"| {count:,} | {size:.2f} MB | " + " | ".join(f"{value:.0f} ms" for value in medians[:5]) + f" | {medians[5]} of 150 |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wirecopy", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="where screenshots go [default: a temporary folder]")
    parser.add_argument("--axe", type=pathlib.Path, help="axe.min.js of axe-core [default: accessibility is not checked]")
    parser.add_argument("--stream", type=pathlib.Path, help="JSON lines, gzip [default: no stream is opened]")
    parser.add_argument("--times", type=pathlib.Path, help="JSON lines, gzip: measure, and check nothing")
    parser.add_argument("--picture", type=pathlib.Path, help="only take a picture of the report of the seeds")
    given = parser.parse_args()
    wirecopy = str(given.wirecopy.resolve())
    folder = pathlib.Path(tempfile.mkdtemp())
    out = (given.out or folder).resolve()
    out.mkdir(parents=True, exist_ok=True)
    browser = Browser(folder)
    checks = Checks(browser, out, given.axe.read_text(encoding="utf-8") if given.axe else None)
    if given.picture:
        try:
            browser.open(report(wirecopy, folder / "seeds.html", "seeds") + "#view=events")
            wait_for_list(browser)
            browser.screenshot(given.picture)
        finally:
            browser.close()
            shutil.rmtree(folder)
        return
    if given.times:
        try:
            times(browser, wirecopy, folder, given.times)
        finally:
            browser.close()
            shutil.rmtree(folder)
        return
    try:
        seeds(checks, wirecopy, folder)
        pairs(checks, wirecopy, folder)
        hostile(checks, wirecopy, folder)
        if given.stream and given.stream.exists():
            stream(checks, wirecopy, folder, given.stream)
        else:
            print("skipped: no stream is here")
        if not given.axe:
            print("skipped: no axe-core was given")
    finally:
        browser.close()
        if out != folder:
            shutil.rmtree(folder)
    print(f"{len(checks.failed)} failed" if checks.failed else "all passed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
