"""PROTOCOL.md against the installed agent: frames, fields, versions, time; by a client that
was written from the document alone. What concerns asking is in test_protocol_asking.py."""

import array
import os
import random
import re
import selectors
import socket
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

import xacct_wire as wire                                                  # noqa: E402
from lone_agent import KEY_ID, PASSPHRASE, SECRET, LoneAgent, prefix, step_down   # noqa: E402
from xacct_wire import Closed, frame, request                              # noqa: E402

DOCUMENT = os.path.join(os.path.dirname(os.path.dirname(HERE)), "proto", "PROTOCOL.md")
UNKNOWN_TYPE = 200


def read_examples():
    """{caption: bytes} of the document's hex blocks."""
    with open(DOCUMENT, encoding="utf-8") as file:
        blocks = re.findall(r"^```hex (.*)\n((?:.*\n)*?)```$", file.read(), re.MULTILINE)
    return {caption: bytes.fromhex("".join(line.split(";")[0] for line in lines.splitlines()))
            for caption, lines in blocks}


EXAMPLES = read_examples()      # before we step down: the checkout may be closed to others


class ProtocolCase(unittest.TestCase):
    def setUp(self):
        self.agent = LoneAgent()
        self.addCleanup(self.agent.close)

    def client(self):
        client = self.agent.client()
        self.addCleanup(client.close)
        return client

    def stranger(self):
        """A connection that has not said HELLO."""
        connection = self.agent.connect()
        self.addCleanup(connection.close)
        return connection

    def greeting(self, **changed):
        fields = {"protocol": 1, "config_path": self.agent.config_path,
                  "vault_path": self.agent.vault_path}
        return request("HELLO", 1, **{**fields, **changed})

    def assert_error(self, reply, code, number=None):
        self.assertEqual((reply.type, reply.code), ("ERROR", code), reply)
        if number is not None:
            self.assertEqual(reply.number, number, reply)

    def assert_usable(self, client):
        self.assertEqual(client.ask("STATUS").type, "RESULT")


class Greeting(ProtocolCase):
    def test_an_agent_of_another_configuration_or_vault_refuses_and_names_both(self):
        for changed in ({"config_path": "/else/where"}, {"vault_path": "/else/where"}):
            client = self.stranger()
            client.send_bytes(self.greeting(**changed) + request("STATUS", 2))
            reply = client.receive()
            self.assert_error(reply, wire.OTHER_AGENT, 1)
            ours = (self.agent.config_path if "config_path" in changed else self.agent.vault_path)
            self.assertIn("/else/where", reply.message)
            self.assertIn(ours[:60], reply.message)
            self.assertTrue(client.at_end())

    def test_paths_are_compared_byte_by_byte(self):
        for path in (self.agent.config_path + "x", self.agent.config_path[:-1],
                     "/" + self.agent.config_path):
            client = self.stranger()
            client.send_bytes(self.greeting(config_path=path))
            self.assert_error(client.receive(), wire.OTHER_AGENT, 1)

    def test_any_other_first_frame_is_refused(self):
        for kind in [*wire.REQUESTS, UNKNOWN_TYPE]:
            if kind == "HELLO":
                continue
            client = self.stranger()
            client.send_bytes(frame(kind, 9) + self.greeting())
            self.assert_error(client.receive(), wire.BAD_MESSAGE, 9)
            self.assertTrue(client.at_end())

    def test_a_hello_that_breaks_the_rules_can_be_said_again(self):
        client = self.stranger()
        client.send_bytes(request("HELLO", 1, protocol=1, config_path="/a"))
        self.assert_error(client.receive(), wire.BAD_MESSAGE, 1)
        client.send_bytes(frame("HELLO", 2, version=2))
        self.assert_error(client.receive(), wire.BAD_VERSION, 2)
        client.send_bytes(self.greeting())
        self.assert_usable(client)

    def test_hello_is_not_answered_and_may_come_twice(self):
        client = self.stranger()
        client.send_bytes(self.greeting() + self.greeting() + request("STATUS", 7))
        self.assertEqual((client.receive().number, client.number), (7, 0))

    def test_the_newest_version_a_client_speaks_is_its_own_affair(self):
        client = self.stranger()
        client.send_bytes(self.greeting(protocol=4711))
        self.assert_usable(client)


