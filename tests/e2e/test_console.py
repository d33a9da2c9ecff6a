"""console and switch-url: the link, who gets it, and by which way (facts 8)."""

import json
import os
import re
import ssl
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from story import Story

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
level = prod
[dest deploy]
account = 222222222222
role = team/Deploy
label = Deploy+go
[dest audit]
account = 333333333333
role = Audit
source = prod
[dest ext]
account = 222222222222
role = Ext
external_id = tenant-42
[dest china]
role_arn = arn:aws-cn:iam::222222222222:role/Admin
[dest secret]
role_arn = arn:aws-iso:iam::222222222222:role/Admin
[dest longer]
account = 222222222222
role = a-path-that-is-rather-long/and-goes-on-for-a-while/and-then-a-name
"""
# A browser that only fetches what it is sent to, and writes down how it was called.
BROWSER = """#!/usr/bin/python3
import http.client, json, os, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[-1])
line = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none", "User-Agent": "Mozilla/5.0"}
seen = []
for path in ("/favicon.ico", "/" + "0" * 64, url.path):
    line.request("GET", path, headers=headers)
    reply = line.getresponse()
    reply.read()
    seen.append([reply.status, reply.headers["Location"], reply.headers["Cache-Control"]])
    line.close()
with open(os.path.expanduser("~/browser.new"), "w") as file:
    json.dump({"argv": sys.argv[1:], "environ": dict(os.environ), "seen": seen}, file)
