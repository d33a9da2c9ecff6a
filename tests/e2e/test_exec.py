"""exec: a program runs as the destination, and is otherwise left alone."""

import json
import os
import signal
import time
import unittest

import processes
from story import Story
from terminal import Terminal
from world import Fd, PASSPHRASE

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest seoul]
account = 222222222222
role = ReadOnly
region = ap-northeast-2
label = s3.oul
[dest strict]
account = 222222222222
role = Strict
"""
ADMIN = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
IN_THE_WAY = {name: "polluted" for name in (
    "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_SCOPE",
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AMAZON_ACCESS_KEY_ID", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")}
SHOW = ("import json, os, sys; "
        "print(json.dumps({'argv': sys.argv[1:], 'env': dict(os.environ)}))")
PYTHON = "/usr/bin/python3"


class Execution(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def seen_by(self, *words, **how):
        """What a program sees: its arguments and environment."""
        said = self.works("exec", *words, **how)
        self.assertEqual(said.err, "")
        return json.loads(said.out)


class TheProgram(Execution):
    def test_its_environment_is_what_env_makes(self):
        seen = self.seen_by("seoul", PYTHON, "-c", SHOW, env=IN_THE_WAY)["env"]
        told = self.world.shell("bash", "eval $(xacct-client env seoul); " + PYTHON +
                                f' -c "{SHOW}"', env=IN_THE_WAY)
        by_env = json.loads(told.out)["env"]

        def ours(env):
            return {name: value for name, value in env.items()
                    if name.startswith(("AWS_", "AMAZON_", "XACCT_"))}

        self.assertEqual(ours(seen), ours(by_env))
        self.assertEqual(seen["AWS_REGION"], "ap-northeast-2")
        self.assertEqual(seen["AWS_VAULT"], "s3.oul")
        self.assertNotIn("polluted", seen.values())

    def test_the_real_aws_is_the_destination(self):
        said = self.works("exec", "prod", "--", "/usr/bin/aws", "--endpoint-url",
                          self.world.aws.endpoint, "sts", "get-caller-identity", "--query", "Arn",
                          "--output", "text", env={"AWS_CA_BUNDLE": self.world.aws.ca_pem,
                                                   "AWS_REGION": "eu-west-1"})
        self.assertEqual(said.out.strip(), ADMIN)

    def test_its_arguments_are_not_touched(self):
        odd = ["-r", "--region=x", "--", "--help", "", "two words", "$HOME", "*", "\n", "-"]
        for separator in ([], ["--"]):
            seen = self.seen_by("prod", *separator, PYTHON, "-c", SHOW, *odd)
            self.assertEqual(seen["argv"], odd)

    def test_options_of_xacct_stand_before_it(self):
        for words in (["-r", "eu-north-1", "prod"], ["prod", "-r", "eu-north-1"],
                      ["prod", "-reu-north-1", "--"]):
            seen = self.seen_by(*words, PYTHON, "-c", SHOW, "-r", "mine")
            self.assertEqual((seen["env"]["AWS_REGION"], seen["argv"]),
                             ("eu-north-1", ["-r", "mine"]))

    def test_many_arguments(self):
        seen = self.seen_by("prod", "--", PYTHON, "-c", SHOW, *map(str, range(5000)))
        self.assertEqual(len(seen["argv"]), 5000)

    def test_nested_it_is_the_inner_destination(self):
        seen = self.seen_by("seoul", "--", "xacct-client", "exec", "prod", "--", PYTHON, "-c", SHOW)
        self.assertEqual(seen["env"]["XACCT_DEST"], "prod")
        self.assertEqual(seen["env"]["AWS_VAULT"], "prod")
        self.assertNotIn("AWS_REGION", seen["env"], "the outer destination's region survived")
        for inner, outer in (([], ["--server"]), (["--server"], [])):
            seen = self.seen_by(*outer, "seoul", "--", "xacct-client", "exec", *inner, "prod",
                                "--", PYTHON, "-c", SHOW)["env"]
            self.assertEqual("AWS_ACCESS_KEY_ID" in seen, not inner)
            self.assertEqual("AWS_CONTAINER_CREDENTIALS_FULL_URI" in seen, bool(inner))

    def test_a_region_of_the_person_s_stays(self):
        seen = self.seen_by("prod", PYTHON, "-c", SHOW, env={"AWS_REGION": "sa-east-1"})
        self.assertEqual(seen["env"]["AWS_REGION"], "sa-east-1")

    def test_it_has_no_child_of_ours(self):
        """The agent that was started on the way is nobody's to wait for."""
        self.works("agent", "stop")
        said = self.world.start(self.world.client, "exec", "prod", "--passphrase-fd",
                                Fd(PASSPHRASE), "--", "perl", "-e",
                                "fork() || exit; 1 while wait() != -1; print 'done'").end(20)
        self.assertEqual((said.status, said.out), (0, "done"), said)

    def test_a_policy_is_read_once(self):
        """Under a server too, where it goes along with each request."""
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
        ask = ("import os, urllib.request as u; print(u.urlopen(u.Request("
               'os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": '
               'os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})).status)')
        said = self.world.shell("bash", f"xacct exec --server prod --policy file://<(echo "
                                f"'{policy}') -- {PYTHON} -c '{ask}'")
        self.assertEqual((said.status, said.out), (0, "200\n"), said)
        calls = self.world.aws.calls("AssumeRole")
        self.assertEqual({call["parameters"].get("Policy") for call in calls}, {policy})

    def test_the_passphrase_s_descriptor_is_not_its(self):
        self.works("lock")
        said = self.works("exec", "--passphrase-fd", Fd(PASSPHRASE), "prod", "--", "/bin/ls",
                          "/proc/self/fd")
        self.assertEqual(said.out.split(), ["0", "1", "2", "3"])       # 3: the directory itself

    def test_its_core_limit_is_the_person_s(self):
        self.works("lock")
        said = self.works("exec", "--passphrase-fd", Fd(PASSPHRASE), "prod", "--", "sh", "-c",
                          "ulimit -S -c", before=lambda: _core_limit(65536),
                          # a sanitizer takes the limit away before main is reached
                          env={"ASAN_OPTIONS": "detect_leaks=0:disable_coredump=0"})
        self.assertEqual(said.out.strip(), "128")           # in blocks of 512 bytes


