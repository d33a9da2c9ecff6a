#!/usr/bin/python3
"""The client and MFA codes: from the command line, mfa_command, the terminal, pinentry and
askpass; codes that were used already; several devices."""

import os
import time
import unittest

from client_kit import Case, Terminal
from fake_agent import (AWS_REFUSED, CANCEL, CREDENTIALS, HELLO, MFA_CODE, MFA_CODE_USED,
                        NEED_MFA_CODE, UNLOCK, WHOAMI)

ALICE = "arn:aws:iam::111111111111:mfa/alice"
PHONE = "arn:aws:iam::111111111111:mfa/phone"
TOKEN = "GAHT12345678"
NEED = dict(need=NEED_MFA_CODE, subject=ALICE, name="prod", source="main")
SEVERAL = dict(need=NEED_MFA_CODE, name="prod", source="main",
               devices=[dict(mfa_serial=s) for s in (TOKEN, ALICE, PHONE)])
USED = dict(code=MFA_CODE_USED, message="this code was sent before", tries_left=2)
REFUSED = dict(code=AWS_REFUSED, message="AWS refused the MFA code")


class Asked(Case):
    def test_at_the_terminal(self):
        self.serve(needs=[NEED])
        t = Terminal(self, "whoami", "prod")
        t.wait("MFA code of %s for prod: " % ALICE)
        t.type("123456\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("123456", text)
        self.assertIn("assumed-role/Admin", text)
        self.assertEqual(self.last(MFA_CODE), dict(mfa_code="123456"))

    def test_after_the_passphrase(self):
        self.serve(vault="locked", needs=[NEED])
        t = Terminal(self, "env", "prod")
        t.wait("vault: ")
        t.type("correct horse\n")
        t.wait("MFA code .*: ")
        t.type(" 123 456 \n")
        self.assertEqual(t.end()[0], 0)
        self.assertEqual(self.types(), [HELLO, CREDENTIALS, UNLOCK, CREDENTIALS, MFA_CODE,
                                        CREDENTIALS])
        self.assertEqual(self.last(MFA_CODE)["mfa_code"], "123456")

    def test_asked_again_at_once(self):
        self.serve(needs=[NEED])
        t = Terminal(self, "whoami", "prod")
        for wrong in ("12345", "1234567", "abcdef", "12345a"):
            t.wait("MFA code .*: ")
            t.type(wrong + "\n")
            t.wait("An MFA code has six digits.\n")
        t.wait("MFA code .*: ")
        t.type("000001\n")
        self.assertEqual(t.end()[0], 0)
        self.assertEqual(self.types().count(MFA_CODE), 1)
        self.assertEqual(self.last(MFA_CODE)["mfa_code"], "000001")

    def test_cancelled(self):
        for keys in ("\x03", "\x04", "\n", "123\x03"):
            self.serve(needs=[NEED])
            t = Terminal(self, "whoami", "prod")
            t.wait("MFA code .*: ")
            t.type(keys)
            self.assertEqual(t.end()[0], 8, keys)
            self.assertEqual(self.types()[-1], CANCEL)
            self.assertEqual(self.types().count(MFA_CODE), 0)

    def test_used_already(self):
        self.serve(needs=[NEED], refusals=[dict(USED)])
        t = Terminal(self, "whoami", "prod")
        t.wait("MFA code .*: ")
        t.type("123456\n")
        t.wait("That code was used already; wait for the next one.\nMFA code .*: ")
        t.type("654321\n")
        self.assertEqual(t.end()[0], 0)
        self.assertEqual(self.types().count(MFA_CODE), 2)
        self.assertEqual(self.last(MFA_CODE)["mfa_code"], "654321")

    def test_used_too_often(self):
        self.serve(needs=[NEED], refusals=[dict(USED, tries_left=0)])
        t = Terminal(self, "whoami", "prod")
        t.wait("MFA code .*: ")
        t.type("123456\n")
        status, text = t.end()
        self.assertEqual(status, 4)
        self.assertIn("this code was sent before", text)

    def test_the_code_given_beforehand_is_used_up(self):
        self.serve(needs=[dict(NEED, used=True)])
        t = Terminal(self, "whoami", "prod", "-t", "123456")
        t.wait("That code was used already; wait for the next one.\nMFA code .*: ")
        t.type("654321\n")
        self.assertEqual(t.end()[0], 0)

    def test_refused_by_aws(self):
        self.serve(needs=[NEED], refusals=[dict(REFUSED)])
        t = Terminal(self, "whoami", "prod")
        t.wait("MFA code .*: ")
        t.type("123456\n")
        status, text = t.end()
        self.assertEqual(status, 6)
        self.assertIn("AWS refused the MFA code", text)
        self.assertEqual(self.types().count(MFA_CODE), 1)

    def test_nobody_to_ask(self):
        self.serve(needs=[NEED])
        for command in ("env", "process", "whoami"):
            start = time.monotonic()
            code, out, err = self.run_client(command, "prod")
            self.assertEqual((code, out), (4, ""), err)
            self.assertIn("an MFA code is needed", err)
            self.assertLess(time.monotonic() - start, 3)
        self.assertEqual(self.types().count(MFA_CODE), 0)

    def test_nobody_to_ask_after_all(self):
        """can_ask was promised for the passphrase's sake."""
        self.serve(needs=[NEED])
        code, out, err = self.run_client("env", "prod", "--passphrase-fd", "0", stdin=b"x\n")
        self.assertEqual((code, out), (4, ""))
        self.assertIn("  try: the same command in a terminal, or with -t CODE\n", err)

    PINENTRY = """#!/usr/bin/python3
import sys
log = open(sys.path[0] + "/pinentry.log", "a")
print("OK Pleased to meet you", flush=True)
for line in sys.stdin:
    log.write(line); log.flush()
    print("D 123456\\nOK" if line.startswith("GETPIN") else "OK", flush=True)
"""

    def test_pinentry_and_askpass(self):
        pinentry = self.script("pinentry", self.PINENTRY)
        askpass = self.script("ask", '#!/bin/sh\nprintf "%s" "$1" >"$HOME/asked"\necho 123456\n')
        for env in (dict(XACCT_PINENTRY=pinentry), dict(XACCT_ASKPASS=askpass)):
            self.serve(needs=[NEED])
            code, _, err = self.run_client("process", "prod", env=env)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(self.last(MFA_CODE), dict(mfa_code="123456"))
        with open(os.path.join(self.dir, "asked")) as f:
            self.assertEqual(f.read(), "MFA code of %s for prod: " % ALICE)
        with open(os.path.join(self.dir, "pinentry.log")) as f:
            self.assertIn("SETDESC MFA code of %s for prod" % ALICE, f.read())

    def test_an_askpass_that_never_gives_six_digits(self):
        askpass = self.script("ask", "#!/bin/sh\necho nonsense\n")
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=askpass))[0], 8)


