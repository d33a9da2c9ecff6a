"""git with a CodeCommit URL: the helper's password is judged by a server that computes it anew
with botocore, as AWS does (facts 10.3)."""

import base64
import hmac
import http.server
import os
import socketserver
import ssl
import subprocess
import sys
import threading
import unittest

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from consumer import ADMIN, Consumer
from standin.tls import Authority

HOST = "git-codecommit.eu-west-1.amazonaws.com"
URL = f"https://{HOST}/v1/repos/web"


def _signature(key_id, secret, path, moment):
    signer = SigV4Auth(Credentials(key_id, secret), "codecommit", "eu-west-1")
    request = AWSRequest("GIT", f"https://{HOST}{path}")
    request.context["timestamp"] = moment
    canonical = f"GIT\n{path}\n\nhost:{HOST}\n\nhost\n"
    return signer.signature(signer.string_to_sign(request, canonical), request)


class CodeCommit(socketserver.ThreadingTCPServer):
    """Repositories by git's own http-backend, behind a judge of passwords."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, place, authority, secret_of):
        super().__init__(("127.0.0.1", 0), _Visit)
        self.place = place
        self.secret_of = secret_of
        self.visitors = []                # (access key id, token) of those who were let in
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*authority.issue("git", f"subjectAltName = DNS:{HOST}"))
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def finish_request(self, request, client_address):
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)
            secured.unwrap()              # GnuTLS wants to be told that this is all

    def handle_error(self, request, client_address):
        """A git that leaves is no fault of ours."""

    def judge(self, header):
        """True for a user and password that sign for this repository."""
        if not header or not header.startswith("Basic "):
            return False
        user, _, password = base64.b64decode(header[6:]).decode().partition(":")
        key_id, _, token = user.partition("%")
        moment, found = password[:15], password[16:]
        if password[15:16] != "Z":
            return False
        wanted = _signature(key_id, self.secret_of(key_id), "/v1/repos/web", moment)
        if not hmac.compare_digest(wanted, found):
            return False
        self.visitors.append((key_id, token))
        return True


class _Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        if not self.server.judge(self.headers["Authorization"]):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        done = subprocess.run(["/usr/lib/git-core/git-http-backend"], input=body, check=True,
                              capture_output=True, env={
                                  "GIT_PROJECT_ROOT": self.server.place, "PATH_INFO": path,
                                  "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "someone",
                                  "REQUEST_METHOD": self.command, "QUERY_STRING": query,
                                  "CONTENT_TYPE": self.headers["Content-Type"] or "",
                                  "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
                                  "GIT_CONFIG_VALUE_0": "*", "PATH": "/usr/bin:/bin"})
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        self.wfile.write(b"HTTP/1.0 200 OK\r\n" + head +
                         b"\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

    do_POST = do_GET

    def log_message(self, format, *args):
        """Silent."""


class Proxy(socketserver.ThreadingTCPServer):
    """Leads every CONNECT to one server, so that git sees the true host's name."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), _Connection)
        self.port = port
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()


class _Connection(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        import select
        import socket
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.send_response(200)
            self.end_headers()
            ends = [self.connection, there]
            while True:
                for end in select.select(ends, [], [], 30)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[1 - ends.index(end)].sendall(data)

    def log_message(self, format, *args):
        """Silent."""


class Git(Consumer):
    def setUp(self):
        super().setUp()
        place = os.path.join(self.world.root, "repositories")
        subprocess.run(["git", "init", "-q", "--bare", os.path.join(place, "v1", "repos", "web")],
                       check=True)
        authority = Authority(os.path.join(self.world.root, "authority"), "git authority")
        self.server = CodeCommit(place, authority, self.secret_of)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        proxy = Proxy(self.server.server_address[1])
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        ca = os.path.join(self.world.home, "git-ca.pem")
        with open(authority.pem, "rb") as source, open(ca, "wb") as copy:
            copy.write(source.read())
        self.world.write(".gitconfig", f"""
[user]
    name = alice
    email = alice@example.invalid
[http]
    proxy = http://127.0.0.1:{proxy.server_address[1]}
    sslCAInfo = {ca}
[credential "https://{HOST}"]
    helper = !{self.world.client} git-credential prod
    useHttpPath = true
""")

    def secret_of(self, key_id):
        """As AWS knows it: from xacct's own answer, by a way that is none of git's."""
        import json
        made = json.loads(self.works("credential-process", "prod").out)
        return made["SecretAccessKey"] if made["AccessKeyId"] == key_id else "nothing"

    def git(self, *words, **how):
        return self.world.run("git", *words, env={"GIT_TERMINAL_PROMPT": "0"}, **how)

    def test_clone_commit_push(self):
        first = os.path.join(self.world.home, "first")
        said = self.git("clone", "-q", URL, first)
        self.assertEqual(said.status, 0, said)
        self.world.write("first/file", "the content\n")
        for words in (("add", "file"), ("commit", "-q", "-m", "x"),
                      ("push", "-q", "origin", "HEAD:main")):
            said = self.git(*words, cwd=first)
            self.assertEqual(said.status, 0, said)
        second = os.path.join(self.world.home, "second")
        said = self.git("clone", "-q", "-b", "main", URL, second)
        self.assertEqual(said.status, 0, said)
        with open(os.path.join(second, "file"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "the content\n")
        self.assertGreater(len(self.server.visitors), 2)
        self.assertEqual(self.callers("AssumeRole"), {"arn:aws:iam::111111111111:user/alice"})
        self.assertEqual(self.aws.calls("AssumeRole")[0]["parameters"]["RoleArn"],
                         "arn:aws:iam::222222222222:role/Admin")
        self.assertIn("Admin", ADMIN)

    def test_another_repository_s_password_is_none(self):
        """The path is part of what is signed."""
        helper = self.world.xacct("git-credential", "prod", "get", given=f"protocol=https\n"
                                  f"host={HOST}\npath=v1/repos/other\n\n")
        made = dict(line.split("=", 1) for line in helper.out.splitlines())
        pair = f"{made['username']}:{made['password']}".encode()
        self.assertFalse(self.server.judge("Basic " + base64.b64encode(pair).decode()))

    def test_a_locked_vault(self):
        self.works("lock")
        said = self.git("ls-remote", URL)
        self.assert_not_without(said, "the vault is locked")
        self.assertEqual(self.server.visitors, [])


if __name__ == "__main__":
    sys.exit(unittest.main())
