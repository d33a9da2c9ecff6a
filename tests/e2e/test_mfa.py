"""MFA: one code opens what it can, and no code is sent twice (design, section 3; security
N9)."""

import json
import os
import signal
import unittest

from broker_story import CAROL, BrokerStory

SOURCE = f"[source main]\nmfa_serial = {CAROL}\n"
DESTS = """
[dest prod]
account = 222222222222
role = Mfa
[dest long]
account = 222222222222
role = Long
[dest admin]
account = 222222222222
role = Admin
"""
WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code."


class Mfa(BrokerStory):
    source = SOURCE
    user = "carol"

    def setUp(self):
        super().setUp()
        self.given(self.source + DESTS, user=self.user)

    def with_code(self, *words):
        return self.works("env", *words, "-t", self.fob.fresh())

    def each_code_was_sent_once(self):
        codes = self.codes_sent()
        self.assertEqual(len(codes), len(set(codes)), codes)


class ThePlan(Mfa):
    def test_one_code_serves_every_destination(self):
        self.with_code("prod")
        self.works("env", "long")
        self.works("env", "admin")
        self.assertEqual(self.actions(), ["GetSessionToken"] + ["AssumeRole"] * 3)
        self.assertEqual({(call["signed_by"], call["with_mfa"], "TokenCode" in call["parameters"])
                          for call in self.calls("AssumeRole")}, {("session", True, False)})
        session, = self.calls("GetSessionToken")
        self.assertEqual(session["parameters"]["SerialNumber"], CAROL)
        self.assertEqual(session["parameters"].get("DurationSeconds", "43200"), "43200")

    def test_the_session_of_a_source_may_be_longer(self):
        self.world.configure(self.source + "session_duration = 36h\n" + DESTS)
        self.with_code("prod")
        self.assertEqual(self.last("GetSessionToken")["DurationSeconds"], "129600")

    def test_more_than_an_hour_takes_the_code_itself(self):
        self.with_code("long", "-d", "2h")
        call, = self.calls()
        self.assertEqual((call["action"], call["signed_by"]), ("AssumeRole", "user"))
        self.assertEqual(call["parameters"]["DurationSeconds"], "7200")
        self.assertEqual(call["parameters"]["SerialNumber"], CAROL)
        self.works("env", "long", "-d", "2h")
        self.assertEqual(len(self.calls()), 1)

    def test_an_hour_does_not(self):
        self.with_code("long", "-d", "1h")
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole"])

    def test_a_source_may_do_without_sessions(self):
        self.world.configure(self.source + "session = never\n" + DESTS)
        self.with_code("prod")
        call, = self.calls()
        self.assertEqual((call["action"], call["parameters"]["SerialNumber"]),
                         ("AssumeRole", CAROL))

    def test_without_a_serial_there_is_no_session(self):
        self.world.configure("[source main]\n" + DESTS)
        self.works("env", "admin")
        call, = self.calls()
        self.assertEqual((call["action"], call["signed_by"]), ("AssumeRole", "user"))

    def test_never_sends_none(self):
        for text in (self.source + "mfa = never\n" + DESTS,
                     self.source + DESTS + "mfa = never\n"):
            self.world.aws.reset()
            self.works("forget", "--all")
            self.world.configure(text)
            self.works("env", "admin")
            call, = self.calls()
            self.assertEqual((call["action"], call["signed_by"]), ("AssumeRole", "user"))
            self.assertEqual(self.codes_sent(), [])

    def test_always_refuses_without_a_serial(self):
        self.world.configure("[source main]\n" + DESTS + "mfa = always\n")
        said = self.refused(3, "env", "admin")
        self.assertIn("mfa_serial", said)
        self.assertEqual(self.calls(), [])

    def test_a_destination_has_a_device_of_its_own(self):
        self.world.configure("[source main]\n" + DESTS + f"mfa_serial = {CAROL}\n")
        self.with_code("admin")
        self.assertEqual(self.codes_sent(), [self.last("GetSessionToken")["TokenCode"]])

    def test_a_lock_ends_it_unless_it_is_to_be_kept(self):
        self.with_code("prod")
        self.works("lock", "--keep-sessions")
        self.fails(4, "env", "prod")
        self.unlock()
        self.works("env", "long")
        self.works("lock")
        self.unlock()
        said = self.refused(4, "env", "prod")
        self.assertIn("MFA", said)
        self.assertEqual(len(self.codes_sent()), 1)

    def test_a_wrong_serial_is_named(self):
        self.world.configure(self.source.replace(":mfa/", ":user/") + DESTS)
        said = self.refused(6, "env", "prod", "-t", self.fob.fresh())
        self.assertIn("unable to validate MFA code", said)
        self.assertRegex(said, "why: .*MFA serial")