def _core_limit(size):
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (size, size))


class TheShell(Execution):
    def test_without_a_command_it_is_the_person_s(self):
        said = self.works("exec", "prod", given="echo $XACCT_DEST $0; exit 0\n",
                          env={"SHELL": "/bin/dash"})
        self.assertEqual(said.out.split(), ["prod", "/bin/dash"])

    def test_at_a_terminal_it_says_so_once(self):
        with self.world.terminal("exec", "prod", env={"SHELL": "/bin/dash", "PS1": "$ "}) as person:
            person.sees(r"xacct: a shell for prod, (59m|1h)[^\n]* left; leave it with exit")
            person.types("echo it is $XACCT_DEST\n").sees("it is prod")
            person.types("exit 5\n")
            person.leaves(5)


class Statuses(Execution):
    def test_the_program_s_own(self):
        for status in (0, 1, 7, 125, 255):
            said = self.world.xacct("exec", "prod", "--", "sh", "-c", f"exit {status}")
            self.assertEqual((said.status, said.err), (status, ""))
            said = self.world.xacct("exec", "--server", "prod", "--", "sh", "-c", f"exit {status}")
            self.assertEqual((said.status, said.err), (status, ""))

    def test_not_found_and_not_executable(self):
        path = self.world.write("script", "nothing", mode=0o600)
        for server in ([], ["--server"]):
            said = self.fails(127, "exec", *server, "prod", "--", "no-such-program")
            self.assertIn("no-such-program cannot be executed: no such command", said.err)
            self.assertIn("No such file", self.fails(127, "exec", *server, "prod",
                                                     "/nowhere/x").err)
            self.assertIn("Permission denied", self.fails(126, "exec", *server, "prod", path).err)
            self.assertIn("cannot be executed", self.fails(126, "exec", *server, "prod", "/").err)

    def test_xacct_s_own_failure_names_the_usual_one(self):
        for usual, words in ((3, ["nope", "true"]), (6, ["strict", "true"]), (2, ["-d1s", "prod"]),
                             (9, ["prod", "--expect", "333333333333", "true"])):
            said = self.world.xacct("exec", *words)
            self.assertEqual(said.status, 125, said)
            self.assertIn(f"(exit {usual} elsewhere)", said.err)
        self.works("lock")
        self.assertIn("(exit 4 elsewhere)", self.fails(125, "exec", "prod", "true").err)

    def test_a_signal_under_a_server(self):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1):
            said = self.world.xacct("exec", "--server", "prod", "--", "sh", "-c",
                                    f"kill -{int(number)} $$")
            self.assertEqual(said.status, 128 + number, said)


