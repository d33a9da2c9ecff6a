"""Corners of the agent's ways: what is pipelined behind an unlock, who is parked without room,
who shares a failure. Each was a fault once, or could easily be one."""

import os
import struct
import subprocess
import threading
import time
import unittest

import xacct_wire as wire
from lone_agent import PASSPHRASE, LoneAgent, prefix, step_down


class Corners(unittest.TestCase):
    def setUp(self):
        self.agent = LoneAgent()
        self.addCleanup(self.agent.close)

    def test_what_stands_behind_an_unlock_finds_the_vault_open(self):
        self.agent.make_vault()
        self.agent.process.terminate()
        self.agent.process.wait()
        self.agent.start()
        with self.agent.client() as client:
            client.send("UNLOCK", passphrase=PASSPHRASE)
            client.send("STATUS")
            client.send("CREDENTIALS", name="prod", can_ask=True)
            answers = [client.receive() for _ in range(3)]
        self.assertEqual(answers[0].type, "RESULT")
        self.assertEqual(answers[1].state, 3)
        self.assertEqual(answers[2].type, "ERROR")            # nobody listens at that endpoint
        self.assertIn("reached", answers[2].message)

    def test_large_parked_requests_harm_nobody(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        with self.agent.client() as holder:
            self.assertEqual(holder.ask("CREDENTIALS", name="prod", can_ask=True).type, "NEED")
            ballast = struct.pack(">HH", 0x8000 | 5 << 12 | 2000, 60000) + b"x" * 60000
            body = wire.encode({8: True, 10: 50000, 16: "prod"}) + ballast
            parked = []
            for _ in range(40):
                client = self.agent.client()
                self.addCleanup(client.close)
                client.number += 1
                client.send_bytes(client._greeting + wire.frame("CREDENTIALS", client.number, body))
                client._greeting = b""
                parked.append(client)
            time.sleep(0.5)
            self.assertEqual(holder.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
            for client in parked:
                answer = client.receive()
                self.assertEqual((answer.type, answer.number), ("ERROR", client.number))
                self.assertIn("reached", answer.message)
        self.assertTrue(self.agent.is_alive())

    def test_a_damaged_vault_is_told_to_all_who_wait(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        with self.agent.client() as holder, self.agent.client() as parked:
            self.assertEqual(holder.ask("CREDENTIALS", name="prod", can_ask=True).type, "NEED")
            parked.send("CREDENTIALS", name="prod", can_ask=True)
            time.sleep(0.2)
            with open(self.agent.vault_path, "r+b") as vault:
                vault.write(b"nothing")
            refused = holder.ask("UNLOCK", passphrase=PASSPHRASE)
            shared = parked.receive()
        self.assertEqual(refused.type, "ERROR")
        self.assertEqual((shared.type, shared.code), ("ERROR", refused.code))

    def test_a_lock_holds_against_unlocks_that_wait(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        with self.agent.client() as first, self.agent.client() as second:
            first.send("UNLOCK", passphrase=PASSPHRASE)
            second.send("UNLOCK", passphrase=PASSPHRASE)
            time.sleep(0.1)
            self.agent.ask("LOCK")
            self.assertEqual({first.receive().type, second.receive().type}, {"ERROR"})
        self.assertEqual(self.agent.ask("STATUS").state, 2)

    def test_and_against_a_passwd_that_waits(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        with self.agent.client() as first, self.agent.client() as second:
            first.send("UNLOCK", passphrase=PASSPHRASE)
            second.send("PASSWD", passphrase=PASSPHRASE, new_passphrase=b"another one")
            time.sleep(0.1)
            self.agent.ask("LOCK")
            self.assertEqual({first.receive().code, second.receive().code}, {wire.LOCKED})
        self.assertEqual(self.agent.ask("STATUS").state, 2)
        self.assertEqual(self.agent.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")

    def test_one_that_never_stops_asking_has_its_turn_and_no_more(self):
        """C6: others are answered in the midst of a flood, not behind it."""
        flood, total, answered = self.agent.client(), 40000, 0
        self.assertEqual(flood.ask("STATUS").type, "RESULT")
        child = os.fork()
        if child == 0:
            row = b"".join(wire.request("STATUS", n) for n in range(total))
            threading.Thread(target=flood.send_bytes, args=(row,)).start()
            numbers = [flood.receive().number for _ in range(total)]
            os._exit(0 if numbers == list(range(total)) else 1)
        time.sleep(0.1)
        with self.agent.client() as other:
            while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
                self.assertEqual(other.ask("LIST").type, "RESULT")
                answered += 1
        flood.close()
        self.assertEqual(ended[1], 0)
        self.assertGreater(answered, 1000)     # some 4,500; without turns some hundred

    def test_many_parked_that_went_away_are_passed_over(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        holder = self.agent.client()
        self.assertEqual(holder.ask("CREDENTIALS", name="prod", can_ask=True).type, "NEED")
        gone = [self.agent.client() for _ in range(400)]
        for client in gone:
            client.send("CREDENTIALS", name="prod", can_ask=True)
        with self.agent.client() as last:
            last.send("CREDENTIALS", name="prod", can_ask=True)
            time.sleep(0.3)
            for client in gone:
                client.close()
            holder.close()
            self.assertEqual(last.receive().type, "NEED")
            self.assertEqual(last.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")

    def test_a_start_whose_starter_has_gone_is_a_start(self):
        """SIGPIPE on the readiness pipe must not end the supervisor."""
        self.agent.process.terminate()
        self.agent.process.wait()
        reading, writing = os.pipe()
        os.close(reading)
        self.agent.process = subprocess.Popen(
            [self.agent.program, "--ready-fd", str(writing)], env=self.agent.env,
            pass_fds=[writing], stdin=subprocess.DEVNULL)
        os.close(writing)
        deadline = time.monotonic() + 10
        while not os.path.exists(self.agent.socket_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        self.assertTrue(self.agent.is_alive())

    def test_stop_does_not_wait_for_those_in_the_queue(self):
        self.agent.make_vault()
        self.agent.ask("LOCK")
        clients = [self.agent.client() for _ in range(9)]
        for client in clients:
            self.addCleanup(client.close)
            client.send("UNLOCK", passphrase=PASSPHRASE)
        time.sleep(0.1)
        begin = time.monotonic()
        self.agent.process.terminate()
        self.agent.process.wait(20)
        self.assertLess(time.monotonic() - begin, 5)
        self.agent.start()


if __name__ == "__main__":
    prefix()
    step_down()
    unittest.main()
