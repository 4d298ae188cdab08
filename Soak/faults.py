"""System calls of a supervisor that fail, one in each session, as strace makes them.

A session launches tasks that end in every way there is, waits for them and ends. Whatever fails, each task that was
confirmed has its own end on record and is told of once, or it is said that it was not started; and everybody ends.

A lock of the database that cannot be given back (no file system does that) holds up everybody else for as long as the
supervisor lives. What could not be told then, or not be marked as told, is still in the queue, and it is said why.
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time

from measure import Scratch, Terminal

ERRORS = ("EIO", "EROFS", "EMFILE", "ENOMEM")
#: Calls that the kernel lets nobody fail, or after which nothing is as strace would have it.
UNFAILING = {
    "execve", "exit_group", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "arch_prctl",
    "set_tid_address", "set_robust_list", "rseq", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "umask", "close", "munmap", "futex", "restart_syscall", "clock_gettime",
}
#: What no kernel answers: a signal that may not be sent is a promise of its own, with tests (ReachTests).
IMPOSSIBLE = {"kill:error=EROFS", "pidfd_send_signal:error=EROFS"}
PROMPT = b"ready> "
#: What is said of a call that this session has not made as often as the one that was counted.
UNREACHED = "unreached"
#: What is said of a database that somebody else keeps locked: an ordinary lock, or one of the index of its log.
LOCKED = ("the task database is locked by another process", "the task database failed: locking protocol")
PATIENCE = 40.0
#: What is launched, and how it ends.
TASKS = {
    "(exit 3)": ("exited", 3, None, None),
    "sh -c 'kill -9 $$'": ("killed", None, "KILL", None),
    "sleep 100": ("timed-out", None, "TERM", "timeout"),
    "sleep 200": ("killed", None, "TERM", "kill"),
}
LINES = (
    "(exit 3) &bg",
    "sh -c 'kill -9 $$' &bg",
    "sleep 100 &bg --timeout 150ms",
    "BGSH_TASK=",
    "sleep 200 &bg",
    'for i in {1..20}; do [[ ! $BGSH_TASK ]] || kill @$BGSH_TASK && break; sleep 0.2; done',
    "wait --timeout 30s",
    "wait --timeout 30s",
    "",
)


class Session:
    """One session whose first supervisor is traced."""

    def __init__(self, binaries, directory, options):
        self.binaries = binaries
        self.directory = directory
        self.options = options

    def run(self, check):
        """What is wrong, in words, or what ``check`` returns where nothing is."""
        with Scratch(self.directory) as scratch:
            with open(os.path.join(scratch.home, ".bashrc"), "w", encoding="utf8") as file:
                file.write(f"PS1='{PROMPT.decode()}'\n")
            bgsh = self.install(scratch)
            terminal = Terminal([bgsh], scratch.environment, scratch.path)
            terminal.patience = PATIENCE
            try:
                terminal.expect(PROMPT)
                for line in LINES:
                    terminal.send(line.encode() + b"\r")
                    terminal.expect(PROMPT)
                terminal.send(b"exit\r")
                terminal.wait()
                return check(self, scratch, terminal.text.decode(errors="replace"))
            except SystemExit as failure:
                return f"it hangs: {failure}"

    def install(self, scratch):
        """Puts a supervisor that is traced beside the programs; another one that takes its place is not."""
        place = os.path.join(scratch.path, "bin")
        os.mkdir(place)
        for name in ("bgsh", "bgctl", "libbgsh-bash.so"):
            subprocess.run(["cp", os.path.join(self.binaries, name), place], check=True)
        real = os.path.join(self.binaries, "bgsh-supervisor")
        self.trace = os.path.join(scratch.path, "trace")
        script = os.path.join(place, "bgsh-supervisor")
        with open(script, "w", encoding="utf8") as file:
            file.write(
                f"#!/bin/sh\nmkdir '{scratch.path}/used' 2>/dev/null || exec '{real}' \"$@\"\n"
                f"exec strace -DDD -qqq -o '{self.trace}' {self.options} '{real}' \"$@\"\n")
        os.chmod(script, 0o755)
        return os.path.join(place, "bgsh")


def count_calls(session, scratch, _text):
    """How often each call was made that may fail."""
    wait_for(lambda: not list(scratch.processes()))
    with open(session.trace, encoding="utf8", errors="replace") as file:
        names = [line.split("(")[0] for line in file if "(" in line and not line.startswith(("+", "-"))]
    return collections.Counter(name for name in names if name not in UNFAILING)


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def find_faults(broken_promises):
    """A check that says what a session did not keep; ``broken_promises`` looks at its records."""
    def check(session, scratch, text):
        faults = []
        with open(session.trace, encoding="utf8", errors="replace") as file:
            if "(INJECTED)" not in file.read():
                return UNREACHED
        if not wait_for(lambda: not list(scratch.processes())):
            faults.append(f"somebody does not end: {commands(scratch)}")
        confirmed = {int(number) for number in re.findall(r"\[@(\d+)[^\]]*\] started: ", text)}
        said = {int(number) for number in re.findall(r"bgsh: @(\d+) was not started: ", text)}
        refused = text.count("no task can be started: ")
        records = listed(session, scratch)
        tasks = {task["id"]: task for task in records}
        if len(confirmed) + refused != len(TASKS):
            faults.append(f"{len(confirmed)} launches confirmed, {refused} refused")
        if confirmed - said != set(tasks):
            faults.append(f"confirmed {sorted(confirmed)}, not started {sorted(said)}, on record {sorted(tasks)}")
        is_locked = any(said in text + log_of(scratch) for said in LOCKED)
        due = undelivered(scratch)
        for task in tasks.values():
            end = (task["state"], task["exit_code"], task["signal"], task["ended_by"])
            if end != TASKS.get(task["command"]):
                faults.append(f"@{task['id']} {task['command']}: {end}")
            told = len(re.findall(rf"(?:^|[\r\n])\[@{task['id']}[^\]]*\] (?!started)", text))
            if told != 1 and not (is_locked and (told or task["id"] in due)):
                faults.append(f"@{task['id']} is told of {told} times")
        broken = broken_promises(scratch) if not faults else 0
        if broken:
            faults.append(f"{broken} broken promises on record")
        left = os.listdir(os.path.join(scratch.state, "run"))
        if left:
            faults.append(f"run/ has {left}")
        return "; ".join(faults)
    return check


def log_of(scratch):
    directory = os.path.join(scratch.state, "log")
    texts = []
    for name in os.listdir(directory) if os.path.isdir(directory) else ():
        with open(os.path.join(directory, name), encoding="utf8", errors="replace") as file:
            texts.append(file.read())
    return "".join(texts)


def undelivered(scratch):
    """The tasks of which the queue still has something to tell."""
    with contextlib.closing(sqlite3.connect(os.path.join(scratch.state, "tasks.db"))) as database:
        return {task for task, in database.execute("SELECT task_id FROM notifications WHERE delivered_at IS NULL")}


def commands(scratch):
    found = []
    for process in scratch.processes():
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                found.append(file.read().replace(b"\0", b" ").decode(errors="replace")[:60])
        except OSError:
            pass
    return found


def listed(session, scratch):
    result = subprocess.run(
        [os.path.join(session.binaries, "bgctl"), "jobs", "-a", "--json"], env=scratch.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return json.loads(result.stdout)


def try_fault(binaries, directory, broken_promises, fault):
    # Only what is traced can be made to fail.
    session = Session(binaries, directory, f"-e trace={fault.split(':')[0]} -e inject={fault}")
    try:
        return fault, session.run(find_faults(broken_promises))
    except (OSError, ValueError, subprocess.SubprocessError) as failure:
        return fault, f"{type(failure).__name__}: {failure}"


def run(soak):
    """Lets each call fail at each of its occurrences; of those a share, as the scale says."""
    counted = Session(soak.binaries, soak.directory, "").run(count_calls)
    if isinstance(counted, str):
        return soak.table.row("a supervisor's calls fail", 0, 1, counted)
    with concurrent.futures.ProcessPoolExecutor(soak.workers) as pool:
        for error in ERRORS:
            faults = [
                f"{call}:error={error}:when={number}" for call, count in sorted(counted.items())
                if f"{call}:error={error}" not in IMPOSSIBLE for number in range(1, count + 1)]
            faults = soak.random.sample(faults, soak.sized(len(faults)))
            work = [
                pool.submit(try_fault, soak.binaries, soak.directory, soak.broken_promises, fault) for fault in faults]
            results = [future.result() for future in concurrent.futures.as_completed(work)]
            results = [(fault, said) for fault, said in results if said != UNREACHED]
            broken = sorted((fault, said) for fault, said in results if said)
            soak.table.row(
                f"a call of the supervisor fails with {error}", len(results), len(broken),
                f"of {sum(counted.values())} calls of {len(counted)} kinds")
            for fault, said in broken:
                print(f"    {fault}: {said}", flush=True)
    return None