class Document(ProtocolCase):
    def replay(self, client, caption):
        data = EXAMPLES[f"request {caption}"]
        client.send_bytes(data)
        reply = client.receive()
        self.assertEqual(reply.number, wire.HEAD.unpack(data[:wire.HEAD.size])[3])
        return reply

    def test_its_requests_are_what_this_client_makes_of_their_fields(self):
        made = {
            "HELLO": request("HELLO", 1, protocol=1,
                             config_path="/home/alice/.config/xacct/config",
                             vault_path="/home/alice/.local/share/xacct/vault"),
            "STATUS": request("STATUS", 2),
            "CREDENTIALS prod": request("CREDENTIALS", 3, can_ask=True, patience_ms=5000,
                                        asking_ms=55000, name="prod"),
            "UNLOCK": request("UNLOCK", 4, passphrase=PASSPHRASE),
            "UNLOCK create": request("UNLOCK", 7, passphrase=PASSPHRASE, create=True),
            "ADD main": request("ADD", 8, name="main", no_verify=True, access_key_id=KEY_ID,
                                secret=SECRET),
            "LIST": request("LIST", 9),
            "FORGET all": request("FORGET", 10, all=True),
            "CANCEL": request("CANCEL", 11),
            "LOCK": request("LOCK", 12, keep_sessions=True),
            "MFA_CODE": request("MFA_CODE", 15, mfa_code="123456"),
            "FOREIGN": request("FOREIGN", 16, access_key_id="ASIAIOSFODNN7EXAMPLE",
                               secret=b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
                               token=b"AQoDYXdzEPT//////////wEXAMPLE", expires_at=1768480496),
            "PLAN prod": request("PLAN", 17, name="prod", duration_s=7200),
        }
        for caption, data in EXAMPLES.items():
            kind, _, name = caption.partition(" ")
            if kind == "request":
                self.assertEqual(made.pop(name), data, caption)
        self.assertEqual(made, {})

    def test_its_requests_are_answered_as_it_says(self):
        client = self.stranger()
        client.send_bytes(EXAMPLES["request HELLO"])
        self.assert_error(client.receive(), wire.OTHER_AGENT, 1)

        client = self.client()
        self.assertEqual(client.ask("STATUS").state, 1)
        self.assertEqual(self.replay(client, "STATUS").vault_path, self.agent.vault_path)
        self.assert_error(self.replay(client, "CREDENTIALS prod"), wire.NO_SUCH_NAME)
        self.assert_error(self.replay(client, "UNLOCK"), wire.NO_VAULT)
        self.assertEqual(self.replay(client, "UNLOCK create").type, "RESULT")
        self.assertTrue(self.replay(client, "ADD main").created)
        plan = self.replay(client, "PLAN prod")
        self.assertEqual([(hop["kind"], hop["name"]) for hop in plan.hops],
                         [(wire.SOURCE, "main"), (wire.ROLE_HOP, "prod")])
        self.assert_error(self.replay(client, "MFA_CODE"), wire.MFA_NEEDED)
        self.assert_error(self.replay(client, "FOREIGN"), wire.USAGE)
        listed = {entry["name"]: entry for entry in self.replay(client, "LIST").entries}
        self.assertEqual((listed["main"]["kind"], listed["main"]["key_tail"]), (1, "MPLE"))
        self.assertEqual((listed["prod"]["kind"], listed["prod"]["source"]), (2, "main"))
        self.assertEqual(self.replay(client, "FORGET all").type, "RESULT")
        self.assertEqual(self.replay(client, "CANCEL").type, "RESULT")
        self.assertEqual(self.replay(client, "LOCK").type, "RESULT")
        need = self.replay(client, "CREDENTIALS prod")
        self.assertEqual((need.type, need.kind, need.tries_left, need.subject),
                         ("NEED", wire.PASSPHRASE, 3, self.agent.vault_path))
        self.assertEqual(self.replay(client, "UNLOCK").type, "RESULT")
        self.assert_error(self.replay(client, "CREDENTIALS prod"), wire.UNREACHABLE)

    def test_its_replies_can_be_read(self):
        for caption, data in EXAMPLES.items():
            kind, name = caption.split()[:2]
            if kind == "request":
                continue
            _, version, number, _ = wire.HEAD.unpack(data[:wire.HEAD.size])
            self.assertEqual(version, wire.VERSION)
            self.assertEqual(wire.TYPE_NAMES[number], name if kind == "reply" else "RESULT")
            self.assertEqual(bool(wire.decode(data[wire.HEAD.size:])), caption != "result UNLOCK")


