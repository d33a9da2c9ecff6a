#!/usr/bin/python3
"""The client and secrets: descriptors, passphrase_command, pinentry, askpass, and prompts
on a real terminal."""

import os
import signal
import subprocess
import time
import unittest

from client_kit import CLIENT, PAGES, Case, Terminal
from fake_agent import ADD, CANCEL, CREDENTIALS, HELLO, PASSWD, UNLOCK


class Secrets(Case):
    def pipe(self, text):
        r, w = os.pipe()
        os.write(w, text)
        os.close(w)
        self.addCleanup(os.close, r)
        return r

    def test_locked_and_nobody_to_ask(self):
        self.serve(vault="locked")
        for command in ("env", "process", "whoami"):
            code, out, err = self.run_client(command, "prod")
            self.assertEqual((code, out), (4, ""))
            self.assertIn("  try: xacct unlock\n", err)
        self.assertEqual(self.types().count(UNLOCK), 0)
        code, _, err = self.run_client("unlock")
        self.assertEqual(code, 4)
        self.assertIn("nobody can be asked", err)

    def test_passphrase_fd(self):
        for text in (b"correct horse", b"correct horse\n", b"correct horse\nmore\n"):
            self.serve(vault="locked")
            fd = self.pipe(text)
            code, out, err = self.run_client("process", "prod", "--passphrase-fd", str(fd),
                                             pass_fds=[fd])
            self.assertEqual((code, err), (0, ""))
            self.assertIn("SessionToken", out)
            self.assertEqual(self.types(), [HELLO, CREDENTIALS, UNLOCK, CREDENTIALS])
            self.assertEqual(self.last(CREDENTIALS)["can_ask"], True)
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock", "--passphrase-fd", "-",
                                         stdin=b"correct horse\n")[0], 0)

    def test_bytes_of_a_passphrase_are_kept(self):
        for text in (b" two blanks  ", "größe ☃".encode(), b"x" * 1024, b"tab\there", b"cr\r"):
            self.serve(vault="locked", passphrase="-")
            self.agent.play["passphrase"] = text.decode()
            self.assertEqual(self.run_client("unlock", "--passphrase-fd", "0",
                                             stdin=text + b"\nrest")[0], 0)

    def test_bad_passphrase_fd(self):
        self.serve(vault="locked")
        code, _, err = self.run_client("env", "prod", "--passphrase-fd", "-", stdin=b"wrong\n")
        self.assertEqual(code, 4)
        self.assertIn("wrong passphrase", err)
        self.assertEqual(self.types().count(UNLOCK), 1)
        for text in (b"", b"\n", b"y" * 1025):
            self.assertEqual(self.run_client("env", "prod", "--passphrase-fd", "-", stdin=text)[0],
                             2)

    def test_add(self):
        secret = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        self.serve(vault="none", add=dict(created=True))
        fd = self.pipe(secret + b"\nmy phrase\n")
        code, out, err = self.run_client("add", "main", "--access-key-id", "AKIAQQQQQQQQQQQQQQQQ",
                                         "--secret-fd", str(fd), "--passphrase-fd", str(fd),
                                         pass_fds=[fd])
        self.assertEqual((code, out), (0, ""))
        self.assertIn("xacct: stored 'main': arn:aws:iam::111111111111:user/alice\n", err)
        self.assertNotIn("note:", err)
        self.assertEqual(self.types(), [HELLO, ADD, UNLOCK, ADD])
        self.assertEqual(self.last(UNLOCK), dict(create=True, passphrase=b"my phrase"))
        self.assertEqual(self.last(ADD)["secret"], secret)

    def test_add_warns(self):
        warning = "the key is stored unproven: AWS cannot be reached"
        self.serve(add=dict(warning=warning))
        code, _, err = self.run_client("add", "main", "--access-key-id", "AKIAQQQQQQQQQQQQQQQQ",
                                       "--secret-fd", "0", stdin=b" short \r\n")
        self.assertEqual(code, 0)
        self.assertIn("this one has 5", err)
        self.assertIn("xacct: stored 'main'; %s\n" % warning, err)
        self.assertEqual(self.last(ADD)["secret"], b"short")

    def test_add_nobody_to_ask(self):
        self.serve()
        code, _, err = self.run_client("add", "main")
        self.assertEqual(code, 4)
        self.assertIn("  try: xacct add main --access-key-id ID --secret-fd 0\n", err)

    def test_passwd(self):
        self.serve()
        fd = self.pipe(b"new one\n")
        code, out, err = self.run_client("passwd", "--passphrase-fd", "-", "--new-passphrase-fd",
                                         str(fd), pass_fds=[fd], stdin=b"correct horse\n")
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(self.last(PASSWD), dict(passphrase=b"correct horse",
                                                 new_passphrase=b"new one"))
        self.serve(vault="none")
        code, _, err = self.run_client("passwd")
        self.assertEqual(code, 3)
        self.assertIn("xacct add NAME", err)
        self.serve()
        code, _, err = self.run_client("passwd", "--passphrase-fd", "-", stdin=b"correct horse\n")
        self.assertEqual(code, 4)
        self.assertRegex(err, "\n  try: .*--passphrase-fd N --new-passphrase-fd M\n")

    def test_remove(self):
        self.serve()
        code, _, err = self.run_client("remove", "main")
        self.assertEqual(code, 3)
        self.assertIn("there is no source 'main'", err)
        self.serve(pages=PAGES)
        code, _, err = self.run_client("remove", "main")
        self.assertEqual(code, 4)
        self.assertIn("  try: xacct remove main --yes\n", err)
        self.assertEqual(self.run_client("remove", "main", "-yq"), (0, "", ""))

    def command(self, line, mode=0o600):
        self.configure("[agent]\nlock_idle = 4h\npassphrase_command = %s\n" % line, mode)

    def test_passphrase_command(self):
        self.command('printf "%s\\nmore\\n" "correct horse"')
        self.serve(vault="locked")
        code, out, err = self.run_client("process", "prod")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.types(), [HELLO, CREDENTIALS, CREDENTIALS, UNLOCK, CREDENTIALS])
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock", "--no-input")[0], 0)

    def test_lines_after_the_first(self):
        many = self.script("many", "#!/bin/sh\necho 'correct horse'\nsleep 0.3\n"
                           "seq 100000 || exit 7\n")
        self.command(many)
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock")[0::2], (0, ""))
        self.command("false")
        self.serve(vault="locked")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=many))[0], 0)
        leaving = self.script("leaving", "#!/bin/sh\nsleep 20 2>&- &\necho 'correct horse'\n")
        self.command(leaving)
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock", timeout=10)[0], 0)

    def test_a_process_of_an_sdk_says_nothing(self):
        loud = self.script("loud", "#!/bin/sh\necho loud >&2\necho 'correct horse'\n")
        self.command("false")
        self.serve(vault="locked")
        self.assertEqual(self.run_client("process", "prod", "-v",
                                         env=dict(XACCT_ASKPASS=loud))[0::2], (0, ""))
        self.serve(vault="locked")
        code, _, err = self.run_client("env", "prod", env=dict(XACCT_ASKPASS=loud))
        self.assertEqual(code, 0)
        self.assertIn("status 1", err)
        self.assertIn("loud\n", err)
        self.serve(vault="none")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=loud))[0::2],
                         (0, ""))

    def test_nothing_of_a_broken_file_is_run(self):
        ran = os.path.join(self.dir, "ran")
        command = self.script("command", "#!/bin/sh\n>%s\necho 'correct horse'\n" % ran)
        for broken in ("%s\n[agent", "%s\nno key\n", "%s\npassphrase_command = false"):
            self.command(broken % command)
            self.serve(vault="locked")
            self.assertEqual(self.run_client("unlock")[0], 4)
            self.assertFalse(os.path.exists(ran))

    def test_bad_passphrase_command(self):
        for line, mode, status, says in (
                ("/nowhere/x", 0o600, 4, "cannot be executed"), ("false", 0o600, 4, "status 1"),
                ("true", 0o600, 4, "printed nothing"), ("echo wrong", 0o600, 4, "wrong passphrase"),
                ("echo x", 0o622, 4, "locked")):
            self.command(line, mode)
            self.serve(vault="locked")
            code, out, err = self.run_client("process", "prod")
            self.assertEqual((code, out), (status, ""), err)
            self.assertIn(says, err)

    def test_askpass(self):
        program = self.script("ask", '#!/bin/sh\nprintf "%s" "$1" >"$HOME/asked"\n'
                              'echo "correct horse"\n')
        self.serve(vault="locked")
        for env in (dict(XACCT_ASKPASS=program), dict(SSH_ASKPASS=program, WAYLAND_DISPLAY="w")):
            self.agent.play["vault"] = "locked"
            self.assertEqual(self.run_client("process", "prod", env=env)[0], 0)
        with open(os.path.join(self.dir, "asked")) as f:
            self.assertEqual(f.read(), "Passphrase of the xacct vault: ")
        self.agent.play["vault"] = "locked"
        self.assertEqual(self.run_client("process", "prod", env=dict(SSH_ASKPASS=program))[0], 4)
        self.assertEqual(self.run_client("process", "prod", "--no-input",
                                         env=dict(XACCT_ASKPASS=program))[0], 4)
        refusing = self.script("no", "#!/bin/sh\nexit 1\n")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=refusing))[0], 8)
        self.assertEqual(self.types()[-1], CANCEL)

    PINENTRY = """#!/usr/bin/python3
import sys
log = open(sys.path[0] + "/pinentry.log", "a")
print("OK Pleased to meet you", flush=True)
for line in sys.stdin:
    log.write(line); log.flush()
    if line.startswith("GETPIN"):
        %s
    else:
        print("S status\\n# comment\\nOK", flush=True)
"""

    def test_pinentry(self):
        answers = 'print("D correct%20\\nD ho%72se\\nOK", flush=True)'
        program = self.script("pinentry", self.PINENTRY % answers)
        self.serve(vault="locked")
        code, _, err = self.run_client("process", "prod", env=dict(XACCT_PINENTRY=program))
        self.assertEqual((code, err), (0, ""))
        wrong = self.script("pinentry", self.PINENTRY % 'print("D wrong\\nOK", flush=True)')
        self.serve(vault="locked")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_PINENTRY=wrong))[0], 4)
        self.assertEqual(self.types().count(UNLOCK), 3)
        with open(os.path.join(self.dir, "pinentry.log")) as f:
            self.assertIn("SETERROR Wrong passphrase.", f.read())
        for answer, status in (('print("ERR 83886179 cancelled <P>", flush=True)', 8),
                               ('print("ERR 1 no display", flush=True)', 4),
                               ('print("D %0\\nOK", flush=True)', 4),
                               ('print("D " + "x" * 3000, flush=True)', 4),
                               ("sys.exit(0)", 4)):
            program = self.script("pinentry", self.PINENTRY % answer)
            self.serve(vault="locked")
            self.assertEqual(self.run_client("process", "prod",
                                             env=dict(XACCT_PINENTRY=program))[0], status)
            self.assertEqual(self.types()[-1] == CANCEL, status == 8)


