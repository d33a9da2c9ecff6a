"""The container-credentials endpoint of exec --server, with real bytes on its socket
(security L1 to L7, L9). The attackers of L8 have tests of their own in tests/interop."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import time
import unittest

import processes
from story import Story
from world import Fd, PASSPHRASE

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
[dest strict]
account = 222222222222
role = Strict
"""
# Prints where the endpoint is, and stays until its standard input ends.
WAIT = ("import os, sys; print(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'], "
        "os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'], os.getpid(), flush=True); "
        "sys.stdin.read()")
PYTHON = "/usr/bin/python3"
OTHER_UID = 61007


class Reply:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else None
        self.headers = dict(line.split(": ", 1) for line in lines[1:])

    def json(self):
        return json.loads(self.body)


class Endpoint:
    """A program under exec --server, and the way to its endpoint."""

    def __init__(self, world, *words, dest="prod", **how):
        self.uid = world.uid
        self.server = world.start(world.client, "exec", "--server", *words, dest, "--", PYTHON,
                                  "-c", WAIT, **how)
        self.words = self.server.popen.stdout.readline().decode().split()
        if len(self.words) != 3:
            raise AssertionError(self.server.end())
        self.url, self.token, self.child = self.words[0], self.words[1], int(self.words[2])
        self.port = int(re.fullmatch(r"http://127\.0\.0\.1:([0-9]+)/credentials",
                                     self.url).group(1))

    def connect(self, timeout_s=10):
        """As the person: the endpoint serves nobody else."""
        with processes.acting_as(self.uid):
            return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def head(self, *headers, line="GET /credentials HTTP/1.1", host=None, token=None):
        """A request as an SDK sends it; headers are added, None leaves one out."""
        lines = [line, f"Host: {host or f'127.0.0.1:{self.port}'}", "Accept: application/json",
                 f"Authorization: {self.token if token is None else token}", *headers]
        return "".join(one + "\r\n" for one in lines) + "\r\n"

    def send(self, data):
        """Sends bytes; the whole answer."""
        with self.connect() as line:
            line.sendall(data.encode() if isinstance(data, str) else data)
            return Reply(_read_all(line))

    def ask(self, *headers, **how):
        return self.send(self.head(*headers, **how))

    def end(self):
        self.server.popen.stdin.close()
        self.server.popen.stdin = None
        return self.server.end()


def _read_all(line):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65536):
            data += part
    return data


