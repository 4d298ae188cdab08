"""What every benchmark needs: programs started and timed from outside, terminals, scratch state, robust numbers."""

import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import fcntl
import time

PATIENCE = 60.0


class Scratch:
    """A home and a state directory of the run's own. Closing it kills what still runs there."""

    def __init__(self, directory=None):
        self.path = tempfile.mkdtemp(prefix="bgsh-bench-", dir=directory)
        self.home = os.path.join(self.path, "home")
        self.state = os.path.join(self.path, "state")
        for name in (self.home, self.state, os.path.join(self.path, "queue")):
            os.mkdir(name, 0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
            "SHELL": "/bin/bash",
            "BGSH_STATE_DIR": self.state,
            "TS_SOCKET": os.path.join(self.path, "tsp.socket"),
            "TMPDIR": self.path,
            "NQDIR": os.path.join(self.path, "queue"),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(10):
            found = list(self.processes())
            for process in found:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not found:
                break
            time.sleep(0.1)
        shutil.rmtree(self.path, ignore_errors=True)

    def processes(self, name=None):
        """The live processes that carry this state directory in their environment, those of a name."""
        mark = f"BGSH_STATE_DIR={self.state}".encode()
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as environ:
                    if mark not in environ.read().split(b"\0"):
                        continue
                with open(f"/proc/{entry}/stat", "rb") as stat:
                    text = stat.read()
            except OSError:
                continue
            comm = text[text.index(b"(") + 1 : text.rindex(b")")].decode()
            state = text[text.rindex(b")") + 2 :].split()[0]
            if state != b"Z" and name in (None, comm):
                yield int(entry)


def milliseconds_of(arguments, environment):
    """Starts a program with nothing on its standard descriptors and times it to its end."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
    ]
    start = time.perf_counter()
    child = os.posix_spawnp(arguments[0], arguments, environment, file_actions=actions)
    _, status = os.waitpid(child, 0)
    elapsed = (time.perf_counter() - start) * 1000
    if status != 0:
        raise SystemExit(f"bench: {arguments} ended with wait status {status:#x}")
    return elapsed


def number_printed_by(arguments, environment):
    """Runs a program that measures itself and prints one number on its standard output."""
    result = subprocess.run(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=600, check=False)
    try:
        return float(result.stdout.split()[-1])
    except (IndexError, ValueError):
        raise SystemExit(f"bench: {arguments} printed {result.stdout[-300:]!r} {result.stderr[-300:]!r}") from None


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, arguments, environment, directory):
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        name = os.ttyname(slave)
        # The first terminal that the leader of a new session opens becomes its controlling terminal.
        actions = [(os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0)]
        actions += [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
        here = os.getcwd()
        os.chdir(directory)
        self.started = time.perf_counter()
        self.process = os.posix_spawnp(arguments[0], arguments, environment, file_actions=actions, setsid=True)
        os.chdir(here)
        os.close(slave)
        self.buffer = b""
        #: Everything that it has shown, and for how long it may show nothing, in seconds.
        self.text = b""
        self.patience = PATIENCE

    def expect(self, wanted):
        """Waits for a text, drops everything up to it, and returns the moment when it was seen."""
        deadline = time.perf_counter() + self.patience
        while wanted not in self.buffer:
            left = deadline - time.perf_counter()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise SystemExit(f"bench: no {wanted!r} from a terminal; it shows {self.buffer[-500:]!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                raise SystemExit(f"bench: the program ended before {wanted!r}: {self.buffer[-500:]!r}")
            self.buffer += data
            self.text += data
        seen = time.perf_counter()
        self.buffer = self.buffer[self.buffer.index(wanted) + len(wanted) :]
        return seen

    def send(self, text):
        os.write(self.master, text)

    def wait(self):
        """Waits for the end of the program, which closes the terminal."""
        deadline = time.perf_counter() + self.patience
        while True:
            left = deadline - time.perf_counter()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise SystemExit(f"bench: a program does not end; it shows {self.buffer[-500:]!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            self.text += data
        os.close(self.master)
        os.waitpid(self.process, 0)

    def close(self):
        """Hangs up; the program gets SIGHUP and is reaped."""
        os.close(self.master)
        deadline = time.perf_counter() + 10
        while os.waitpid(self.process, os.WNOHANG)[0] == 0:
            if time.perf_counter() > deadline:
                os.kill(self.process, signal.SIGKILL)
            time.sleep(0.002)


def resident_kib(process):
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise SystemExit(f"bench: process {process} has no VmRSS")


def wait_until(what, condition):
    deadline = time.perf_counter() + PATIENCE
    while not condition():
        if time.perf_counter() > deadline:
            raise SystemExit(f"bench: waited in vain: {what}")
        time.sleep(0.005)


def interleaved(repetitions, contenders):
    """Runs every contender once per round, so that a noisy moment meets all of them. Returns their samples by name.

    The first round warms caches up and does not count. Each round has another order: what one leaves behind, such as
    pages to be written, is not always the same one's burden.
    """
    samples = {name: [] for name in contenders}
    names = list(contenders)
    for round_number in range(repetitions + 1):
        names.append(names.pop(0))
        for name in names:
            value = contenders[name]()
            if round_number > 0:
                samples[name].append(value)
    return samples


def spread(samples):
    """The interquartile range, relative to the median: how noisy the machine was."""
    if len(samples) < 4:
        return (max(samples) - min(samples)) / statistics.median(samples)
    quarters = statistics.quantiles(samples, n=4)
    return (quarters[2] - quarters[0]) / statistics.median(samples)