class Devices(Case):
    def test_chosen_once(self):
        self.serve(needs=[SEVERAL], refusals=[dict(USED)])
        t = Terminal(self, "whoami", "prod")
        t.wait(r"  1  %s\n  2  %s\n  3  %s\nWhich MFA device \(1 to 3\)\? " % (TOKEN, ALICE, PHONE))
        t.type("4\n")
        t.wait("The number in front of a device is wanted.\n")
        t.wait("Which MFA device .*")
        t.type(" 1 \n")
        t.wait("MFA code of %s for prod: " % TOKEN)
        t.type("123456\n")
        t.wait("MFA code of %s for prod: " % TOKEN)
        t.type("654321\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertNotIn("Which", text)
        self.assertEqual(self.last(MFA_CODE), dict(mfa_code="654321", mfa_serial=TOKEN))

    def test_cancelled(self):
        self.serve(needs=[SEVERAL])
        t = Terminal(self, "whoami", "prod")
        t.wait("Which MFA device")
        t.type("\n")
        self.assertEqual(t.end()[0], 8)
        self.assertEqual(self.types()[-1], CANCEL)

    def test_the_first_virtual_one_where_there_is_no_terminal(self):
        askpass = self.script("ask", "#!/bin/sh\necho 123456\n")
        self.serve(needs=[SEVERAL])
        code, _, err = self.run_client("whoami", "prod", env=dict(XACCT_ASKPASS=askpass))
        self.assertEqual(code, 0)
        self.assertEqual(err, "xacct: of 3 MFA devices %s is taken\n" % ALICE)
        self.assertEqual(self.last(MFA_CODE), dict(mfa_code="123456", mfa_serial=ALICE))
        self.serve(needs=[SEVERAL])
        self.configure("[agent]\nmfa_command = echo 123456\n")
        t = Terminal(self, "whoami", "prod")
        t.wait("of 3 MFA devices %s is taken" % ALICE)
        self.assertEqual(t.end()[0], 0)

    def test_one_that_is_not_virtual(self):
        askpass = self.script("ask", "#!/bin/sh\necho 123456\n")
        self.serve(needs=[dict(SEVERAL, devices=[dict(mfa_serial=TOKEN)])])
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=askpass))[0], 0)
        self.assertEqual(self.last(MFA_CODE), dict(mfa_code="123456", mfa_serial=TOKEN))