class Endpoints(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def endpoint(self, *words, **how):
        return Endpoint(self.world, *words, **how)

    def assert_refused(self, status, reply):
        self.assertEqual(reply.status, status, reply.body)
        self.assertNotIn(b"ASIA", reply.body)
        self.assertEqual(set(reply.json()), {"code", "message"})
        self.assertNotIn("Access-Control-Allow-Origin", reply.headers)


class WhatItGives(Endpoints):
    def test_credentials_as_the_sdks_want_them(self):
        endpoint = self.endpoint()
        reply = endpoint.ask()
        self.assertEqual(reply.status, 200)
        given = reply.json()
        self.assertEqual(set(given), {"AccessKeyId", "SecretAccessKey", "Token", "Expiration",
                                      "AccountId"})
        self.assertRegex(given["Expiration"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(given["AccountId"], "222222222222")
        self.assertEqual(reply.headers, {
            "Content-Type": "application/json", "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff", "Content-Length": str(len(reply.body)),
            "Connection": "close"})
        self.assertEqual(endpoint.end().status, 0)

    @unittest.skipIf(os.environ.get("XACCT_SANITIZE"), "programs of another speed")
    def test_it_is_quick_from_the_cache(self):
        """L7: p99 < 20 ms. Twice the room, and the best of three: others use the machine."""
        endpoint = self.endpoint()

        def slow_one_of(n):
            times = []
            for _ in range(n):
                start = time.monotonic()
                self.assertEqual(endpoint.ask().status, 200)
                times.append(time.monotonic() - start)
            return sorted(times)[n * 99 // 100 - 1]

        self.assertLess(min(slow_one_of(200) for _ in range(3)), 0.04)

    def test_renewal_is_not_seen(self):
        self.world.aws.fault(action="AssumeRole", life_s=900, times=1)
        endpoint = self.endpoint()
        first = endpoint.ask().json()["AccessKeyId"]
        self.works("forget", "prod")
        second = endpoint.ask()
        self.assertEqual(second.status, 200)
        self.assertNotEqual(second.json()["AccessKeyId"], first)

    def test_a_code_is_for_the_first_time_only(self):
        self.world.aws.fault(action="AssumeRole", life_s=900, times=0)
        endpoint = self.endpoint("--refresh")
        calls = len(self.world.aws.calls("AssumeRole"))
        for _ in range(3):
            self.assertEqual(endpoint.ask().status, 200)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), calls)

    def test_many_at_once_are_one_question(self):
        endpoint = self.endpoint()
        self.works("forget", "--all")
        before = len(self.world.aws.calls("AssumeRole"))
        lines = [endpoint.connect() for _ in range(50)]
        for line in lines:
            line.sendall(endpoint.head().encode())
        for line in lines:
            with line:
                self.assertEqual(Reply(_read_all(line)).status, 200)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")) - before, 1)


class WhatItSaysInstead(Endpoints):
    def test_locked(self):
        endpoint = self.endpoint()
        self.works("lock")
        reply = endpoint.ask()
        self.assert_refused(503, reply)
        self.assertEqual(reply.json()["code"], "locked")
        self.assertIn("xacct unlock", reply.json()["message"])
        self.world.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(endpoint.ask().status, 200)

    def test_aws_refuses(self):
        endpoint = self.endpoint()
        self.works("forget", "--all")
        self.world.aws.fault(action="AssumeRole", times=0, error={
            "code": "AccessDenied", "message": "no longer", "status": 403})
        reply = endpoint.ask()
        self.assert_refused(403, reply)
        self.assertEqual(reply.json()["code"], "AccessDenied")
        self.assertIn("no longer", reply.json()["message"])

    def test_slow_aws_is_answered_in_time_and_had_at_the_next_try(self):
        """L7 and facts 6.4: the strictest SDK gives it one second."""
        endpoint = self.endpoint()
        self.works("forget", "--all")
        self.world.aws.fault(action="AssumeRole", delay_s=3.0, times=1)
        start = time.monotonic()
        reply = endpoint.ask()
        self.assertLess(time.monotonic() - start, 1.6)         # 800 ms, with twice the room
        self.assert_refused(503, reply)
        quickest = min(self.time_of(endpoint) for _ in range(2))
        self.assertLess(quickest, 0.95)                        # what the strictest can still take
        time.sleep(3.0)
        self.assertEqual(endpoint.ask().status, 200)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)

    def time_of(self, endpoint):
        start = time.monotonic()
        endpoint.ask()
        return time.monotonic() - start

    def test_an_agent_that_hangs(self):
        endpoint = self.endpoint()
        (agent,) = self.world.agents()
        stopped = [agent, *processes.descendants(agent)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            reply = endpoint.ask()
            self.assertLess(time.monotonic() - start, 2.0)
            self.assert_refused(503, reply)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def test_while_a_person_is_asked(self):
        """An askpass program is asked beside; who waits hears so at once."""
        gate = os.path.join(self.world.home, "gate")
        os.mkfifo(gate)
        os.chown(gate, self.world.uid, -1)
        askpass = self.world.write("askpass", f"#!/bin/sh\ncat {gate}\n", mode=0o700)
        endpoint = self.endpoint(env={"XACCT_ASKPASS": askpass})
        self.works("lock")
        start = time.monotonic()
        reply = endpoint.ask()
        self.assertLess(time.monotonic() - start, 1.6)
        self.assert_refused(503, reply)
        self.assertIn("a person is being asked", reply.json()["message"])
        self.assertEqual(endpoint.ask().json()["code"], "Asking")
        with open(gate, "w", encoding="ascii") as answer:
            answer.write("correct horse battery staple\n")
        deadline = time.monotonic() + 15
        while (reply := endpoint.ask()).status != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(reply.status, 200)

    def until_given(self, endpoint, patience_s=15):
        """Tries as an SDK does, until it gets credentials; how often that was."""
        deadline, n = time.monotonic() + patience_s, 1
        while (reply := endpoint.ask()).status != 200:
            self.assertLess(time.monotonic(), deadline, reply.body)
            time.sleep(0.2)
            n += 1
        return n

    @staticmethod
    def runs(pid):
        """An orphan that has ended is ours by now, and stays until we look (processes.py)."""
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def until(self, condition, patience_s=15):
        deadline = time.monotonic() + patience_s
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def asked(self):
        """An endpoint whose locked vault has a person asked, who does not answer."""
        askpass = self.world.write("askpass", "#!/bin/sh\necho $$ > asked\nexec sleep 60\n",
                                   mode=0o700)
        endpoint = self.endpoint(env={"XACCT_ASKPASS": askpass})
        self.works("lock")
        self.until(lambda: endpoint.ask().json()["code"] == "Asking")
        return endpoint

    def test_opened_elsewhere_while_a_person_is_asked(self):
        endpoint = self.asked()
        self.world.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.until_given(endpoint)

    def test_who_asks_ends_with_the_program(self):
        endpoint = self.asked()
        asked = os.path.join(self.world.home, "asked")
        self.until(lambda: os.path.exists(asked) and os.path.getsize(asked) > 1)
        with open(asked, encoding="ascii") as file:
            asker = int(file.read())
        start = time.monotonic()
        endpoint.end()
        self.assertLess(time.monotonic() - start, 8)
        self.until(lambda: not self.runs(asker))

    def test_commands_that_take_longer_than_an_sdk_waits(self):
        """They are not begun anew at each try."""
        give = self.world.write("give", f"#!/bin/sh\nsleep 1.5\necho '{PASSPHRASE}'\n", mode=0o700)
        self.world.configure(CONFIG, agent=f"passphrase_command = {give}\n")
        endpoint = self.endpoint()
        self.works("lock")
        self.assertGreater(self.until_given(endpoint), 1)

    def test_a_process_that_takes_longer_than_an_sdk_waits(self):
        key_id, secret = self.world.aws.key_of("alice")
        give = self.world.write("give", "#!/bin/sh\nsleep 1.5\n" + "echo '" + json.dumps({
            "Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret}) + "'\n", mode=0o700)
        self.world.configure(CONFIG + f"""
[source corp]
credential_process = {give}
[dest far]
account = 222222222222
role = Admin
source = corp
""")
        endpoint = self.endpoint(dest="far")
        self.works("forget", "--all")
        self.assertGreater(self.until_given(endpoint), 1)


class Rules(Endpoints):
    """Each is refused although everything else is right."""

    def setUp(self):
        super().setUp()
        self.at = self.endpoint()
        self.assertEqual(self.at.ask().status, 200)

    def test_l2_the_token(self):
        token = self.at.token
        self.assertRegex(token, r"^[0-9a-f]{64}$")
        for wrong in ("x", token[:-1], token + "0", token.upper() if token != token.upper()
                      else "0" * 64, "Bearer " + token, "0" * 64, " "):
            self.assert_refused(401, self.at.ask(token=wrong))
        without = self.at.head().replace(f"Authorization: {token}\r\n", "")
        self.assert_refused(401, self.at.send(without))
        self.assertNotEqual(self.endpoint().token, token)

    def test_l2_many_wrong_tokens_wait_and_the_right_one_does_not(self):
        start = time.monotonic()
        self.assertEqual(self.at.ask().status, 200)
        usual = time.monotonic() - start                          # long under a sanitizer
        for _ in range(32):
            self.assert_refused(401, self.at.ask(token="0" * 64))
        lines = [self.at.connect() for _ in range(80)]            # more than there are seats
        start = time.monotonic()
        for line in lines:
            line.sendall(self.at.head(token="0" * 64).encode())
        self.assertEqual(self.at.ask().status, 200)
        self.assertLess(time.monotonic() - start, 0.5 + 3 * usual)
        late = lines[-1]
        late.settimeout(5)
        self.assert_refused(401, Reply(_read_all(late)))
        self.assertGreater(time.monotonic() - start, 0.9)
        for line in lines:
            line.close()

    def test_l3_the_host(self):
        port = self.at.port
        for good in (f"127.0.0.1:{port}", f"localhost:{port}", "127.0.0.1", "localhost"):
            self.assertEqual(self.at.ask(host=good).status, 200, good)
        for bad in ("rebound.test", f"rebound.test:{port}", f"0.0.0.0:{port}", f"[::1]:{port}",
                    f"127.0.0.1:{port + 1}", f"127.0.0.2:{port}", f"127.0.0.1:{port}x",
                    "LOCALHOST", f"127.0.0.1:0{port}", "169.254.170.2"):
            self.assert_refused(403, self.at.ask(host=bad))
        self.assert_refused(403, self.at.send(re.sub("Host: .*?\r\n", "", self.at.head())))
        self.assert_refused(400, self.at.ask(f"Host: 127.0.0.1:{port}"))

    @unittest.skipUnless(os.geteuid() == 0, "needs a second user")
    def test_l4_another_user(self):
        code = ("import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
                "s.sendall(sys.argv[2].encode());"
                "sys.stdout.buffer.write(s.recv(65536))")
        for uid, wanted in ((self.world.uid, b"HTTP/1.1 200"), (OTHER_UID, b""), (0, b"")):
            said = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                                   PYTHON, "-c", code, str(self.at.port), self.at.head()],
                                  capture_output=True, timeout=30, check=False)
            self.assertEqual(said.stdout[:12], wanted, (uid, said))

    def test_l5_what_browsers_and_proxies_send(self):
        for header in ("Origin: http://127.0.0.1", "Origin: null", "Referer: http://x/",
                       "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Cookie: a=b",
                       "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: x", "Forwarded: for=x",
                       "Via: 1.1 proxy", "Upgrade: websocket",
                       "Access-Control-Request-Method: GET",
                       "Access-Control-Request-Private-Network: true", "oRiGiN: x"):
            self.assert_refused(403, self.at.ask(header))
        preflight = self.at.ask("Origin: http://evil.test", line="OPTIONS /credentials HTTP/1.1")
        self.assert_refused(403, preflight)

    def test_l6_the_request_line(self):
        for line, status in (("POST /credentials HTTP/1.1", 405),
                             ("HEAD /credentials HTTP/1.1", 405),
                             ("OPTIONS /credentials HTTP/1.1", 405),
                             ("get /credentials HTTP/1.1", 405),
                             ("GET / HTTP/1.1", 404), ("GET /credentials/ HTTP/1.1", 404),
                             ("GET /credentials?x HTTP/1.1", 404),
                             ("GET /Credentials HTTP/1.1", 404),
                             ("GET /%63redentials HTTP/1.1", 404),
                             ("GET //credentials HTTP/1.1", 404),
                             ("GET /x/../credentials HTTP/1.1", 404),
                             (f"GET http://127.0.0.1:{self.at.port}/credentials HTTP/1.1", 400),
                             ("GET * HTTP/1.1", 400), ("GET credentials HTTP/1.1", 400),
                             ("GET /credentials HTTP/1.0", 400), ("GET /credentials HTTP/2", 400),
                             ("GET /credentials", 400), ("GET  /credentials HTTP/1.1", 400),
                             (" GET /credentials HTTP/1.1", 400),
                             ("GET /credentials HTTP/1.1 ", 400), ("PRI * HTTP/2.0", 400)):
            self.assert_refused(status, self.at.ask(line=line))

    def test_l6_the_headers(self):
        good = self.at.head()
        for bad in (good.replace("\r\n", "\n"), good.replace("Accept:", "Accept :"),
                    good.replace("Accept: ", "Accept: \r\n "), good.replace("Accept", "Acc ept"),
                    good.replace("Accept: application/json\r\n", ": x\r\n"),
                    good.replace("Accept: application/json\r\n", "nothing\r\n"),
                    good.replace("application/json", "a\x00b"),
                    good.replace("application/json", "a\x7fb"),
                    good.replace("application/json", "\xff"), good + "x", good + good,
                    self.at.head("Accept: x"), self.at.head("ACCEPT: x"),
                    self.at.head(f"Authorization: {self.at.token}")):
            self.assert_refused(400, self.at.send(bad.encode("latin-1")))

    def test_l6_no_body(self):
        for header in ("Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked",
                       "Trailer: x"):
            self.assert_refused(400, self.at.ask(header))

    def test_l6_the_sizes(self):
        fits = self.at.head("X-Pad: " + "p" * (8192 - len(self.at.head()) - 9))
        self.assertEqual(len(fits), 8192)
        self.assertEqual(self.at.send(fits).status, 200)
        self.assert_refused(400, self.at.ask("X-Pad: " + "p" * 8192))
        there = self.at.head().count("\r\n") - 2
        self.assertEqual(self.at.ask(*(f"X-{n}: y" for n in range(64 - there))).status, 200)
        self.assert_refused(400, self.at.ask(*(f"X-{n}: y" for n in range(65 - there))))

    def test_l6_the_time(self):
        with self.at.connect() as line:
            start = time.monotonic()
            line.sendall(b"GET /credentials HTTP/1.1\r\n")
            self.assertEqual(_read_all(line), b"")
            waited = time.monotonic() - start
        self.assertGreater(waited, 1.5)
        self.assertLess(waited, 4.0)

    def test_l6_the_time_for_all_of_it(self):
        """Bytes that come slowly do not make it longer."""
        with self.at.connect() as line:
            start = time.monotonic()
            with contextlib.suppress(ConnectionError):
                for byte in self.at.head().encode():
                    line.sendall(bytes([byte]))
                    if select.select([line], [], [], 0.2)[0]:
                        break
            self.assertEqual(_read_all(line), b"")
        self.assertLess(time.monotonic() - start, 4.0)

    def test_l6_in_pieces(self):
        with self.at.connect() as line:
            for byte in self.at.head().encode():
                line.sendall(bytes([byte]))
            self.assertEqual(Reply(_read_all(line)).status, 200)

    def test_l6_who_says_nothing_makes_room(self):
        silent = [self.at.connect() for _ in range(200)]
        start = time.monotonic()
        self.assertEqual(self.at.ask().status, 200)
        self.assertLess(time.monotonic() - start, 1.6)
        ended = select.select(silent, [], [], 0)[0]
        self.assertGreaterEqual(len(ended), 200 - 64)
        for line in silent:
            line.close()

    def test_half_closed_and_reset(self):
        for _ in range(300):
            line = self.at.connect()
            line.sendall(self.at.head()[:40].encode())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            line.close()
        self.assertEqual(self.at.ask().status, 200)


class HowLongItLives(Endpoints):
    """L1: the port is never free while the program lives."""

    @staticmethod
    def is_free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
            except OSError:
                return False
            return True

    def test_it_ends_with_the_program(self):
        endpoint = self.endpoint()
        self.assertFalse(self.is_free(endpoint.port))
        endpoint.end()
        self.assertTrue(self.is_free(endpoint.port))

    def test_what_the_program_left_behind_does_not_hold_it(self):
        said = self.works("exec", "--server", "prod", "--", "sh", "-c",
                          "setsid sleep 5 >/dev/null 2>&1 </dev/null & "
                          "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI")
        port = int(re.search(r":([0-9]+)/", said.out).group(1))
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()

    def test_the_agent_is_killed(self):
        endpoint = self.endpoint()
        for pid in self.world.agents():
            os.kill(pid, signal.SIGKILL)
        self.assertFalse(self.is_free(endpoint.port))
        reply = endpoint.ask()
        self.assertEqual(reply.status, 503)
        self.assertFalse(self.is_free(endpoint.port))
        self.world.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(endpoint.ask().status, 200)

    def test_the_server_is_killed(self):
        endpoint = self.endpoint()
        os.kill(endpoint.server.pid, signal.SIGKILL)
        endpoint.server.popen.wait(10)
        self.assertTrue(os.path.exists(f"/proc/{endpoint.child}"))
        self.assertFalse(self.is_free(endpoint.port))
        os.kill(endpoint.child, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while not self.is_free(endpoint.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertTrue(self.is_free(endpoint.port))

    def test_the_program_is_killed(self):
        endpoint = self.endpoint()
        os.kill(endpoint.child, signal.SIGKILL)
        said = endpoint.server.end()
        self.assertEqual(said.status, 128 + signal.SIGKILL)
        self.assertTrue(self.is_free(endpoint.port))


@unittest.skipUnless(os.geteuid() == 0 and not os.environ.get("XACCT_SANITIZE"),
                     "needs to read another's memory")
class WhatStays(Endpoints):
    def memory_of(self, pid):
        found = b""
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
                open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                span, rights = line.split()[:2]
                if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                    continue
                start, end = (int(number, 16) for number in span.split("-"))
                memory.seek(start)
                with contextlib.suppress(OSError):
                    found += memory.read(end - start)
        return found

    def test_the_server_keeps_nothing_that_it_handed_out(self):
        endpoint = self.endpoint()
        given = endpoint.ask().json()
        time.sleep(0.3)
        memory = self.memory_of(endpoint.server.pid)
        self.assertIn(endpoint.token.encode(), memory)          # so that it is the right one
        for name in ("SecretAccessKey", "Token", "AccessKeyId"):
            self.assertNotIn(given[name].encode(), memory, name)
        (agent,) = self.world.agents()
        for pid in (agent, *processes.descendants(agent)):
            self.assertNotIn(endpoint.token.encode(), self.memory_of(pid))


class Warnings(Endpoints):
    def test_a_default_profile_that_would_win(self):
        self.world.write(".aws/credentials",
                         "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                         "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        said = self.works("exec", "--server", "prod", "--", "true")
        self.assertIn("[default] has aws_access_key_id", said.err)
        self.assertEqual(self.works("exec", "-q", "--server", "prod", "--", "true").err, "")
        self.assertEqual(self.works("exec", "prod", "--", "true").err, "")

    def test_one_that_has_no_credentials_does_not(self):
        self.world.write(".aws/config", "[default]\nregion = eu-west-1\n")
        self.assertEqual(self.works("exec", "--server", "prod", "--", "true").err, "")


if __name__ == "__main__":
    unittest.main()