class Frames(ProtocolCase):
    """Pieces, lengths, types and versions (C1, C6, C9)."""

    def row(self):
        """Requests whose answers do not change with time."""
        return [request("LIST", 2), frame(UNKNOWN_TYPE, 3), frame("LIST", 4, version=2),
                request("FORGET", 5, all=True), request("FORGET", 6), frame("LOCK", 7, b"\0"),
                request("CREDENTIALS", 8, name="prod"), request("CHECK", 9),
                request("DEST_REMOVE", 10, name="none"), request("CANCEL", 11)]

    def answers(self, pieces, n):
        client = self.stranger()
        for piece in pieces:
            client.send_bytes(piece)
        return [client.receive() for _ in range(n)]

    def test_it_does_not_matter_in_which_pieces_frames_come(self):
        row = self.row()
        data = self.greeting() + b"".join(row)
        at_once = self.answers([data], len(row))
        self.assertEqual([reply.number for reply in at_once], list(range(2, 12)))
        self.assertEqual([reply.type for reply in at_once],
                         ["RESULT", "ERROR", "ERROR", "RESULT", "ERROR", "ERROR", "ERROR", "RESULT",
                          "ERROR", "RESULT"])
        self.assertEqual(self.answers([data[i:i + 1] for i in range(len(data))], len(row)), at_once)
        rng = random.Random(1)
        for _ in range(50):
            cuts = sorted(rng.sample(range(len(data)), 9))
            pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
            self.assertEqual(self.answers(pieces, len(row)), at_once)

    def test_many_requests_are_answered_in_their_order(self):
        client = self.client()
        self.assert_usable(client)
        client.send_bytes(b"".join(request("FORGET", i, all=True) for i in range(100, 1100)))
        self.assertEqual([client.receive().number for _ in range(1000)], list(range(100, 1100)))

    def filled(self, kind, number, size, fields=b""):
        """A frame of this size, the rest of it ignorable fields that nobody knows."""
        left, at, rest = size - wire.HEAD.size - len(fields), 4000, b""
        while left > 0:
            value = min(left - 4, 30000 if left > 30010 else left)
            rest += wire.struct.pack(">HH", 0x8000 | wire.BYTES << 12 | at, value) + b"x" * value
            left, at = left - 4 - value, at + 1
        return frame(kind, number, fields + rest)

    def test_a_request_of_the_greatest_length_is_served_and_one_beyond_is_refused(self):
        client = self.client()
        self.assert_usable(client)
        data = self.filled("LIST", 5, wire.REQUEST_MAX)
        self.assertEqual(len(data), 65536)
        client.send_bytes(data)
        self.assertEqual((client.receive().number, client.socket.fileno() >= 0), (5, True))
        client.send_bytes(self.filled("LIST", 6, wire.REQUEST_MAX + 1)[:wire.HEAD.size])
        self.assert_error(client.receive(), wire.BAD_MESSAGE, 0)
        self.assertTrue(client.at_end())

    def test_a_secret_has_a_limit_of_its_own_and_it_is_judged_by_the_head(self):
        for kind, fields in (("UNLOCK", {"passphrase": PASSPHRASE}),
                             ("PASSWD", {"passphrase": b"a", "new_passphrase": b"b"})):
            client = self.client()
            self.assert_usable(client)
            body = request(kind, 0, **fields)[wire.HEAD.size:]
            client.send_bytes(self.filled(kind, 5, wire.SECRET_REQUEST_MAX, body))
            self.assert_error(client.receive(), wire.NO_VAULT, 5)
            client.send_bytes(self.filled(kind, 6, wire.SECRET_REQUEST_MAX + 1)[:wire.HEAD.size])
            self.assert_error(client.receive(), wire.BAD_MESSAGE, 6)
            self.assertTrue(client.at_end())

    def test_a_length_that_cannot_be_ends_the_connection(self):
        for length in (0, 5, wire.REQUEST_MAX - 3, 0x7fffffff, 0x80000000, 0xffffffff):
            client = self.client()
            self.assert_usable(client)
            client.send_bytes(wire.HEAD.pack(length, 1, 17, 77))
            self.assert_error(client.receive(), wire.BAD_MESSAGE, 0)
            self.assertTrue(client.at_end())

    def test_what_was_asked_before_a_bad_length_is_answered(self):
        client = self.client()
        self.assert_usable(client)
        client.send_bytes(request("LIST", 5) + wire.HEAD.pack(2, 1, 17, 6) + request("LIST", 7))
        self.assertEqual(client.receive().number, 5)
        self.assert_error(client.receive(), wire.BAD_MESSAGE, 0)
        self.assertTrue(client.at_end())

    def test_garbage_is_refused(self):
        rng = random.Random(2)
        for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\xff" * 64,
                     *(bytes([rng.randrange(1, 256)]) + rng.randbytes(63) for _ in range(50))):
            client = self.stranger()
            client.send_bytes(data)
            self.assert_error(client.receive(), wire.BAD_MESSAGE, 0)
            self.assertTrue(client.at_end())

    def test_an_unknown_type_is_told_apart_and_the_connection_goes_on(self):
        client = self.client()
        self.assert_usable(client)
        for kind in range(256):
            if kind in wire.REQUESTS.values():
                continue
            client.send_bytes(frame(kind, 1000 + kind, b"any body"))
            self.assert_error(client.receive(), wire.UNKNOWN_REQUEST, 1000 + kind)
        self.assert_usable(client)

    def test_an_unknown_version_is_told_apart_and_the_connection_goes_on(self):
        client = self.client()
        self.assert_usable(client)
        for version in (0, 2, 3, 255):
            for kind in ("STATUS", "HELLO", "STOP", UNKNOWN_TYPE):
                client.send_bytes(frame(kind, 50 + version, b"\xff\xff", version=version))
                reply = client.receive()
                self.assert_error(reply, wire.BAD_VERSION, 50 + version)
                self.assertIn("xacct agent restart", reply.hint)
        self.assert_usable(client)

    def test_a_body_that_breaks_the_rules_names_the_field_and_the_connection_goes_on(self):
        client = self.client()
        self.assert_usable(client)
        name = wire.encode({16: "prod"})
        for body, word in ((b"\x40", "parse"), (name[:-1], "parse"), (name + b"\0", "parse"),
                           (name + name, "twice"), (b"", "no name"), (b"\x40\x10\0\0", "name"),
                           (b"\x50\x10\0\4prod", "name"), (b"\x40\x10\0\1\x1b", "name"),
                           (wire.encode({16: "x" * 2049}), "name"),
                           (name + b"\x5f\xff\0\0", "unknown field 4095")):
            client.send_bytes(frame("WHOAMI", 5, body))
            reply = client.receive()
            self.assert_error(reply, wire.BAD_MESSAGE, 5)
            self.assertIn("whoami: ", reply.message)
            self.assertIn(word, reply.message)
        self.assert_usable(client)


