"""The real xacct-courier against a hostile server: what N1, N3, H3, H7 and M6 want of it.

    test_courier.py COURIER

The test plays the agent: it starts the courier with one end of a socketpair as
descriptor 3 and speaks the link's packets (agent/courier/exchange.c). Certificates
are made in a temporary directory and gone at the end.
"""
import array
import contextlib
import datetime
import email.utils
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

COURIER = sys.argv.pop(1)
ANSWERED, UNREACHABLE, TIMED_OUT, CERTIFICATE, UNREADABLE = range(1, 6)
TOKEN = "CANARYTOKEN" + "t/+=" * 300
DATE = "Tue, 15 Nov 1994 08:12:31 GMT"
DATE_S = 784887151
BODY = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
    "<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>CANARYSECRETKEY</SecretAccessKey>"
    f"<SessionToken>{TOKEN}</SessionToken><Expiration>2019-11-09T13:34:41Z</Expiration></Credentials>"
    "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/s</Arn></AssumedRoleUser>"
    "</AssumeRoleResult></AssumeRoleResponse>"
).encode()

# What IAM answers: a new key, and a role with its trust.
SIGNIN, IAM, ACCESS_KEY = 6, 7, 8
NEW_KEY = (
    "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><UserName>CANARYUSER</UserName>"
    "<AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>CANARYNEWSECRET</SecretAccessKey>"
    "</AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>"
).encode()
ROLE = (
    "<GetRoleResponse><GetRoleResult><Role><RoleName>demo</RoleName><AssumeRolePolicyDocument>"
    "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D"
    "</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
).encode()


# --- certificates ----------------------------------------------------------------------

def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Certificates:
    """An authority, and a server's certificate for each way in which one can be wrong."""

    def __init__(self, home):
        self.home = home
        self.ca = self.path("ca.pem")
        self.make_ca("ca")
        self.make_ca("stranger")
        self.good = self.make("good", "ca", "IP:127.0.0.1,DNS:localhost")
        self.other_name = self.make("other", "ca", "DNS:sts.example")
        self.unknown = self.make("unknown", "stranger", "IP:127.0.0.1,DNS:localhost")
        self.expired = self.make("expired", "ca", "IP:127.0.0.1,DNS:localhost", days=-1)
        self.future = self.make("future", "ca", "IP:127.0.0.1,DNS:localhost", start=datetime.timedelta(days=3))

    def path(self, name):
        return os.path.join(self.home, name)

    def make_ca(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
                "-subj", f"/CN=xacct test {name}", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"))
        os.makedirs(self.path(name + ".d"))
        open(self.path(name + ".d/index.txt"), "w").close()

    def make(self, name, issuer, names, days=9, start=datetime.timedelta(days=-2)):
        key, request, certificate = (self.path(name + end) for end in (".key", ".csr", ".crt"))
        config = self.path(name + ".cnf")
        with open(config, "w") as f:
            f.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path(issuer + '.d/index.txt')}\n"
                    f"new_certs_dir={self.path(issuer + '.d')}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
                    f"unique_subject=no\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName={names}\n"
                    "extendedKeyUsage=serverAuth\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        now = datetime.datetime.utcnow()
        form = "%Y%m%d%H%M%SZ"
        openssl("ca", "-batch", "-config", config, "-in", request, "-out", certificate, "-notext",
                "-cert", self.path(issuer + ".pem"), "-keyfile", self.path(issuer + ".key"),
                "-startdate", (now + start).strftime(form),
                "-enddate", (now + datetime.timedelta(days=days)).strftime(form))
        return certificate, key


# --- the server --------------------------------------------------------------------------

def answer(status=b"200 OK", headers=(), body=BODY, length=None):
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % (len(body) if length is None else length), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def stop(listener):
    """Closes it now: a thread that waits in accept would keep it open."""
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


