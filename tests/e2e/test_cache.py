"""What is held, for how long, for whom, and when it is not given out (security N5, N6, N10,
N13, T1)."""

import calendar
import json
import os
import re
import subprocess
import time
import unittest

import xacct_wire
from story import Story
from world import PASSPHRASE, Fd

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
"""

# Run as the person: so many connections at once, each with one request, then all answers.
CROWD = """
import sys
import xacct_wire as wire
socket, config, vault, count = sys.argv[1:4] + [int(sys.argv[4])]
crowd = [wire.Connection(socket, timeout_s=60).greet(config, vault) for _ in range(count)]
for one in crowd:
    one.send("CREDENTIALS", name="prod", patience_ms=30000)
answers = {tuple(sorted(one.receive().fields.items())) for one in crowd}
print(len(crowd), len(answers), *("access_key_id" in dict(answer) for answer in answers))
"""

# Each read of the agent's takes half a second here. HOW is "behind" or "full".
LATE = """
import struct, sys, time
import xacct_wire as wire
sock, config, vault, how = sys.argv[1:]
a, b, c = (wire.Connection(sock, timeout_s=30).greet(config, vault) for _ in range(3))
for client in (a, b, c):
    client.ask("CREDENTIALS", name="prod")
c.send("CREDENTIALS", name="prod")         # while this is read, the next two come
time.sleep(0.2)
a.send("CREDENTIALS", name="prod")
if how == "full":                          # an ignorable field: as much as is read at once
    body = wire.body_of(name="late")
    size = wire.REQUEST_MAX - 10 - len(body) - 4
    b.send_bytes(wire.frame("CREDENTIALS", 8, body + struct.pack(">HH", 0xd7d0, size) + bytes(size)))
    time.sleep(0.5)                        # and read on at once
else:
    b.send("CREDENTIALS", name="late")
time.sleep(1.05)                           # c was read till 0.5, a till 1.0, and b is being read
with open(config, "a") as file:
    file.write("[dest late]\\naccount = 222222222222\\nrole = Admin\\n")
b.number = 8
b.send("CREDENTIALS", name="late")
for answer in (b.receive(), b.receive()):
    print(answer.type, answer.code)
"""

# Run as the person: asks on one connection, changes the configuration, and asks again at once.
EDITOR = """
import os, sys
import xacct_wire as wire
socket, config, vault = sys.argv[1:]
agent = wire.Connection(socket, timeout_s=60).greet(config, vault)
texts = {"Admin": open(config).read()}
texts["ReadOnly"] = texts["Admin"].replace("role = Admin", "role = ReadOnly")
for i in range(60):
    role = ("ReadOnly", "Admin")[i % 2]
    path = config if i % 3 else config + ".new"
    with open(path, "w") as file:
        file.write(texts[role])
    if path != config:
        os.chmod(path, 0o600)
        os.rename(path, config)
    for _ in range(3):
        answer = agent.ask("CREDENTIALS", name="prod", patience_ms=30000)
        if answer.arn.split("/")[1] != role:
            sys.exit(f"{answer.arn} for {role}, change {i}")
