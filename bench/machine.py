"""What every case needs of the machine: programs built, processes begun and surely ended, CPU, memory."""
import contextlib
import ctypes
import datetime
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
build = pathlib.Path(os.environ.get("BUILD_ROOT", root / "build")).resolve()
out = build / "bench"
TICK = os.sysconf("SC_CLK_TCK")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wmissing-prototypes",
            "-Wvla", "-Werror"]
LIBRARIES = ["libxxhash", "libssl", "libcrypto", "libsodium", "libidn2", "yaml-0.1", "jansson", "libevent_core",
             "libcares", "libseccomp", "sqlite3"]
libc = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """The case cannot be measured: told as it is."""


# ---- programs

def own_program(name):
    """One of the load pair: links nothing of the product."""
    to = out / name
    sources = [*(root / "bench").glob(f"{name}*.c"), root / "bench/pair.c"]
    compile_if_older(to, [*sources, *(root / "bench").glob("*.h")],
                     ["cc", "-std=gnu17", "-O2", "-g", "-D_GNU_SOURCE", *WARNINGS, *map(str, sources),
                      "-lgnutls"])
    return str(to)


def product_program(name, source=None):
    """A program linked like the product, with the libraries in build/release."""
    libs = [str(build / f"release/lib{folder}.a")
            for folder in reversed((root / "src/LAYERS").read_text().split())
            if (build / f"release/lib{folder}.a").exists()]
    libs.append(str(build / "release/libllhttp.a"))
    flags = subprocess.check_output(["pkg-config", "--libs", *LIBRARIES], text=True).split()
    to, source = out / name, source or root / f"bench/{name}.c"
    compile_if_older(to, [source, *map(pathlib.Path, libs)],
                     ["gcc", "-std=gnu17", "-O2", "-flto=auto", "-D_GNU_SOURCE", f"-I{root}/src", "-include",
                      f"{root}/src/base/banned.h", str(source), "-Wl,--start-group", *libs, "-Wl,--end-group",
                      *flags, "-lpthread", "-lm"])
    return str(to)


def compile_if_older(to, sources, argv):
    if to.exists() and all(s.stat().st_mtime < to.stat().st_mtime for s in sources):
        return
    out.mkdir(parents=True, exist_ok=True)
    new = f"{to}.{os.getpid()}"
    p = subprocess.run([*argv, "-o", new], capture_output=True, text=True, check=False)
    if p.returncode:
        raise Trouble(f"{to.name} does not build:\n{p.stderr[-3000:]}")
    # Two runs may build at the same time: each one's result is whole.
    os.replace(new, to)


# ---- processes

def die_with_us():
    """Whatever ends this program ends its children too."""
    libc.prctl(1, signal.SIGTERM)


class Process:
    """A child with its descendants. End it with stop(); as a context manager it ends itself."""

    def __init__(self, argv, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        # A group of its own: Ctrl-C reaches this program first, which ends it in order.
        self.popen = subprocess.Popen([str(a) for a in argv], preexec_fn=die_with_us, start_new_session=True, **more)
        self.pid = self.popen.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def tree(self):
        """This process and all below it that live."""
        children = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                pid, parent = int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(pid)
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += children.get(pid, [])
        return found

    def cpu_s(self, role=""):
        """User and system time of the tree, with what its dead members used; of one role: its processes that live."""
        ticks = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                name, rest = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
                if role in name:
                    ticks += sum(map(int, rest.split()[11:15]))
        return ticks / TICK

    def pss(self):
        """Bytes of memory, each shared page divided among those that share it."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss: *(\d+)", text, re.M).group(1)) * 1024
        return total

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def stop(self, seconds=20):
        below = self.tree()[1:] if self.popen.poll() is None else []
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(seconds)
        if self.popen.poll() is None:
            self.kill()
        end = time.monotonic() + 10
        while any(alive(p) for p in below) and time.monotonic() < end:
            time.sleep(0.02)
        for p in below:
            if alive(p):
                with contextlib.suppress(OSError):
                    os.kill(p, signal.SIGKILL)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_for(what, seconds, fn, pause=0.02):
    end = time.monotonic() + seconds
    while True:
        got = fn()
        if got:
            return got
        if time.monotonic() > end:
            raise Trouble(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)


def answers(port):
    """The banner of an SMTP server."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as s:
            s.settimeout(2)
            return s.recv(100).startswith(b"220")
    except OSError:
        return False


@contextlib.contextmanager
def folder(where):
    """A folder of the run, on the disk that is measured; gone afterwards."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="facteur-bench.", dir=where))
    # Postfix's and Exim's own users must pass through it.
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def certificate(where):
    """ECDSA P-256: (certificate, key)."""
    cert, key = where / "cert.pem", where / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", "/CN=mail.bench.test", "-keyout", str(key), "-out", str(cert)],
                   check=True, capture_output=True)
    return cert, key


# ---- the machine itself

def busy_s():
    """CPU seconds all processes and the kernel have used since it started."""
    f = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(f) - f[3] - f[4]) / TICK


def cores():
    return len(os.sched_getaffinity(0))


def signatures_per_core_s(seconds=2):
    """RSA-2048 signatures of the machine's OpenSSL, by its own measurement on one core."""
    text = subprocess.run(["openssl", "speed", "-seconds", str(seconds), "rsa2048"], capture_output=True, text=True,
                          check=True).stdout
    return float(re.search(r"rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)", text).group(1))


def flush_ceiling(where, sessions, seconds):
    return float(subprocess.check_output([own_program("flush"), str(where), str(sessions), str(seconds)], text=True))


def description():
    model = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) // 1048576
    return f"{cores()} × {model.group(1).strip() if model else os.uname().machine}, {memory} GiB, " \
           f"Linux {os.uname().release}"


def commit():
    """The last one that changed what is measured or how; `+` when the tree differs from it."""
    measured = ["src", "bench", "tools/bench", "meson.build", "tools/build"]

    def git(*args):
        return subprocess.run(["git", "-C", str(root), *args], capture_output=True, text=True, check=False).stdout
    found = git("log", "-1", "--format=%h", "--", *measured).strip() or "unknown"
    return found + ("+" if git("status", "--porcelain", "--", *measured).strip() else "")


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