class Prompts(Case):
    def test_unlocks_and_goes_on(self):
        self.serve(vault="locked")
        t = Terminal(self, "whoami", "prod")
        t.wait("Passphrase of the xacct vault: ")
        t.type("correct horse\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertNotIn("horse", text)
        self.assertIn("assumed-role/Admin", text)
        self.assertEqual(self.last(UNLOCK)["passphrase"], b"correct horse")

    def test_wrong_twice(self):
        self.serve(vault="locked")
        t = Terminal(self, "whoami", "prod")
        t.wait("vault: ")
        t.type("wrong\n")
        t.wait("Wrong passphrase.\n.*vault: ")
        t.type("wrong\n")
        t.wait("vault: ")
        t.type("correct horse\n")
        self.assertEqual(t.end()[0], 0)

    def test_wrong_three_times(self):
        for command in (["whoami", "prod"], ["unlock"]):
            self.serve(vault="locked")
            t = Terminal(self, *command)
            for _ in range(3):
                t.wait("vault: ")
                t.type("wrong\n")
            status, text = t.end()
            self.assertEqual(status, 4)
            self.assertIn("wrong passphrase", text)
            self.assertEqual(self.types().count(UNLOCK), 3)

    def test_cancelled(self):
        for keys in ("\x03", "\x04", "\n", "half\x03"):
            self.serve(vault="locked")
            t = Terminal(self, "whoami", "prod")
            t.wait("vault: ")
            t.type(keys)
            status, text = t.end()
            self.assertEqual(status, 8, keys)
            self.assertIn("cancelled", text)
            self.assertEqual(self.types()[-1], CANCEL)

    def test_too_long(self):
        self.serve(vault="locked")
        t = Terminal(self, "unlock")
        t.wait("vault: ")
        t.type("x" * 1500 + "\n")
        status, text = t.end()
        self.assertEqual(status, 2)
        self.assertIn("longer than 1024", text)
        self.assertEqual(self.types().count(UNLOCK), 0)

    def test_longest(self):
        self.serve(vault="locked", passphrase="z")
        self.agent.play["passphrase"] = "x" * 1024
        t = Terminal(self, "unlock")
        t.wait("vault: ")
        t.type("x" * 1024 + "\n")
        self.assertEqual(t.end()[0], 0)

    def test_new_passphrase(self):
        self.serve(vault="none")
        t = Terminal(self, "add", "main")
        t.wait("Access key id: ")
        t.type(" AKIAQQQQQQQQQQQQQQQQ \n")
        t.wait("AKIAQ")
        t.wait("Secret access key: ")
        t.type("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        t.wait("New passphrase for the xacct vault: ")
        t.type("\n")
        t.wait("An empty passphrase protects nothing.\nNew passphrase for the xacct vault: ")
        t.type("one\n")
        t.wait("The same once more: ")
        t.type("two\n")
        t.wait("The two differ.\nNew passphrase for the xacct vault: ")
        t.type("three words here\n")
        t.wait("once more: ")
        t.type("three words here\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("stored 'main'", text)
        self.assertEqual(self.last(UNLOCK), dict(create=True, passphrase=b"three words here"))
        self.assertEqual(self.last(ADD)["access_key_id"], "AKIAQQQQQQQQQQQQQQQQ")

    def test_name_taken(self):
        for more in [], ["--access-key-id", "AKIAQQQQQQQQQQQQQQQQ"]:
            self.serve(pages=PAGES)
            status, text = Terminal(self, "add", "main", *more).end()
            self.assertEqual(status, 1)
            self.assertIn("with key ****WXYZ", text)

    def slowly(self, *args, says, answers):
        """A person who takes longer for each answer than the agent keeps an idle connection."""
        t = Terminal(self, *args)
        for question, answer in answers:
            t.wait(question)
            time.sleep(0.4)
            t.type(answer + "\n")
        status, text = t.end()
        self.assertEqual(status, 0, text)
        self.assertRegex(text, says)

    def test_a_person_may_be_slow(self):
        wrong, right = ("vault: ", "wrong"), ("vault: ", "correct horse")
        self.serve(vault="locked", idle=0.1)
        self.slowly("unlock", says="^\n$", answers=[wrong, right])
        self.slowly("passwd", says="is changed", answers=[
            wrong, ("New passphrase", "new one"), ("once more", "new one"), right])
        self.serve(idle=0.1)
        self.slowly("add", "main", says="stored 'main'", answers=[
            ("key id: ", "AKIAQQQQQQQQQQQQQQQQ"), ("access key: ", "s" * 40)])
        self.slowly("add", "main", "--access-key-id", "AKIAQQQQQQQQQQQQQQQQ",
                    says="stored 'main'", answers=[("access key: ", "s" * 40)])
        self.serve(pages=PAGES, idle=0.1)
        self.slowly("remove", "main", says="deleted 'main'", answers=[("cannot be undone", "y")])

    def test_remove(self):
        for answer, status in (("y", 0), ("yes", 0), ("n", 8), ("", 8)):
            self.serve(pages=PAGES)
            t = Terminal(self, "remove", "main")
            t.wait(r"Delete 'main' \(key \*\*\*\*WXYZ\) .*cannot be undone. \[y/N\] ")
            t.type(answer + "\n")
            self.assertEqual(t.end()[0], status)

    def test_passwd(self):
        self.serve()
        t = Terminal(self, "passwd")
        t.wait("Passphrase of the xacct vault: ")
        t.type("wrong\n")
        for _ in range(2):
            t.wait("(New passphrase|once more).*: ")
            t.type("new one\n")
        t.wait("Wrong passphrase .*\n.*vault: ")
        t.type("correct horse\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("the passphrase is changed", text)
        self.assertEqual(self.agent.play["passphrase"], "new one")

    def shell(self):
        """A real shell with job control, the client as its job."""
        t = Terminal(self, argv=["/bin/bash", "--norc", "--noprofile", "-i"],
                     env=dict(PS1="$ ", PS2="", TERM="dumb"))
        t.wait(r"\$ ")
        return t

    def test_stop_and_continue(self):
        self.serve(vault="locked")
        t = self.shell()
        t.type("xacct whoami prod\n")
        t.wait("vault: ")
        t.type("half\x1a")
        t.wait("Stopped.*\n(.|\n)*\\$ ")
        t.type("stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo\n")
        t.wait("\necho\n")
        t.type("fg\n")
        t.wait("vault: ")
        t.type("correct horse\n")
        t.wait("assumed-role/Admin")
        t.type("exit\n")
        t.end()
        self.assertEqual(self.last(UNLOCK)["passphrase"], b"correct horse")

    def test_not_stopped_where_a_shell_waits(self):
        self.serve(vault="locked")
        t = Terminal(self, argv=["/usr/bin/zsh", "-f", "-i"], env=dict(PS1="$ ", TERM="dumb"))
        t.wait(r"\$ ")
        t.type('x=$(xacct whoami prod); echo "is $x"\n')
        t.wait("vault: ")
        t.type("half\x1a")
        time.sleep(0.3)
        t.type("correct horse\n")
        t.wait("is arn.*assumed-role/Admin")
        t.type("exit\n")
        t.end()

    def test_background_cannot_ask(self):
        self.serve(vault="locked")
        t = self.shell()
        t.type("xacct whoami prod & wait $!; echo status $?\n")
        t.wait("status 4")
        t.type("exit\n")
        t.end()

    def test_signals_restore_the_terminal(self):
        for name in ("TERM", "HUP", "QUIT"):
            self.serve(vault="locked")
            t = self.shell()
            t.type("xacct whoami prod\n")
            t.wait("vault: ")
            child = int(subprocess.run(["pgrep", "-P", str(t.pid)], capture_output=True)
                        .stdout.split()[0])
            os.kill(child, getattr(signal, "SIG" + name))
            t.wait(r"\$ ")
            t.type("echo is $?; stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo\n")
            t.wait("is %d\n" % (128 + getattr(signal, "SIG" + name)))
            t.wait("echo\n")
            self.assertNotIn("-echo", t.text)
            t.type("exit\n")
            t.end()

    def test_progress_only_when_slow(self):
        self.serve(delay=0.8)
        status, text = Terminal(self, "whoami", "prod").end()
        self.assertEqual(status, 0)
        self.assertIn("asking AWS for prod …\r\x1b[K", text)
        status, text = Terminal(self, "-q", "whoami", "prod").end()
        self.assertNotIn("asking", text)
        self.serve()
        self.assertNotIn("asking", Terminal(self, "whoami", "prod").end()[1])
        self.serve(delay=0.8)
        self.assertEqual(self.run_client("whoami", "prod")[2], "")

    def test_env_on_a_terminal_says_how(self):
        self.serve()
        status, text = Terminal(self, "env", "prod").end()
        self.assertEqual(status, 0)
        self.assertIn("eval $(xacct env prod)", text)
        self.assertIn("\n", text)

    def test_secret_room_refused(self):
        with open(CLIENT, "rb") as f:
            if b"__asan_init" in f.read():
                self.skipTest("AddressSanitizer replaces mlock")
        self.serve(vault="locked")
        script = "ulimit -l 4; exec %s unlock" % self.client
        t = Terminal(self, argv=["/usr/bin/setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-all",
                                 "/bin/sh", "-c", script] if os.geteuid() == 0
                     else ["/bin/sh", "-c", script])
        status, text = t.end()
        self.assertEqual(status, 5, text)
        self.assertIn("cannot be locked", text)
        self.assertIn("--allow-unlocked-memory", text)


if __name__ == "__main__":
    unittest.main()