os.rename(os.path.expanduser("~/browser.new"), os.path.expanduser("~/browser.json"))
"""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Console(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def calls(self):
        return [call for call in self.world.aws.calls() if call["service"] == "signin"]

    def opened(self, link):
        """Where AWS sends a browser that opens the link."""
        trust = ssl.create_default_context(cafile=self.world.aws.ca_pem)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust),
                                             _NoRedirect)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            opener.open(link, timeout=10)
        self.assertEqual(caught.exception.code, 302, caught.exception.read())
        return caught.exception.headers["Location"]


class TheLink(Console):
    def test_it_signs_in_as_the_destination(self):
        said = self.works("console", "prod")
        self.assertEqual(said.err, "")
        self.assertEqual(self.opened(said.out.strip()),
                         "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1")
        asked, login = self.calls()
        self.assertEqual((asked["action"], asked["method"], asked["query"]),
                         ("getSigninToken", "POST", ""))
        self.assertEqual(asked["parameters"]["SessionDuration"], "43200")
        self.assertEqual(login["caller"], "arn:aws:sts::222222222222:assumed-role/Admin/alice")

    def test_no_secret_is_in_it(self):
        link = self.works("console", "prod", "--print").out
        made = self.works("env", "prod", "--format", "json").out
        for value in (json.loads(made)[name] for name in
                      ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")):
            self.assertNotIn(value, link)
            self.assertNotIn(urllib.parse.quote(value, safe=""), link)

    def test_service_and_region(self):
        for words, page in ((["--service", "s3"], "s3/home?region=eu-west-1"),
                            (["--service", "ssm"], "systems-manager/home?region=eu-west-1"),
                            (["--service", "ec2", "-r", "ap-south-1"],
                             "ec2/home?region=ap-south-1")):
            where = self.opened(self.works("console", "prod", *words).out.strip())
            self.assertTrue(where.endswith(".console.aws.amazon.com/" + page), where)
        for bad in ("s3/../x", "S3", "a b", "s3?x", "é"):
            self.assertIn("is not a service", self.refused(2, "console", "prod", "--service", bad))

    def test_how_long(self):
        self.works("console", "prod", "-d", "2h")
        self.assertEqual(self.calls()[-1]["parameters"]["SessionDuration"], "7200")
        self.assertIn("from 15m to 12h", self.refused(2, "console", "prod", "-d", "13h"))
        # Chained: none may be sent, and one that was asked for cannot be had.
        self.assertEqual(self.works("console", "audit").err, "")
        self.assertNotIn("SessionDuration", self.calls()[-1]["parameters"])
        self.assertIn("ends with the credentials", self.works("console", "audit", "-d", "2h").err)
        self.assertEqual(self.works("console", "audit", "-d", "2h", "-q").err, "")

    def test_a_duration_that_does_not_please_is_left_out(self):
        self.world.aws.fault(action="getSigninToken", where={"SessionDuration": "7273"},
                             status=400, body="Invalid credentials parameter", times=1)
        said = self.works("console", "prod", "-d", "7273")
        self.assertIn("AWS took no duration", said.err)
        first, second = self.calls()
        self.assertEqual(first["parameters"]["SessionDuration"], "7273")
        self.assertNotIn("SessionDuration", second["parameters"])

    def test_a_lock_meanwhile(self):
        self.works("env", "prod")
        self.world.aws.fault(action="getSigninToken", delay_s=2, times=1)
        asked = self.world.start(self.world.client, "console", "prod", "--print")
        end = time.monotonic() + 10
        while not self.world.aws.calls("getSigninToken") and time.monotonic() < end:
            time.sleep(0.02)
        self.works("lock")
        said = asked.end()
        self.assertEqual((said.status, said.out), (4, ""), said)

    def test_refused(self):
        self.world.aws.fault(action="getSigninToken", status=400, times=0)
        self.assertIn("refused the credentials", self.refused(6, "console", "prod", tries=False))
        self.assertIn("'main' is a source", self.refused(2, "console", "main"))
        self.assertIn("no public sign-in page is known for the partition aws-iso",
                      self.world.xacct("switch-url", "secret").err)

    def test_what_comes_back_is_judged(self):
        for fault in ({"edit": {"SigninToken": None}}, {"edit": {"SigninToken": ""}},
                      {"edit": {"SigninToken": "a b"}}, {"edit": {"SigninToken": "a\r\nb"}},
                      {"edit": {"SigninToken": 7}}, {"body_bytes": 70000},
                      {"edit": {"SigninToken": "x" * 17000}}, {"cut_at": 700}):
            self.world.aws.fault(action="getSigninToken", times=1, **fault)
            said = self.world.xacct("console", "prod")
            self.assertEqual((said.status, said.out), (7, ""), (fault, said))

    def test_sign_out_first(self):
        first, second = self.works("console", "prod", "--logout-first").out.splitlines()
        self.assertEqual(first, "https://signin.aws.amazon.com/oauth?Action=logout")
        self.assertIn("SigninToken=", second)

    def test_expect(self):
        self.works("console", "prod", "--expect", "222222222222/Admin")
        self.refused(9, "console", "prod", "--expect", "333333333333")


class TheBrowser(Console):
    def setUp(self):
        super().setUp()
        self.browser = self.world.write("browser", BROWSER, mode=0o755)

    def at_a_terminal(self, *words, env=None, status=0):
        with self.world.terminal("console", "prod", *words, env=env) as person:
            person.leaves(status)
            return person.screen

    def used(self):
        path = os.path.join(self.world.home, "browser.json")
        deadline = time.monotonic() + 10          # it goes on when the command has ended
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.02)
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        os.unlink(path)
        return found

    def test_it_is_led_there_and_its_command_line_holds_no_link(self):
        for words, env in ((["--browser", f"{self.browser} -P work"], {}),
                           ([], {"BROWSER": self.browser}),
                           (["--browser", f"{self.browser} -u %s"], {})):
            self.assertEqual(self.at_a_terminal(*words, env=env), "")
            seen = self.used()
            address = seen["argv"][-1]
            self.assertRegex(address, r"^http://127\.0\.0\.1:[0-9]+/[0-9a-f]{64}$")
            self.assertNotIn("Signin", " ".join(seen["argv"]) + str(seen["environ"]))
            self.assertEqual([status for status, *_ in seen["seen"]], [404, 404, 303])
            _, link, caching = seen["seen"][2]
            self.assertEqual(caching, "no-store")
            self.assertIn("eu-west-1.console", self.opened(link))

    def test_the_address_is_good_once(self):
        self.at_a_terminal("--browser", self.browser)
        with self.assertRaises(OSError):
            urllib.request.urlopen(self.used()["argv"][-1], timeout=5)

    def test_print_and_no_terminal_open_none(self):
        for words in (["--print"], ["--stdout"]):
            self.assertIn("SigninToken=", self.at_a_terminal("--browser", self.browser, *words))
        self.assertIn("SigninToken=", self.works("console", "prod", "--browser", self.browser).out)
        self.assertFalse(os.path.exists(os.path.join(self.world.home, "browser.json")))

    def test_a_command_that_fails(self):
        screen = self.at_a_terminal("--browser", "false", status=1)
        self.assertIn("the browser's command failed with exit 1: false", screen)
        self.assertIn("try: xacct console prod --print", screen)
        self.assertNotIn("SigninToken", screen)
        self.assertIn("cannot be executed", self.at_a_terminal("--browser", "no-such", status=1))

    def test_without_a_display_the_link_is_printed(self):
        self.assertIn("SigninToken=", self.at_a_terminal())


class SwitchRole(Console):
    def parts(self, name):
        url = urllib.parse.urlsplit(self.works("switch-url", name).out.strip())
        return url.hostname, url.path, dict(urllib.parse.parse_qsl(url.query))

    def test_the_link(self):
        self.assertEqual(self.parts("prod"), ("signin.aws.amazon.com", "/switchrole", {
            "account": "222222222222", "roleName": "Admin", "displayName": "prod",
            "color": "F2B0A9"}))
        self.assertEqual(self.parts("deploy"), ("signin.aws.amazon.com", "/switchrole", {
            "account": "222222222222", "roleName": "team/Deploy", "displayName": "Deploy+go",
            "color": "99BCE3"}))
        self.assertEqual(self.parts("china")[0], "signin.amazonaws.cn")

    def test_it_needs_no_credentials(self):
        self.works("lock")
        self.works("switch-url", "prod")
        self.assertEqual(self.world.aws.calls("AssumeRole"), [])
        self.assertEqual(json.loads(self.works("switch-url", "prod", "--json").out)["role"],
                         "Admin")

    def test_what_that_page_cannot_do(self):
        self.assertIn("an external id, which the console's Switch Role does not send",
                      self.works("switch-url", "ext").err)
        said = self.refused(2, "switch-url", "longer")
        self.assertIn("takes 64 characters", said)
        self.assertIn("is a source", self.refused(2, "switch-url", "main"))
        self.assertIn("did you mean", self.refused(3, "switch-url", "prd"))


if __name__ == "__main__":
    unittest.main()
