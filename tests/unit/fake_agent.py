#!/usr/bin/python3
"""A stand-in for the agent, for the client's tests: it speaks the frames and plays
whatever the test wants of it.

Run by itself (`xacct-agent --ready-fd N`, a copy beside the client) it is started by the
client and reads what to play from $XDG_STATE_HOME/play.json."""

import json
import os
import socket
import struct
import sys
import threading
import time

FLAG, U32, U64, TEXT, BYTES, LIST = 1, 2, 3, 4, 5, 6

# name: (number, kind), in the order of the numbers
FIELDS = {
    "protocol": (1, U32), "config_path": (2, TEXT), "vault_path": (3, TEXT),
    "can_ask": (8, FLAG), "patience_ms": (9, U32), "asking_ms": (10, U32),
    "at_hand": (11, FLAG),
    "name": (16, TEXT), "target": (17, TEXT), "source": (18, TEXT), "region": (19, TEXT),
    "duration_s": (20, U32), "min_left_s": (21, U32), "session_name": (22, TEXT),
    "external_id": (23, TEXT), "refresh": (24, FLAG), "all": (25, FLAG),
    "no_verify": (26, FLAG), "keep_sessions": (27, FLAG), "create": (28, FLAG),
    "allow_unlocked_memory": (29, FLAG), "accept_rollback": (30, FLAG), "cursor": (31, U32),
    "policy": (32, TEXT), "policy_arns": (33, TEXT), "tags": (34, TEXT),
    "transitive_tags": (35, TEXT), "source_identity": (36, TEXT), "readonly": (37, FLAG),
    "profile": (38, LIST),
    "passphrase": (40, BYTES), "new_passphrase": (41, BYTES),
    "mfa_code": (42, TEXT), "mfa_serial": (43, TEXT), "profile_kind": (44, U32),
    "use_fips": (45, FLAG), "use_dualstack": (46, FLAG), "sts_legacy": (47, FLAG),
    "access_key_id": (48, TEXT), "secret": (49, BYTES), "token": (50, BYTES),
    "expires_at": (51, U64),
    "account": (64, TEXT), "arn": (65, TEXT), "user_id": (66, TEXT), "role": (67, TEXT),
    "label": (68, TEXT), "level": (69, TEXT), "key_tail": (70, TEXT), "note": (71, TEXT),
    "warning": (72, TEXT), "created": (73, FLAG), "endpoint_url": (74, TEXT),
    "ca_bundle": (75, TEXT),
    "entries": (80, LIST), "entry_kind": (81, U32), "findings": (82, LIST),
    "severity": (83, U32), "file": (84, TEXT), "line": (85, U32), "n_forgotten": (86, U32),
    "hops": (87, LIST), "hop_kind": (88, U32),
    "code": (96, U32), "message": (97, TEXT), "why": (98, TEXT), "hint": (99, TEXT),
    "aws_code": (100, TEXT), "request_id": (101, TEXT), "tries_left": (102, U32),
    "need": (103, U32), "subject": (104, TEXT), "devices": (105, LIST), "used": (106, FLAG),
    "hop_need": (107, U32),
    "state": (112, U32), "version": (113, TEXT), "pid": (114, U32),
    "supervisor_pid": (115, U32), "courier_pid": (116, U32), "started_at": (117, U64),
    "n_sources": (118, U32), "n_dests": (119, U32), "n_cached": (120, U32),
    "lock_in_s": (121, U32), "config_error": (122, TEXT), "vm_locked_kib": (128, U32),
    "arena_kib": (129, U32), "memory_locked": (130, FLAG), "undumpable": (131, FLAG),
    "no_new_privs": (132, FLAG), "core_limit_zero": (133, FLAG), "traced": (134, FLAG),
    "seccomp": (135, U32),
}
NAMES = {number: (name, kind) for name, (number, kind) in FIELDS.items()}

HELLO, UNLOCK, MFA_CODE, FOREIGN, CANCEL = 1, 2, 3, 5, 6
LOCK, STATUS, LIST_, CHECK, STOP, FORGET = 16, 17, 18, 19, 20, 21
ADD, REMOVE, PASSWD, DEST_ADD, DEST_REMOVE, CREDENTIALS, WHOAMI, PLAN = 32, 33, 34, 35, 36, 48, 49, 50
RESULT, ERROR, NEED = 128, 129, 130

LOCKED, BAD_PASSPHRASE, CANCELLED, NO_SUCH_NAME = 16, 17, 64, 32
NOT_ASKED, MFA_NEEDED, MFA_CODE_USED, AWS_REFUSED = 18, 19, 24, 48
NEED_MFA_CODE, NEED_FOREIGN = 3, 5


def encode(**values):
    out = b""
    for name, v in sorted(values.items(), key=lambda item: FIELDS[item[0]][0]):
        number, kind = FIELDS[name]
        if not v:
            continue
        if kind == FLAG:
            body = b""
        elif kind == U32:
            body = struct.pack(">I", v)
        elif kind == U64:
            body = struct.pack(">Q", v)
        elif kind == LIST:
            body = b"".join(struct.pack(">H", len(i)) + i for i in (encode(**e) for e in v))
        else:
            body = v if isinstance(v, bytes) else v.encode()
        out += struct.pack(">HH", kind << 12 | number, len(body)) + body
    return out


