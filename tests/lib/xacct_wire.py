"""Another client of the agent, written from proto/PROTOCOL.md and from nothing else.

    with Connection(path) as agent:
        agent.greet(config_path, vault_path)
        answer = agent.ask("CREDENTIALS", name="prod", can_ask=True)

An answer is a Reply; its type is "RESULT", "ERROR" or "NEED". What breaks the protocol
raises Broken; a connection that the agent has closed raises Closed.
"""

import dataclasses
import os
import socket
import stat
import struct

VERSION = 1
HEAD = struct.Struct(">IBBI")            # length, version, type, number
REQUEST_MAX = 65536
REPLY_MAX = 32768
SECRET_REQUEST_MAX = 4096
FOREIGN_MAX = 20480

# Section 2: types.
REQUESTS = {
    "HELLO": 1, "UNLOCK": 2, "MFA_CODE": 3, "FOREIGN": 5, "CANCEL": 6, "LOCK": 16, "STATUS": 17,
    "LIST": 18, "CHECK": 19, "STOP": 20, "FORGET": 21, "PROBE": 22, "ADD": 32, "REMOVE": 33, "PASSWD": 34,
    "DEST_ADD": 35, "DEST_REMOVE": 36, "CREDENTIALS": 48, "WHOAMI": 49, "PLAN": 50,
    "TOKEN": 51, "CONSOLE": 52, "SWITCH_URL": 53,
    "SETUP_PLAN": 64, "SETUP": 65, "DOCTOR": 66, "ROTATE": 67, "REVOKE": 68, "DISCOVER": 69,
}
REPLIES = {"RESULT": 128, "ERROR": 129, "NEED": 130}
TYPES = {**REQUESTS, **REPLIES}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
SECRET = {"UNLOCK": SECRET_REQUEST_MAX, "MFA_CODE": SECRET_REQUEST_MAX, "FOREIGN": FOREIGN_MAX,
          "ADD": SECRET_REQUEST_MAX, "PASSWD": SECRET_REQUEST_MAX}

# Section 3: kinds.
FLAG, U32, U64, TEXT, BYTES, LIST = range(1, 7)
IGNORABLE = 0x8000

