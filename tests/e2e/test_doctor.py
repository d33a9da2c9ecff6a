"""doctor: each check is well on a sound machine, and each finds what was broken for it."""

import http.server
import json
import os
import socket
import threading
import time
import unittest

import xacct_wire
from story import Story

CONFIG = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"
NAMES = ["socket", "agent", "version", "locked memory", "core files", "undumpable", "privileges",
         "tracer", "configuration", "network", "clock", "variables", "keys in clear", "[default]",
         "credential_process", "tools that ask", "prompt"]

# A stranger in the agent's place, as the same user: says of itself what it is told to.
STRANGER = """
import os, socket, struct, sys
path, status = sys.argv[1], bytes.fromhex(sys.argv[2])
os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
door = socket.socket(socket.AF_UNIX)
door.bind(path)
door.listen(8)
print("ready", flush=True)
while True:
    peer = door.accept()[0]
    data = b""
    while True:
        more = peer.recv(65536)
        if not more:
            break
        data += more
        while len(data) >= 10:
            size, _version, kind, number = struct.unpack(">IBBI", data[:10])
            if len(data) < 4 + size:
                break
            data = data[4 + size:]
            if kind == 17:
                peer.sendall(struct.pack(">IBBI", 6 + len(status), 1, 128, number) + status)
            elif kind != 1:
                peer.sendall(struct.pack(">IBBI", 6, 1, 128, number))
"""


