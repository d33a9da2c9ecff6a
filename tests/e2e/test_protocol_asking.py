"""PROTOCOL.md, section 7, against the installed agent: who is asked, who waits, and what
becomes of them all (C10)."""

import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "lib"))

import xacct_wire as wire                                                 # noqa: E402
from lone_agent import (CONFIG, KEY_ID, PASSPHRASE, SECRET, LoneAgent,    # noqa: E402
                        prefix, step_down)

PROD = {"name": "prod", "patience_ms": 5000}


class AskingCase(unittest.TestCase):
    config = CONFIG

    def setUp(self):
        self.agent = LoneAgent(self.config)
        self.addCleanup(self.agent.close)

    def client(self):
        client = self.agent.client()
        self.addCleanup(client.close)
        return client

    def wants_prod(self, can_ask=True, **fields):
        """A client that has asked for credentials, and not yet read the answer."""
        client = self.client()
        client.send("CREDENTIALS", can_ask=can_ask, **{**PROD, **fields})
        return client

    def holder(self):
        client = self.wants_prod()
        self.assert_need(client.receive())
        return client

    def assert_need(self, reply, kind=wire.PASSPHRASE, tries_left=3):
        self.assertEqual((reply.type, reply.kind, reply.tries_left), ("NEED", kind, tries_left),
                         reply)
        self.assertEqual(reply.subject, self.agent.vault_path)

    def assert_error(self, reply, code):
        self.assertEqual((reply.type, reply.code), ("ERROR", code), reply)

    def assert_went_on(self, reply):
        """The vault was open: the request came as far as the network."""
        self.assert_error(reply, wire.UNREACHABLE)

    def assert_still_waits(self, *clients):
        """A request of another is answered first, and none of these is."""
        self.assertTrue(self.agent.is_alive())
        for client in clients:
            client.socket.settimeout(0.05)
            with self.assertRaises(TimeoutError):
                client.socket.recv(1)
            client.socket.settimeout(60)