class Server:
    """Answers each path in its own way; over TLS if it has a certificate."""

    def __init__(self, certificate=None, tls=None):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.requests, self.connections = [], 0
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            if tls:
                self.context.set_ciphers("ALL:@SECLEVEL=0")
                self.context.minimum_version = self.context.maximum_version = tls
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, path="/", host="127.0.0.1"):
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{path}"

    def close(self):
        stop(self.socket)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.connections += 1
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError, ValueError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = stream.readline()
                    if not line:
                        return
                    head += line
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = stream.read(int(length[1])) if length else b""
                self.requests.append((head, body))
                if not self.act(connection, head.split()[1].decode()):
                    return

    def act(self, to, path):
        """True if the connection stays open for another request."""
        name, _, argument = path.strip("/").partition("/")
        if name == "slow":
            time.sleep(float(argument))
        if name in ("", "slow"):
            to.sendall(answer(headers=[b"Date: " + DATE.encode()]))
            return True
        if name == "cut":
            to.sendall(answer()[:int(argument)])
        elif name == "redirect":
            to.sendall(answer(b"302 Found", [b"Location: " + self.url().encode()], b""))
            return True
        elif name == "status":
            to.sendall(answer(argument.encode() + b" X", body=b""))
        elif name == "body":
            to.sendall(answer(body=b" " * int(argument)))
        elif name == "endless-body":
            to.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                to.sendall(b" " * 65536)
        elif name == "chunks":
            to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                to.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
        elif name == "trailers":
            to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
            while True:
                to.sendall(b"X: y\r\n" * 100)
        elif name == "lines":
            to.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                to.sendall(b"X-Line: " + b"x" * 20 + b"\r\n")
        elif name == "line":
            to.sendall(b"HTTP/1.1 200 OK\r\nX-Line: ")
            while True:
                to.sendall(b"x" * 65536)
        elif name == "interim":
            while True:
                to.sendall(b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n")
        elif name == "drip":
            for byte in answer():
                to.sendall(bytes([byte]))
                time.sleep(1)
        elif name == "silence":
            time.sleep(30)
        elif name == "old":
            to.sendall(b"<no http at all>" * 10)
        elif name in ("new-key", "role"):
            to.sendall(answer(body=NEW_KEY if name == "new-key" else ROLE))
            return True
        elif name == "gzip":
            to.sendall(answer(headers=[b"Content-Encoding: gzip"]))
        elif name == "interim-date":
            to.sendall(b"HTTP/1.1 100 Continue\r\nDate: " + DATE.encode() + b"\r\n\r\n" + answer())
        elif name == "bad-date":
            to.sendall(answer(headers=[b"Date: yesterday"]))
        elif name == "cookie":
            to.sendall(answer(headers=[b"Set-Cookie: a=CANARYCOOKIE", b'Alt-Svc: h2=":1"', b"Strict-Transport-Security: max-age=1"]))
            return True
        return False


class Proxy:
    """A CONNECT proxy that notes what it was asked; or refuses."""

    def __init__(self, status=b"200 OK"):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.status, self.asked = status, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            self.asked.append(head)
            connection.sendall(b"HTTP/1.1 " + self.status + b"\r\nDate: " + DATE.encode() + b"\r\n\r\n")
            if not self.status.startswith(b"200"):
                return
            host, port = head.split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as onward:
                threading.Thread(target=self.pump, args=(onward, connection), daemon=True).start()
                self.pump(connection, onward)

    @staticmethod
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        stop(self.socket)


# --- the agent's part ------------------------------------------------------------------------

class Record:
    def __init__(self, packet):
        self.at, self.packet = 0, packet
        assert self.number("B") == ord("A")
        self.of, self.outcome, self.status = self.number("I"), self.number("B"), self.number("I")
        self.date_s, self.detail = self.number("Q"), self.text()
        self.key_id, self.secret, self.token = self.text(), self.text(), self.text()
        self.expires_at = self.number("Q")
        (self.role_arn, self.role_id, self.account, self.arn, self.user_id, self.devices,
         self.registry, self.details, self.code, self.message,
         self.request_id) = (self.text() for _ in range(11))
        assert self.at == len(packet)

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.packet, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.number("H")
        self.at += length
        return self.packet[self.at - length:self.at].decode()


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


class Courier:
    def __init__(self, *args, env=None, extra_fds=()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        ours.settimeout(20)

        def prepare():
            os.dup2(theirs.fileno(), 3)

        self.process = subprocess.Popen([COURIER, *args], env=env or {}, preexec_fn=prepare, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, pass_fds=(3, *extra_fds))
        theirs.close()
        self.link, self.n = ours, 0
        hello, along, _, _ = ours.recvmsg(64, socket.CMSG_SPACE(12))
        assert hello == b"H", hello
        self.pid = array.array("i", along[0][2])[0]

    def ask(self, url, method="POST", ca="", proxy="", timeout_ms=10000, answer=1, once=0, body="Action=CANARYBODY",
            action="",
            headers=("Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                     "Authorization: AWS4-HMAC-SHA256 CANARYAUTHORIZATION")):
        self.n += 1
        self.link.send(b"Q" + struct.pack(">IBBI", self.n, answer, once, timeout_ms) + text(action) + text(method) + text(url) +
                       struct.pack(">B", len(headers)) + b"".join(map(text, headers)) +
                       struct.pack(">I", len(body)) + body.encode() + text(ca) + text(proxy))
        return self.n

    def take(self):
        return Record(self.link.recv(65536))

    def fetch(self, url, **options):
        number = self.ask(url, **options)
        record = self.take()
        assert record.of == number
        return record

    def wait(self, timeout=5):
        status = self.process.wait(timeout)
        self.process.stderr.close()
        return status

    def close(self):
        self.link.close()
        return self.wait()


def is_alive(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


# By what stands in its file: the running one is undumpable, and shows its maps to root alone.
def is_sanitized(program):
    with open(program, "rb") as f:
        return b"libasan" in f.read()


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f)


# --- tests ---------------------------------------------------------------------------------------

class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="xacct-courier-")
        cls.certificates = Certificates(cls.home)
        cls.ca = cls.certificates.ca
        cls.server = Server(cls.certificates.good)
        cls.plain = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.plain.close()
        shutil.rmtree(cls.home)

    def setUp(self):
        self.courier = Courier()

    def tearDown(self):
        if self.courier.process.returncode is None:
            self.assertEqual(self.courier.close(), 0)
        self.courier.process.stderr.close()

    def fetch(self, path, server=None, **options):
        return self.courier.fetch((server or self.server).url(path), **{"ca": self.ca, **options})

    def refused(self, outcome, pattern, record):
        self.assertEqual((record.outcome, record.token, record.code), (outcome, "", ""), record.detail)
        self.assertRegex(record.detail, pattern)
        self.assertNotIn("CANARY", record.detail)

    # answers

    def test_good_answer(self):
        for host in ("127.0.0.1", "localhost"):
            record = self.courier.fetch(self.server.url("/", host), ca=self.ca)
            self.assertEqual((record.outcome, record.status, record.detail), (ANSWERED, 200, ""))
            self.assertEqual(record.date_s, DATE_S)
            self.assertEqual((record.key_id, record.secret, record.token),
                             ("ASIAIOSFODNN7EXAMPLE", "CANARYSECRETKEY", TOKEN))
            self.assertEqual(record.expires_at, 1573306481)
            self.assertEqual(record.role_arn, "arn:aws:sts::123456789012:assumed-role/demo/s")

    def test_answers_of_iam(self):
        record = self.fetch("/role", answer=IAM, action="GetRole")
        self.assertEqual((record.outcome, record.detail), (ANSWERED, ""))
        self.assertEqual(record.details,
                         'role demo\ndocument {"Statement":{"Action":"sts:AssumeRole","Effect":"Allow"}}\n'
                         "statement -\neffect Allow\naction sts:AssumeRole\n")
        record = self.fetch("/new-key", answer=ACCESS_KEY, action="CreateAccessKey")
        self.assertEqual((record.key_id, record.secret, record.details),
                         ("AKIAIOSFODNN7EXAMPLE", "CANARYNEWSECRET", "user CANARYUSER\n"))
        self.refused(UNREADABLE, "does not answer what was asked", self.fetch("/new-key", answer=IAM, action="CreateAccessKey"))
        self.refused(UNREADABLE, "does not answer what was asked",
                     self.fetch("/role", answer=IAM, action="GetUser"))

    def test_request_as_it_is_sent(self):
        self.fetch("/")
        head, body = self.server.requests[-1]
        lines = head.decode().split("\r\n")
        self.assertEqual(lines[0], "POST / HTTP/1.1")
        self.assertEqual(sorted(line.partition(":")[0] for line in lines[1:-2]),
                         ["Authorization", "Content-Length", "Content-Type", "Host", "User-Agent"])
        self.assertIn(f"Host: 127.0.0.1:{self.server.port}", lines)
        self.assertRegex(head.decode(), r"User-Agent: xacct/[0-9.]+\r\n")
        self.assertEqual(body, b"Action=CANARYBODY")
        self.courier.fetch(self.server.url("/").rstrip("/"), ca=self.ca)
        self.assertTrue(self.server.requests[-1][0].startswith(b"POST / HTTP/1.1\r\n"))
        self.fetch("/prefix/%2e%2E//x", method="GET", body="")
        self.assertTrue(self.server.requests[-1][0].startswith(b"GET /prefix/%2e%2E//x HTTP/1.1\r\n"))

    def test_connection_is_kept_and_nothing_is_remembered(self):
        before = self.server.connections
        for _ in range(3):
            self.fetch("/cookie")
        self.assertEqual(self.server.connections, before + 1)
        self.assertNotIn(b"Cookie", self.server.requests[-1][0])
        self.fetch("/", once=1)
        self.assertEqual(self.server.connections, before + 2)

    def test_a_handle_knows_nothing_of_the_request_before(self):
        self.fetch("/", headers=("X-Amz-Security-Token: CANARYTOKEN", "Content-Type: text/plain"))
        self.fetch("/prefix", method="GET", body="", headers=("X-Amz-Date: 20260101T000000Z",))
        head, body = self.server.requests[-1]
        self.assertTrue(head.startswith(b"GET /prefix HTTP/1.1\r\n"))
        self.assertEqual(sorted(line.partition(":")[0] for line in head.decode().split("\r\n")[1:-2]),
                         ["Host", "User-Agent", "X-Amz-Date"])
        self.assertEqual(body, b"")
        self.refused(CERTIFICATE, "not trusted", self.fetch("/", ca=""))
        self.assertEqual(self.fetch("/").status, 200)
        self.refused(UNREACHABLE, "refused", self.fetch("/", proxy="http://127.0.0.1:1"))
        self.assertEqual(self.fetch("/").status, 200)
        self.assertEqual(self.fetch("/status/403").secret, "")
        self.assertEqual(self.courier.fetch("http://127.0.0.1:1/", ca=self.ca).outcome, UNREACHABLE)
        self.assertEqual(self.fetch("/").secret, "CANARYSECRETKEY")

    def test_side_by_side(self):
        slow = self.courier.ask(self.server.url("/slow/0.5"), ca=self.ca)
        quick = self.courier.ask(self.server.url("/"), ca=self.ca)
        self.assertEqual([self.courier.take().of, self.courier.take().of], [quick, slow])
        numbers = {self.courier.ask(self.server.url("/slow/0.2"), ca=self.ca) for _ in range(40)}
        self.assertEqual({self.courier.take().of for _ in range(40)}, numbers)

    def test_a_crowd_waits_in_order_for_few_connections(self):
        before = self.server.connections
        for n in range(96):
            self.courier.ask(self.server.url("/slow/0.05"), ca=self.ca, headers=(f"X-Number: {n}",))
        self.assertEqual({self.courier.take().status for _ in range(96)}, {200})
        self.assertLessEqual(self.server.connections - before, 16)
        came = [int(re.search(rb"X-Number: (\d+)", head)[1]) for head, _ in self.server.requests[-96:]]
        for place, n in enumerate(came):
            self.assertLess(abs(place - n), 16, came)

    def test_one_that_waits_has_its_time_too(self):
        held = {self.courier.ask(self.server.url("/slow/1.5"), ca=self.ca) for _ in range(16)}
        begin = time.monotonic()
        late = self.courier.ask(self.server.url("/"), ca=self.ca, timeout_ms=400)
        elsewhere = self.courier.ask(self.plain.url("/"))
        self.assertEqual(self.courier.take().of, elsewhere)      # another host has room
        record = self.courier.take()
        self.assertEqual((record.of, record.outcome), (late, TIMED_OUT))
        self.assertLess(time.monotonic() - begin, 1.3)
        self.assertEqual({self.courier.take().of for _ in held}, held)
        self.assertEqual(self.fetch("/").status, 200)

    def test_error_answers(self):
        for status in (400, 403, 500, 503):
            record = self.fetch(f"/status/{status}")
            self.assertEqual((record.outcome, record.status, record.code), (ANSWERED, status, ""))

    # certificates

    def test_certificates(self):
        c = self.certificates
        for certificate, pattern in ((c.unknown, "not trusted: (unable to get local issuer|self)"),
                                     (c.expired, "certificate has expired; the clock here says 2.* UTC"),
                                     (c.future, "not yet valid; the clock here says 2.* UTC"),
                                     (c.other_name, "for another name")):
            server = Server(certificate)
            with self.subTest(pattern):
                self.refused(CERTIFICATE, pattern, self.fetch("/", server))
                self.assertEqual(server.requests, [])
            server.close()

    def test_system_trust_does_not_know_us(self):
        self.refused(CERTIFICATE, "not trusted", self.fetch("/", ca=""))

    def test_no_ca_file(self):
        self.refused(CERTIFICATE, "/nowhere.pem cannot be read", self.fetch("/", ca="/nowhere.pem"))

    def test_old_tls(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            server = Server(self.certificates.good, tls=version)
            self.refused(CERTIFICATE, "does not speak TLS 1.2 or later", self.fetch("/", server))
            self.assertEqual(server.requests, [])
            server.close()
        server = Server(self.certificates.good, tls=ssl.TLSVersion.TLSv1_2)
        self.assertEqual(self.fetch("/", server).outcome, ANSWERED)
        server.close()

    def test_no_tls_at_all(self):
        record = self.courier.fetch(f"https://127.0.0.1:{self.plain.port}/", ca=self.ca, timeout_ms=1000)
        self.assertIn(record.outcome, (UNREACHABLE, CERTIFICATE, TIMED_OUT))
        self.assertEqual(record.token, "")

    # where it goes

    def test_redirect_is_not_followed(self):
        before = len(self.server.requests)
        record = self.fetch("/redirect")
        self.assertEqual((record.outcome, record.status, record.token), (ANSWERED, 302, ""))
        self.assertEqual(len(self.server.requests), before + 1)

    def test_plain_http_stays_here(self):
        record = self.fetch("/", self.plain)
        self.assertEqual((record.outcome, record.token), (ANSWERED, TOKEN))
        self.assertEqual(record.date_s, 0)                    # nobody vouches for it
        # the courier ends rather than carry what the agent would never ask
        for url in ("http://localhost:1/", "http://10.0.0.1/", "http://127.0.0.1.example/", "ftp://127.0.0.1/"):
            courier = Courier()
            courier.ask(url)
            self.assertEqual(courier.link.recv(64), b"")
            self.assertEqual(courier.wait(), 1)
            courier.link.close()

    def test_unreachable(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        self.refused(UNREACHABLE, f"connection to 127.0.0.1:{port} refused",
                     self.courier.fetch(f"https://127.0.0.1:{port}/"))
        self.refused(UNREACHABLE, "could not resolve nowhere.invalid$", self.courier.fetch("https://nowhere.invalid/"))

    def test_proxy(self):
        proxy = Proxy()
        record = self.fetch("/gzip", proxy=proxy.url)         # an answer without a Date of its own
        self.assertEqual((record.outcome, record.token, record.date_s), (ANSWERED, TOKEN, 0))
        self.assertTrue(proxy.asked[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % self.server.port))
        self.assertNotIn(b"CANARY", proxy.asked[0])
        self.fetch("/", self.plain, proxy=proxy.url)
        self.assertEqual(len(proxy.asked), 1)                 # plain http never goes by a proxy
        proxy.close()
        proxy = Proxy(b"403 Forbidden")
        self.refused(UNREACHABLE, "the proxy answered 403", self.fetch("/", proxy=proxy.url))
        proxy.close()
        self.refused(UNREACHABLE, "connection to the proxy refused", self.fetch("/", proxy=proxy.url))

    def test_hostile_environment(self):
        trap = Proxy(b"403 Trapped")
        keys = os.path.join(self.home, "keys")
        names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        env = {name: trap.url for name in names}
        env.update(SSL_CERT_FILE=self.ca, SSL_CERT_DIR=self.home, CURL_CA_BUNDLE=self.ca, SSLKEYLOGFILE=keys,
                   OPENSSL_CONF=os.path.join(self.home, "no.cnf"), OPENSSL_MODULES=self.home, HOME=self.home,
                   HOSTALIASES=os.path.join(self.home, "hosts"), RES_OPTIONS="attempts:9", LOCALDOMAIN="example")
        with open(os.path.join(self.home, ".netrc"), "w") as f:
            f.write("machine 127.0.0.1 login CANARY password CANARY\n")
        courier = Courier(env=env)
        self.assertEqual(courier.fetch(self.server.url(), ca=self.ca).outcome, ANSWERED)
        self.refused(CERTIFICATE, "not trusted", courier.fetch(self.server.url()))
        self.assertEqual(courier.close(), 0)
        self.assertFalse(os.path.exists(keys))
        self.assertEqual(trap.asked, [])
        trap.close()

    # how much, and how long

    def test_limits(self):
        for path, pattern in (("/endless-body", "64 KiB"), ("/chunks", "64 KiB"), ("/body/65537", "64 KiB"),
                              ("/lines", "64 lines"), ("/interim", "64 lines"), ("/trailers", "64 lines"),
                              ("/line", "too long"), ("/body/65536", "well-formed")):
            for server in (self.server, self.plain):
                with self.subTest(path):
                    began = time.monotonic()
                    self.refused(UNREADABLE, pattern, self.fetch(path, server))
                    self.assertLess(time.monotonic() - began, 2)
        self.refused(UNREADABLE, "HTTP/1.1", self.fetch("/old", self.plain))
        self.assertEqual(self.fetch("/gzip").token, TOKEN)    # the header's lie is not believed
        self.assertEqual(self.fetch("/interim-date").date_s, 0)
        self.assertEqual(self.fetch("/bad-date").date_s, 0)

    def test_memory_does_not_grow(self):
        paths = ("/", "/endless-body", "/chunks", "/lines", "/line", "/interim", "/trailers")
        for path in paths:
            self.fetch(path)
        if is_sanitized(COURIER):
            self.skipTest("a sanitizer keeps what is freed")
        before = int(status_of(self.courier.pid)["VmRSS"].split()[0])
        for _ in range(20):
            for path in paths:
                self.fetch(path)
        self.assertLess(int(status_of(self.courier.pid)["VmRSS"].split()[0]) - before, 1024)

    def test_deadlines(self):
        for path, timeout_ms in (("/silence", 700), ("/drip", 1500), ("/slow/5", 500)):
            with self.subTest(path):
                began = time.monotonic()
                self.refused(TIMED_OUT, "no whole answer from 127.0.0.1", self.fetch(path, timeout_ms=timeout_ms))
                self.assertLess(time.monotonic() - began, timeout_ms / 1000 + 0.5)

    def test_stall(self):
        began = time.monotonic()
        self.refused(TIMED_OUT, "no whole answer", self.fetch("/silence"))
        self.assertTrue(4.5 < time.monotonic() - began < 5.5)

    def test_no_connection_in_time(self):
        with socket.create_server(("127.0.0.1", 0), backlog=1) as s:    # accepts TCP, says nothing
            began = time.monotonic()
            self.refused(TIMED_OUT, "no connection to 127.0.0.1", self.courier.fetch(f"https://127.0.0.1:{s.getsockname()[1]}/"))
            self.assertLess(time.monotonic() - began, 3.5)

    def test_cut_at_every_byte(self):
        whole = len(answer())
        for n in list(range(0, whole - len(BODY) + 40)) + [whole - 1]:
            record = self.fetch(f"/cut/{n}", self.plain)
            self.assertIn(record.outcome, (UNREACHABLE, UNREADABLE), n)
            self.assertEqual(record.token, "")
        for n in (0, 10, 200, whole - 1):
            self.refused(UNREACHABLE, "was cut", self.fetch(f"/cut/{n}"))

    # its life

    def test_link_closes(self):
        for url in (None, "/silence"):
            courier = Courier()
            if url:
                courier.ask(self.server.url(url), ca=self.ca)
                time.sleep(0.3)
            began = time.monotonic()
            self.assertEqual(courier.close(), 0)
            self.assertLess(time.monotonic() - began, 2)
            self.assertFalse(is_alive(courier.pid))

    def test_idle(self):
        courier = Courier("--idle-s", "1")
        began = time.monotonic()
        self.assertEqual(courier.fetch(self.server.url("/slow/1.5"), ca=self.ca).outcome, ANSWERED)
        self.assertEqual(courier.link.recv(64), b"")
        self.assertTrue(2.2 < time.monotonic() - began < 4)
        self.assertEqual(courier.wait(), 0)
        courier.link.close()

    def test_garbage_from_the_agent(self):
        for packet in (b"x", b"Q", b"H" * 100, b"Q" + b"\0" * 98304):
            courier = Courier()
            courier.link.send(packet)
            self.assertEqual(courier.link.recv(64), b"")
            self.assertEqual(courier.wait(), 1)
            courier.link.close()

    def test_not_started_by_hand(self):
        for args in ([], ["--idle-s"], ["--idle-s", "x"], ["--help"]):
            p = subprocess.run([COURIER, *args], capture_output=True, stdin=subprocess.DEVNULL, check=False)
            self.assertEqual((p.returncode, p.stderr), (2, b"xacct-courier: xacct-agent starts this program, nobody else\n"))

    def test_two_processes(self):
        parent = self.courier.process.pid
        self.assertNotEqual(self.courier.pid, parent)
        self.assertEqual(int(status_of(self.courier.pid)["PPid"]), parent)
        os.kill(parent, signal.SIGKILL)
        self.assertEqual(self.courier.wait(), -signal.SIGKILL)
        self.assertEqual(self.courier.link.recv(64), b"")
        time.sleep(0.1)
        self.assertFalse(is_alive(self.courier.pid))
        self.courier.link.close()
        courier = Courier()
        os.kill(courier.pid, signal.SIGKILL)
        self.assertEqual(courier.wait(), 128 + signal.SIGKILL)
        courier.link.close()

    def test_hardening(self):
        read, write = os.pipe()
        courier = Courier(extra_fds=(read, write))
        for pid in (courier.pid, courier.process.pid):
            self.assertEqual(status_of(pid)["NoNewPrivs"], "1")
            with open(f"/proc/{pid}/limits") as f:
                self.assertRegex(f.read(), r"Max core file size +0 +0 ")
        with open(f"/proc/{courier.pid}/limits") as f:
            self.assertRegex(f.read(), r"Max file size +0 +0 ")
        if os.geteuid() == 0:
            self.look_inside(courier, os.readlink(f"/proc/self/fd/{read}"))
        os.close(read)
        os.close(write)
        self.assertEqual(courier.close(), 0)

    def look_inside(self, courier, pipe):
        deadline = time.monotonic() + 5          # the child speaks before the parent has let go
        while os.path.exists(f"/proc/{courier.process.pid}/fd/3") and time.monotonic() < deadline:
            time.sleep(0.01)
        for pid in (courier.pid, courier.process.pid):
            links = {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
            self.assertNotIn(pipe, links.values())
            self.assertEqual(links[0], "/dev/null")
            self.assertEqual(links[1], "/dev/null")
            self.assertEqual(3 in links, pid == courier.pid)   # the parent does not keep the link
        # undumpable, or its own user could attach to it
        attacker = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "cat",
                                   f"/proc/{courier.pid}/environ"], capture_output=True, check=False)
        self.assertNotEqual(attacker.returncode, 0)

    def test_nothing_is_left_in_memory(self):
        """M6: no copy of request or answer soon after the record is on its way."""
        if os.geteuid() != 0:
            self.skipTest("only root can look into an undumpable process")
        if is_sanitized(COURIER):
            self.skipTest("a sanitizer's address space is too large to search")
        canaries = [b"CANARYTOKEN", b"CANARYSECRETKEY", b"CANARYAUTHORIZATION", b"CANARYBODY", TOKEN[-64:].encode(),
                    b"CANARYNEWSECRET", b"CANARYUSER", b"CANARYCOOKIE", b"CANARYPROXY"]
        self.fetch("/")
        self.fetch("/new-key", answer=ACCESS_KEY, action="CreateAccessKey")
        self.fetch("/status/403")
        self.fetch("/cookie", answer=SIGNIN)
        self.fetch("/", proxy="http://user:CANARYPROXY@127.0.0.1:1")
        for pid in (self.courier.pid, self.courier.process.pid):
            deadline = time.monotonic() + 2      # it wipes after it has sent the record
            while (found := self.scan(pid, canaries)) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(found, {})

    @staticmethod
    def scan(pid, canaries):
        found = {}
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, access = line.split()[:2]
                if not access.startswith("rw"):
                    continue
                start, end = (int(x, 16) for x in span.split("-"))
                for at in range(start, end, 1 << 24):
                    try:
                        memory.seek(at)
                        content = memory.read(min(end - at, (1 << 24) + 4096))
                    except (OSError, OverflowError):
                        break
                    for canary in canaries:
                        if canary in content:
                            found.setdefault(canary, []).append(line.split()[-1] + f"+{content.index(canary):x}")
        return found


if __name__ == "__main__":
    assert email.utils.parsedate_to_datetime(DATE).timestamp() == DATE_S
    unittest.main(warnings="ignore")        # of the servers' threads: connections left to their end