"""


class Cache(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def asked(self):
        """How often STS was asked for a role so far."""
        return len(self.world.aws.calls("AssumeRole"))

    def key(self, *words):
        """The id of the temporary key that these words give."""
        return json.loads(self.works("credential-process", *(words or ["prod"])).out)["AccessKeyId"]

    def away(self):
        """From now on STS cannot be reached."""
        self.world.aws.fault(reset=True, times=0)

    def sessions(self):
        said = self.world.xacct("status", "--json")
        return json.loads(said.out)["cached"]


class Held(Cache):
    def test_a_second_caller_costs_no_call(self):
        first = self.works("credential-process", "prod").out
        for _ in range(5):
            self.assertEqual(self.works("credential-process", "prod").out, first)
        self.assertIn(json.loads(first)["AccessKeyId"], self.works("env", "prod").out)
        self.assertEqual(self.asked(), 1)
        self.assertEqual(self.sessions(), 1)
        self.assertRegex(self.works("list").out, r"prod .* (1h00m|59m) left\n")

    def test_a_change_counts_from_the_next_request_on(self):
        self.key("prod")
        said = json.loads(self.world.xacct("status", "--json").out)
        with open(xacct_wire.__file__, encoding="utf-8") as file:
            self.world.write("xacct_wire.py", file.read())
        self.world.write("editor.py", EDITOR)
        ran = self.world.run("/usr/bin/python3", "-B", f"{self.world.home}/editor.py", self.world.socket,
                             self.world.config_file, said["vault_path"])
        self.assertEqual((ran.status, ran.err), (0, ""))
        self.assertEqual(self.asked(), 2)

    def drawn_out(self, how):
        """One turn of the agent's: it looks at the configuration for one frame; then that changes,
        and another frame comes which is read in the same turn."""
        self.key("prod")
        said = json.loads(self.world.xacct("status", "--json").out)
        with open(xacct_wire.__file__, encoding="utf-8") as file:
            self.world.write("xacct_wire.py", file.read())
        self.world.write("late.py", LATE)
        with subprocess.Popen(["strace", "-p", str(said["pid"]), "-o", "/dev/null", "-e", "trace=read",
                               "-e", "inject=read:delay_enter=500000"], stderr=subprocess.PIPE) as strace:
            while b"attached" not in strace.stderr.readline():
                self.assertIsNone(strace.poll())
            ran = self.world.run("/usr/bin/python3", "-B", f"{self.world.home}/late.py", self.world.socket,
                                 self.world.config_file, said["vault_path"], how)
            strace.terminate()
        self.assertEqual((ran.status, ran.err), (0, ""))
        return ran.out

    @unittest.skipUnless(os.geteuid() == 0, "to trace an undumpable program takes root")
    def test_a_frame_behind_another_may_have_been_sent_later(self):
        self.assertEqual(self.drawn_out("behind"), "ERROR 32\nRESULT None\n")

    @unittest.skipUnless(os.geteuid() == 0, "to trace an undumpable program takes root")
    def test_what_is_read_on_at_once_may_have_been_sent_later(self):
        self.assertEqual(self.drawn_out("full"), "ERROR 32\nRESULT None\n")

    def test_each_destination_has_its_own(self):
        self.assertNotEqual(self.key("prod"), self.key("ro"))
        self.assertEqual((self.asked(), self.sessions()), (2, 2))

    def test_each_wish_makes_another(self):
        wishes = ([], ["-d", "2h"], ["--session-name", "other"], ["--external-id", "other"])
        keys = {self.key("prod", *wish) for wish in wishes}
        self.assertEqual((len(keys), self.asked()), (4, 4))
        self.assertEqual({self.key("prod", *wish) for wish in wishes}, keys)
        self.assertEqual(self.asked(), 4)

    def test_what_is_only_shown_does_not(self):
        self.assertEqual(self.key("prod"), self.key("prod", "-r", "us-west-2"))

    def test_a_changed_configuration_is_another_destination(self):
        key = self.key("prod")
        self.world.configure(CONFIG.replace("role = Admin", "role = ReadOnly"))
        self.assertNotEqual(self.key("prod"), key)
        self.assertTrue(self.works("whoami", "prod").out.endswith("assumed-role/ReadOnly/alice\n"))
        self.world.configure(CONFIG + "duration = 45m\nsts_region = us-east-1\n")
        self.assertEqual(self.key("prod"), key)

    def test_forgotten_one_by_one_or_all(self):
        first, other = self.key("prod"), self.key("ro")
        self.works("forget", "prod")
        self.assertEqual(self.key("ro"), other)
        self.assertNotEqual(self.key("prod"), first)
        said = self.works("forget", "--all", "-v")
        self.assertIn("forgot 2", said.err)
        self.assertEqual(self.sessions(), 0)
        self.works("forget", "prod")
        said = self.fails(3, "forget", "prdo")
        self.assertIn("did you mean 'prod'?", said.err)

    def test_a_new_agent_knows_none(self):
        self.key()
        self.works("agent", "restart")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.key()
        self.assertEqual(self.asked(), 2)


class Locked(Cache):
    def test_a_lock_takes_them_away(self):
        first = self.key()
        self.works("lock")
        self.assertEqual(self.sessions(), 0)
        self.fails(4, "env", "prod")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertNotEqual(self.key(), first)

    def test_unless_they_are_to_be_kept_but_out_of_reach(self):
        first = self.key()
        self.works("lock", "--keep-sessions")
        self.fails(4, "env", "prod")
        self.fails(4, "credential-process", "prod")
        self.fails(4, "whoami", "prod")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(self.key(), first)
        self.assertEqual(self.asked(), 1)


class Expiry(Cache):
    def test_it_is_the_true_one(self):
        self.world.aws.fault(action="AssumeRole", life_s=1000)
        answer = json.loads(self.works("credential-process", "prod").out)
        end = time.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
        left = calendar.timegm(end) - self.world.aws.now()
        self.assertLess(abs(left - 1000), 20)

    def test_expired_ones_are_never_given(self):
        self.world.aws.fault(action="AssumeRole", life_s=3)
        first = self.key()
        self.assertEqual(self.key(), first)
        self.away()      # before they are renewed in the background
        time.sleep(3.2)
        for _ in range(3):
            self.fails(7, "credential-process", "prod")
        self.assertEqual(self.sessions(), 0)
        self.world.aws.reset()
        self.assertNotEqual(self.key(), first)

    def test_of_short_lived_ones_a_fifth_is_kept_back(self):
        self.world.aws.fault(action="AssumeRole", life_s=10)
        first = self.key()
        time.sleep(6)
        self.assertEqual(self.key(), first)
        time.sleep(2.5)
        self.assertNotEqual(self.key(), first)

    def test_of_long_lived_ones_a_quarter_of_an_hour(self):
        self.world.aws.fault(action="AssumeRole", life_s=2500)
        first = self.key()
        self.assertEqual(self.key(), first)
        self.world.aws.fault(action="AssumeRole", life_s=2500)
        self.assertEqual(self.key("prod", "--min-ttl", "40m"), first)
        self.assertNotEqual(self.key("prod", "--min-ttl", "50m"), first)


class Away(Cache):
    """STS cannot be reached."""

    def test_held_ones_still_serve(self):
        first = self.works("credential-process", "prod").out
        self.away()
        self.assertEqual(self.works("credential-process", "prod").out, first)
        self.assertEqual(self.works("credential-process", "prod", "--refresh").out, first)
        self.assertEqual(self.works("credential-process", "prod", "--min-ttl", "59m59s").out, first)

    def test_whatever_kind_of_absence_it_is(self):
        first = self.key()
        for fault in (dict(status=500), dict(status=503), dict(cut_at=50), dict(error="throttle"),
                      dict(error="internal")):
            self.world.aws.reset()
            self.world.aws.fault(action="AssumeRole", times=0, **fault)
            self.assertEqual(self.key("prod", "--refresh"), first, fault)

    def test_but_not_to_their_last_second(self):
        self.world.aws.fault(action="AssumeRole", life_s=19)
        first = self.key()
        self.away()
        self.assertEqual(self.key("prod", "--refresh"), first)
        time.sleep(5)
        self.fails(7, "credential-process", "prod", "--refresh")

    def test_a_refusal_is_no_absence(self):
        self.key()
        self.world.aws.fault(action="AssumeRole", error={"code": "AccessDenied", "status": 403})
        self.fails(6, "credential-process", "prod", "--refresh")

    def test_where_nothing_is_held_it_is_said(self):
        self.away()
        self.fails(7, "env", "prod")
        self.world.aws.reset()
        self.works("env", "prod")


class Crowd(Cache):
    def callers(self, count):
        return [self.world.start(self.world.client, "credential-process", "prod")
                for _ in range(count)]

    def test_a_thousand_cold_callers_cost_one_call(self):
        with open(xacct_wire.__file__, encoding="utf-8") as file:
            self.world.write("xacct_wire.py", file.read())
        self.world.aws.fault(action="AssumeRole", delay_s=2)
        paths = self.works("status", "--json").out
        vault = json.loads(paths)["vault_path"]
        said = self.world.run("bash", "-c", 'ulimit -n 4096; exec /usr/bin/python3 -c "$0" "$@"',
                              CROWD, self.world.socket, self.world.config_file, vault, "1000",
                              env={"PYTHONPATH": self.world.home})
        self.assertEqual((said.status, said.out), (0, "1000 1 True\n"), said)
        self.assertEqual(self.asked(), 1)

    def test_a_refusal_is_shared_too(self):
        self.world.aws.fault(action="AssumeRole", delay_s=1, error={"code": "AccessDenied",
                                                                    "status": 403})
        crowd = self.callers(20)
        for client in crowd:
            said = client.end()
            self.assertEqual((said.status, said.out), (6, ""), said)
            self.assertTrue(re.search("aws: AccessDenied", said.err), said)
        self.assertEqual(self.asked(), 1)

    def test_who_leaves_takes_nobody_along(self):
        self.world.aws.fault(action="AssumeRole", delay_s=1)
        crowd = self.callers(10)
        while not self.asked():
            time.sleep(0.02)
        for client in crowd[::2]:
            client.popen.kill()
            client.end()
        for client in crowd[1::2]:
            said = client.end()
            self.assertEqual(said.status, 0, said)
        self.assertEqual(self.asked(), 1)


if __name__ == "__main__":
    unittest.main()
