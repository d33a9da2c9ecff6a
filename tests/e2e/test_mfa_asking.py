"""MFA: the ways in which a code is given, who is asked for it, and who shares the answer
(design, section 5)."""

import json
import os
import signal
import time
import unittest

from broker_story import CAROL
from test_mfa import DESTS, WRONG, Mfa
from world import PASSPHRASE, Fd

# As much of the Assuan protocol as pinentry speaks with us.
PINENTRY = """#!/bin/sh
echo 'OK Pleased to meet you'
while read -r verb rest; do
    printf '%s %s\\n' "$verb" "$rest" >> '{log}'
    case $verb in
        GETPIN) echo 'D {answer}'; echo OK ;;
        BYE) echo OK; exit 0 ;;
        *) echo OK ;;
    esac
done
"""


class WaysToGiveIt(Mfa):
    def one_code_was_sent(self):
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole"])

    def test_with_the_command(self):
        self.works("env", "prod", "--mfa-token", self.fob.fresh())
        self.one_code_was_sent()

    def test_on_standard_input(self):
        self.works("env", "prod", "-t", "-", given=self.fob.fresh() + "\nnot this line\n")
        self.one_code_was_sent()

    def test_at_the_terminal(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code").types(self.fob.fresh() + "\n")
            screen = person.leaves(0)
        self.assertIn("prod", screen)
        self.assertIn(CAROL, screen)
        self.one_code_was_sent()

    def test_a_slip_of_the_fingers_costs_no_call(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code.*: ?").types("12345\n")
            person.sees("(?i)six digits").sees(": ?").types(self.fob.fresh() + "\n")
            person.leaves(0)
        self.one_code_was_sent()

    def test_for_a_real_consumer_too(self):
        with self.world.terminal("credential-process", "prod") as person:
            person.sees("(?i)code").types(self.fob.fresh() + "\n")
            screen = person.leaves(0)
        json.loads(screen.splitlines()[-1])

    def test_by_askpass(self):
        self.works("env", "prod", env=self.askpass(self.fob.fresh()))
        question, = self.asked()
        self.assertIn("prod", question)
        self.one_code_was_sent()

    def test_by_pinentry(self):
        path = self.program("pinentry", PINENTRY.format(log=self.log, answer=self.fob.fresh()))
        self.works("env", "prod", env={"XACCT_PINENTRY": path})
        self.assertEqual(self.asked().count("GETPIN "), 1)
        self.assertRegex("\n".join(self.asked()), "(?i)(desc|prompt).*code")
        self.one_code_was_sent()

    def test_by_a_program_of_the_device(self):
        self.world.configure(self.source + DESTS, agent=f"mfa_command = {self.totp()}\n")
        self.works("env", "prod")
        self.one_code_was_sent()

    def test_by_a_program_of_the_source_s_own(self):
        self.world.configure(self.source + f"mfa_command = {self.totp()}\n" + DESTS,
                             agent="mfa_command = /nonexistent\n")
        self.works("credential-process", "prod")
        self.one_code_was_sent()

    def test_a_program_s_code_that_is_used_up_is_not_sent_again(self):
        """Its next code may be half a minute away: it says so, or waits for it."""
        self.world.configure(self.source + f"mfa_command = {self.totp()}\n" + DESTS)
        self.works("env", "prod")
        self.world.xacct("env", "long", "-d", "2h")
        self.each_code_was_sent_once()

    def test_a_program_that_fails_or_prints_no_code(self):
        for text in ("#!/bin/sh\nexit 3\n", "#!/bin/sh\necho hello\n", "#!/bin/sh\n"):
            path = self.program("broken", text)
            self.world.configure(self.source + f"mfa_command = {path}\n" + DESTS)
            said = self.fails(4, "env", "prod")
            self.assertIn("mfa_command", said.err)
        self.assertEqual(self.codes_sent(), [])

    def test_the_program_gets_no_descriptor_of_ours(self):
        """One may be --passphrase-fd, which an open vault leaves unread."""
        path = self.program("looks", f"#!/bin/sh\nls -l /proc/self/fd >> '{self.log}'\nexit 1\n")
        self.world.configure(self.source + f"mfa_command = {path}\n" + DESTS)
        self.fails(4, "env", "prod", "--passphrase-fd", Fd(PASSPHRASE))
        self.fails(8, "env", "prod", "--passphrase-fd", Fd(PASSPHRASE),
                   env={"XACCT_ASKPASS": path})
        looked = "\n".join(self.asked())
        self.assertIn(" 2 -> pipe:", looked)
        self.assertNotRegex(looked, r" ([3-9]|\d\d+) -> pipe:")

    def test_the_program_is_run_without_a_shell(self):
        path = self.program("echo-arguments", "#!/bin/sh\nprintf '%s\\n' \"$@\" > "
                            f"'{self.log}'\nexit 1\n")
        self.world.configure(self.source + f'mfa_command = {path} "two words" $HOME a;ls\n' + DESTS)
        self.fails(4, "env", "prod")
        self.assertEqual(self.asked(), ["two words", "$HOME", "a;ls"])


class WhoIsAsked(Mfa):
    def crowd(self, n, env=None, *words):
        return [self.world.start(self.world.client, "credential-process", "prod", *words, env=env)
                for _ in range(n)]

    def all_end(self, crowd, status):
        said = [client.end() for client in crowd]
        self.assertEqual([one.status for one in said], [status] * len(crowd), said[0])
        return said

    def test_who_cannot_ask_is_told_at_once_what_to_run(self):
        for words in (["env", "prod"], ["credential-process", "prod"],
                      ["env", "long", "-d", "2h"], ["env", "prod", "--no-input"]):
            begun = time.monotonic()
            said = self.refused(4, *words)
            self.assertLess(time.monotonic() - begun, 1)
            self.assertIn("MFA", said)
            self.assertRegex(said, "try: .*-t CODE")
        self.assertEqual(self.calls(), [])

    def test_twenty_callers_one_question(self):
        self.all_end(self.crowd(20, self.askpass(self.fob.fresh(), pause=1)), 0)
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole"])

    def test_of_many_destinations_too(self):
        env = self.askpass(self.fob.fresh(), pause=1)
        crowd = self.crowd(5, env) + [
            self.world.start(self.world.client, "env", dest, env=env)
            for dest in ("long", "admin", "long")]
        self.all_end(crowd, 0)
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(self.actions().count("GetSessionToken"), 1)
        self.assertEqual(sorted(self.roles()), ["Admin", "Long", "Mfa"])

    def test_a_refusal_is_shared(self):
        for said in self.all_end(self.crowd(10, self.askpass(self.fob.stale(), pause=1)), 6):
            self.assertIn(WRONG, said.err)
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(len(self.codes_sent()), 1)

    def test_a_cancel_is_shared(self):
        self.all_end(self.crowd(10, self.askpass("", pause=1)), 8)
        self.assertEqual((len(self.asked()), self.calls()), (1, []))

    def test_who_cannot_ask_waits_a_little_for_who_is_asked(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code")
            mute = self.world.start(self.world.client, "env", "prod")
            time.sleep(0.2)
            person.types(self.fob.fresh() + "\n")
            self.assertEqual(mute.end().status, 0)
            person.leaves(0)

    def test_but_not_longer_than_a_second(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code")
            begun = time.monotonic()
            self.fails(4, "env", "prod")
            self.assertLess(time.monotonic() - begun, 2.5)
            person.types(self.fob.fresh() + "\n").leaves(0)

    def test_when_the_one_who_is_asked_goes_the_next_is_asked(self):
        with self.world.terminal("env", "prod") as first:
            first.sees("(?i)code")
            with self.world.terminal("env", "prod") as second:
                time.sleep(0.3)
                os.kill(first.pid, signal.SIGKILL)
                second.sees("(?i)code").types(self.fob.fresh() + "\n").leaves(0)
        self.each_code_was_sent_once()


if __name__ == "__main__":
    unittest.main()