# Section 4: a field's number and kind are the same in every message.
NUMBERS = {
    1: ("protocol", U32), 2: ("config_path", TEXT), 3: ("vault_path", TEXT),
    8: ("can_ask", FLAG), 9: ("patience_ms", U32), 10: ("asking_ms", U32),
    11: ("at_hand", FLAG),
    16: ("name", TEXT), 17: ("target", TEXT), 18: ("source", TEXT), 19: ("region", TEXT),
    20: ("duration_s", U32), 21: ("min_left_s", U32), 22: ("session_name", TEXT),
    23: ("external_id", TEXT), 24: ("refresh", FLAG), 25: ("all", FLAG), 26: ("no_verify", FLAG),
    27: ("keep_sessions", FLAG), 28: ("create", FLAG), 29: ("allow_unlocked_memory", FLAG),
    30: ("accept_rollback", FLAG), 31: ("cursor", U32), 32: ("policy", TEXT),
    33: ("policy_arns", TEXT), 34: ("tags", TEXT), 35: ("transitive_tags", TEXT),
    36: ("source_identity", TEXT), 37: ("readonly", FLAG), 38: ("profile", LIST),
    40: ("passphrase", BYTES), 41: ("new_passphrase", BYTES), 42: ("mfa_code", TEXT),
    43: ("mfa_serial", TEXT), 44: ("kind", U32), 45: ("use_fips", FLAG),
    46: ("use_dualstack", FLAG), 47: ("sts_legacy", FLAG),
    48: ("access_key_id", TEXT), 49: ("secret", BYTES), 50: ("token", BYTES),
    51: ("expires_at", U64), 52: ("kind", U32), 53: ("cluster", TEXT), 54: ("host", TEXT),
    55: ("port", U32), 56: ("user", TEXT), 57: ("path", TEXT), 58: ("service", TEXT),
    59: ("signed_in_s", U32), 60: ("username", BYTES), 61: ("url", BYTES),
    62: ("logout_url", TEXT),
    64: ("account", TEXT), 65: ("arn", TEXT), 66: ("user_id", TEXT), 67: ("role", TEXT),
    68: ("label", TEXT), 69: ("level", TEXT), 70: ("key_tail", TEXT), 71: ("note", TEXT),
    72: ("warning", TEXT), 73: ("created", FLAG), 74: ("endpoint_url", TEXT),
    75: ("ca_bundle", TEXT), 76: ("is_profile", FLAG), 78: ("aws_time", U64),
    80: ("entries", LIST), 81: ("kind", U32), 82: ("findings", LIST), 83: ("severity", U32),
    84: ("file", TEXT), 85: ("line", U32), 86: ("n_forgotten", U32), 87: ("hops", LIST),
    88: ("kind", U32),
    96: ("code", U32), 97: ("message", TEXT), 98: ("why", TEXT), 99: ("hint", TEXT),
    100: ("aws_code", TEXT), 101: ("request_id", TEXT), 102: ("tries_left", U32),
    103: ("kind", U32), 104: ("subject", TEXT), 105: ("devices", LIST), 106: ("used", FLAG),
    107: ("need", U32),
    112: ("state", U32), 113: ("version", TEXT), 114: ("pid", U32), 115: ("supervisor_pid", U32),
    116: ("courier_pid", U32), 117: ("started_at", U64), 118: ("n_sources", U32),
    119: ("n_dests", U32), 120: ("n_cached", U32), 121: ("lock_in_s", U32),
    122: ("config_error", TEXT),
    128: ("vm_locked_kib", U32), 129: ("arena_kib", U32), 130: ("memory_locked", FLAG),
    131: ("undumpable", FLAG), 132: ("no_new_privs", FLAG), 133: ("core_limit_zero", FLAG),
    134: ("traced", FLAG), 135: ("seccomp", U32),
    144: ("place", BYTES), 145: ("permissions", TEXT), 146: ("policy_name", TEXT),
    147: ("org", TEXT), 148: ("dest_admin", TEXT), 149: ("source_admin", TEXT),
    150: ("trust", U32), 151: ("max_duration_s", U32), 152: ("require_mfa", FLAG),
    153: ("undo", FLAG), 154: ("confirmed", FLAG), 155: ("goes", TEXT),
    156: ("keep_inactive", FLAG), 157: ("grace_s", U32), 158: ("dry_run", FLAG),
    159: ("key_too", FLAG), 160: ("role_arn", TEXT), 161: ("trust_policy", TEXT),
    162: ("user_name", TEXT), 163: ("user_arn", TEXT), 164: ("source_policy_arn", TEXT),
    165: ("source_policy", TEXT), 166: ("role_name", TEXT), 167: ("role_path", TEXT),
    168: ("done", FLAG), 169: ("wait_ms", U32), 170: ("question", TEXT), 171: ("items", LIST),
    172: ("kind", U32), 173: ("text", TEXT), 174: ("document", TEXT),
    190: ("stored_at", U64), 191: ("rotate_after_s", U32), 192: ("rotation", U32),
    193: ("due_at", U64),
}
# What a request, or an item in one, may hold; `kind` is then a profile's, not a TOKEN's.
REQUEST_FIELDS = {name: number for number, (name, _kind) in NUMBERS.items()
                  if (number < 64 and number != 52) or number in (64, 65, 67, 74, 75)
                  or 144 <= number <= 159}

# Section 8: the codes that a client acts upon.
BAD_MESSAGE, UNKNOWN_REQUEST, BAD_VERSION, OTHER_AGENT = 4, 5, 6, 11
UNREACHABLE = 51
LOCKED, BAD_PASSPHRASE, NOT_ASKED, NO_VAULT, NO_SUCH_NAME, CANCELLED = 16, 17, 18, 22, 32, 64
USAGE, MFA_NEEDED, MFA_CODE_USED, BAD_CONFIG, NOT_SERVED, AWS_REFUSED = 7, 19, 24, 33, 34, 48
PASSPHRASE, NEW_PASSPHRASE, MFA_CODE, FOREIGN = 1, 2, 3, 5      # what a NEED is for
ROLE, KEYS, PROCESS = 1, 2, 3                                   # kinds of profile; more in 44
SOURCE, FOREIGN_SOURCE, SESSION, ROLE_HOP = 1, 2, 3, 4          # kinds of hop


class Broken(Exception):
    """The other side does not keep to the protocol."""


class Closed(Exception):
    """The other side has gone."""


# --- fields -----------------------------------------------------------------------------

def encode_field(number, value, ignorable=False):
    """The bytes of one field; nothing for what counts as absent."""
    kind = NUMBERS[number][1]
    if not value:
        return b""
    data = {FLAG: lambda: b"",
            U32: lambda: struct.pack(">I", value),
            U64: lambda: struct.pack(">Q", value),
            TEXT: lambda: value.encode(),
            BYTES: lambda: bytes(value),
            LIST: lambda: b"".join(struct.pack(">H", len(item)) + item for item in value)}[kind]()
    return struct.pack(">HH", kind << 12 | number | (IGNORABLE if ignorable else 0),
                       len(data)) + data


def encode(fields):
    """A body of numbered fields: {number: value}."""
    return b"".join(encode_field(number, fields[number]) for number in sorted(fields))


