"""AWS slow, refusing or away, and clocks that disagree: what is asked again, how often, and
what still serves (security N9 to N14; facts 1.10)."""

import calendar
import json
import os
import signal
import time
import unittest

from broker_story import CAROL, BrokerStory

CONFIG = """
[source main]
mfa = never
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
[dest strict]
account = 222222222222
role = Strict
"""


class Outage(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def fault(self, **how):
        self.world.aws.fault(action="AssumeRole", **how)


class Again(Outage):
    def test_what_passes_is_tried_again(self):
        for fault in (dict(error="throttle"), dict(status=500), dict(status=502),
                      dict(status=503), dict(status=504), dict(error="internal"),
                      dict(error={"code": "SlowDown"}), dict(reset=True)):
            with self.subTest(fault):
                self.world.aws.reset()
                self.works("forget", "--all")
                self.fault(**fault)
                self.works("env", "prod")
                self.assertEqual(len(self.calls()), 2)

    def test_three_times_in_all(self):
        self.fault(times=2, error="throttle")
        self.works("env", "prod")
        self.assertEqual(len(self.calls()), 3)

    def test_and_no_more(self):
        self.fault(times=0, error="throttle")
        self.assertIn("Throttling", self.fails(6, "env", "prod").err)
        self.assertEqual(len(self.calls()), 3)

    def test_each_attempt_is_another_request(self):
        self.fault(times=2, status=503)
        self.works("env", "prod")
        times = [call["time"] for call in self.calls()]
        self.assertGreater(times[2], times[0])

    def test_a_refusal_is_none_of_them(self):
        for code in ("AccessDenied", "ValidationError", "LimitExceeded", "InvalidClientTokenId"):
            self.world.aws.reset()
            self.fault(times=0, error={"code": code, "status": 400})
            said = self.fails(6, "env", "prod", "--refresh")
            self.assertIn(code, said.err)
            self.assertEqual(len(self.calls()), 1, code)
            time.sleep(1.1)      # AWS is asked again once a second at most (N12)

    def test_within_what_the_caller_can_wait(self):
        self.fault(times=0, delay_s=2.2, error="throttle")
        begun = time.monotonic()
        said = self.world.xacct("credential-process", "prod", timeout_s=10)
        self.assertIn(said.status, (6, 7), said)
        self.assertLess(time.monotonic() - begun, 6)

    def test_a_killed_courier_costs_one_call_more(self):
        self.fault(delay_s=1)
        crowd = [self.world.start(self.world.client, "env", "prod") for _ in range(10)]
        self.waits(self.calls)
        os.kill(json.loads(self.works("status", "--json").out)["courier_pid"], signal.SIGKILL)
        for client in crowd:
            said = client.end()
            self.assertEqual(said.status, 0, said)
        self.assertEqual(len(self.calls()), 2)


class Held(Outage):
    def expiry(self, answer):
        return calendar.timegm(time.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))

    def test_they_serve_with_their_true_expiry(self):
        self.fault(life_s=600)
        first = self.process("prod")
        self.fault(times=0, reset=True)
        for _ in range(3):
            self.assertEqual(self.process("prod"), first)
        self.assertLess(abs(self.expiry(first) - self.world.aws.now() - 600), 20)


class Remembered(Outage):
    """A refusal is asked for once by callers who cannot do anything about it."""

    def test_a_tight_loop_costs_one_call(self):
        first = self.fails(6, "env", "strict").err
        for _ in range(40):
            self.assertEqual(self.fails(6, "env", "strict").err, first)
        self.assertEqual(self.roles(), ["Strict"])

    def test_a_wish_of_its_own_is_another_matter(self):
        self.fails(6, "env", "strict")
        self.fails(6, "env", "strict", "--session-name", "other")
        self.works("env", "prod")
        self.assertEqual(len(self.calls()), 3)

    def test_a_person_asks_again(self):
        self.fails(6, "env", "strict")
        time.sleep(1.1)
        with self.world.terminal("env", "strict") as person:
            person.leaves(6)
        self.assertEqual(len(self.calls()), 2)

    def test_so_does_refresh(self):
        self.fails(6, "env", "strict")
        time.sleep(1.1)
        self.fails(6, "env", "strict", "--refresh")
        self.assertEqual(len(self.calls()), 2)

    def test_but_not_more_than_once_a_second(self):
        for _ in range(10):
            self.fails(6, "env", "strict", "--refresh")
        self.assertLess(len(self.calls()), 6)

    def test_until_the_configuration_changes(self):
        self.fails(6, "env", "strict")
        self.world.configure(CONFIG + "# mended\n")
        self.fails(6, "env", "strict")
        self.assertEqual(len(self.calls()), 2)

    def test_success_ends_it(self):
        self.fault(error={"code": "AccessDenied", "status": 403})
        self.fails(6, "env", "prod")
        time.sleep(1.1)
        self.works("env", "prod", "--refresh")
        self.works("env", "prod")
        self.assertEqual(len(self.calls()), 2)

    def test_of_the_network_nothing_is_remembered(self):
        self.fault(times=0, reset=True)
        self.fails(7, "env", "prod")
        before = len(self.calls())
        self.world.aws.reset()
        self.works("env", "prod")
        self.assertGreaterEqual(before, 1)


class Clocks(Outage):
    def test_a_clock_that_is_off_costs_one_call_more(self):
        for offset_s in (60, -60, 1200, -1200, 3600, -3600, 86400, -86400):
            with self.subTest(offset_s):
                self.world.aws.reset()
                self.world.aws.set_clock(offset_s)
                answer = self.process("prod", "--refresh")
                self.assertLessEqual(len(self.calls()), 2)
                end = calendar.timegm(time.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))
                self.assertLess(abs(end - self.world.aws.now() - 3600), 20)

    def test_what_was_learned_is_kept(self):
        self.world.aws.set_clock(7200)
        self.process("prod")
        before = len(self.calls())
        self.process("ro")
        self.assertEqual(len(self.calls()), before + 1)


class WithACode(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(f"[source main]\nmfa_serial = {CAROL}\n[dest prod]\naccount = 222222222222\n"
                   "role = Long\n", user="carol")

    def test_one_that_was_not_looked_at_is_still_good(self):
        """A signature that is refused for its date says so."""
        self.world.aws.set_clock(7200)
        code = self.fob.fresh()
        self.works("env", "prod", "-t", code)
        refused, taken = [call for call in self.calls() if "TokenCode" in call["parameters"]]
        self.assertEqual((refused["code"], taken["code"]), ("SignatureDoesNotMatch", None))


if __name__ == "__main__":
    unittest.main()