class Commands(Case):
    def test_of_the_source_else_of_all(self):
        self.configure('[agent]\nmfa_command = echo 111111\n'
                       '[source main]\nmfa_command = printf "%s\\nmore\\n" "222 222"\n'
                       '[source other]\nregion = eu-west-1\n')
        for source, code in (("main", "222222"), ("other", "111111"), ("third", "111111")):
            self.serve(needs=[dict(NEED, source=source)])
            result, _, err = self.run_client("process", "prod")
            self.assertEqual((result, err), (0, ""))
            self.assertEqual(self.last(MFA_CODE), dict(mfa_code=code))

    def test_makes_a_mute_client_able_to_ask(self):
        self.configure("[source main]\nmfa_command = echo 123456\n")
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("whoami", "prod", "--no-input")[0], 0)
        self.assertEqual(self.types()[1:], [WHOAMI, WHOAMI, MFA_CODE, WHOAMI])
        self.serve(needs=[dict(NEED, source="other")])
        code, _, err = self.run_client("whoami", "prod", "--no-input")
        self.assertEqual(code, 4)
        self.assertIn("--no-input forbids it", err)

    def test_before_the_terminal(self):
        self.configure("[agent]\nmfa_command = echo 123456\n")
        self.serve(needs=[NEED])
        status, text = Terminal(self, "whoami", "prod").end()
        self.assertEqual(status, 0)
        self.assertNotIn("MFA code of", text)

    def test_that_fails(self):
        for line, says in (("false", "status 1"), ("/nowhere/x", "cannot be executed"),
                           ("true", "printed nothing"), ("echo 12345", "else than 6 digits")):
            self.configure("[agent]\nmfa_command = %s\n" % line)
            self.serve(needs=[NEED])
            code, out, err = self.run_client("process", "prod")
            self.assertEqual((code, out), (4, ""), err)
            self.assertIn("mfa_command: ", err)
            self.assertIn(says, err)
            self.serve(needs=[NEED])
            t = Terminal(self, "whoami", "prod")
            t.wait(says)
            t.wait("MFA code .*: ")
            t.type("123456\n")
            self.assertEqual(t.end()[0], 0)

    def test_of_a_file_that_others_may_write(self):
        self.configure("[agent]\nmfa_command = echo 123456\n", mode=0o622)
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("process", "prod")[0], 4)
        self.assertEqual(self.types().count(MFA_CODE), 0)

    def test_after_a_code_that_is_used_up(self):
        self.serve(needs=[dict(NEED, used=True)])
        self.assertEqual(self.run_client("whoami", "prod", "-t", "654321")[0], 4)
        self.assertEqual(self.types().count(WHOAMI), 1)
        self.configure("[agent]\nmfa_command = echo 123456\n")
        self.serve(needs=[dict(NEED, used=True)])
        code, out, err = self.run_client("whoami", "prod", "-t", "654321", timeout=60)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.last(MFA_CODE), dict(mfa_code="123456"))

    def test_waits_for_the_next_step(self):
        """What a clock shows: the same code until its step is over."""
        clock = self.script("clock", '#!/bin/sh\nprintf "%06d" $(($(date +%s) / 30 % 1000000))\n')
        self.configure("[agent]\nmfa_command = %s\n" % clock)
        self.serve(needs=[NEED], refusals=[dict(USED)])
        code, out, err = self.run_client("process", "prod", timeout=60)
        self.assertEqual((code, err), (0, ""))
        codes = [int(fields["mfa_code"]) for kind, fields in self.agent.seen if kind == MFA_CODE]
        self.assertEqual(len(codes), 2)
        self.assertGreater(codes[1], codes[0])


if __name__ == "__main__":
    unittest.main()
