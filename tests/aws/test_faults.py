#!/usr/bin/python3
"""Every fault of the stand-in does what its line in faults.py says."""

import gzip
import http.client
import os
import ssl
import sys
import tempfile
import time
import unittest
import urllib.parse
import warnings
import xml.parsers.expat

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from handmade import Handmade                                         # noqa: E402
from standin import hostile                                           # noqa: E402
from standin.client import StandIn                                    # noqa: E402

ADMIN = {"RoleArn": "arn:aws:iam::222222222222:role/Admin", "RoleSessionName": "alice"}


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="standin-")
        cls.addClassCleanup(directory.cleanup)
        cls.aws = StandIn(directory.name)
        cls.addClassCleanup(cls.aws.stop)
        cls.plain = cls.aws.listen("plain")

    def setUp(self):
        self.aws.reset()
        self.hand = Handmade(self.aws, self.aws.key_of("alice"))

    def assume(self):
        return self.hand.call("AssumeRole", **ADMIN)

    def met(self, **fault):
        """The answer to a call that meets the fault."""
        self.aws.fault(**fault)
        return self.assume()

    def raw(self, **fault):
        """What arrives on a connection without TLS until it ends, and how it ended."""
        self.aws.fault(**fault)
        request = self.hand.sign(Action="AssumeRole", **ADMIN)
        lines = ["POST / HTTP/1.1", f"Content-Length: {len(request.data)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        host = urllib.parse.urlsplit(self.plain)
        with http.client.socket.create_connection((host.hostname, host.port), 20) as line:
            line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + request.data)
            data = b""
            while len(data) < 1024 * 1024:
                try:
                    more = line.recv(65536)
                except ConnectionResetError:
                    return data, "reset"
                if not more:
                    return data, "closed"
                data += more
        return data, "endless"

    def test_which_requests(self):
        self.aws.fault(action="AssumeRole", where={"RoleArn": ADMIN["RoleArn"]}, skip=1, times=2,
                       error="throttle")
        self.assertEqual(self.hand.call().status, 200)
        self.assertEqual([self.assume().status for _ in range(5)], [200, 400, 400, 200, 200])

    def test_no_end_until_reset(self):
        self.aws.fault(times=0, status=503)
        self.assertEqual([self.assume().status for _ in range(4)], [503] * 4)
        self.aws.reset()
        self.assertEqual(self.assume().status, 200)

    def test_a_bad_signature_meets_no_fault(self):
        self.aws.fault(error="throttle")
        bad = Handmade(self.aws, (self.aws.key_of("alice")[0], "x" * 40))
        self.assertEqual(bad.call().field("Code"), "SignatureDoesNotMatch")
        self.assertEqual(self.assume().field("Code"), "Throttling")

    def test_errors(self):
        reply = self.met(error="throttle")
        self.assertEqual((reply.status, reply.field("Code"), reply.field("Message"),
                          reply.field("Type")), (400, "Throttling", "Rate exceeded", "Sender"))
        reply = self.met(error={"code": "InternalFailure", "status": 500})
        self.assertEqual((reply.status, reply.field("Type")), (500, "Receiver"))
        reply = self.met(status=503)
        self.assertEqual((reply.status, reply.body), (503, ""))
        reply = self.met(status=502, body="<html>Bad gateway</html>")
        self.assertEqual((reply.status, reply.body), (502, "<html>Bad gateway</html>"))
        reply = self.met(redirect="https://127.0.0.1:1/")
        self.assertEqual((reply.status, reply.headers["Location"]), (302, "https://127.0.0.1:1/"))
        self.assertEqual([call["code"] for call in self.aws.calls()],
                         ["Throttling", "InternalFailure", "fault", "fault", "fault"])

    def test_an_error_is_not_carried_out(self):
        self.aws.fault(error="internal")
        self.assertNotIn("AccessKeyId", self.assume().body)

    def test_an_error_for_what_was_carried_out(self):
        frank = Handmade(self.aws, self.aws.key_of("frank"), "us-east-1", "iam")
        for number, fault in enumerate(({"error": "internal"}, {"status": 503})):
            self.aws.fault(action="CreateUser", **fault)
            self.assertGreaterEqual(frank.call("CreateUser", Version="2010-05-08",
                                               UserName=f"no{number}").status, 500)
            self.aws.fault(action="CreateUser", carried_out=True, **fault)
            reply = frank.call("CreateUser", Version="2010-05-08", UserName=f"yes{number}")
            self.assertGreaterEqual(reply.status, 500)
            self.assertNotIn("yes", reply.body)
        users = self.aws.inventory("111111111111")["users"]
        self.assertEqual({name for name in users if name[-1].isdigit()}, {"yes0", "yes1"})

    def test_edited_fields(self):
        reply = self.met(edit={"AssumedRoleUser/Arn": "arn:aws:sts::333333333333:assumed-role/X/y",
                               "Credentials/Expiration": "2199-01-01T00:00:00Z",
                               "Credentials/SessionToken": None})
        self.assertEqual(reply.field("Arn"), "arn:aws:sts::333333333333:assumed-role/X/y")
        self.assertEqual(reply.field("Expiration"), "2199-01-01T00:00:00Z")
        self.assertIsNone(reply.field("SessionToken"))

    def test_short_lived_credentials_end(self):
        reply = self.met(life_s=2)
        session = Handmade(self.aws, [reply.field(name) for name in (
            "AccessKeyId", "SecretAccessKey", "SessionToken")])
        self.assertEqual(session.call().status, 200)
        time.sleep(2.1)
        self.assertEqual(session.call().field("Code"), "ExpiredToken")

    def test_dates(self):
        reply = self.met(date_offset_s=-86400)
        told = time.mktime(time.strptime(reply.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT"))
        self.assertAlmostEqual(told - time.timezone, time.time() - 86400, delta=5)
        self.assertIsNone(self.met(date=None).headers["Date"])
        self.assertEqual(self.met(date="yesterday").headers["Date"], "yesterday")

    def test_hostile_bodies(self):
        """All but these are refused by a parser that stops at entities and knows no schema:
        against these a client needs rules of its own."""
        well_formed = {"doctype", "deep", "duplicate", "duplicate-credentials", "other-root",
                       "markup-in-field", "elsewhere", "control", "html", "utf16",
                       "documented", "other-server", "wrapped-error"}
        for form in hostile.FORMS:
            with self.subTest(form=form):
                fault = {"error": "throttle"} if form == "wrapped-error" else {}
                data, _ = self.raw(xml=form, cut_at=10 ** 6, **fault)
                body = data.partition(b"\r\n\r\n")[2]
                self.assertEqual(self.well_formed(body), form in well_formed, body)

    @staticmethod
    def well_formed(body):
        """Without entities: a parser that stops at the first declares the rest unfit."""
        parser = xml.parsers.expat.ParserCreate()

        def stop(*_arguments):
            raise ValueError
        parser.EntityDeclHandler = stop
        try:
            parser.Parse(body, True)
        except (ValueError, xml.parsers.expat.ExpatError):
            return False
        return True

    def test_messages_out_of_proportion(self):
        self.assertEqual(len(self.met(body_bytes=100_000).body), 100_000)
        self.assertGreater(len(str(self.met(header_bytes=20_000).headers)), 20_000)
        self.assertEqual(self.met(headers=[["X-Odd", "1"], ["X-Odd", "2"]])
                         .headers.get_all("X-Odd"), ["1", "2"])
        for kind in ("headers", "body"):
            self.assertEqual(self.raw(endless=kind)[1], "endless")
        head, _, body = self.raw(gzip=True, cut_at=10 ** 6)[0].partition(b"\r\n\r\n")
        self.assertIn(b"Content-Encoding: gzip", head)
        self.assertIn(b"AssumeRoleResult", gzip.decompress(body))
        self.assertIn(b"Content-Length: 7\r\n", self.raw(content_length="7", cut_at=10 ** 6)[0])
        data, end = self.raw(content_length=None)
        self.assertNotIn(b"Content-Length", data)
        self.assertEqual(end, "closed")

    def test_on_the_way(self):
        self.assertEqual(len(self.raw(cut_at=0)[0]), 0)
        data, end = self.raw(cut_at=100)
        self.assertEqual((len(data), end), (100, "closed"))
        self.assertEqual(self.raw(reset=True), (b"", "reset"))
        start = time.monotonic()
        self.met(delay_s=0.5)
        self.assertGreater(time.monotonic() - start, 0.5)
        start = time.monotonic()
        self.raw(drip_s=0.01, cut_at=50)
        self.assertGreater(time.monotonic() - start, 0.5)

    def test_a_fault_with_a_spelling_mistake(self):
        for fault in ({"dealy_s": 1}, {"xml": "nasty"}, {"error": "trottle"}, {"endless": "x"}):
            with self.subTest(fault=fault), self.assertRaises(ValueError):
                self.aws.fault(**fault)


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="standin-")
        cls.addClassCleanup(directory.cleanup)
        cls.aws = StandIn(directory.name)
        cls.addClassCleanup(cls.aws.stop)

    def shake(self, url, context=None):
        host = urllib.parse.urlsplit(url)
        context = context or ssl.create_default_context(cafile=self.aws.ca_pem)
        with http.client.socket.create_connection((host.hostname, host.port), 20) as plain, \
                context.wrap_socket(plain, server_hostname=host.hostname) as line:
            return line.version()

    def refused(self, url):
        with self.assertRaises(ssl.SSLCertVerificationError) as caught:
            self.shake(url)
        return caught.exception.verify_message

    def test_each_is_bad_in_its_own_way(self):
        for kind, words in (("expired", "certificate has expired"),
                            ("early", "certificate is not yet valid"),
                            ("wrong-name", "IP address mismatch"),
                            ("untrusted", "unable to get local issuer certificate"),
                            ("self-signed", "self-signed certificate")):
            with self.subTest(kind=kind):
                self.assertIn(words, self.refused(self.aws.listen(kind)))
                self.aws.show_certificate(kind)
                self.assertIn(words, self.refused(self.aws.endpoint))
        self.aws.reset()
        self.assertEqual(self.shake(self.aws.endpoint), "TLSv1.3")

    def test_old_versions(self):
        self.assertEqual(self.shake(self.aws.listen("good")), "TLSv1.3")
        for kind, version in (("tls1.0", "TLSv1"), ("tls1.1", "TLSv1.1")):
            url = self.aws.listen(kind)
            with self.assertRaises(ssl.SSLError):
                self.shake(url)
            old = ssl.create_default_context(cafile=self.aws.ca_pem)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                old.minimum_version = ssl.TLSVersion.TLSv1
            old.set_ciphers("DEFAULT:@SECLEVEL=0")
            self.assertEqual(self.shake(url, old), version)

    def test_without_tls(self):
        url = self.aws.listen("plain")
        self.assertTrue(url.startswith("http://127.0.0.1:"))
        host = urllib.parse.urlsplit(url)
        line = http.client.HTTPConnection(host.hostname, host.port, timeout=20)
        line.request("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15")
        self.assertEqual(line.getresponse().status, 403)
        line.close()


if __name__ == "__main__":
    unittest.main()
