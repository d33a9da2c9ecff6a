"""A certificate authority of our own, made anew for each run by the openssl program.

Kinds of server certificate:
    good        signed by the authority, for 127.0.0.1 and localhost
    expired     the same, but its time is over
    early       the same, but its time has not come
    wrong-name  signed by the authority, for another host
    untrusted   for the right host, signed by an authority nobody trusts
    self-signed for the right host, signed by itself
"""

import datetime
import os
import ssl
import subprocess

KINDS = ("good", "expired", "early", "wrong-name", "untrusted", "self-signed")

_HERE = "subjectAltName = IP:127.0.0.1,DNS:localhost"
_ELSEWHERE = "subjectAltName = DNS:sts.elsewhere.example"
_DAYS = {"expired": (-60, -30), "early": (30, 60)}

_CONFIG = """\
[ca]
default_ca = authority
[authority]
database = {dir}/index.txt
new_certs_dir = {dir}
rand_serial = yes
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
{names}
[authority_certificate]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = subject
[subject]
"""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")


def _new_key(*request):
    return ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *request)


def _day(offset):
    day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
    return day.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """One authority in a directory of its own: ca.pem, ca.key."""

    def __init__(self, directory, name):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.directory = directory
        self.pem = os.path.join(directory, "ca.pem")
        self._key = os.path.join(directory, "ca.key")
        self._config = os.path.join(directory, "openssl.cnf")
        with open(os.path.join(directory, "index.txt"), "w", encoding="ascii"):
            pass
        self._configure(_HERE)
        _openssl(*_new_key("-x509", "-config", self._config, "-extensions",
                           "authority_certificate", "-subj", f"/CN={name}", "-days", "30",
                           "-keyout", self._key, "-out", self.pem))

    def _configure(self, names):
        with open(self._config, "w", encoding="ascii") as config:
            config.write(_CONFIG.format(dir=self.directory, names=names))

    def issue(self, kind, names=_HERE, days=(-1, 30)):
        """Makes a server certificate and its key; returns their two paths."""
        base = os.path.join(self.directory, kind)
        self._configure(names)
        _openssl(*_new_key("-config", self._config, "-subj", f"/CN=stand-in {kind}",
                           "-keyout", base + ".key", "-out", base + ".csr"))
        _openssl("ca", "-batch", "-notext", "-config", self._config, "-extensions", "server",
                 "-in", base + ".csr", "-cert", self.pem, "-keyfile", self._key,
                 "-startdate", _day(days[0]), "-enddate", _day(days[1]), "-out", base + ".pem")
        return base + ".pem", base + ".key"

    def issue_self_signed(self):
        base = os.path.join(self.directory, "self-signed")
        self._configure(_HERE)
        _openssl(*_new_key("-x509", "-config", self._config, "-extensions", "server",
                           "-subj", "/CN=stand-in self-signed", "-days", "30",
                           "-keyout", base + ".key", "-out", base + ".pem"))
        return base + ".pem", base + ".key"


class Certificates:
    """Server contexts by kind, each made when it is first asked for."""

    def __init__(self, directory):
        self._directory = directory
        self._trusted = Authority(os.path.join(directory, "authority"), "stand-in authority")
        self._contexts = {}
        self.ca_pem = self._trusted.pem

    def context(self, kind, newest=None):
        """newest: the highest TLS version spoken, such as ssl.TLSVersion.TLSv1."""
        if (kind, newest) not in self._contexts:
            self._contexts[kind, newest] = self._make(kind, newest)
        return self._contexts[kind, newest]

    def _make(self, kind, newest):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        context.load_cert_chain(*self._certificate(kind))
        return context

    def _certificate(self, kind):
        if kind == "self-signed":
            return self._trusted.issue_self_signed()
        if kind == "untrusted":
            stranger = Authority(os.path.join(self._directory, "stranger"), "nobody's authority")
            return stranger.issue(kind)
        if kind not in KINDS:
            raise ValueError(f"no certificate of kind '{kind}' (there are {', '.join(KINDS)})")
        names = _ELSEWHERE if kind == "wrong-name" else _HERE
        return self._trusted.issue(kind, names, _DAYS.get(kind, (-1, 30)))
