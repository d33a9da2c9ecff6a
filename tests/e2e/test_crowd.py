"""Long work asked for by thousands at once: the agent lives, and its room has an end (C4)."""

import json
import os
import unittest

from broker_story import BrokerStory

CROWD = 5000
BUSY = "8"                            # proto/error.h
TASKS = WAITING = 64                  # agent/handle_account.c
MOST_KIB = 32 * 1024                  # C4
CONFIG = """
[dest prod]
account = 222222222222
role = Admin
source = main
"""
# Each of them ends its first step without a call, or makes one, as its kind goes.
ASKED = {
    "SETUP": {"name": "x", "account": "111111111111", "role": "X", "dest_admin": "main"},
    "DOCTOR": {"name": "prod"},
    "REVOKE": {"name": "prod", "dest_admin": "main"},
    "ROTATE": {"name": "main"},
}
PROGRAM = r"""
import json, resource, sys, time
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
sys.path.insert(0, sys.argv[1])
import xacct_wire as wire
sock, conf, vault, agent, n, kind, first, rest = sys.argv[2:]
first, rest = json.loads(first), json.loads(rest)
def connect():
    while True:
        try:
            return wire.Connection(sock, timeout_s=60).greet(conf, vault)
        except BlockingIOError:
            time.sleep(0.01)
def rss_kib():
    lines = open(f"/proc/{agent}/status").read().splitlines()
    return int([line.split()[1] for line in lines if line.startswith("VmRSS:")][0])
crowd = [connect() for _ in range(int(n))]
ahead = connect()
ahead.send(kind, **first)
time.sleep(0.3)
for i, one in enumerate(crowd):
    if kind == "SETUP":                   # the same work asked for again has to wait (N12)
        rest["name"] = f"x{i}"
    one.send(kind, patience_ms=30000, **rest)
print(rss_kib())
ahead.receive()
answered = {}
for one in crowd:
    answer = one.receive()
    told = answer.code or ("wait" if answer.fields.get("wait_ms") else 0)
    answered[told] = answered.get(told, 0) + 1
print(json.dumps(answered))
print(rss_kib())
"""


class Crowd(BrokerStory):
    def crowd(self, kind, slow, **differs):
        """Those who waited or failed, and those who were told that it is too much, or too soon."""
        first = ASKED[kind]
        self.given(CONFIG)
        agent = json.loads(self.works("status", "--json").out)["pid"]
        self.world.aws.fault(action=slow, delay_s=2, times=0)
        lib = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
        said = self.world.run("/usr/bin/python3", "-B", "-c", PROGRAM, lib, self.world.socket,
                              self.world.config_file, self.world.vault_file, str(agent), str(CROWD), kind,
                              json.dumps(first), json.dumps({**first, **differs}), timeout_s=100)
        self.assertEqual(said.status, 0, said)
        before, answered, after = map(json.loads, said.out.splitlines())
        self.assertEqual(sum(answered.values()), CROWD)
        if not os.environ.get("XACCT_SANITIZE"):        # which keeps what is freed
            self.assertLess(max(before, after), MOST_KIB)
        self.assertEqual(json.loads(self.works("status", "--json").out)["pid"], agent)
        busy = answered.pop(BUSY, 0) + answered.pop("wait", 0)
        return sum(answered.values()), busy

    def test_setup_that_ends_without_a_call(self):
        self.assertEqual(self.crowd("SETUP", "GetCallerIdentity", dest_admin="nosuch"),
                         (WAITING, CROWD - WAITING))

    def test_setup_that_waits_for_credentials(self):
        began, busy = self.crowd("SETUP", "AssumeRole", dest_admin="prod", account="222222222222")
        self.assertLessEqual(began, TASKS + WAITING)
        self.assertEqual(began + busy, CROWD)

    def test_doctor(self):
        self.assertEqual(self.crowd("DOCTOR", "GetCallerIdentity"), (WAITING, CROWD - WAITING))

    def test_revoke(self):
        self.assertEqual(self.crowd("REVOKE", "GetCallerIdentity"), (WAITING, CROWD - WAITING))

    def test_rotate(self):
        self.assertEqual(self.crowd("ROTATE", "ListAccessKeys"), (WAITING, CROWD - WAITING))


LOOP = r"""
import sys, time
sys.path.insert(0, sys.argv[1])
import xacct_wire as wire
agent = wire.Connection(sys.argv[2], timeout_s=60).greet(sys.argv[3], sys.argv[4])
until, n = time.monotonic() + 3, 0
while time.monotonic() < until:
    agent.ask("REVOKE", name="prod", dest_admin="main")
    n += 1
print(n)
"""


class Loop(BrokerStory):
    def test_one_that_never_waits_costs_aws_one_call_a_second(self):
        """N12, however it goes on: from the beginning, or from a place."""
        self.given(CONFIG)
        before = len(self.calls("GetCallerIdentity"))
        lib = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
        said = self.world.run("/usr/bin/python3", "-B", "-c", LOOP, lib, self.world.socket,
                              self.world.config_file, self.world.vault_file)
        self.assertGreater(int(said.out), 100, said)
        self.assertLessEqual(len(self.calls("GetCallerIdentity")) - before, 4)


if __name__ == "__main__":
    unittest.main()