class SignalsUnderAServer(Execution):
    """The program that is asked is the one that is meant."""

    COUNT = """
import os, signal, sys, time
seen = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda number, _frame: seen.append(signal.Signals(number).name))
print('ready', flush=True)
end = time.monotonic() + 20
while time.monotonic() < end and len(seen) < int(sys.argv[1]):
    time.sleep(0.02)
time.sleep(0.3)
print(' '.join(seen))
"""

    def test_each_arrives_once(self):
        program = self.world.start(self.world.client, "exec", "--server", "prod", "--", PYTHON,
                                   "-c", self.COUNT, "4")
        self.assertEqual(program.popen.stdout.readline(), b"ready\n")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
            os.kill(program.pid, number)
            time.sleep(0.1)
        said = program.end()
        self.assertEqual(said.out.split(), ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"])
        self.assertEqual(said.status, 0)

    def counted(self, send):
        """What the program gets when `send` is called with the server and its group leader."""
        leader = self.world.start("/bin/sh", "-c",
                                  '"$@" & echo $!; wait $!; exit $?', "sh", self.world.client,
                                  "exec", "--server", "prod", "--", PYTHON, "-c", self.COUNT, "1")
        server = int(leader.popen.stdout.readline())
        self.assertEqual(leader.popen.stdout.readline(), b"ready\n")
        send(server, leader.pid)
        return leader.popen.stdout.readline().decode().split()

    def test_from_the_same_group(self):
        """As in a script: sh has no job control, and all of it is one group."""
        self.world.write("count.py", self.COUNT)
        said = self.world.shell("sh", f"""
            xacct exec --server prod -- {PYTHON} count.py 1 > out & p=$!
            until grep -q ready out; do sleep 0.05; done
            /bin/kill -TERM $p; wait $p; tail -n 1 out""")
        self.assertEqual(said.out, "SIGTERM\n")
        start = time.monotonic()
        self.world.shell("sh", "timeout --foreground 1.5 xacct exec --server prod -- sleep 20")
        self.assertLess(time.monotonic() - start, 10)

    def test_to_the_whole_group(self):
        """As a shell's `kill %1` does: a second SIGTERM is for some a harder word. The server is
        made to come late, since two that come together would be one."""
        def send(server, leader):
            os.kill(server, signal.SIGSTOP)
            os.killpg(leader, signal.SIGTERM)
            time.sleep(0.15)
            os.kill(server, signal.SIGCONT)
        for _ in range(3):
            self.assertEqual(self.counted(send), ["SIGTERM"])

    def test_both_ways(self):
        self.assertEqual(self.counted(
            lambda server, _leader: os.kill(server, signal.SIGUSR1)), ["SIGUSR1"])

    def test_where_the_caller_ignores_its_children(self):
        said = self.world.start(
            self.world.client, "exec", "--server", "prod", "--", "sh", "-c", "exit 7",
            before=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)).end(20)
        self.assertEqual(said.status, 7)

    def test_a_key_at_the_terminal_reaches_it_once(self):
        with self.world.terminal("exec", "--server", "prod", "--", PYTHON, "-c", self.COUNT,
                                 "1") as person:
            person.sees("ready")
            person.types("\x03").sees("SIGINT")
            person.leaves(0)
            self.assertEqual(person.screen.count("SIGINT"), 1)


class JobsUnderAServer(Execution):
    """Job control is the shell's, whichever side of exec the shell is on."""

    def test_a_shell_inside(self):
        ask = self.world.write("ask", f"""#!{PYTHON}
import os, urllib.request
request = urllib.request.Request(
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    headers={{"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}})
print("the answer is", urllib.request.urlopen(request).status)
""", mode=0o755)
        with self.world.terminal("exec", "--server", "prod", "--", "bash", "--norc", "-i",
                                 env={"PS1": "$ "}) as person:
            person.sees(r"\$ ")
            person.types("sleep 100\n")
            time.sleep(0.5)
            person.types("\x03").sees(r"\$ ")
            person.types("sleep 100\n")
            time.sleep(0.5)
            person.types("\x1a").sees("Stopped").sees(r"\$ ")
            person.types(f"{ask}\n").sees("the answer is 200")
            person.types("kill -9 %1; sleep 0.5; exit 3\n")
            person.leaves(3)

    def test_a_program_that_stops_itself(self):
        """The shell before it gets its prompt back, and fg goes on."""
        command = processes.become(self.world.uid) + ["bash", "--norc", "-i"]
        shell = Terminal(command, {**self.world.env, "PS1": "$ "}, self.world.uid, self.world.home)
        self.addCleanup(shell.hang_up)
        shell.sees(r"\$ ").types("xacct exec --server prod -- sh -c 'kill -STOP $$; echo on'\n")
        shell.sees("Stopped").types("echo still$((1))here\n").sees("still1here")
        shell.types("fg\n").sees("\non").types("echo it was $?\n").sees("it was 0")

    def test_a_shell_outside(self):
        command = processes.become(self.world.uid) + ["bash", "--norc", "-i"]
        shell = Terminal(command, {**self.world.env, "PS1": "$ "}, self.world.uid, self.world.home)
        self.addCleanup(shell.hang_up)
        shell.sees(r"\$ ").types("xacct exec --server prod -- sh -c 'echo on; sleep 2; echo off'\n")
        shell.sees("\non")
        time.sleep(0.3)
        shell.types("\x1a").sees("Stopped").types("fg\n").sees("\noff")
        shell.types("echo it was $?\n").sees("it was 0")
        shell.types("xacct exec --server prod -- sh -c 'echo on; sleep 30'; echo it was $?\n")
        shell.sees("\non")
        time.sleep(0.3)
        shell.types("\x03").sees("it was 130")


if __name__ == "__main__":
    unittest.main()
