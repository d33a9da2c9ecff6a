"""Builds what is measured: the floor programs, and the product as its packages have it.

    tools = building.build(place, quiet=False)
    tools.client["musl"], tools.floor("floor_client", "musl"), tools.program("load")
"""

import dataclasses
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

_FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O2", "-fstack-protector-strong",
          "-Wl,-z,relro,-z,now"]
# A static program that stands at another address in each run is what the product's are.
_STATIC_GLIBC = ["-static-pie", "-fPIE"]
_LINKAGES = ("dynamic", "static", "musl")
NAMES = {"dynamic": "glibc, dynamic", "static": "glibc, static", "musl": "musl, static"}


@dataclasses.dataclass
class Tools:
    place: str                           # where the floor programs are
    prefix: str                          # where the product is installed
    client: dict                         # linkage: path

    @property
    def linkages(self):
        return list(self.client)

    @property
    def best(self):
        """The linkage that packages have, where it could be built."""
        return "musl" if "musl" in self.client else "static"

    def program(self, name):
        return os.path.join(self.place, name)

    def floor(self, name, linkage):
        return os.path.join(self.place, f"{name}-{linkage}")


def _run(command, env=None, cwd=None):
    said = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if said.returncode != 0:
        sys.stderr.write(said.stdout.decode("utf-8", "replace")[-4000:])
        sys.exit(f"bench: failed: {' '.join(command)}")
    return said.stdout.decode()


def has_musl():
    return shutil.which("musl-gcc") is not None


# --- the floor programs -------------------------------------------------------------------

def _musl_pie():
    """musl-gcc knows no -static-pie: contrib/cmake/musl.cmake has the same parts."""
    multiarch = _run(["gcc", "-print-multiarch"]).strip()
    at = f"/usr/lib/{multiarch.replace('-gnu', '-musl')}"
    head = ["-fPIE", "-static", "-nostartfiles", "-Wl,-pie,--no-dynamic-linker,-z,text",
            f"{at}/rcrt1.o", f"{at}/crti.o"]
    return head, [f"{at}/crtn.o"]


def _compile(place, output, source, before=(), after=(), compiler="gcc"):
    source = os.path.join(HERE, source)
    output = os.path.join(place, output)
    newest = max(os.path.getmtime(os.path.join(HERE, name)) for name in os.listdir(HERE)
                 if name.endswith(".h") or os.path.join(HERE, name) == source)
    if not os.path.exists(output) or os.path.getmtime(output) < newest:
        _run([compiler, *_FLAGS, *before, source, *after, "-o", output])


def _build_floors(place):
    os.makedirs(place, exist_ok=True)
    for name in ("noop", "floor_client"):
        _compile(place, f"{name}-dynamic", f"{name}.c")
        _compile(place, f"{name}-static", f"{name}.c", _STATIC_GLIBC)
        if has_musl():
            head, tail = _musl_pie()
            _compile(place, f"{name}-musl", f"{name}.c", head, tail, compiler="musl-gcc")
    for name in ("rounds", "count"):
        _compile(place, name, f"{name}.c", _STATIC_GLIBC)
    for name, library in (("load", None), ("echo_epoll", None), ("echo_uv", "uv"),
                          ("kdf", "sodium"), ("poster", "curl")):
        _compile(place, name, f"{name}.c", after=[f"-l{library}"] if library else [])


# --- the product ----------------------------------------------------------------------------

def _hardened(static=False):
    """The flags of the Debian packages (contrib/packaging/debian/rules), as CMake reads them."""
    env = {**os.environ, "DEB_BUILD_MAINT_OPTIONS": "hardening=+all"}
    if shutil.which("dpkg-buildflags") is None:
        return env

    def flags(name):
        return _run(["dpkg-buildflags", "--get", name], env=env, cwd="/").strip()

    env["CFLAGS"] = f"{flags('CFLAGS')} {flags('CPPFLAGS')}"
    env["LDFLAGS"] = flags("LDFLAGS") + (" -static-pie" if static else "")
    return env


def _cmake(source, build, prefix, *options, static=False):
    env = _hardened(static)
    if not os.path.exists(os.path.join(build, "build.ninja")):
        _run(["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
              "-DXACCT_MANUAL=OFF", f"-DCMAKE_INSTALL_PREFIX={prefix}", *options], env=env)
    _run(["cmake", "--build", build], env=env)


def build_client(linkage, build, prefix):
    """The client alone; returns its path."""
    options = []
    if linkage == "musl":
        options.append(f"-DCMAKE_TOOLCHAIN_FILE={TOP}/contrib/cmake/musl.cmake")
    _cmake(f"{TOP}/client", build, prefix, *options, static=linkage == "static")
    return os.path.join(build, "xacct-client")


def linkages():
    return [linkage for linkage in _LINKAGES if linkage != "musl" or has_musl()]


def clients(place, prefix="/usr/local", only=None):
    """The floor programs, and the client of each linkage."""
    _build_floors(os.path.join(place, "floors"))
    made = {linkage: build_client(linkage, os.path.join(place, linkage), prefix)
            for linkage in only or linkages()}
    return Tools(os.path.join(place, "floors"), prefix, made)


def everything(place, prefix):
    """All programs; the client that is installed is the one that packages have."""
    _cmake(TOP, os.path.join(place, "all"), prefix, "-DXACCT_TESTS=OFF")
    _run(["cmake", "--install", os.path.join(place, "all"), "--strip"])
    tools = clients(place, prefix)
    _run(["cmake", "--install", os.path.join(place, tools.best), "--strip"])
    return tools
