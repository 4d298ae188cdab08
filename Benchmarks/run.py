#!/usr/bin/env python3
"""bgsh and its peers side by side in one run, against the budgets of docs/design/overview.md: make bench"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

from measure import (
    Scratch, Terminal, interleaved, milliseconds_of, number_printed_by, resident_kib, spread, wait_until)
from server import Server

PROMPT = b"ready> "
NOISY = 0.3


class Report:
    """One table of what was measured; a row is printed when it is known."""

    WIDTHS = (42, 18, 26, 7, 22, 4)

    def __init__(self):
        self.misses = 0
        self.line("what", "bgsh", "reference", "ratio", "budget", "")
        self.line(*("-" * width for width in self.WIDTHS))

    def line(self, *columns):
        print(" | ".join(str(text).ljust(width) for text, width in zip(columns, self.WIDTHS)).rstrip(), flush=True)

    def row(self, what, value, reference="", ratio=None, budget="", fits=None):
        verdict = "" if fits is None else "ok" if fits else "MISS"
        self.misses += verdict == "MISS"
        self.line(what, value, reference, "" if ratio is None else f"{ratio:.2f}", budget, verdict)

    def ratio(self, what, samples, reference, unit="ms", at_most=None, at_least=None, name="bgsh"):
        """A row of two medians and their ratio."""
        own, other = statistics.median(samples[name]), statistics.median(samples[reference])
        ratio = own / other
        budget, fits = "", None
        if at_most is not None:
            budget, fits = f"<= {at_most} x {reference}", ratio <= at_most
        if at_least is not None:
            budget, fits = f">= {at_least} x {reference}", ratio >= at_least
        self.row(
            what, f"{own:.3f} {unit}{noise(samples[name])}",
            f"{reference} {other:.3f} {unit}{noise(samples[reference])}", ratio, budget, fits)


def noise(samples):
    """Marks a median whose middle half of samples is wide: measure again on a quieter machine."""
    return f" ~{spread(samples) * 100:.0f}%" if spread(samples) > NOISY else ""


class Benchmarks:
    def __init__(self, options, scratch, report):
        self.bgsh = os.path.join(os.path.abspath(options.binaries), "bgsh")
        self.scratch = scratch
        self.disk = options.scratch
        self.report = report
        self.rounds = options.rounds
        self.size = options.output_mib << 20
        with open(os.path.join(scratch.home, ".bashrc"), "w", encoding="utf8") as file:
            file.write(f"PS1='{PROMPT.decode()}'\n")

    # Reading

    def digest(self):
        """What matters in 1 MiB of output, of several kinds; what it costs to start is left out."""
        bgctl = os.path.join(os.path.dirname(self.bgsh), "bgctl")
        kinds = {
            "typical lines": "".join(
                f"[{index % 100}/100] gcc -O2 -Wall -c src/part_{index}.c -o build/part_{index}.o\n"
                f"tests/test_part.py::test_case[{index}] PASSED\n  ok {index} - reads {index * 7} bytes in {index % 90} ms\n"
                for index in range(7000)),
            "failures": "--- FAIL: TestTotal (0.00s)\n    cart_test.go:7: Total(1, 2) = 2, want 3\n" * 14000,
            "short lines": "x\n" * (1 << 19),
            "one line": "error: " * 149797,
        }
        empty = os.path.join(self.scratch.path, "empty")
        open(empty, "w").close()
        for kind, text in kinds.items():
            path = os.path.join(self.scratch.path, "output")
            with open(path, "w", encoding="utf8") as file:
                file.write(text[:1 << 20])
            samples = interleaved(self.rounds, {
                "bgsh": lambda: milliseconds_of([bgctl, "digest", path], self.scratch.environment),
                "start": lambda: milliseconds_of([bgctl, "digest", empty], self.scratch.environment),
            })
            own = statistics.median(samples["bgsh"]) - statistics.median(samples["start"])
            self.report.row(
                f"digest of 1 MiB: {kind}", f"{own:.3f} ms{noise(samples['bgsh'])}", budget="<= 60 ms", fits=own <= 60)

    # Agents

    def mcp(self):
        """A server of tools beside a peer: start, launch, the end of a task, end."""
        peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".build", "clients", "backburner", "bin", "backburner")
        starts = {"bgsh": [self.bgsh, "mcp"], "backburner": [peer]}
        gate = os.path.join(self.scratch.path, "gate")
        os.mkfifo(gate)
        launched = {"bgsh": [], "backburner": []}
        told = {"bgsh": [], "backburner": []}
        left = {"bgsh": [], "backburner": []}

        def launch(name, server, command):
            if name == "bgsh":
                return server.call("Bash", command=command, run_in_background=True)
            text, taken = server.call("start_task", command=command)
            return json.loads(text)["task_id"], taken

        def wait(name, server, task):
            if name == "bgsh":
                server.call("Wait")
            else:
                # It tells nobody: a host asks again and again.
                while json.loads(server.call("task_status", task_id=task)[0])["status"] == "working":
                    time.sleep(0.01)

        def converse(name):
            server = Server(starts[name], self.scratch.environment)
            for _ in range(5):
                launched[name].append(launch(name, server, "true")[1])
                time.sleep(0.05)
            task, _ = launch(name, server, f"read line <{gate}; date +%s%N >{gate}.end")
            with open(gate, "w") as file:
                file.write("\n")
            wait(name, server, task)
            known = time.time_ns()
            with open(f"{gate}.end") as file:
                told[name].append((known - int(file.read())) / 1e6)
            left[name].append(server.leave())
            return server.start_milliseconds

        started = interleaved(self.rounds, {name: lambda name=name: converse(name) for name in starts})
        for what, samples, limit in (
            ("mcp: start to the first answer", started, 25), ("mcp: launch of a task", launched, 5),
            ("mcp: a task's end to the caller", told, None), ("mcp: end of input to exit", left, 100),
        ):
            self.report.ratio(what, samples, "backburner", at_most=1)
            if limit:
                own = statistics.median(samples["bgsh"])
                self.report.row(f"{what}, in all", f"{own:.3f} ms", budget=f"<= {limit} ms", fits=own <= limit)

    def hook(self):
        """What a host waits for at each of its events: nothing is due, beside a server of the same host."""
        server = Server([self.bgsh, "mcp"], self.scratch.environment)
        server.call("Bash", command="true")
        event = os.path.join(self.scratch.path, "event")
        with open(event, "w", encoding="utf8") as file:
            file.write('{"hook_event_name":"PostToolBatch","session_id":"s"}')

        def call(*words):
            with open(event, encoding="utf8") as file:
                start = time.perf_counter()
                subprocess.run(words, stdin=file, env=self.scratch.environment, check=True)
                return (time.perf_counter() - start) * 1000

        samples = interleaved(self.rounds * 5, {
            "bgsh": lambda: call(self.bgsh, "hook", "claude"), "true": lambda: call("/bin/true")})
        server.leave()
        own = statistics.median(samples["bgsh"])
        self.report.row(
            "hook: nothing due", f"{own:.3f} ms{noise(samples['bgsh'])}",
            f"/bin/true {statistics.median(samples['true']):.3f} ms", budget="<= 20 ms", fits=own <= 20)

    # Starting

    def start(self):
        """-c without and with a bgsh construct."""
        environment = self.scratch.environment
        samples = interleaved(self.rounds * 5, {
            "bgsh": lambda: milliseconds_of([self.bgsh, "-c", "true"], environment),
            "bash": lambda: milliseconds_of(["bash", "-c", "true"], environment),
        })
        self.report.ratio("-c true", samples, "bash", at_most=1.5)
        samples = interleaved(self.rounds * 3, {
            "bgsh": lambda: milliseconds_of([self.bgsh, "-c", "true &bg"], environment),
            "bash": lambda: milliseconds_of(["bash", "-c", "true &"], environment),
        })
        self.report.ratio("-c 'true &bg' (bash: 'true &')", samples, "bash", at_most=3)

    def first_prompt(self):
        """From exec to the prompt on the terminal, with the same startup file."""
        samples = interleaved(self.rounds * 2, {
            "bgsh": lambda: self.until_prompt([self.bgsh]),
            "bash": lambda: self.until_prompt(["bash", "-i"]),
        })
        own, other = statistics.median(samples["bgsh"]), statistics.median(samples["bash"])
        self.report.row(
            "interactive start to first prompt", f"{own:.3f} ms{noise(samples['bgsh'])}",
            f"bash {other:.3f} ms{noise(samples['bash'])}", own / other, "<= bash + 5 ms", own <= other + 5)

    def until_prompt(self, arguments):
        terminal = self.terminal(arguments)
        elapsed = (terminal.expect(PROMPT) - terminal.started) * 1000
        terminal.close()
        return elapsed

    def terminal(self, arguments):
        return Terminal(arguments, self.scratch.environment, self.scratch.path)

    # Launching

    def launch(self):
        """A loop of launches, timed inside the shell that launches; what was launched is waited for untimed."""
        count = 200
        bash_loop = (
            "{before}; t=$EPOCHREALTIME; for ((i = 0; i < {count}; i++)); do {launch}\ndone; u=$EPOCHREALTIME; {after}; "
            "echo $(( (${{u/./}} - ${{t/./}}) / {count} ))"
        )

        def bash(launch, before=":", after="wait", program="bash"):
            script = bash_loop.format(count=count, launch=launch, before=before, after=after)
            return lambda: number_printed_by([program, "-c", script], self.scratch.environment) / 1000

        zsh = (
            f"zmodload zsh/datetime; t=$EPOCHREALTIME; for ((i = 0; i < {count}; i++)); do /bin/true &; done; "
            f"u=$EPOCHREALTIME; wait; echo $(( (u - t) * 1000 / {count} ))"
        )
        fish = (
            f"set t (date +%s%N); for i in (seq {count}); command true &; end; set u (date +%s%N); wait; "
            f"math \\($u - $t\\) / 1000000 / {count}"
        )
        parallel = (
            f"t=$EPOCHREALTIME; seq {count} | parallel --will-cite -j 2 -N 0 /bin/true; u=$EPOCHREALTIME; "
            f"echo $(( (${{u/./}} - ${{t/./}}) / {count} ))"
        )
        environment = self.scratch.environment
        samples = interleaved(self.rounds, {
            "bgsh": bash("true &bg", after="{ wait; } 2>/dev/null", program=self.bgsh),
            "bash": bash("/bin/true &"),
            "zsh": lambda: number_printed_by(["zsh", "-f", "-c", zsh], environment),
            "fish": lambda: number_printed_by(["fish", "--no-config", "-c", fish], environment),
            "tsp": bash("tsp true >/dev/null", before="tsp -S 2", after="tsp -w; tsp -C"),
            "nq": bash("nq true >/dev/null", after="nq -w; rm -f \"$NQDIR\"/,*"),
            "parallel": lambda: number_printed_by(["bash", "-c", parallel], environment) / 1000,
        })
        self.quiet(["tsp", "-K"])
        for reference, budget in (
            ("bash", 3), ("zsh", None), ("fish", None), ("tsp", 0.5), ("nq", 0.3), ("parallel", None)
        ):
            self.report.ratio("launch 'true &bg', to the next statement", samples, reference, at_most=budget)

    def quiet(self, arguments):
        subprocess.run(
            arguments, env=self.scratch.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False)

    # The turn

    def empty_turn(self):
        """From Enter to the next prompt, on one session each."""
        shells = {"bgsh": self.terminal([self.bgsh]), "bash": self.terminal(["bash", "-i"])}
        for shell in shells.values():
            shell.expect(PROMPT)

        def turn(shell):
            start = time.perf_counter()
            shell.send(b"\r")
            return (shell.expect(PROMPT) - start) * 1000

        samples = interleaved(
            self.rounds * 20, {name: lambda shell=shell: turn(shell) for name, shell in shells.items()})
        for shell in shells.values():
            shell.close()
        own, other = statistics.median(samples["bgsh"]), statistics.median(samples["bash"])
        self.report.row(
            "an empty turn, Enter to prompt", f"{own:.3f} ms{noise(samples['bgsh'])}",
            f"bash {other:.3f} ms{noise(samples['bash'])}", own / other, "<= 2 ms", own <= 2)

    def notification(self):
        """From the write that lets a task end until its notification can be read from the database."""
        terminal = self.terminal([self.bgsh])
        terminal.expect(PROMPT)
        gate = os.path.join(self.scratch.path, "gate")
        os.mkfifo(gate)
        database = sqlite3.connect(f"file:{self.scratch.state}/tasks.db?mode=ro", uri=True)

        def newest():
            return database.execute("SELECT ifnull(max(id), 0) FROM notifications").fetchone()[0]

        samples = []
        for _ in range(self.rounds * 5):
            terminal.send(b"read -r line <gate &bg\r")
            terminal.expect(b"started:")
            terminal.expect(PROMPT)
            before = newest()
            # Opening waits until the task has the other end.
            with open(gate, "wb", buffering=0) as writer:
                time.sleep(0.005)
                start = time.perf_counter()
                writer.write(b"go\n")
            while newest() == before:
                if time.perf_counter() > start + 10:
                    raise SystemExit("bench: no notification came")
            samples.append((time.perf_counter() - start) * 1000)
        database.close()
        terminal.close()
        median = statistics.median(samples)
        self.report.row(
            "exit of a task to its notification", f"{median:.3f} ms{noise(samples)}", "", None, "<= 5 ms", median <= 5)

    # Output

    def output(self):
        """The throughput of a program that writes as fast as it can, into a task's output and into a plain file."""
        with Scratch(self.disk) as scratch:
            self.output_in(scratch)

    def output_in(self, scratch):
        copy = f"head -c {self.size} /dev/zero"
        plain = os.path.join(scratch.path, "plain")
        timed = "sync; t=$EPOCHREALTIME; {run}; u=$EPOCHREALTIME; echo $(( ${{u/./}} - ${{t/./}} ))"
        own = timed.format(run=f"{copy} &bg --quiet\n{{ wait; }} 2>/dev/null")
        other = timed.format(run=f"{copy} >'{plain}' & wait")

        def drop_outputs():
            # What is captured here is of no interest.
            for file in os.scandir(os.path.join(scratch.state, "output")):
                os.truncate(file.path, 0)

        def rate(program, script, cleanup):
            value = self.size / (1 << 20) / (number_printed_by([program, "-c", script], scratch.environment) / 1e6)
            cleanup()
            return value

        samples = interleaved(max(3, self.rounds // 3), {
            "bgsh": lambda: rate(self.bgsh, own, drop_outputs),
            "> file": lambda: rate("bash", other, lambda: os.unlink(plain)),
        })
        self.report.ratio(
            f"captured output, {self.size >> 20} MiB", samples, "> file", unit="MiB/s", at_least=0.95)

    # Memory

    def memory(self):
        """Resident memory of bgsh and its supervisor: idle, with tasks running, and after tasks have ended."""
        wait_until("earlier sessions end", lambda: not list(self.scratch.processes("bgsh-supervisor")))
        terminal = self.terminal([self.bgsh])
        terminal.expect(PROMPT)
        terminal.send(b"true\r")
        terminal.expect(PROMPT)
        shell = terminal.process
        # The kernel keeps 15 characters of a process's name.
        supervisor = next(self.scratch.processes("bgsh-supervisor"))
        # Idle is a session at whose prompt nothing has happened for a while: then both give program text back.
        time.sleep(2)
        idle = resident_kib(supervisor)
        bash = self.terminal(["bash", "-i"])
        bash.expect(PROMPT)
        reference = resident_kib(bash.process)
        bash.close()
        own = resident_kib(shell)
        self.report.row(
            "memory of bgsh, idle", f"{own / 1024:.1f} MiB", f"bash -i {reference / 1024:.1f} MiB", own / reference,
            "<= 6 MiB", own <= 6 * 1024)
        self.report.row(
            "memory of the supervisor, idle", f"{idle / 1024:.1f} MiB", "", None, "<= 4 MiB", idle <= 4 * 1024)

        # What is allocated once, and reused from then on, is not growth.
        warm_up, ended, running = 200, 2000, 500
        self.end_tasks(terminal, warm_up)
        before = resident_kib(supervisor)
        self.end_tasks(terminal, ended)
        growth = (resident_kib(supervisor) - before) * 1024 / ended
        self.report.row(
            f"supervisor, per ended task ({ended})", f"{growth:.0f} B", "", None, "<= 1024 B", growth <= 1024)

        before = resident_kib(supervisor)
        self.many(terminal, running, "sleep 1000")
        growth = (resident_kib(supervisor) - before) * 1024 / running
        self.report.row(
            f"supervisor, per running task ({running})", f"{growth:.0f} B", "", None, "<= 4096 B", growth <= 4096)
        terminal.send(b"\x03")
        terminal.close()
        for process in self.scratch.processes("sleep"):
            os.kill(process, 15)

    def many(self, terminal, count, command):
        terminal.send(f"{{ for ((i = 0; i < {count}; i++)); do {command} &bg --quiet; done; }} 2>/dev/null\r".encode())
        # The line's own echo has no prompt in it.
        terminal.expect(PROMPT)

    def end_tasks(self, terminal, count):
        self.many(terminal, count, "true")
        terminal.send(b"wait 2>/dev/null\r")
        terminal.expect(PROMPT)


