"""PA1 to PA6: the agent under load, beside other work, and at rest."""

import os
import pwd
import random
import subprocess
import threading
import time

import place as places
import processes
from place import CORES, SERVER_CORE, memory_kib
from report import Row, compared, kib_text, median, time_text
from world import PASSPHRASE, Fd

IDLE = 10_000
REQUESTS = 1_000_000


# --- the rate, and how long a reply takes ----------------------------------------------------

def _beside(place, quick, mode, count):
    """[Load] of the agent, of the epoll floor and of the libuv floor, from the same rounds."""
    sockets = [place.world.socket, place.echo("epoll"), place.echo("uv")]
    found = [[], [], []]
    for _ in range(7 if quick else 31):
        for at in random.sample(range(3), 3):
            found[at].append(place.load(mode, count // (4 if quick else 1), socket=sockets[at]))
    return found


def _latency(id, what, goal, found):
    agent, epoll, uv = found
    note = (f"libuv floor {time_text(median(load.p50 for load in uv))}; p99 "
            f"{time_text(median(load.p99 for load in agent))}, epoll "
            f"{time_text(median(load.p99 for load in epoll))}")
    return compared(id, f"{what}, p50 / epoll echo", [load.p50 for load in epoll],
                    [load.p50 for load in agent], ("<=", goal), note)


def connecting(place, quick):
    """PA1."""
    yield _latency("PA1", "connect, ask, leave", 1.35, _beside(place, quick, "each", 4000))


def staying(place, quick):
    """PA2."""
    yield _latency("PA2", "on one connection", 1.4, _beside(place, quick, "persistent", 10000))


def many(place, quick):
    """PA3."""
    agent, epoll, uv = _beside(place, quick, "many", 40000)
    yield Row("PA3", "rate at 64 connections / epoll echo",
              f"{median(load.rate for load in epoll):,.0f}/s",
              f"{median(load.rate for load in agent):,.0f}/s",
              [a.rate / b.rate for a, b in zip(agent, epoll)], (">=", 0.75),
              note=f"libuv floor {median(load.rate for load in uv):,.0f}/s")


def _traced_calls(place, run):
    """{name: how often the agent made this system call} while run() lasts."""
    log = os.path.join(place.world.root, "calls")
    with subprocess.Popen(["strace", "-f", "-c", "-o", log, "-p", str(place.agent)],
                          stderr=subprocess.DEVNULL) as strace:
        while processes.status_field(place.agent, "TracerPid") == "0":
            if strace.poll() is not None:
                raise AssertionError("the agent cannot be traced")
            time.sleep(0.01)
        run()
        strace.terminate()
    with open(log, encoding="ascii") as file:
        rows = [line.split() for line in file if line.strip() and line.split()[0][0].isdigit()]
    return {row[-1]: int(row[3]) for row in rows if row[-1] != "total"}


def calls(place, _quick):
    """CALLS: who may not trace the agent does not see them."""
    if os.geteuid() != 0:
        return
    count = 1000
    found = _traced_calls(place, lambda: place.load("persistent", count))
    if found.get("read", 0) < count:
        raise AssertionError(f"that is no trace of {count} requests: {found}")
    words = ", ".join(f"{n / count:.1f} {name}" for name, n in
                      sorted(found.items(), key=lambda item: -item[1]) if n >= count / 10)
    yield Row("CALLS", "the agent's system calls for a warm hit", "", "",
              [sum(found.values()) / count], ("<=", 5.1), "{:.1f}", words)


# --- beside other work -------------------------------------------------------------------------

def _work(place, stop):
    """Key derivations, saves and calls to AWS, until it is told to stop."""
    key_id, secret = place.world.aws.key_of("alice")
    while not stop.is_set():
        place.xacct("credential-process", "d1", "--refresh")
        place.unlock()
        place.xacct("add", "spare", "--no-verify", "--access-key-id", key_id, "--secret-fd",
                    Fd(secret), "--passphrase-fd", Fd(PASSPHRASE))
        place.xacct("remove", "spare", "--yes")


def _slowest(place, worker, ms):
    stop, failed = threading.Event(), []

    def work():
        try:
            _work(worker, stop)
        except BaseException as error:          # seen by whoever waits for us
            failed.append(error)

    thread = threading.Thread(target=work)
    if worker:
        thread.start()
    try:
        return place.load("while", ms, core=None)
    finally:
        if worker:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]


def interrupted(place, quick):
    """PA4: all cores, as in life: the pool has threads of its own. What another agent's work
    costs is what the machine costs; the rest is the agent's."""
    with places.Place(place.tools) as neighbour:
        for one in (place, neighbour):
            one.pin_agent(set(CORES))
        found = {"none": [], "neighbour": [], "own": []}
        workers = {"none": None, "neighbour": neighbour, "own": place}
        for _ in range(3 if quick else 15):
            for name in random.sample(list(found), 3):
                found[name].append(_slowest(place, workers[name], 1000 if quick else 2000))
    place.pin_agent({SERVER_CORE})
    slowest = {name: [load.max for load in loads] for name, loads in found.items()}
    note = ", ".join(f"p99 {name} {time_text(median(load.p99 for load in loads))}"
                     for name, loads in found.items())
    yield compared("PA4", "slowest reply during unlock, save, refresh / without",
                   slowest["none"], slowest["own"], ("<=", 3), note)
    yield compared("PA4", "the same / while another agent does them", slowest["neighbour"],
                   slowest["own"], None)


# --- memory ---------------------------------------------------------------------------------------

def _ssh_agent(place):
    """An ssh-agent with a key; its process. Its own tools want a user who has a name, and the
    spare one has none: they run in ours."""
    socket = os.path.join(place.world.runtime, "ssh.sock")
    key = os.path.join(place.world.root, "key")
    started = place.world.start("ssh-agent", "-D", "-a", socket)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    add = ["ssh-add", "-q", key]
    deadline = time.monotonic() + 10
    while subprocess.run(add, env={"SSH_AUTH_SOCK": socket}, stderr=subprocess.DEVNULL,
                         check=False).returncode != 0:
        if time.monotonic() > deadline:
            raise AssertionError("the ssh-agent takes no key")
        time.sleep(0.01)             # it has yet to listen
    return started.pid


def resident(tools, _quick):
    """PA5: an agent that has been unlocked and used, and rests. Its user has a name, as people
    have: to find out that there is none, libc loads every module that could know one."""
    uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    with places.Place(tools, uid=uid) as place:
        peer = memory_kib(_ssh_agent(place))
        place.load("each", 1000)
        time.sleep(1)
        arena = place.status()["security"]["arena_kib"]
        agent = tuple(kib - arena for kib in memory_kib(place.agent))
        supervisor = memory_kib(place.supervisor)
    apart = f"the locked arena of {arena} KiB apart"
    for what, at, who, goal in (("agent, resident", 0, agent, 0.6),
                                ("agent, private", 1, agent, 0.8),
                                ("supervisor, private", 1, supervisor, 0.3)):
        yield Row("PA5", f"{what} / ssh-agent's", kib_text(peer[at]), kib_text(who[at]),
                  [who[at] / peer[at]], ("<=", goal),
                  note=apart if who is agent else f"resident {supervisor[0]} KiB")


def worn(place, quick):
    """PA6."""
    count = REQUESTS // 20 if quick else REQUESTS
    place.load("many", 20000)
    before = memory_kib(place.agent)
    place.load("many", count * 9 // 10)
    place.load("each", count // 10)
    after = memory_kib(place.agent)
    yield Row("PA6", f"resident after {count:,} requests / before", kib_text(before[0]),
              kib_text(after[0]), [after[0] / before[0]], ("<=", 1.05))


def crowd(place, quick):
    """Connections that do nothing: what each costs, and that it is given back."""
    if quick:
        return
    before = memory_kib(place.agent)
    held = place.start(place.tools.program("load"), "idle", place.world.socket, place.first,
                       place.next, IDLE, core=places.CLIENT_CORE)
    during = memory_kib(place.agent)
    beside = place.load("each", 2000)
    place.done(held.end())
    time.sleep(1)
    after = memory_kib(place.agent)
    yield Row("IDLE", f"resident with {IDLE:,} idle connections, KiB", kib_text(before[0]),
              kib_text(during[0]), [during[0]], ("<=", 32 * 1024), "{:,.0f}",
              f"{(during[1] - before[1]) * 1024 / IDLE:.0f} bytes each; a new client p99 "
              f"{time_text(beside.p99)}")
    yield Row("IDLE", "resident when they have gone / before", kib_text(before[0]),
              kib_text(after[0]), [after[0] / before[0]])


PARTS = {"PA1": connecting, "PA2": staying, "PA3": many, "CALLS": calls, "PA4": interrupted,
         "PA5": resident, "PA6": worn, "IDLE": crowd}