class Sockets(ProtocolCase):
    """Half-open connections, hang-ups, and what comes beside the bytes (C7)."""

    def test_a_client_that_has_said_all_it_wants_is_answered(self):
        client = self.client()
        client.send("LIST")
        client.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(client.receive().type, "RESULT")
        self.assertTrue(client.at_end())

    def test_descriptors_are_not_taken(self):
        reading, writing = os.pipe()
        client = self.client()
        self.assert_usable(client)
        client.socket.sendmsg([request("LIST", 5)], [
            (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [writing] * 20))])
        os.close(writing)
        self.assertEqual(client.receive().number, 5)
        with open(reading, "rb") as pipe:
            self.assertEqual(pipe.read(), b"")       # nobody holds the other end
        self.assert_usable(client)

    def test_hang_ups_at_every_byte_leave_nothing_behind(self):
        data = self.greeting() + request("CREDENTIALS", 2, name="prod") + \
            request("UNLOCK", 3, passphrase=PASSPHRASE) + request("LIST", 4)
        for round_ in range(3):
            for cut in range(len(data)):
                connection = self.agent.connect()
                connection.send_bytes(data[:cut])
                connection.close()
            if round_ == 0:
                before = self.agent.memory_kib()
        self.assertLess(self.agent.memory_kib() - before, 512)

    def test_unfinished_frames_of_some_keep_no_other_from_being_served(self):
        sizes = [size for size in (65536, 16384, 4096, 1024, 256, 64, 16) for _ in range(32)]
        greedy = [self.client() for _ in sizes]
        for client, size in zip(greedy, sizes):
            self.assert_usable(client)
            client.send_bytes(frame("LIST", 5, b"\0" * (size - wire.HEAD.size))[:-1])
        victim = self.client()
        self.assert_usable(victim)
        data = request("UNLOCK", 9, passphrase=PASSPHRASE)
        for i in range(len(data)):
            victim.send_bytes(data[i:i + 1])
        self.assert_error(victim.receive(), wire.NO_VAULT, 9)