class Doctor(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def examine(self, status, env=None, words=()):
        said = self.world.xacct("doctor", "--json", *words, env=env)
        self.assertEqual((said.status, said.err), (status, ""))
        report = json.loads(said.out)
        self.assertEqual(report["ok"], status == 0)
        for check in report["checks"]:
            self.assertEqual(set(check), {"name", "result", "message", "hint"})
            self.assertIn(check["result"], ("ok", "skipped", "warning", "problem"))
        return report["checks"]

    def found(self, checks):
        return {check["name"]: check for check in checks if check["result"] != "ok"}

    def ails(self, name, message, hint, status=1, result="problem", env=None):
        """That this check, and no other, is not well."""
        found = self.found(self.examine(status, env))
        self.assertEqual(list(found), [name], found)
        self.assertEqual(found[name]["result"], result)
        self.assertRegex(found[name]["message"], message)
        self.assertRegex(found[name]["hint"], hint)
        words = self.world.xacct("doctor", env=env)
        self.assertEqual(words.status, status)
        self.assertRegex(words.out, rf"(?m)^{result} +{name.replace('[', '.')} .*\n  try: ")

    # --- well ---------------------------------------------------------------------------------

    def test_all_is_well(self):
        checks = self.examine(0)
        self.assertEqual([check["name"] for check in checks], NAMES)
        self.assertEqual({check["result"] for check in checks}, {"ok"})
        said = self.works("doctor")
        self.assertEqual([line[9:29].strip() for line in said.out.splitlines()], NAMES)

    def test_it_unlocks_nothing_and_signs_nothing(self):
        self.works("lock")
        self.examine(0)
        self.assertEqual(self.world.xacct("status").status, 4)
        self.assertEqual(self.world.aws.calls("AssumeRole"), [])

    def test_it_starts_an_agent_unless_told_not_to(self):
        self.works("agent", "stop")
        found = self.found(self.examine(5, words=["--no-spawn"]))
        self.assertEqual(found["agent"]["result"], "problem")
        self.assertEqual({found[name]["result"] for name in
                          ("protection", "configuration", "network")}, {"skipped"})
        self.examine(0)

    def test_two_names_are_one_word_too_many(self):
        self.assertIn("one word too many", self.fails(2, "doctor", "prod", "dev").err)

    # --- the agent ------------------------------------------------------------------------------

    def test_a_socket_that_others_can_reach(self):
        self.works("agent", "stop")
        os.chmod(os.path.dirname(self.world.socket), 0o755)
        found = self.found(self.examine(5))
        self.assertIn("socket", found)
        self.assertIn("755", found["socket"]["message"])
        os.chmod(os.path.dirname(self.world.socket), 0o700)

    def stranger(self, **status):
        self.works("agent", "stop")
        good = {"state": 2, "version": self.works("version").out.split()[1], "pid": 1,
                "supervisor_pid": 1, "started_at": 1, "memory_locked": True, "undumpable": True,
                "no_new_privs": True, "core_limit_zero": True}
        numbers = {name: number for number, (name, _kind) in xacct_wire.NUMBERS.items()}
        body = xacct_wire.encode({numbers[name]: value for name, value in
                                  {**good, **status}.items()})
        if os.path.exists(self.world.socket):
            os.unlink(self.world.socket)
        self.world.start("/usr/bin/python3", "-c", STRANGER, self.world.socket, body.hex())
        deadline = time.monotonic() + 10
        while not self.answers():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def answers(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return os.path.exists(self.world.socket) and \
                probe.connect_ex(self.world.socket) == 0

    def test_protections_that_the_kernel_does_not_report(self):
        for field, value, name in (("memory_locked", False, "locked memory"),
                                   ("undumpable", False, "undumpable"),
                                   ("core_limit_zero", False, "core files"),
                                   ("no_new_privs", False, "privileges"),
                                   ("traced", True, "tracer")):
            self.stranger(**{field: value})
            found = self.found(self.examine(1))
            self.assertEqual(list(found), [name])
            self.assertIn("xacct agent restart", found[name]["hint"])
            for popen in self.world._running:
                if popen.args[-2] == self.world.socket:
                    popen.kill()
                    popen.wait()

    def test_an_agent_of_another_version(self):
        self.stranger(version="0.0.9")
        self.ails("version", r"agent is 0\.0\.9", "agent restart", result="warning")

    # --- the network ------------------------------------------------------------------------------

    def asks(self, url):
        self.world.configure(CONFIG.replace("[source main]\n",
                                            f"[source main]\nendpoint_url = {url}\n"))

    def test_a_clock_that_is_wrong(self):
        self.world.aws.set_clock(400)
        self.ails("clock", "6m behind AWS", "set-ntp")
        time.sleep(1.1)                          # for so long an answer holds
        self.world.aws.set_clock(-3600)
        self.ails("clock", "1h00m ahead of AWS", "set-ntp")
        time.sleep(1.1)
        self.world.aws.set_clock(120)
        self.ails("clock", "2m behind AWS's$", "set-ntp", result="warning")

    def test_nobody_answers(self):
        self.world.aws.stop()
        found = self.found(self.examine(7))
        self.assertEqual(list(found), ["network"])
        self.assertEqual(found["network"]["result"], "problem")

    def test_a_name_that_is_none(self):
        self.asks("https://no-such-host.invalid")
        found = self.found(self.examine(7))
        self.assertIn("no-such-host.invalid", found["network"]["message"])

    def test_a_certificate_that_does_not_hold(self):
        url = self.world.aws.listen("expired")
        self.asks(url)
        found = self.found(self.examine(7))
        self.assertIn("certificate", found["network"]["message"])

    def test_another_server_in_its_place(self):
        class Portal(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<html>sign in first</html>")

            def log_message(self, *_arguments):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Portal) as portal:
            threading.Thread(target=portal.serve_forever, daemon=True).start()
            self.asks(f"http://127.0.0.1:{portal.server_port}")
            found = self.found(self.examine(7))
            portal.shutdown()
        self.assertEqual(list(found), ["network"])

    def test_the_same_endpoint_by_another_way(self):
        """What came of one way says nothing of the other."""
        with open(self.world.aws.ca_pem, encoding="ascii") as file:
            wrong = self.world.write("wrong.pem", file.read().replace("A", "B", 40))
        self.world.configure(CONFIG + f"[source other]\nca_bundle = {wrong}\n")
        checks = [check for check in self.examine(1) if check["name"] == "network"]
        self.assertEqual([check["result"] for check in checks], ["ok", "problem"])

    def test_each_source_has_its_way(self):
        self.world.configure(CONFIG + "[source other]\nendpoint_url = http://127.0.0.1:1\n")
        checks = [check for check in self.examine(1) if check["name"] == "network"]
        self.assertEqual([check["result"] for check in checks], ["ok", "problem"])

    # --- files -----------------------------------------------------------------------------------

    def test_a_configuration_with_an_error(self):
        self.world.configure(CONFIG + "[dest broken]\nnonsense = 1\n")
        self.ails("configuration", "1 error and 0 warnings", "xacct config check", status=3)

    def test_a_key_in_clear(self):
        self.world.write(".aws/credentials", "[old]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                         "aws_secret_access_key = x\n[brief]\naws_access_key_id = ASIAX\n"
                         "aws_secret_access_key = y\naws_session_token = z\n")
        self.ails("keys in clear", r"^1 long-lived key in the AWS files: old$", "xacct import")

    def test_a_default_profile(self):
        self.world.write(".aws/config", "[default]\nrole_arn = arn:aws:iam::222222222222:role/X\n"
                         "source_profile = main\n")
        self.ails("[default]", "has role_arn", "another name", result="warning")

    def test_programs_of_profiles(self):
        for command, told in (("xacct credential-process prod", "found by PATH alone"),
                              ("/nowhere/xacct-client credential-process prod", "cannot be exec"),
                              ("no-such-login", "nowhere in PATH"), ("./login", "each directory"),
                              ('"open', "no command")):
            self.world.write(".aws/config", f"[profile p]\ncredential_process = {command}\n")
            self.ails("credential_process", rf"config:2: profile p .*{told}", "absolute path")
        self.world.write(".aws/config", "[profile a]\ncredential_process = env --token=of-another\n"
                         '[profile p]\ncredential_process = "open\n')
        self.ails("credential_process", "config:4: profile p runs something, which is no", ".")

        self.world.write(".aws/config", f"[profile p]\ncredential_process = {self.world.client} "
                         "credential-process prod\n[profile q]\ncredential_process = env\n")
        self.examine(0)

    # --- this shell ------------------------------------------------------------------------------

    def test_variables(self):
        pair = {"AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "x"}
        url = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        for env, message, result in (
                ({"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}, "long-lived",
                 "problem"),
                ({"AWS_ACCESS_KEY_ID": "ASIAX"}, "without AWS_SECRET_ACCESS_KEY", "problem"),
                ({"AWS_SECRET_ACCESS_KEY": "x"}, "without AWS_ACCESS_KEY_ID", "problem"),
                ({**pair, "AWS_SESSION_TOKEN": "a", "AWS_SECURITY_TOKEN": "b"},
                 "AWS_SECURITY_TOKEN is not", "problem"),
                ({**pair, "XACCT_DEST": "prod", "XACCT_EXPIRES": "1000"}, "'prod' have run out",
                 "problem"),
                ({**pair, "AWS_PROFILE": "x"}, "AWS_PROFILE is set beside", "warning"),
                ({**pair, "AWS_DEFAULT_PROFILE": "x"}, "AWS_DEFAULT_PROFILE is set", "warning"),
                ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1",
                 "warning"),
                ({**pair, "XACCT_EXPIRES": "-5"}, "no time that xacct has set", "warning"),
                ({"AWS_VAULT": "prod"}, "AWS_VAULT says 'prod'.*no credentials", "warning"),
                ({"AWSUME_PROFILE": "prod"}, "AWSUME_PROFILE says", "warning"),
                ({**pair, url: "http://127.0.0.1:1/x"}, "wins over it", "warning"),
                ({url: "http://127.0.0.1:1/x"}, "nobody answers", "problem")):
            self.ails("variables", message, ".", result=result, env=env)

    def test_variables_that_are_sound(self):
        script = "eval $(xacct env prod -r eu-west-1) && xacct doctor"
        said = self.world.shell("bash", script)
        self.assertEqual(said.status, 0, said)
        self.assertIn("this shell is 'prod'", said.out)
        said = self.works("exec", "--server", "prod", "--", self.world.client, "doctor")
        self.assertIn("this shell is 'prod'", said.out)

    def test_hostile_variables_are_shown_harmless(self):
        for value in ("a\033[31mb\nc", "a\u202eb", "a\u009b31mb", "a\udc9bb", "a\u2066b"):
            said = self.world.xacct("doctor", env={"AWS_VAULT": value})
            self.assertEqual(said.status, 1)
            line, = (line for line in said.out.splitlines() if "says" in line)
            self.assertTrue(line.isascii() and line.isprintable(), ascii(line))

    def test_an_endpoint_that_takes_nobody(self):
        """One that is stopped, with all its places taken: it is not waited for."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            begin = time.monotonic()
            self.ails("variables", "nobody answers", ".", env={
                "AWS_CONTAINER_CREDENTIALS_FULL_URI":
                    f"http://127.0.0.1:{listener.getsockname()[1]}/x"})
            self.assertLess(time.monotonic() - begin, 5)
            for one in waiting:
                one.close()

    def test_it_keeps_to_the_terminal_s_width(self):
        with self.world.terminal("doctor", columns=60, env={"AWS_VAULT": "prod"}) as person:
            lines = [line for line in person.leaves(1).splitlines() if "/" not in line]
            self.assertLessEqual(max(map(len, lines)), 60)

    def test_more_sources_than_are_asked_for(self):
        self.world.configure(CONFIG + "".join(f"[source s{n}]\n" for n in range(20)))
        found = [check for check in self.examine(1) if check["name"] == "network"]
        self.assertEqual(found[-1]["result"], "skipped")
        self.assertIn("5 more sources", found[-1]["message"])

    # --- tools -----------------------------------------------------------------------------------

    def test_tools_that_ask(self):
        for name in ("XACCT_PINENTRY", "XACCT_ASKPASS", "SSH_ASKPASS"):
            for program in ("/nowhere/x", "no-such-program"):
                self.ails("tools that ask", f"{name} is {program}", ".", env={name: program})
        self.examine(0, env={"XACCT_PINENTRY": "/usr/bin/env"})
        self.examine(0, env={"XACCT_PINENTRY": "env"})

    def test_a_prompt_that_finds_no_label(self):
        self.examine(0, env={"STARSHIP_SHELL": "bash"})
        self.world.configure(CONFIG, agent="label_variables = ASSUMED_ROLE\n")
        self.ails("prompt", "starship does not find", "label_variables", result="warning",
                  env={"STARSHIP_SHELL": "bash"})
        self.examine(0)


if __name__ == "__main__":
    unittest.main()
