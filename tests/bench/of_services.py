"""PS1 to PS4 and START: calls to AWS, the key derivation, a courier from nothing."""

import os
import random
import signal
import time
from statistics import mean

import place as places
from handmade import Handmade
from place import CLIENT_CORE, cpu_ns
from report import Row, compared, median, time_text
from world import PASSPHRASE

ROLE = "arn:aws:iam::222222222222:role/Admin"
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CALLERS = 200


# --- a burst of calls ----------------------------------------------------------------------------

def _post(place, count):
    """[(CPU, time)] of the bare poster's requests, the first of which makes the connection."""
    signed = Handmade(place.world.aws, place.world.aws.key_of("alice")).sign(
        Action="AssumeRole", RoleArn=ROLE, RoleSessionName="alice", DurationSeconds="3600")
    lines = "".join(f"{name}: {value}\n" for name, value in signed.headers.items())
    out = place.run(place.tools.program("poster"), place.world.aws.endpoint + "/",
                    place.world.aws.ca_pem, place.file("headers", lines.encode()),
                    place.file("body", signed.data), count)
    return [tuple(map(int, line.split())) for line in out.splitlines()]


def _refresh(place, first, n=1):
    """(CPU of the courier, time) of a request, the mean of n that follow each other."""
    couriers = place.couriers()
    before = cpu_ns(couriers)
    load = place.load("each", n, first=first)
    return (cpu_ns(couriers) - before) / n, load.p50


def burst(place, quick):
    """PS1. Pinned like the poster, to the core of clients; both make their requests one behind
    the other, and the first of each, which wakes caches, does not count."""
    first, _ = place.requests("d0", refresh=True)
    place.load("each", 1, first=first)
    for pid in place.couriers():
        places.pin(pid, {CLIENT_CORE})
    before, n, rounds = len(place.world.aws.calls("AssumeRole")), 20, 5 if quick else 21
    poster, courier = [], []
    for _ in range(rounds):
        for who in random.sample(["poster", "courier"], 2):
            if who == "poster":
                poster.append(mean(cpu for cpu, _ in _post(place, n + 1)[1:]))
            else:
                place.load("each", 1, first=first)
                courier.append(_refresh(place, first, n))
    calls = len(place.world.aws.calls("AssumeRole")) - before
    if calls != 2 * rounds * (n + 1):
        raise AssertionError(f"{calls} calls, not {2 * rounds * (n + 1)}")
    yield compared("PS1", "AssumeRole in a burst, courier's CPU / curl on a kept handle", poster,
                   [cpu for cpu, _ in courier], ("<=", 1.5),
                   f"the whole request {time_text(median(took for _, took in courier))}")


# --- the system's authorities --------------------------------------------------------------------

def _bundle(world):
    """All of the system's authorities, and the stand-in's."""
    path = os.path.join(world.root, "bundle.pem")
    with open(path, "w", encoding="ascii") as file:
        for part in (SYSTEM_BUNDLE, world.aws.ca_pem):
            with open(part, encoding="ascii") as source:
                file.write(source.read())
    os.chmod(path, 0o644)
    return path


def cold(tools, quick):
    """PS2: a new courier's first call, then one that needs a new connection."""
    if not os.path.exists(SYSTEM_BUNDLE):
        return
    took, cpu = [[], []], [[], []]
    with places.Place(tools, certificates=_bundle) as place:
        first, _ = place.requests("d0", refresh=True)
        # Every answer is ended by closing the connection.
        place.world.aws.reset()
        place.world.aws.fault(action="AssumeRole", times=0, content_length=None)
        for _ in range(5 if quick else 21):
            for pid in place.couriers():
                os.kill(pid, signal.SIGKILL)
            while place.couriers():
                time.sleep(0.01)
            took[0].append(place.load("each", 1, first=first).p50)
            cpu[0].append(cpu_ns(place.couriers()))
            used, ns = _refresh(place, first)
            took[1].append(ns)
            cpu[1].append(used)
    yield compared("PS2", "cold AssumeRole, system's CA bundle: second / first", *took,
                   ("<=", 0.3), "with the stand-in's own time")
    yield compared("PS2", "the same, courier's CPU (the first with its start)", *cpu,
                   ("<=", 0.3))


# --- from nothing ---------------------------------------------------------------------------------

def started(place, quick):
    """START: to a new courier's first answer."""
    first, _ = place.requests("d0", refresh=True)
    took = [[], []]
    for _ in range(5 if quick else 21):
        for pid in place.couriers():
            os.kill(pid, signal.SIGKILL)
        while place.couriers():
            time.sleep(0.001)
        for one in took:
            one.append(place.load("each", 1, first=first).p50)
    yield compared("START", "an AssumeRole, which starts the courier / the next", took[1],
                   took[0], None, "a connection's beginning and the stand-in's own time are in it")


# --- at the same time ----------------------------------------------------------------------------

def misses(place, quick):
    """PS3."""
    found = []
    for _ in range(1 if quick else 5):
        place.xacct("forget", "--all")
        before = len(place.world.aws.calls("AssumeRole"))
        place.load("burst", CALLERS)
        found.append(len(place.world.aws.calls("AssumeRole")) - before)
    yield Row("PS3", f"calls to STS for {CALLERS} simultaneous misses", "", "", [max(found)],
              ("==", 1), "{:.0f}")


# --- the key derivation ------------------------------------------------------------------------

def _cost(place):
    """(t, m in KiB) of the vault: FORMAT.md, section 2."""
    with open(place.world.vault_file, "rb") as file:
        header = file.read(28)
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def unlock(place, quick):
    """PS4. Both on the core of servers."""
    t, m_kib = _cost(place)
    request = place.file("unlock", place.hello("UNLOCK", passphrase=PASSPHRASE.encode()))
    bare, product = [], []
    for _ in range(3 if quick else 15):
        for who in random.sample(["bare", "product"], 2):
            if who == "bare":
                bare.append(int(place.run(place.tools.program("kdf"), t, m_kib,
                                          core=places.SERVER_CORE)))
            else:
                place.xacct("lock")
                product.append(place.load("each", 1, first=request).p50)
    place.load("each", 1)
    yield compared("PS4", f"unlock / bare crypto_pwhash (t={t}, {m_kib // 1024} MiB)", bare,
                   product, ("<=", 1.1))


PARTS = {"PS1": burst, "PS2": cold, "PS3": misses, "PS4": unlock, "START": started}