def versions(names):
    """One line that says what the peers are."""
    commands = {
        "bash": ["bash", "--version"], "zsh": ["zsh", "--version"], "fish": ["fish", "--version"],
        "tsp": ["tsp", "-V"], "parallel": ["parallel", "--version"],
    }
    found = []
    for name in names:
        if name in commands:
            output = subprocess.run(
                commands[name], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
            found.append(output.splitlines()[0].strip() if output else name)
    return "; ".join(found)


def memory_directory():
    """A file system in memory, unless the user has said where temporary files go; None if there is none."""
    return None if "TMPDIR" in os.environ or not os.access("/dev/shm", os.W_OK) else "/dev/shm"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="the directory of the release binaries")
    parser.add_argument("--rounds", type=int, default=10, help="repetitions, of which medians are taken")
    parser.add_argument("--output-mib", type=int, default=2048, help="size of the captured output")
    parser.add_argument("--scratch", help="a local file system for all files; default: TMPDIR; without it, memory, and a disk for the output")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a budget is missed")
    parser.add_argument("only", nargs="*", help="the benchmarks to run; default: all")
    options = parser.parse_args()

    peers = ("bash", "zsh", "fish", "tsp", "nq", "parallel")
    missing = [name for name in peers if shutil.which(name) is None]
    if missing:
        sys.exit(f"bench: missing: {', '.join(missing)}; 'make bench' installs them")

    with Scratch(options.scratch or memory_directory()) as scratch:
        print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
        print(f"{versions(peers)}")
        print("medians of interleaved runs; ~N%: the middle half of the samples spans N% of the median\n")
        report = Report()
        benchmarks = Benchmarks(options, scratch, report)
        every = ("start", "first_prompt", "launch", "empty_turn", "notification", "output", "memory", "digest", "mcp", "hook")
        for name in options.only or every:
            if name not in every:
                sys.exit(f"bench: no benchmark '{name}'; there are: {', '.join(every)}")
            getattr(benchmarks, name)()
        print(f"\n{report.misses} budgets missed" if report.misses else "\nall budgets kept")
        return 1 if options.strict and report.misses else 0


if __name__ == "__main__":
    sys.exit(main())
