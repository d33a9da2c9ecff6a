"""PC1 to PC6: the client, its counts, and what a shell waits for."""

import os
import shlex

import building
from report import Row, compared, kib_text, median, time_text

SHELLS = ("dash", "bash", "zsh")
FLAGS = {"dash": [], "bash": ["--norc", "--noprofile"], "zsh": ["-f"]}


def _hit(place, linkage):
    return [place.tools.client[linkage], "credential-process", "d0"]


def floor_client(place, linkage, socket):
    return [place.tools.floor("floor_client", linkage), socket, os.path.getsize(place.first)]


def whole_process(place, quick):
    """PC1 and PC2, in the same rounds."""
    linkages = place.tools.linkages
    socket = place.echo("uv")
    commands = [command for linkage in linkages
                for command in (_hit(place, linkage), floor_client(place, linkage, socket))]
    took = place.rounds(100 if quick else 1000, *commands,
                        [place.tools.floor("noop", "static")])
    noop = took[-1]
    for at, linkage in enumerate(linkages):
        yield compared("PC1", f"warm hit, whole process ({building.NAMES[linkage]})",
                       took[2 * at + 1], took[2 * at], ("<=", 1.25))
    for linkage, goal in (("musl", 0.60), ("static", 1.3)):
        if linkage in linkages:
            yield compared("PC2", f"the same / static glibc no-op ({building.NAMES[linkage]})",
                           noop, took[2 * linkages.index(linkage)], ("<=", goal))


def peers(place, quick, named):
    """Other programs that give credentials, as whole processes: NAME=COMMAND each."""
    if not named:
        return
    names, commands = zip(*(peer.split("=", 1) for peer in named))
    best = place.tools.best
    *took, product, floor = place.rounds(
        5 if quick else 20, *map(shlex.split, commands), _hit(place, best),
        floor_client(place, best, place.echo("uv")))
    for name, ns in zip(("xacct", *names), (product, *took)):
        yield compared("PEER", f"{name}, whole process / floor client", floor, ns, None)


# --- counts: test_counts.py asserts them ------------------------------------------------------

def counted(place, what):
    """{linkage: (product, its floor client)}, and the dynamic no-op; each (n, forks, peak)."""
    socket = place.echo("uv")
    return ({linkage: (place.count(what, *_hit(place, linkage)),
                       place.count(what, *floor_client(place, linkage, socket)))
             for linkage in place.tools.linkages},
            place.count(what, place.tools.floor("noop", "dynamic")))


def instructions(place, _quick):
    """PC3."""
    found, noop = counted(place, "instructions")
    for linkage, (product, floor) in found.items():
        name = building.NAMES[linkage]
        if linkage == "musl":
            yield Row("PC3", f"user instructions / dynamic no-op's ({name})", f"{noop[0]:,}",
                      f"{product[0]:,}", [product[0] / noop[0]], ("<=", 0.05), "{:.3f}")
        yield Row("PC3", f"user instructions over floor client ({name})", f"{floor[0]:,}",
                  f"{product[0]:,}", [product[0] - floor[0]],
                  None if linkage == "musl" else ("<=", 5000), "{:+,.0f}")


def system_calls(place, _quick):
    """PC4, with the largest resident size."""
    found, noop = counted(place, "calls")
    for linkage, (product, floor) in found.items():
        name = building.NAMES[linkage]
        if linkage == "musl":
            yield Row("PC4", f"system calls ({name})", str(floor[0]), str(product[0]),
                      [product[0]], ("<=", 14), "{:.0f}")
            yield Row("PC4", f"peak resident / dynamic no-op's ({name})", kib_text(noop[2]),
                      kib_text(product[2]), [product[2] / noop[2]], ("<=", 0.15))
        else:
            yield Row("PC4", f"system calls over floor client ({name})", str(floor[0]),
                      str(product[0]), [product[0] - floor[0]], ("<=", 6), "{:+.0f}")


# --- shells -------------------------------------------------------------------------------------

def _loop(body, n):
    """What a shell has to say about a zero byte in a substitution is not heard."""
    return f"exec 2>/dev/null; i=0; while [ $i -lt {n} ]; do {body}; i=$((i+1)); done"


def evaluations(place, quick):
    """PC5: what eval costs more than the smallest substitution does. The loop itself is taken
    off both. What the floor client costs there is what a program costs at all."""
    n = 20 if quick else 50
    client = shlex.quote(place.world.client)
    least = " ".join(map(shlex.quote, map(str, floor_client(place, place.tools.best,
                                                            place.echo("uv")))))
    for shell in SHELLS:
        def line(body, shell=shell):
            return [shell, *FLAGS[shell], "-c", _loop(body, n)]
        *took, empty = place.rounds(7 if quick else 41, line(f"eval $({client} env d0)"),
                                    line("x=$(:)"), line(f"x=$({least})"), line(":"))
        product, floor, program = ([(a - b) / n for a, b in zip(one, empty)] for one in took)
        yield compared("PC5", f"eval $(client env d) / x=$(:) in {shell}", floor, product,
                       ("<=", 2.8))
        yield compared("PC5", f"x=$(floor client) / x=$(:) in {shell}", floor, program, None)


# Prints nanoseconds of one hook and of one fork, the loops' own time taken off.
_HOOK = """
{modules}
eval "$({client} init {shell})"
XACCT_DEST=d0 XACCT_EXPIRES=$((EPOCHSECONDS + 3000))
__xacct_mine="$XACCT_DEST $XACCT_EXPIRES"
now() {{ local t=${{EPOCHREALTIME/./}}; REPLY=${{t:0:16}}; }}
now; a=$REPLY; for ((i = 0; i < {n}; i++)); do :; done
now; b=$REPLY; for ((i = 0; i < {n}; i++)); do __xacct_renew; done
now; c=$REPLY; for ((i = 0; i < {forks}; i++)); do (:); done
now; d=$REPLY
echo $((((c - b) - (b - a)) * 1000 / {n})) $(((d - c) * 1000 / {forks}))
"""


def hook_script(place, shell, n, forks):
    modules = "zmodload zsh/datetime" if shell == "zsh" else ""
    return [shell, *FLAGS[shell], "-c",
            _HOOK.format(shell=shell, client=shlex.quote(place.world.client), n=n, forks=forks,
                         modules=modules)]


def hooks(place, quick):
    """PC6."""
    for shell in ("bash", "zsh"):
        pairs = [place.run(*hook_script(place, shell, 5000, 200)).split()
                 for _ in range(5 if quick else 31)]
        hook, fork = ([int(pair[at]) for pair in pairs] for at in (0, 1))
        yield Row("PC6", f"prompt hook, fresh credentials / fork in {shell}",
                  time_text(median(fork)), time_text(median(hook)),
                  [a / b for a, b in zip(hook, fork)], ("<=", 0.03), "{:.4f}")
    yield from processes_of_hooks(place)


def processes_of_hooks(place):
    for shell in ("bash", "zsh"):
        few, many = (place.count("calls", *hook_script(place, shell, n, 1)) for n in (1, 1001))
        yield Row("PC6", f"processes that 1,000 hooks make in {shell}", "", "",
                  [many[1] - few[1]], ("==", 0), "{:.0f}")


PARTS = {"PC1": whole_process, "PC2": whole_process, "PC3": instructions, "PC4": system_calls,
         "PC5": evaluations, "PC6": hooks}