class Time(ProtocolCase):
    """C3 and C6: who is slow is closed, alone, and in time."""

    def trickle(self, clients, data_s, step_s=0.25):
        """Sends to each client a byte a step of its data; returns when each was closed."""
        start, closed = time.monotonic(), {}
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            step = 0
            while len(closed) < len(clients) and time.monotonic() - start < 20:
                for client, data in zip(clients, data_s):
                    if client not in closed:
                        self.push(client, data[step:step + 1])
                until = start + (step + 1) * step_s
                while (left := until - time.monotonic()) > 0:
                    for key, _ in selector.select(left):
                        self.assertTrue(key.data.at_end())
                        closed[key.data] = time.monotonic() - start
                        selector.unregister(key.fileobj)
                step += 1
        return [closed.get(client) for client in clients]

    @staticmethod
    def push(client, data):
        try:
            client.send_bytes(data)
        except Closed:
            pass

    def test_a_first_frame_has_five_seconds_and_so_has_each_other_from_its_first_byte(self):
        silent, slow = self.stranger(), [self.stranger() for _ in range(20)]
        partial = self.client()
        self.assert_usable(partial)
        data = self.greeting()
        whole = [b"", *[data] * 20, frame("LIST", 5, b"\0" * 100)]
        for passed in self.trickle([silent, *slow, partial], whole):
            self.assertIsNotNone(passed)
            self.assertAlmostEqual(passed, 5, delta=0.7)
        self.assertTrue(self.agent.is_alive())

    def test_others_do_not_notice(self):
        slow = [self.stranger() for _ in range(200)]
        for client in slow:
            client.send_bytes(b"\0")
        worst, client = 0, self.client()
        for _ in range(200):
            before = time.monotonic()
            self.assert_usable(client)
            worst = max(worst, time.monotonic() - before)
        self.assertLess(worst, 0.5)

    def test_a_client_that_does_not_read_is_closed_after_ten_seconds(self):
        client = self.client()
        self.assert_usable(client)
        client.socket.settimeout(2)
        data = b"".join(request("STATUS", i) for i in range(2, 200))
        with self.assertRaises(TimeoutError):
            while True:
                client.send_bytes(data)
        stuck = time.monotonic() - 2
        client.socket.settimeout(20)
        with self.assertRaises(Closed):
            while True:
                client.send_bytes(data)
        self.assertAlmostEqual(time.monotonic() - stuck, 10, delta=1.5)


class Mutations(ProtocolCase):
    """10,000 frames, each with something wrong about it (C2, C7)."""

    FRAMES = 10000

    def seeds(self):
        asking = {"can_ask": False, "patience_ms": 10}
        return [data for caption, data in EXAMPLES.items()
                if caption.startswith("request ") and "create" not in caption] + [
            self.greeting(), request("CHECK", 1), request("LIST", 2, cursor=1),
            request("REMOVE", 3, name="main", **asking),
            request("WHOAMI", 4, name="prod", **asking),
            request("PASSWD", 5, passphrase=b"a", new_passphrase=b"b"),
            request("DEST_ADD", 6, name="a", target="111111111111/R", region="eu-west-1",
                    duration_s=900, session_name="me", external_id="id"),
            request("DEST_REMOVE", 7, name="a"), request("FORGET", 8, name="prod"),
            request("CREDENTIALS", 9, name="prod", source="main", region="eu-west-1",
                    duration_s=900, min_left_s=60, session_name="me", external_id="id",
                    refresh=True, **asking)]

    @staticmethod
    def mutated(rng, seeds):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            at, how = rng.randrange(len(data)), rng.randrange(6)
            if how == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif how == 1:
                data[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff))
            elif how == 2:
                data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 40)))
            elif how == 3 and len(data) > 12:
                del data[at:at + rng.choice((1, 2, 4, 40))]
            elif how == 4:
                other = rng.choice(seeds)
                data[at:at] = other[rng.randrange(len(other)):]
            else:
                data[wire.HEAD.size:] = data[wire.HEAD.size:] + data[at:]
            if not data:
                data = bytearray(b"\0")
        if rng.random() < 0.8 and len(data) >= wire.HEAD.size:      # mostly of the right length
            data[:4] = (len(data) - 4).to_bytes(4, "big")
        if len(data) > 5 and data[5] == wire.REQUESTS["STOP"]:
            data[5] = wire.REQUESTS["CHECK"]
        return bytes(data)

    def test_ten_thousand_of_them(self):
        rng, seeds, before = random.Random(20), self.seeds(), self.agent.memory_kib()
        for i in range(self.FRAMES):
            data = self.mutated(rng, seeds)
            with self.agent.connect(20) as client:
                try:
                    client.send_bytes((b"" if i % 10 == 0 else self.greeting()) + data)
                    client.socket.shutdown(socket.SHUT_WR)
                    while True:
                        client.receive()
                except (Closed, OSError) as error:
                    self.assertNotIsInstance(error, TimeoutError, data.hex())
        self.assertTrue(self.agent.is_alive())
        self.assertLess(self.agent.memory_kib() - before, 4096)


if __name__ == "__main__":
    prefix()
    step_down()
    unittest.main()