class Locked(AskingCase):
    def setUp(self):
        super().setUp()
        self.agent.make_vault()
        self.assertEqual(self.agent.ask("LOCK").type, "RESULT")

    def test_one_that_cannot_ask_is_told_at_once(self):
        begin = time.monotonic()
        client = self.client()
        for kind in ("CREDENTIALS", "WHOAMI", "REMOVE"):
            self.assert_error(client.ask(kind, **PROD), wire.LOCKED)
        self.assert_error(client.ask("ADD", name="other", access_key_id=KEY_ID, secret=SECRET),
                          wire.LOCKED)
        self.assertLess(time.monotonic() - begin, 0.5)

    def test_an_unknown_name_is_no_reason_to_ask(self):
        self.assert_error(self.client().ask("CREDENTIALS", name="nowhere", can_ask=True),
                          wire.NO_SUCH_NAME)

    def test_one_is_asked_and_all_are_served(self):
        holder = self.holder()
        parked = [self.wants_prod() for _ in range(100)]
        self.assert_still_waits(*parked[::25])
        self.assertEqual(holder.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
        for client in parked:
            self.assert_went_on(client.receive())
        self.assert_went_on(holder.ask("CREDENTIALS", can_ask=True, **PROD))

    def test_who_asks_for_what_is_at_hand_takes_no_turn(self):
        client = self.client()
        self.assert_error(client.ask("CREDENTIALS", name="prod", at_hand=True), wire.LOCKED)
        holder, parked = self.holder(), self.wants_prod()
        begin = time.monotonic()
        self.assert_error(client.ask("CREDENTIALS", name="prod", at_hand=True), wire.LOCKED)
        self.assertLess(time.monotonic() - begin, 0.5)
        self.assert_still_waits(parked)
        self.assertEqual(holder.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
        self.assert_went_on(parked.receive())
        self.assert_error(client.ask("CREDENTIALS", name="prod", at_hand=True), wire.NOT_ASKED)
        self.assert_went_on(client.ask("CREDENTIALS", can_ask=True, **PROD))

    def test_an_unlock_from_elsewhere_serves_them_too(self):
        holder, parked = self.holder(), self.wants_prod()
        self.assertEqual(self.agent.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
        self.assert_went_on(parked.receive())
        self.assertEqual(holder.ask("UNLOCK", passphrase=b"whatever").type, "RESULT")
        self.assert_went_on(holder.ask("CREDENTIALS", **PROD))

    def test_a_wrong_passphrase_is_asked_again_and_after_the_third_shared(self):
        holder, parked = self.holder(), [self.wants_prod() for _ in range(3)]
        for left in (2, 1):
            reply = holder.ask("UNLOCK", passphrase=b"wrong")
            self.assert_error(reply, wire.BAD_PASSPHRASE)
            self.assertEqual(reply.tries_left, left)
            self.assert_still_waits(*parked)
        reply = holder.ask("UNLOCK", passphrase=b"wrong")
        self.assert_error(reply, wire.BAD_PASSPHRASE)
        self.assertEqual(reply.tries_left, None)
        for client in parked:
            self.assert_error(client.receive(), wire.BAD_PASSPHRASE)
        self.assert_need(self.wants_prod().receive())        # the next one starts anew

    def test_a_repetition_wins_no_more_tries(self):
        holder = self.holder()
        self.assert_error(holder.ask("UNLOCK", passphrase=b"wrong"), wire.BAD_PASSPHRASE)
        self.assert_need(holder.ask("CREDENTIALS", can_ask=True, **PROD), tries_left=2)

    def test_a_cancel_is_shared(self):
        holder, parked = self.holder(), [self.wants_prod(), self.wants_prod(can_ask=False)]
        self.assert_still_waits(*parked)
        self.assertEqual(holder.ask("CANCEL").type, "RESULT")
        for client in parked:
            self.assert_error(client.receive(), wire.CANCELLED)
        self.assertEqual(holder.ask("STATUS").state, 2)

    def test_a_cancel_of_one_who_is_not_asked_does_nothing(self):
        holder, parked = self.holder(), self.wants_prod()
        self.assertEqual(self.agent.ask("CANCEL").type, "RESULT")
        self.assert_still_waits(parked)
        self.assertEqual(holder.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
        self.assert_went_on(parked.receive())

    def test_the_question_passes_on_when_its_holder_goes(self):
        holder, second, third = self.holder(), self.wants_prod(), self.wants_prod()
        self.assert_still_waits(second, third)
        holder.close()
        self.assert_need(second.receive())
        self.assert_still_waits(third)
        second.close()
        self.assert_need(third.receive())
        self.assertEqual(third.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")

    def test_the_question_passes_on_when_its_holder_is_killed(self):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                client = self.agent.client()
                os.write(writing, client.ask("CREDENTIALS", can_ask=True, **PROD).type.encode())
                signal.pause()
            finally:
                os._exit(9)
        try:
            self.assertEqual(os.read(reading, 10), b"NEED")
            parked = self.wants_prod()
            self.assert_still_waits(parked)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
            os.close(writing)
        self.assert_need(parked.receive())

    def test_the_question_skips_those_who_have_gone(self):
        holder = self.holder()
        gone, stays = [self.wants_prod() for _ in range(3)], self.wants_prod()
        self.assert_still_waits(stays)
        for client in gone:
            client.close()
        holder.close()
        self.assert_need(stays.receive())

    def test_when_nobody_is_left_to_ask_all_are_told(self):
        holder = self.holder()
        mute = [self.wants_prod(can_ask=False) for _ in range(3)]
        holder.close()
        for client in mute:
            self.assert_error(client.receive(), wire.LOCKED)

    def test_nobody_waits_longer_than_he_likes(self):
        self.holder()
        for fields, least, most in (
                ({"can_ask": False}, 1.0, 1.5), ({"can_ask": False, "patience_ms": 300}, 0.3, 0.8),
                ({"asking_ms": 400}, 0.4, 0.9)):
            begin = time.monotonic()
            self.assert_error(self.wants_prod(**fields).receive(), wire.NOT_ASKED)
            self.assertTrue(least - 0.02 <= time.monotonic() - begin <= most, fields)

    def test_a_minute_of_idleness_ends_a_connection_but_not_its_holder_s(self):
        idle, was_asked = self.client(), self.holder()
        self.assertEqual(was_asked.ask("CANCEL").type, "RESULT")
        self.assertEqual(idle.ask("STATUS").type, "RESULT")
        begin, holder = time.monotonic(), self.holder()
        for client in (idle, was_asked):
            client.socket.settimeout(80)
            self.assertTrue(client.at_end())
            self.assertTrue(58 <= time.monotonic() - begin <= 75)
        self.assertEqual(holder.ask("STATUS").type, "RESULT")

    def test_what_stands_behind_a_parked_request_waits_with_it(self):
        holder, parked = self.holder(), self.client()
        parked.send("CREDENTIALS", can_ask=True, **PROD)
        parked.send("LIST")
        self.assert_still_waits(parked)
        self.assertEqual(holder.ask("UNLOCK", passphrase=PASSPHRASE).type, "RESULT")
        self.assert_went_on(parked.receive())
        self.assertEqual(parked.receive().type, "RESULT")

    def test_an_end_of_the_agent_ends_everybody(self):
        holder, parked = self.holder(), [self.wants_prod() for _ in range(5)]
        parked[0].send("STOP")
        self.assertEqual(holder.ask("STATUS").type, "RESULT")
        with self.agent.client() as client:
            client.ask("UNLOCK", passphrase=PASSPHRASE)      # serves the first, and its STOP
        self.assertEqual(self.agent.process.wait(10), 0)
        for client in (holder, *parked[1:]):
            with self.assertRaises(wire.Closed):
                while True:
                    client.receive()
        self.agent.start()

    def test_passwd_needs_the_old_one_and_opens(self):
        client, new = self.client(), b"a new one"
        self.assert_error(client.ask("PASSWD", passphrase=b"wrong", new_passphrase=new),
                          wire.BAD_PASSPHRASE)
        self.assertEqual(client.ask("STATUS").state, 2)
        parked_behind = self.holder(), self.wants_prod()
        self.assertEqual(client.ask("PASSWD", passphrase=PASSPHRASE, new_passphrase=new).type,
                         "RESULT")
        self.assert_went_on(parked_behind[1].receive())
        self.assertEqual(client.ask("LOCK").type, "RESULT")
        self.assert_error(client.ask("UNLOCK", passphrase=PASSPHRASE), wire.BAD_PASSPHRASE)
        self.assertEqual(client.ask("UNLOCK", passphrase=new).type, "RESULT")


class NoVault(AskingCase):
    config = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"

    def add(self, client, **fields):
        return client.ask("ADD", name="main", access_key_id=KEY_ID, secret=SECRET, no_verify=True,
                          **fields)

    def test_credentials_of_no_source_are_not_asked_for(self):
        self.assert_error(self.wants_prod().receive(), wire.NO_VAULT)

    def test_the_first_key_makes_the_vault(self):
        client = self.client()
        self.assert_need(self.add(client, can_ask=True), wire.NEW_PASSPHRASE)
        self.assert_error(client.ask("UNLOCK", passphrase=PASSPHRASE), wire.NO_VAULT)
        self.assertEqual(client.ask("UNLOCK", passphrase=PASSPHRASE, create=True).type, "RESULT")
        self.assertTrue(self.add(client).created)
        self.assertEqual(client.ask("STATUS").state, 3)
        self.assert_error(self.add(client), 23)              # name_taken
        self.assertEqual(client.ask("LOCK").type, "RESULT")
        self.assert_error(client.ask("UNLOCK", passphrase=PASSPHRASE, create=True), 23)

    def test_a_vault_without_a_key_ends_with_its_connection(self):
        client = self.client()
        self.assertEqual(client.ask("UNLOCK", passphrase=PASSPHRASE, create=True).type, "RESULT")
        client.close()
        self.assert_need(self.add(self.client(), can_ask=True), wire.NEW_PASSPHRASE)


if __name__ == "__main__":
    prefix()
    step_down()
    unittest.main()
