"""A locked vault: who is asked, who waits, who is told at once, and what a person's answer
means for all of them (design, section 5)."""

import os
import signal
import time
import unittest

from story import Story
from world import PASSPHRASE, Fd

DEST = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"
UNLOCK = ("unlock", "--passphrase-fd")

# Each question leaves a line in the log of its own; what is asked, in it.
ASKPASS = """#!/bin/sh
printf '%s\\n' "$*" >> '{log}'
sleep {pause}
[ -z '{answer}' ] && exit 1
printf '%s\\n' '{answer}'
"""

# As much of the Assuan protocol as pinentry speaks with us.
PINENTRY = """#!/bin/sh
echo 'OK Pleased to meet you'
while read -r verb rest; do
    printf '%s %s\\n' "$verb" "$rest" >> '{log}'
    case $verb in
        GETPIN) {getpin} ;;
        BYE) echo OK; exit 0 ;;
        *) echo OK ;;
    esac
done
"""


class Locked(Story):
    def setUp(self):
        super().setUp()
        self.given(DEST)
        self.works("lock")
        self.log = os.path.join(self.world.home, "asked")

    def program(self, name, text):
        return self.world.write(name, text, mode=0o700)

    def askpass(self, answer=PASSPHRASE, pause=0):
        """The environment of a client whose askpass program gives this answer."""
        path = self.program("askpass", ASKPASS.format(log=self.log, answer=answer, pause=pause))
        return {"XACCT_ASKPASS": path}

    def asked(self):
        """The questions that were put to the person by a program."""
        try:
            with open(self.log, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def is_locked(self):
        return self.world.xacct("status").status == 4

    def waits(self, condition, patience_s=20):
        deadline = time.monotonic() + patience_s
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


class WithoutAPerson(Locked):
    def test_it_fails_at_once_and_says_what_to_run(self):
        for words in (["env", "prod"], ["credential-process", "prod"], ["whoami", "prod"],
                      ["env", "prod", "--no-input"]):
            begun = time.monotonic()
            said = self.fails(4, *words)
            self.assertLess(time.monotonic() - begun, 1)
            self.assertEqual(said.err, f"xacct: {words[0]} failed for prod: the vault is locked\n"
                                       "  try: xacct unlock\n")
        self.assertEqual(self.world.aws.calls("AssumeRole"), [])

    def test_unlock_itself_says_what_is_missing(self):
        said = self.fails(4, "unlock")
        self.assertIn("no terminal in the foreground, no pinentry and no askpass", said.err)
        self.assertIn("--passphrase-fd", said.err)
        self.assertIn("--no-input forbids it", self.fails(4, "unlock", "--no-input").err)

    def test_a_descriptor_serves_any_command(self):
        self.works("env", "prod", "--passphrase-fd", Fd(PASSPHRASE + "\nnot this line"))
        self.assertFalse(self.is_locked())

    def test_what_needs_no_key_works_locked(self):
        self.assertIn("prod", self.works("list").out)
        self.works("config", "check")
        self.works("dest", "add", "ro", "222222222222/ReadOnly")
        self.works("forget", "--all")
        self.works("lock")
        self.assertTrue(self.is_locked())

    def test_a_name_in_no_file_is_unknown_without_a_question(self):
        said = self.fails(3, "env", "prdo", env=self.askpass())
        self.assertIn("did you mean 'prod'?", said.err)
        self.assertEqual(self.asked(), [])

    def test_a_wrong_passphrase_by_descriptor_is_taken_once(self):
        said = self.fails(4, *UNLOCK, Fd("a guess"))
        self.assertIn("wrong passphrase", said.err)
        self.assertTrue(self.is_locked())
        self.works(*UNLOCK, Fd(PASSPHRASE))

    def test_the_descriptor_that_is_not_there(self):
        said = self.fails(2, "unlock", "--passphrase-fd", "77")
        self.assertIn("that file descriptor is not open", said.err)

    def test_unlock_says_whether_there_is_anything_to_unlock(self):
        self.works(*UNLOCK, Fd(PASSPHRASE))
        said = self.works("unlock")
        self.assertIn("already unlocked", said.err)
        self.assertEqual(self.works("unlock", "-q").err, "")


class AtATerminal(Locked):
    def test_a_command_asks_and_goes_on(self):
        with self.world.terminal("whoami", "prod") as person:
            person.sees("Passphrase of the xacct vault: ")
            self.assertFalse(person.echoes())
            person.types(PASSPHRASE + "\n")
            screen = person.sees("assumed-role/Admin/alice").leaves(0)
            self.assertTrue(person.echoes())
        self.assertNotIn(PASSPHRASE, screen)
        self.assertFalse(self.is_locked())

    def test_a_wrong_one_is_asked_three_times(self):
        with self.world.terminal("env", "prod") as person:
            for _ in range(3):
                person.sees("Passphrase of the xacct vault: ").types("a guess\n")
            screen = person.sees("wrong passphrase").leaves(4)
        self.assertEqual(screen.count("Passphrase of the xacct vault: "), 3)
        self.assertEqual(screen.count("Wrong passphrase."), 2)
        self.assertTrue(self.is_locked())

    def test_the_second_one_may_be_right(self):
        with self.world.terminal("unlock") as person:
            person.sees("Passphrase").types("a guess\n")
            person.sees("Wrong passphrase.").sees("Passphrase").types(PASSPHRASE + "\n")
            person.leaves(0)

    def test_no_is_an_answer(self):
        for no in ("\x03", "\x04", "\n"):
            with self.subTest(no), self.world.terminal("env", "prod") as person:
                person.sees("Passphrase").types(no).leaves(8)
                self.assertTrue(person.echoes())
                self.assertNotIn("export", person.screen)
        self.assertTrue(self.is_locked())

    def test_no_input_asks_nobody(self):
        with self.world.terminal("env", "prod", "--no-input") as person:
            screen = person.leaves(4)
        self.assertNotIn("Passphrase of", screen)
        self.assertIn("try: xacct unlock", screen)

    def test_a_client_that_is_killed_gives_the_terminal_back(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number), self.world.terminal("unlock") as person:
                person.sees("Passphrase")
                os.kill(person.pid, number)
                person.leaves(8 if number == signal.SIGINT else -number)
                self.assertTrue(person.echoes())

    def test_what_was_typed_before_the_question_is_no_answer(self):
        late = ["sh", "-c", 'sleep 0.5; exec "$@"', "sh"]
        with self.world.terminal("unlock", before=late) as person:
            person.types("typed too early\n").sees("typed too early")
            person.sees("Passphrase").types(PASSPHRASE + "\n").leaves(0)


class ManyWait(Locked):
    def crowd(self, n, env=None):
        return [self.world.start(self.world.client, "credential-process", "prod", env=env)
                for _ in range(n)]

    def test_one_is_asked_and_all_are_served(self):
        crowd = self.crowd(20, self.askpass(pause=1))
        answers = set()
        for client in crowd:
            said = client.end()
            self.assertEqual((said.status, said.err), (0, ""), said)
            answers.add(said.out)
        self.assertEqual(len(answers), 1)
        self.assertEqual(self.asked(), ["Passphrase of the xacct vault: "])
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_the_one_at_the_terminal_answers_for_all(self):
        with self.world.terminal("whoami", "prod") as person:
            person.sees("Passphrase")
            crowd = self.crowd(20, self.askpass())
            time.sleep(1)
            self.assertTrue(all(client.popen.poll() is None for client in crowd))
            person.types(PASSPHRASE + "\n").sees("Admin").leaves(0)
        for client in crowd:
            said = client.end()
            self.assertEqual(said.status, 0, said)
        self.assertEqual(self.asked(), [])

    def test_a_no_is_shared(self):
        with self.world.terminal("unlock") as person, self.world.terminal("env", "prod") as first:
            first.sees("Passphrase")
            crowd = self.crowd(10, self.askpass())
            time.sleep(0.5)
            first.types("\x03").leaves(8)
            for client in crowd:
                said = client.end()
                self.assertEqual((said.status, said.out), (8, ""), said)
            person.sees("Passphrase").types(PASSPHRASE + "\n").leaves(0)
        self.assertEqual(self.asked(), [])

    def test_three_wrong_ones_are_shared(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("Passphrase").types("a guess\n")
            person.sees("Wrong").sees("Passphrase")
            crowd = self.crowd(5, self.askpass())
            time.sleep(0.5)
            person.types("a guess\n").sees("Wrong").sees("Passphrase").types("a guess\n").leaves(4)
        for client in crowd:
            said = client.end()
            self.assertEqual((said.status, said.out), (4, ""), said)
            self.assertIn("wrong passphrase", said.err)

    def test_a_lost_holder_passes_the_question_on(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("Passphrase")
            crowd = self.crowd(5, self.askpass())
            time.sleep(0.5)
            os.kill(person.pid, signal.SIGKILL)
        for client in crowd:
            self.assertEqual(client.end().status, 0)
        self.assertEqual(len(self.asked()), 1)

    def test_one_that_cannot_ask_waits_a_second_for_who_can(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("Passphrase")
            begun = time.monotonic()
            said = self.fails(4, "credential-process", "prod")
            waited = time.monotonic() - begun
            self.assertGreater(waited, 0.8)
            self.assertLess(waited, 3)
            self.assertIn("try: xacct unlock", said.err)
            person.types(PASSPHRASE + "\n").leaves(0)

    def test_an_unlock_elsewhere_ends_the_wait(self):
        with self.world.terminal("whoami", "prod") as person:
            person.sees("Passphrase")
            crowd = self.crowd(5, self.askpass())
            time.sleep(0.5)
            self.works(*UNLOCK, Fd(PASSPHRASE))
            for client in crowd:
                self.assertEqual(client.end().status, 0)
            person.types("whatever\n").sees("Admin").leaves(0)


class ByProgram(Locked):
    def pinentry(self, getpin):
        path = self.program("pinentry", PINENTRY.format(log=self.log, getpin=getpin))
        return {"XACCT_PINENTRY": path}

    def test_askpass(self):
        self.works("env", "prod", env=self.askpass())
        self.assertEqual(self.asked(), ["Passphrase of the xacct vault: "])

    def test_askpass_says_that_the_last_one_was_wrong(self):
        self.fails(4, "env", "prod", env=self.askpass("a guess"))
        self.assertEqual(self.asked(), ["Passphrase of the xacct vault: "]
                         + ["Wrong passphrase.", "Passphrase of the xacct vault: "] * 2)

    def test_askpass_refused(self):
        self.fails(8, "env", "prod", env=self.askpass(""))

    def test_askpass_that_is_not_there(self):
        said = self.fails(4, "env", "prod", env={"XACCT_ASKPASS": "/nonexistent/askpass"})
        self.assertIn("/nonexistent/askpass cannot be executed", said.err)

    def test_the_one_of_ssh_needs_a_display(self):
        path = self.askpass()["XACCT_ASKPASS"]
        self.fails(4, "env", "prod", env={"SSH_ASKPASS": path})
        self.works("env", "prod", env={"SSH_ASKPASS": path, "DISPLAY": ":0",
                                       "XACCT_PINENTRY": "/nonexistent"})

    def test_pinentry(self):
        env = self.pinentry(f"echo 'D {PASSPHRASE}'; echo OK")
        self.works("env", "prod", env=env)
        self.assertIn("SETPROMPT Passphrase of the xacct vault:", self.asked())
        self.assertIn("GETPIN ", self.asked())

    def test_pinentry_escapes(self):
        self.works(*UNLOCK, Fd(PASSPHRASE))
        self.works("passwd", "--passphrase-fd", Fd(PASSPHRASE), "--new-passphrase-fd",
                   Fd("100% sure \u20ac"))
        self.works("lock")
        self.works("env", "prod", env=self.pinentry("echo 'D 100%25 sure %e2%82%ac'; echo OK"))

    def test_pinentry_is_told_of_a_wrong_one(self):
        self.fails(4, "env", "prod", env=self.pinentry("echo 'D a guess'; echo OK"))
        asked = self.asked()
        self.assertEqual(asked.count("GETPIN "), 3)
        self.assertEqual(asked.count("SETERROR Wrong passphrase."), 2)

    def test_pinentry_refused(self):
        self.fails(8, "env", "prod",
                   env=self.pinentry("echo 'ERR 83886179 Operation cancelled <Pinentry>'"))

    def test_pinentry_that_talks_nonsense(self):
        for getpin in ("exit 1", "echo 'D %zz'; echo OK", "echo 'ERR 1 broken'",
                       "head -c 100000 /dev/zero | tr '\\0' x; echo"):
            said = self.fails(4, "env", "prod", env=self.pinentry(getpin))
            self.assertIn("pinentry", said.err)

    def test_passphrase_command(self):
        path = self.program("my pass", f"#!/bin/sh\necho ran >> '{self.log}'\n"
                                       f"[ \"$1\" = 'an argument' ] && echo '{PASSPHRASE}'\n")
        self.world.configure(DEST, agent=f'passphrase_command = "{path}" "an argument"\n')
        self.works("env", "prod")
        self.assertEqual(self.asked(), ["ran"])

    def test_passphrase_command_works_where_nobody_may_be_asked(self):
        self.world.configure(DEST, agent=f"passphrase_command = echo {PASSPHRASE}\n")
        self.works("env", "prod", "--no-input")

    def test_no_shell_runs_it(self):
        self.world.configure(DEST, agent=f"passphrase_command = echo $(id) ; touch {self.log}\n")
        self.fails(4, "env", "prod")
        self.assertEqual(self.asked(), [])

    def test_a_passphrase_command_that_fails(self):
        for command, reason in (("false", "ended with status 1"), ("true", "printed nothing"),
                                ("/nonexistent/x", "cannot be executed"),
                                ("echo wrong", "wrong passphrase")):
            self.world.configure(DEST, agent=f"passphrase_command = {command}\n")
            said = self.fails(4, "env", "prod")
            self.assertIn(reason, said.err)
            self.assertIn("  try: ", said.err)

    def test_a_command_of_a_file_that_others_may_write_is_not_run(self):
        self.world.configure(DEST, agent=f"passphrase_command = touch {self.log}\n")
        os.chmod(self.world.config_file, 0o666)
        self.world.xacct("env", "prod")
        self.world.xacct("unlock")
        self.assertEqual(self.asked(), [])

    def test_the_agent_itself_runs_nothing(self):
        self.world.configure(DEST, agent=f"passphrase_command = touch {self.log}\n")
        for words in (["list"], ["status"], ["config", "check"], ["lock"]):
            self.world.xacct(*words)
        self.assertEqual(self.asked(), [])


class Order(Locked):
    """--passphrase-fd, passphrase_command, terminal, pinentry, askpass."""

    def test_a_descriptor_comes_before_the_command(self):
        self.world.configure(DEST, agent="passphrase_command = echo wrong\n")
        self.works("env", "prod", "--passphrase-fd", Fd(PASSPHRASE), env=self.askpass())
        self.assertEqual(self.asked(), [])

    def test_the_command_comes_before_the_person(self):
        self.world.configure(DEST, agent=f"passphrase_command = echo {PASSPHRASE}\n")
        with self.world.terminal("whoami", "prod") as person:
            screen = person.leaves(0)
        self.assertNotIn("Passphrase", screen)
        self.works("lock")
        self.works("env", "prod", env=self.askpass())
        self.assertEqual(self.asked(), [])

    def test_a_command_that_fails_is_said_and_the_person_asked(self):
        self.world.configure(DEST, agent="passphrase_command = false\n")
        with self.world.terminal("whoami", "prod") as person:
            person.sees("passphrase_command: false ended with status 1")
            person.sees("Passphrase").types(PASSPHRASE + "\n").leaves(0)

    def test_a_command_that_is_wrong_is_not_asked_again(self):
        self.world.configure(DEST, agent="passphrase_command = echo wrong\n")
        with self.world.terminal("whoami", "prod") as person:
            person.sees("Wrong passphrase.").sees("Passphrase").types(PASSPHRASE + "\n").leaves(0)

    def test_the_terminal_comes_before_the_programs(self):
        with self.world.terminal("whoami", "prod", env=self.askpass()) as person:
            person.sees("Passphrase").types(PASSPHRASE + "\n").leaves(0)
        self.assertEqual(self.asked(), [])

    def test_pinentry_comes_before_askpass(self):
        path = self.program("pinentry", PINENTRY.format(
            log=self.log + ".p", getpin=f"echo 'D {PASSPHRASE}'; echo OK"))
        self.works("env", "prod", env={**self.askpass(), "XACCT_PINENTRY": path})
        self.assertEqual(self.asked(), [])

    def test_askpass_stands_in_for_a_pinentry_that_cannot(self):
        self.works("env", "prod", env={**self.askpass(), "XACCT_PINENTRY": "/nonexistent/pinentry"})
        self.assertEqual(len(self.asked()), 1)


class Passwd(Locked):
    NEW = "a new and better one"

    def test_after_it_the_new_one_opens_and_the_old_one_does_not(self):
        self.works("passwd", "--passphrase-fd", Fd(PASSPHRASE), "--new-passphrase-fd", Fd(self.NEW))
        self.assertFalse(self.is_locked())
        self.works("env", "prod")
        for _ in range(2):
            self.works("lock")
            self.fails(4, *UNLOCK, Fd(PASSPHRASE))
            self.works(*UNLOCK, Fd(self.NEW))
            self.works("agent", "stop")

    def test_a_wrong_old_one_changes_nothing(self):
        said = self.fails(4, "passwd", "--passphrase-fd", Fd("a guess"), "--new-passphrase-fd",
                          Fd(self.NEW))
        self.assertIn("wrong passphrase", said.err)
        self.fails(4, *UNLOCK, Fd(self.NEW))
        self.works(*UNLOCK, Fd(PASSPHRASE))

    def test_an_open_vault_is_no_leave_to_change_it(self):
        self.works(*UNLOCK, Fd(PASSPHRASE))
        self.fails(4, "passwd", "--passphrase-fd", Fd("a guess"), "--new-passphrase-fd",
                   Fd(self.NEW))

    def test_at_a_terminal(self):
        with self.world.terminal("passwd") as person:
            person.sees("Passphrase of the xacct vault: ").types("a guess\n")
            person.sees("New passphrase").types(self.NEW + "\n").sees("once more")
            self.assertFalse(person.echoes())
            person.types(self.NEW + "\n")
            person.sees("Wrong passphrase").sees("Passphrase").types(PASSPHRASE + "\n")
            person.sees("the passphrase is changed").leaves(0)
        self.works("lock")
        self.works(*UNLOCK, Fd(self.NEW))

    def test_cancelled_it_changes_nothing(self):
        for answers in ((), (PASSPHRASE + "\n",), (PASSPHRASE + "\n", self.NEW + "\n")):
            with self.world.terminal("passwd") as person:
                for answer in answers:
                    person.sees("passphrase.*: |once more: |Passphrase.*: ").types(answer)
                person.sees(": ").types("\x03").leaves(8)
        self.works(*UNLOCK, Fd(PASSPHRASE))

    def test_an_empty_new_one_is_refused(self):
        self.fails(2, "passwd", "--passphrase-fd", Fd(PASSPHRASE), "--new-passphrase-fd", Fd("\n"))
        self.works(*UNLOCK, Fd(PASSPHRASE))

    def test_without_a_vault(self):
        self.works("remove", "main", "--yes", "--passphrase-fd", Fd(PASSPHRASE))
        self.works("agent", "stop")
        os.unlink(self.world.vault_file)
        for words in (["passwd"], ["unlock"]):
            said = self.fails(3, *words)
            self.assertIn("  try: xacct add NAME", said.err)


if __name__ == "__main__":
    unittest.main()
