"""PG1 and PG2: ten thousand destinations, in the configuration and in the cache."""

import os
import random

import place as places
from place import memory_kib
from report import Row, compared, kib_text, median, time_text

LARGE = 10_000
AT_ONCE = 8

# Run as the person: so many sessions of one role, each with a name and so a place of its own.
SESSIONS = """
import sys
import xacct_wire as wire
socket, config, vault, count, width = sys.argv[1:4] + [int(n) for n in sys.argv[4:6]]
agents = [wire.Connection(socket, timeout_s=60).greet(config, vault) for _ in range(width)]
for at in range(0, count, width):
    for i, agent in enumerate(agents):
        agent.send("CREDENTIALS", name="d0", session_name="s%06d" % (at + i), patience_ms=30000)
    for agent in agents:
        answer = agent.receive()
        if answer.type != "RESULT":
            sys.exit(str(answer))
"""


def configured(place, quick):
    """PG1."""
    small, large, load_ns = [], [], []
    with places.Place(place.tools, n_dests=LARGE) as big:
        middle = f"d{LARGE // 2}"
        big.xacct("credential-process", middle)
        first, following = big.requests(middle)
        for _ in range(7 if quick else 31):
            for one in random.sample([place, big], 2):
                if one is place:
                    small.append(place.load("each", 2000).p50)
                else:
                    large.append(big.load("each", 2000, first=first, following=following).p50)
        for number in range(5 if quick else 21):
            with open(big.world.config_file, "a", encoding="utf-8") as file:
                file.write(f"# {number}\n")
            load_ns.append(big.load("each", 1, first=first).max)
        resident, arena = memory_kib(big.agent)[0], big.status()["security"]["arena_kib"]
    yield compared("PG1", "a hit with 10,000 destinations configured / 10", small, large,
                   ("<=", 1.1), f"agent resident {resident - arena} KiB without its arena")
    yield Row("PG1", "the reply after a change of 10,000, in ms", "",
              time_text(median(load_ns)), [ns / 1e6 for ns in load_ns], ("<=", 50), "{:.1f}")


def cached(tools, quick):
    """PG2."""
    count = 800 if quick else LARGE
    with places.Place(tools) as place:
        world, calls = place.world, place.world.aws.calls
        path = os.path.join(os.path.dirname(os.path.abspath(places.xacct_wire.__file__)),
                            "xacct_wire.py")
        with open(path, encoding="utf-8") as file:
            world.write("xacct_wire.py", file.read())
        before = memory_kib(place.agent)[1]
        place.run("/usr/bin/python3", "-c", SESSIONS, world.socket, place.paths["config_path"],
                  place.paths["vault_path"], count, AT_ONCE, env={"PYTHONPATH": world.home})
        status = place.status()
        held, arena = status["cached"], status["security"]["arena_kib"]
        grown = memory_kib(place.agent)[1] - before
        asked = len(calls("AssumeRole"))
        for number in (1, count - 1):
            place.xacct("credential-process", "d0", "--session-name", f"s{number:06d}")
        again = len(calls("AssumeRole")) - asked
    yield Row("PG2", f"memory for each of {held:,} held, in bytes", f"{places.TOKEN_LEN} B of token",
              f"{kib_text(arena)} + {kib_text(grown)}",
              [(arena + grown) * 1024 / held - places.TOKEN_LEN], ("<=", 2048), "{:+,.0f}",
              "the whole locked arena, and what the agent grew by beside it")
    yield Row("PG2", f"held of {count:,} distinct ones", f"{count:,}", f"{held:,}",
              [held / count], note=f"asked for once more, one of the first and the last: {again} "
              "calls of AWS")


PARTS = {"PG1": configured, "PG2": cached}