def decode(body):
    values, at, last = {}, 0, 0
    while at < len(body):
        tag, size = struct.unpack_from(">HH", body, at)
        name, kind = NAMES[tag & 0xfff]
        assert kind == tag >> 12 & 7 and tag & 0xfff > last, "field %s" % name
        last = tag & 0xfff
        value = body[at + 4:at + 4 + size]
        assert len(value) == size
        at += 4 + size
        values[name] = (True if kind == FLAG else int.from_bytes(value, "big")
                        if kind in (U32, U64) else value if kind == BYTES
                        else items(value) if kind == LIST else value.decode())
    return values


def items(body):
    found, at = [], 0
    while at < len(body):
        size, = struct.unpack_from(">H", body, at)
        found.append(decode(body[at + 2:at + 2 + size]))
        at += 2 + size
    return found


def frame(kind, number, **values):
    body = encode(**values)
    return struct.pack(">IBBI", len(body) + 6, 1, kind, number) + body


GOOD = dict(access_key_id="ASIAQQQQQQQQQQQQQQQQ", secret="s/ecret+" * 5, token="T0ken/+=" * 50,
            expires_at=4102444800, account="222222222222",
            arn="arn:aws:sts::222222222222:assumed-role/Admin/alice", name="prod")


class Agent:
    """play: what to answer; "needs": the fields of each NEED that CREDENTIALS and WHOAMI get
    one after the other, each until it is answered; "refusals": fields of the ERRORs that
    MFA_CODE and FOREIGN get before they are taken; "idle": after how many seconds a connection that nobody has
    promised to answer on is closed; "at_hand": what is asked for so is there; else "at_hand_code" or
    "at_hand_closes". seen: [(type, fields)]
    of every request, but of those that find nothing at hand."""

    def __init__(self, listener, **play):
        self.listener = listener
        self.play = dict(dict(vault="unlocked", passphrase="correct horse", tries=3), **play)
        self.seen = []
        self.stopped = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        self.tries = self.play["tries"]
        leased = False
        try:
            while True:
                conn.settimeout(None if leased else self.play.get("idle"))
                head = self.read(conn, 10)
                size, version, kind, number = struct.unpack(">IBBI", head)
                assert version == 1
                fields = decode(self.read(conn, size - 6))
                if fields.get("at_hand") and not {"at_hand", "raw"} & set(self.play):
                    if self.play.get("at_hand_closes"):
                        return
                    conn.sendall(frame(ERROR, number, message="not at hand",
                                       code=self.play.get("at_hand_code", NOT_ASKED)))
                    continue
                self.seen.append((kind, fields))
                if kind != HELLO and self.play.get("closes", 0) > 0:
                    self.play["closes"] -= 1
                    return
                for part in self.answer(kind, number, fields):
                    if isinstance(part, float):
                        time.sleep(part)
                    elif part is None:
                        return
                    else:
                        leased = (part[5:6] == bytes([NEED]) or
                                  (leased and part[5:6] == bytes([ERROR])))
                        conn.sendall(part)
                if self.stopped.is_set():
                    return
        except (EOFError, OSError):
            pass
        finally:
            conn.close()
            if self.stopped.is_set():
                self.on_stop()

    def on_stop(self):
        self.listener.close()

    @staticmethod
    def read(conn, n):
        data = b""
        while len(data) < n:
            part = conn.recv(n - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def needs_key(self, number, fields):
        """What stands between a request and its result, or None."""
        vault = self.play["vault"]
        if vault == "unlocked":
            return None
        if not fields.get("can_ask"):
            return frame(ERROR, number, code=LOCKED, message="the vault is locked",
                         hint="xacct unlock")
        return frame(NEED, number, need=1 if vault == "locked" else 2,
                     tries_left=self.tries, subject="/home/u/vault")

    def needs_more(self, number, fields):
        """An MFA code or foreign credentials, or None."""
        needs = self.play.get("needs", [])
        if not needs:
            return None
        if fields.get("can_ask"):
            return frame(NEED, number, **needs[0])
        if needs[0]["need"] == NEED_MFA_CODE:
            return frame(ERROR, number, message="an MFA code is needed",
                         code=MFA_CODE_USED if needs[0].get("used") else MFA_NEEDED)
        return frame(ERROR, number, code=NOT_ASKED, message="nobody to run its command")

    def take_answer(self, number):
        refusals = self.play.get("refusals", [])
        if refusals:
            return frame(ERROR, number, **refusals.pop(0))
        self.play["needs"].pop(0)
        return frame(RESULT, number)

    def unlock(self, number, fields):
        if fields.get("create"):
            self.play["passphrase"] = fields["passphrase"].decode()
        elif fields["passphrase"].decode() != self.play["passphrase"]:
            self.tries -= 1
            return frame(ERROR, number, code=BAD_PASSPHRASE, message="wrong passphrase or damaged"
                         " vault", hint="xacct unlock", tries_left=self.tries)
        self.play["vault"] = "unlocked"
        return frame(RESULT, number)

    def answer(self, kind, number, fields):
        p = self.play
        if kind == HELLO:
            return [frame(ERROR, number, **p["hello"])] if "hello" in p else []
        if "raw" in p:
            return [part if not isinstance(part, str) else bytes.fromhex(part)
                    for part in p["raw"]]
        if kind in (CREDENTIALS, WHOAMI, ADD, REMOVE):
            need = self.needs_key(number, fields)
            if not need and kind in (CREDENTIALS, WHOAMI):
                need = self.needs_more(number, fields)
            if need:
                return [need]
        if kind in (MFA_CODE, FOREIGN):
            return [self.take_answer(number)]
        if str(kind) in p.get("errors", {}):
            return [frame(ERROR, number, **p["errors"][str(kind)])]
        delay = [float(p["delay"])] if "delay" in p else []
        results = {
            CREDENTIALS: dict(GOOD, **p.get("credentials", {})),
            WHOAMI: dict(account="222222222222", user_id="AROAX:alice",
                         arn="arn:aws:sts::222222222222:assumed-role/Admin/alice"),
            ADD: dict(account="111111111111", arn="arn:aws:iam::111111111111:user/alice",
                      **p.get("add", {})),
            FORGET: dict(n_forgotten=2),
            DEST_ADD: dict(file="/home/u/.config/xacct/config"),
            DEST_REMOVE: dict(file="/home/u/.config/xacct/config"),
            CHECK: dict(file="/home/u/.config/xacct/config", n_sources=1, n_dests=2,
                        findings=p.get("findings", [])),
            STATUS: dict(dict(state={"none": 1, "locked": 2, "unlocked": 3}[p["vault"]],
                         version="0.1.0", pid=os.getpid(), supervisor_pid=os.getppid(),
                         started_at=int(time.time()) - 3700, config_path="/home/u/config",
                         vault_path="/home/u/vault", n_sources=1, n_dests=2, lock_in_s=5000,
                         memory_locked=True, undumpable=True, vm_locked_kib=300, arena_kib=256,
                         no_new_privs=True, core_limit_zero=True), **p.get("status", {})),
            PLAN: dict(hops=p.get("hops", []), note=p.get("plan_note")),
        }
        if kind == UNLOCK:
            return delay + [self.unlock(number, fields)]
        if kind == PASSWD:
            if fields["passphrase"].decode() != p["passphrase"]:
                return [frame(ERROR, number, code=BAD_PASSPHRASE, message="wrong passphrase",
                              hint="xacct unlock")]
            p["passphrase"] = fields["new_passphrase"].decode()
        if kind == LOCK:
            p["vault"] = "locked"
        if kind == STOP:
            self.stopped.set()
        if kind == LIST_:
            pages = p.get("pages", [[]])
            at = fields.get("cursor", 0)
            return [frame(RESULT, number, entries=pages[at],
                          cursor=at + 1 if at + 1 < len(pages) else 0)]
        if kind == CANCEL:
            return [frame(ERROR, number, code=CANCELLED, message="cancelled")]
        return delay + [frame(RESULT, number, **results.get(kind, {}))]


def listen(path):
    listener = socket.socket(socket.AF_UNIX)
    old = os.getcwd()
    os.chdir(os.path.dirname(path))
    try:
        if os.path.exists(os.path.basename(path)):
            os.unlink(os.path.basename(path))
        listener.bind(os.path.basename(path))
    finally:
        os.chdir(old)
    listener.listen(128)
    return listener


def main():
    """Started by the client: the environment and the descriptors are all we know."""
    ready = int(sys.argv[sys.argv.index("--ready-fd") + 1])
    state = os.environ["XDG_STATE_HOME"]
    with open(os.path.join(state, "play.json")) as f:
        play = json.load(f)
    with open(os.path.join(state, "starts"), "a") as f:
        f.write(json.dumps(dict(env=dict(os.environ), argv=sys.argv, cwd=os.getcwd(),
                                fds=sorted(map(int, os.listdir("/proc/self/fd"))))) + "\n")
    start = play.pop("start", "ready")
    time.sleep(play.pop("start_delay", 0))
    if start == "die":
        return 1
    if start == "hang":
        time.sleep(60)
    if start == "fail":
        os.write(ready, b"F" + encode(code=10, message="agent.lock cannot be taken",
                                      hint="xacct agent stop"))
        return 1
    os.setsid()
    path = os.environ["XACCT_SOCK"]
    agent = Agent(listen(path), **play)
    ended = threading.Event()
    agent.on_stop = lambda: (os.unlink(path), ended.set())
    null = os.open("/dev/null", os.O_RDWR)
    for fd in 0, 1, 2:
        os.dup2(null, fd)
    os.write(ready, b"R")
    os.close(ready)
    ended.wait(timeout=60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