class OnceOnly(Mfa):
    """A code is good once; it is not sent a second time, whatever became of the first."""

    def is_used_up(self, code, *words):
        said = self.refused(4, "env", *words, "-t", code)
        self.assertRegex(said, "(?i)code")
        self.assertEqual(self.codes_sent().count(code), 1)

    def test_by_two_requests(self):
        code = self.fob.fresh()
        self.works("env", "prod", "-t", code)
        self.is_used_up(code, "long", "-d", "2h")
        self.works("env", "long", "-d", "2h", "-t", self.fob.fresh())
        self.each_code_was_sent_once()

    def test_a_code_that_is_not_needed_is_not_used_up(self):
        self.with_code("prod")
        code = self.fob.fresh()
        self.works("env", "admin", "-t", code)
        self.assertNotIn(code, self.codes_sent())
        self.works("env", "long", "-d", "2h", "-t", code)

    def test_after_a_reset_or_an_error_on_the_way(self):
        """The device's clock goes on, so that it has another code each time."""
        for n, fault in enumerate((dict(reset=True), dict(status=503), dict(status=500),
                                   dict(cut_at=100), dict(error="throttle"))):
            with self.subTest(fault):
                self.world.aws.set_clock(60 * n)
                self.world.aws.fault(action="GetSessionToken", **fault)
                code = self.fob.fresh()
                said = self.world.xacct("env", "prod", "-t", code)
                self.assertIn(said.status, (6, 7), said)
                self.assertEqual(self.codes_sent().count(code), 1)
                self.is_used_up(code, "prod")

    def test_after_a_time_out(self):
        self.world.aws.fault(action="GetSessionToken", delay_s=11)
        code = self.fob.fresh()
        said = self.fails(7, "env", "prod", "-t", code, timeout_s=20)
        self.assertIn("time", said.err)
        self.is_used_up(code, "prod")
        self.with_code("prod")

    def test_when_the_courier_is_killed(self):
        self.world.aws.fault(action="GetSessionToken", delay_s=3)
        code = self.fob.fresh()
        client = self.world.start(self.world.client, "env", "prod", "-t", code)
        self.waits(self.codes_sent)
        os.kill(json.loads(self.works("status", "--json").out)["courier_pid"], signal.SIGKILL)
        said = client.end()
        self.assertIn(said.status, (5, 7), said)
        self.is_used_up(code, "prod")
        self.with_code("prod")

    def test_a_person_with_the_used_one_is_asked_for_the_next(self):
        code = self.fob.fresh()
        self.works("env", "prod", "-t", code)
        with self.world.terminal("env", "long", "-d", "2h", "-t", code) as person:
            person.sees("(?i)used").sees("(?i)code.*: ?").types(code + "\n")
            person.sees("(?i)used").sees("(?i)code.*: ?").types(self.fob.fresh() + "\n")
            person.leaves(0)
        self.each_code_was_sent_once()

    def test_a_wrong_one_is_refused_in_aws_s_words(self):
        said = self.refused(6, "env", "prod", "-t", self.fob.stale())
        self.assertIn(WRONG, said)
        self.with_code("prod")

    def test_what_is_no_code_is_not_sent(self):
        for code in ("12345", "1234567", "12345a", "12 456", "١٢٣٤٥٦"):
            self.fails(2, "env", "prod", "-t", code)
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main()