def _cut(data, at, size):
    if at + size > len(data):
        raise Broken(f"cut: {size} bytes at {at} of {len(data)}")
    return data[at:at + size], at + size


def _value(kind, data):
    size = {FLAG: 0, U32: 4, U64: 8}.get(kind, len(data))
    if len(data) != size:
        raise Broken(f"kind {kind} with {len(data)} bytes")
    if kind == FLAG:
        return True
    if kind in (U32, U64):
        return int.from_bytes(data, "big")
    if kind == TEXT:
        return data.decode()
    if kind == LIST:
        return items(data)
    return data


def items(data):
    """A list's items, each a body of its own."""
    found, at = [], 0
    while at < len(data):
        size, at = _cut(data, at, 2)
        body, at = _cut(data, at, int.from_bytes(size, "big"))
        found.append(decode(body))
    return found


def decode(body):
    """{name: value} of a body. Fields that we do not know must be ignorable."""
    fields, at, last = {}, 0, 0
    while at < len(body):
        tag, at = _cut(body, at, 2)
        size, at = _cut(body, at, 2)
        data, at = _cut(body, at, int.from_bytes(size, "big"))
        tag = int.from_bytes(tag, "big")
        number, kind = tag & 0xfff, tag >> 12 & 7
        if number <= last:
            raise Broken(f"field {number} behind {last}")
        last = number
        if number in NUMBERS:
            name, expected = NUMBERS[number]
            if kind != expected:
                raise Broken(f"{name} of kind {kind}")
            fields[name] = _value(kind, data)
        elif not tag & IGNORABLE:
            raise Broken(f"unknown field {number}")
    return fields


# --- frames ------------------------------------------------------------------------------

def frame(kind, number, body=b"", version=VERSION):
    """The bytes of a frame; kind is a type's name or number."""
    return HEAD.pack(HEAD.size - 4 + len(body), version, TYPES.get(kind, kind), number) + body


def body_of(**fields):
    """A request's body, or an item of one of its lists."""
    return encode({REQUEST_FIELDS[name]: value for name, value in fields.items()})


def request(kind, number, **fields):
    """The bytes of a request with these fields."""
    return frame(kind, number, body_of(**fields))


@dataclasses.dataclass
class Reply:
    type: str
    number: int
    fields: dict

    def __getattr__(self, name):          # an absent field is zero, empty or false
        if name.startswith("_"):
            raise AttributeError(name)
        return self.fields.get(name)


# --- a connection -------------------------------------------------------------------------

def check_directory(path):
    """Section 1: the socket's directory is ours, real and closed to others."""
    fd = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    status = os.fstat(fd)
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        os.close(fd)
        raise Broken(f"{path}: others could have put it there")
    return fd


class Connection:
    def __init__(self, path, timeout_s=30):
        directory = check_directory(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(timeout_s)
            self.socket.connect(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
            peer = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if struct.unpack("iII", peer)[1] != os.getuid():
                raise Broken("somebody else serves this socket")
        except BaseException:
            self.socket.close()
            raise
        finally:
            os.close(directory)
        self.number = 0
        self._greeting = b""

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        self.socket.close()

    def greet(self, config_path, vault_path):
        """HELLO travels with the first request, and is answered only when refused."""
        self.number += 1
        self._greeting = request("HELLO", self.number, protocol=VERSION, config_path=config_path,
                                 vault_path=vault_path)
        return self

    def send(self, kind, **fields):
        """Sends a request; returns its number."""
        self.number += 1
        data = request(kind, self.number, **fields)
        if len(data) > SECRET.get(kind, REQUEST_MAX):
            raise Broken(f"{kind} of {len(data)} bytes")
        self.send_bytes(self._greeting + data)
        self._greeting = b""
        return self.number

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def _read(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise Closed
            data += more
        return data

    def receive(self):
        length, version, kind, number = HEAD.unpack(self._read(HEAD.size))
        if length < HEAD.size - 4 or length + 4 > REPLY_MAX:
            raise Broken(f"a reply of {length} bytes")
        body = self._read(length - (HEAD.size - 4))
        if version != VERSION or TYPE_NAMES.get(kind) not in REPLIES:
            raise Broken(f"a reply of version {version}, type {kind}")
        return Reply(TYPE_NAMES[kind], number, decode(body))

    def ask(self, kind, **fields):
        """A request and its one reply."""
        number = self.send(kind, **fields)
        reply = self.receive()
        if reply.number != number and reply.type != "ERROR":
            raise Broken(f"a reply to {reply.number}, not to {number}")
        return reply

    def at_end(self):
        """Waits for the agent to close; anything it still says is an error."""
        try:
            more = self.socket.recv(1)
        except ConnectionResetError:
            return True
        if more:
            raise Broken("more was said")
        return True
