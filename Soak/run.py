#!/usr/bin/env python3
"""Crowds and faults, at full size, with the real binaries: make soak

Every row is a fault, how often it was tried, and how many of its promises were broken. What a promise is stands in
docs/design: a task that was confirmed has one end, the right one, on record, and is told of once; nothing is made
up; nothing grows; nothing gets slower with what there has been before.
"""

import argparse
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Benchmarks"))

from measure import Scratch, Terminal, milliseconds_of, resident_kib, wait_until  # noqa: E402

import faults  # noqa: E402

PROMPT = b"ready> "
#: As many times slower may something be with a million tasks on record as with ten, and a start of a program may vary by.
SLOWDOWN = 2.0
NOISE_MILLISECONDS = 3.0
JOBS_MILLISECONDS = 20.0


class Table:
    WIDTHS = (58, 8, 6, 0)

    def __init__(self):
        self.lost = 0
        self.line("fault", "tries", "lost", "")
        self.line(*("-" * max(width, 4) for width in self.WIDTHS))

    def line(self, *columns):
        print(" | ".join(str(text).ljust(width) for text, width in zip(columns, self.WIDTHS)).rstrip(" |"), flush=True)

    def row(self, fault, tries, lost, remark=""):
        self.lost += lost
        self.line(fault, tries, lost, remark)


class Soak:
    def __init__(self, options, table):
        self.binaries = os.path.abspath(options.binaries)
        self.bgsh = os.path.join(self.binaries, "bgsh")
        self.bgctl = os.path.join(self.binaries, "bgctl")
        self.table = table
        self.scale = options.scale
        self.workers = options.workers
        self.directory = options.scratch
        self.random = random.Random(options.seed)

    # Helpers

    def scratch(self):
        scratch = Scratch(self.directory)
        with open(os.path.join(scratch.home, ".bashrc"), "w", encoding="utf8") as file:
            file.write(f"PS1='{PROMPT.decode()}'\n")
        return scratch

    def sized(self, count):
        return max(1, int(count * self.scale))

    def run(self, scratch, script, *options):
        return subprocess.run(
            [self.bgsh, *options, "-c", script], env=scratch.environment, cwd=scratch.path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1800, check=False)

    def jobs(self, scratch, *arguments):
        result = subprocess.run(
            [self.bgctl, "jobs", "-a", "--json", *arguments], env=scratch.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, timeout=600, check=True)
        return json.loads(result.stdout)

    @staticmethod
    def database(scratch):
        return sqlite3.connect(os.path.join(scratch.state, "tasks.db"), timeout=60)

    @staticmethod
    def broken_promises(scratch, may_be_lost=False):
        """Tasks without exactly one end, or not told of exactly once; and what is wrong with the database."""
        database = Soak.database(scratch)
        broken = database.execute("SELECT count(*) FROM tasks WHERE ended_at IS NULL").fetchone()[0]
        broken += database.execute(
            "SELECT count(*) FROM tasks WHERE ended_at IS NOT NULL AND (SELECT count(*) FROM notifications "
            "WHERE task_id = tasks.id AND event NOT IN ('waiting-for-input', 'limited')) <> 1 AND NOT quiet").fetchone()[0]
        broken += database.execute(
            "SELECT count(*) FROM notifications WHERE task_id NOT IN (SELECT id FROM tasks)").fetchone()[0]
        if not may_be_lost:
            broken += database.execute("SELECT count(*) FROM tasks WHERE state = 'lost'").fetchone()[0]
        broken += database.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
        database.close()
        return broken

    def wait_for_rest(self, scratch):
        """Until no supervisor has anything to do; one that does not end is a broken promise."""
        try:
            wait_until("the supervisors end", lambda: not list(scratch.processes("bgsh-supervisor")))
        except SystemExit:
            return 1
        return 0

    @staticmethod
    def finish(process):
        """What a program has written, and 1 for a broken promise if it does not come to its end."""
        try:
            return *process.communicate(timeout=60), 0
        except subprocess.TimeoutExpired:
            process.kill()
            return *process.communicate(), 1

    @staticmethod
    def descriptors(process):
        return len(os.listdir(f"/proc/{process}/fd"))

    def terminal(self, scratch):
        terminal = Terminal([self.bgsh], scratch.environment, scratch.path)
        terminal.expect(PROMPT)
        return terminal

    @staticmethod
    def turn(terminal, line):
        terminal.send(line.encode() + b"\r")
        terminal.expect(PROMPT)

    # Crowds

    def one_session(self):
        """10,000 tasks of one interactive session; neither bgsh nor the supervisor grows."""
        count = self.sized(10_000)
        with self.scratch() as scratch:
            terminal = self.terminal(scratch)

            def launch(number, first):
                self.turn(
                    terminal, f"{{ for ((i = {first}; i < {first + number}; i++)); do (exit $((i % 256))) &bg --quiet; "
                    "done; } 2>/dev/null; BGSH_NOTIFY=off; wait; notifications >/dev/null")

            warm_up = max(1, count // 10)
            launch(warm_up, 0)
            supervisor = next(scratch.processes("bgsh-supervisor"))
            processes = {"bgsh": terminal.process, "supervisor": supervisor}
            before = {name: (resident_kib(process), self.descriptors(process)) for name, process in processes.items()}
            for first in range(warm_up, count, warm_up):
                launch(min(warm_up, count - first), first)
            after = {name: (resident_kib(process), self.descriptors(process)) for name, process in processes.items()}
            rows = self.database(scratch).execute("SELECT id, exit_code FROM tasks ORDER BY id").fetchall()
            lost = count - len(rows) + sum(code != (number - 1) % 256 for number, code in rows)
            terminal.close()
            lost += self.wait_for_rest(scratch)
            self.table.row(f"{count} tasks through one session", count, lost)
            for name in processes:
                growth = (after[name][0] - before[name][0]) * 1024 / max(1, count - warm_up)
                grown = after[name][1] - before[name][1]
                self.table.row(
                    f"  {name} stays level", 2, int(growth > 1024) + int(grown > 0),
                    f"{growth:.0f} B a task, {after[name][0]} KiB, {after[name][1]} descriptors")

    def alive(self):
        """5,000 tasks at once: listed, ended by one kill, each on record."""
        count = self.sized(5_000)
        with self.scratch() as scratch:
            few = self.timed_jobs_with(scratch, 10)
        with self.scratch() as scratch:
            script = f"for ((i = 0; i < {count}; i++)); do sleep 100000 &bg done"
            self.run(scratch, script, "--notify", "off")
            listed = sum(task["state"] == "running" for task in self.jobs(scratch))
            timed = self.milliseconds(scratch, "jobs")
            own = self.milliseconds(scratch, "why", "@1")
            supervisor = next(scratch.processes("bgsh-supervisor"))
            resident, descriptors = resident_kib(supervisor), self.descriptors(supervisor)
            subprocess.run(
                [self.bgctl, "kill", "--all"], env=scratch.environment, stdin=subprocess.DEVNULL, timeout=300, check=False)
            lost = count - listed + self.wait_for_rest(scratch)
            tasks = self.jobs(scratch)
            lost += sum(task["ended_by"] != "kill" or task["signal"] != "TERM" for task in tasks)
            lost += self.broken_promises(scratch) + (timed > JOBS_MILLISECONDS)
            self.table.row(
                f"{count} tasks alive at once, one kill", count, lost,
                f"jobs {timed:.1f} ms, why {own:.1f} ms (10 alive: {few:.1f} ms); supervisor {resident} KiB, "
                f"{descriptors} descriptors")

    def timed_jobs_with(self, scratch, count):
        self.run(scratch, f"for ((i = 0; i < {count}; i++)); do sleep 100000 &bg done", "--notify", "off")
        return self.milliseconds(scratch, "why", "@1")

    def sessions(self):
        """50 sessions on one state directory."""
        sessions, each = self.sized(50), 40
        with self.scratch() as scratch:
            script = f"for ((i = 0; i < {each}; i++)); do (exit $((i + 1))) &bg done; wait; echo $?"
            running = [
                subprocess.Popen(
                    [self.bgsh, "--notify", "off", "-c", script], env=scratch.environment, cwd=scratch.path,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for _ in range(sessions)]
            outputs = [process.communicate(timeout=600) for process in running]
            lost = sum(output != "1\n" for output, _ in outputs) + self.wait_for_rest(scratch)
            codes = [task["exit_code"] for task in self.jobs(scratch)]
            lost += sum(codes.count(code) != sessions for code in range(1, each + 1)) + self.broken_promises(scratch)
            self.table.row(f"{sessions} sessions on one state directory", sessions * each, lost)

    def subshells(self):
        """20 subshells that launch at the same time."""
        shells, each = 20, self.sized(200)
        with self.scratch() as scratch:
            script = (
                f"for s in {{1..{shells}}}; do (for ((i = 0; i < {each}; i++)); do (exit $s) &bg done; wait) & done; wait")
            self.run(scratch, script, "--notify", "off")
            lost = self.wait_for_rest(scratch)
            codes = [task["exit_code"] for task in self.jobs(scratch)]
            lost += sum(abs(codes.count(shell) - each) for shell in range(1, shells + 1)) + self.broken_promises(scratch)
            self.table.row(f"{shells} subshells launch at once", shells * each, lost)

    def notices(self):
        """500 notifications due at one prompt: folded, and each delivered once."""
        count = self.sized(500)
        with self.scratch() as scratch:
            terminal = self.terminal(scratch)
            self.turn(terminal, "BGSH_NOTIFY=off")
            self.turn(terminal, f"{{ for ((i = 0; i < {count}; i++)); do (exit $((i % 2))) &bg done; }} 2>/dev/null")
            database = self.database(scratch)

            def due():
                return database.execute("SELECT count(*) FROM notifications WHERE delivered_at IS NULL").fetchone()[0]

            wait_until("all have ended", lambda: due() == count)
            start = time.perf_counter()
            terminal.send(b"BGSH_NOTIFY=prompt\r")
            terminal.expect(b" more failed, ")
            elapsed = (terminal.expect(PROMPT) - start) * 1000
            lost = due()
            terminal.send(b"echo a''gain\r")
            terminal.expect(b"again\r\n")
            terminal.expect(PROMPT)
            delivered = database.execute("SELECT count(*) FROM notifications WHERE delivered_at IS NOT NULL").fetchone()[0]
            lost += count - delivered
            terminal.close()
            lost += self.wait_for_rest(scratch)
            self.table.row(f"{count} notifications due at one prompt", count, lost, f"{elapsed:.0f} ms")

    def typing(self):
        """10,000 notices that come at random moments while somebody types; every key counts."""
        count = self.sized(10_000)
        lines = max(1, count // 100)
        lost = told = 0
        with self.scratch() as scratch:
            with open(os.path.join(scratch.home, ".bashrc"), "a", encoding="utf8") as file:
                file.write("export LC_ALL=C.UTF-8; BGSH_NOTIFY=now HISTSIZE=10\n")
            terminal = self.terminal(scratch)
            self.turn(terminal, "line() { printf '%s\\n' \"$1\" >>typed; }")
            for number in range(lines):
                each = count // lines
                # A notice draws the prompt again at any moment: what tells that a line has been run is a word.
                terminal.buffer = b""
                terminal.send(f"for ((i = 0; i < {each}; i++)); do sleep $((RANDOM % 2)).$((RANDOM % 900 + 100)) &bg "
                              f"--limit 1M; done; echo laun''ched {number}\r".encode())
                terminal.expect(f"launched {number}\r\n".encode())
                terminal.expect(PROMPT)
                text, cursor = "", 0
                end = time.perf_counter() + 2.2
                while time.perf_counter() < end:
                    keys, text, cursor = self.type_some(text, cursor)
                    terminal.send(keys.encode())
                    self.drain(terminal, self.random.random() * 0.004)
                terminal.send(f"\x05'\x01line 'n{number}n".encode())
                terminal.send(b"\r")
                wait_until("the line is run", lambda: f"n{number}n" in self.typed(scratch))
                lost += self.typed(scratch).splitlines()[-1:] != [f"n{number}n{text}"]
            database = self.database(scratch)
            told = database.execute("SELECT count(*) FROM notifications WHERE delivered_at IS NOT NULL").fetchone()[0]
            lost += abs(count // lines * lines - told)
            terminal.close()
            lost += self.wait_for_rest(scratch)
        self.table.row("notices while a line is typed", told, lost, f"{lines} lines")

    def type_some(self, text, cursor):
        """Keys, and the line that readline makes of them."""
        keys = ""
        for _ in range(self.random.randint(1, 4)):
            choice = self.random.randrange(20)
            if choice < 12 and len(text) < 150:
                key = self.random.choice("abcxyz0189_-+=.,:@%日語é")
                text, cursor = text[:cursor] + key + text[cursor:], cursor + 1
            elif choice < 14:
                key, cursor = "\x02", max(0, cursor - 1)
            elif choice == 14:
                key, cursor = "\x06", min(len(text), cursor + 1)
            elif choice == 15:
                key, cursor = "\x01", 0
            elif choice < 18:
                key, cursor = "\x05", len(text)
            elif cursor > 0:
                key, text, cursor = "\x7f", text[: cursor - 1] + text[cursor:], cursor - 1
            else:
                key = "\x01"
            keys += key
        return keys, text, cursor

    @staticmethod
    def drain(terminal, seconds):
        """Takes what is shown for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and select.select([terminal.master], [], [], left)[0]:
            terminal.buffer = (terminal.buffer + os.read(terminal.master, 65536))[-4096:]

    @staticmethod
    def typed(scratch):
        try:
            with open(os.path.join(scratch.path, "typed"), encoding="utf8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # What has been before

    def milliseconds(self, scratch, *arguments):
        """The fastest of some runs: what else the machine does is no slowness of bgsh's."""
        return min(milliseconds_of([self.bgctl, *arguments], scratch.environment) for _ in range(15))

    def fill(self, scratch, count):
        """Puts old tasks on record, of which ten have ended within the last day, and one has output."""
        self.run(scratch, "echo here &bg wait", "--notify", "off")
        self.wait_for_rest(scratch)
        database = self.database(scratch)
        columns = [row[1] for row in database.execute("PRAGMA table_info(tasks)")]
        copied = ", ".join(
            {"id": "n.value", "session": "'1600000000-' || (n.value % 1000 + 2)", "name": "'name' || (n.value % 5000)",
             "ended_at": "ended_at - 172800000 - n.value"}.get(name, name) for name in columns)
        with database:
            database.execute(
                f"WITH RECURSIVE n(value) AS (SELECT 2 UNION ALL SELECT value + 1 FROM n WHERE value < {count}) "
                f"INSERT INTO tasks ({', '.join(columns)}) SELECT {copied} FROM tasks, n WHERE tasks.id = 1")
            # Scripts without notices leave theirs undelivered for ever.
            database.execute(
                "INSERT INTO notifications (task_id, session, event, at, delivered_at) "
                "SELECT id, session, 'done', ended_at, iif(id % 2, ended_at, NULL) FROM tasks WHERE id > 1")
            database.execute(
                "INSERT OR IGNORE INTO sessions (id, kind, shell_pid, started_at, ended_at) "
                "SELECT DISTINCT session, 'script', 2, started_at, ended_at FROM tasks WHERE id > 1 GROUP BY session")
            database.execute(f"UPDATE sequence SET value = {count} WHERE name = 'task'")
            database.execute(
                f"UPDATE tasks SET ended_at = (SELECT ended_at FROM tasks WHERE id = 1) WHERE id > {count - 9} AND id > 1")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    def record(self):
        """A million tasks on record."""
        count = self.sized(1_000_000)
        with self.scratch() as small, self.scratch() as large:
            self.fill(small, 10)
            self.fill(large, count)
            # In turns: what the parts before have left to the file system is to meet both.
            rounds = [(self.measure(small), self.measure(large)) for _ in range(3)]
        for name in rounds[0][0]:
            few, many = (min(results[side][name] for results in rounds) for side in (0, 1))
            is_slow = many > max(SLOWDOWN * few, few + NOISE_MILLISECONDS) or name == "jobs" and many > JOBS_MILLISECONDS
            self.table.row(
                f"{name}, {count} on record", 1, int(is_slow), f"{many:.2f} ms, with 10: {few:.2f} ms")

    def measure(self, scratch):
        results = {
            "jobs": self.milliseconds(scratch, "jobs"),
            "jobs -a": self.milliseconds(scratch, "jobs", "-a"),
            "output @1": self.milliseconds(scratch, "output", "@1"),
            "why @name7": self.milliseconds(scratch, "why", "@name7"),
            "prune --older-than 1000d": self.milliseconds(scratch, "prune", "--older-than", "1000d"),
        }
        results["-c 'true &bg wait'"] = min(
            milliseconds_of([self.bgsh, "--notify", "off", "-c", "true &bg wait"], scratch.environment)
            for _ in range(15))
        starts = []
        for _ in range(7):
            terminal = Terminal([self.bgsh], scratch.environment, scratch.path)
            starts.append((terminal.expect(PROMPT) - terminal.started) * 1000)
            terminal.close()
        results["interactive start"] = min(starts)
        terminal = self.terminal(scratch)
        launches = []
        for _ in range(7):
            start = time.perf_counter()
            terminal.send(b"for i in {1..50}; do true &bg --quiet\rdone; wait\r")
            terminal.expect(PROMPT)
            launches.append((time.perf_counter() - start) * 1000)
        results["50 launches"] = min(launches)
        terminal.close()
        self.wait_for_rest(scratch)
        results["a name for completion"] = self.milliseconds(scratch, "complete-references")
        return results

    # Faults

    def killed_supervisors(self):
        """A supervisor is killed at a random moment while its session launches."""
        tries, each = self.sized(60), 60
        lost = 0
        with self.scratch() as scratch:
            for _ in range(tries):
                script = f"for ((i = 0; i < {each}; i++)); do (exit $((i + 1))) &bg done; wait"
                process = subprocess.Popen(
                    [self.bgsh, "--notify", "off", "-c", script], env=scratch.environment, cwd=scratch.path,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(self.random.uniform(0.002, 0.08))
                for supervisor in scratch.processes("bgsh-supervisor"):
                    os.kill(supervisor, signal.SIGKILL)
                lost += self.finish(process)[2]
            lost += self.wait_for_rest(scratch)
            codes = [task["exit_code"] for task in self.jobs(scratch)]
            lost += sum(abs(codes.count(code) - tries) for code in range(1, each + 1)) + self.broken_promises(scratch)
        self.table.row("the supervisor is killed while tasks are launched", tries, lost)

    def killed_sessions(self):
        """Any of a session's processes are killed at a random moment: each task has one end, `lost` included."""
        tries = self.sized(60)
        lost = 0
        with self.scratch() as scratch:
            for _ in range(tries):
                script = "for ((i = 0; i < 40; i++)); do (exit 3) &bg done; wait"
                process = subprocess.Popen(
                    [self.bgsh, "--notify", "off", "-c", script], env=scratch.environment, cwd=scratch.path,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(self.random.uniform(0.002, 0.08))
                victims = list(scratch.processes("bgsh-supervisor")) + list(scratch.processes("bgsh"))
                victims += list(scratch.processes("bash"))
                for victim in self.random.sample(victims, self.random.randint(0, len(victims))):
                    try:
                        os.kill(victim, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                lost += self.finish(process)[2]
            wait_until("nothing is left", lambda: not list(scratch.processes()))
            tasks = self.jobs(scratch)
            lost += sum(
                not (task["state"] == "lost" or task["state"] == "killed" and task["signal"] == "KILL"
                     or task["state"] == "exited" and task["exit_code"] == 3) for task in tasks)
            lost += self.broken_promises(scratch, may_be_lost=True) + len(os.listdir(os.path.join(scratch.state, "run")))
            share = sum(task["state"] == "exited" for task in tasks)
        self.table.row(
            "any processes of a session are killed", tries, lost, f"{share} of {len(tasks)} tasks with their status")

    def full_disks(self):
        """The disk fills up at a random moment, and is freed again: what was confirmed is on record, or said."""
        if os.geteuid() != 0:
            return self.table.row("the disk fills up", 0, 0, "only root can mount")
        tries = self.sized(30)
        lost = 0
        for _ in range(tries):
            with self.scratch() as scratch:
                options = f"size={self.random.randint(1200, 4000)}k,mode=700"
                subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", scratch.state], check=True)
                try:
                    lost += self.fill_disk(scratch)
                finally:
                    for process in scratch.processes():
                        os.kill(process, signal.SIGKILL)
                    subprocess.run(["umount", "-l", scratch.state], check=True)
        self.table.row("the disk fills up while tasks are launched, and is freed", tries, lost)

    def fill_disk(self, scratch):
        script = (
            "for ((i = 0; i < 150; i++)); do if (exit 7) &bg then echo \"@$BGSH_TASK\"; fi; "
            "((i % 10)) || sleep 0.02; done; until true &bg do sleep 0.1; done; echo \"@$BGSH_TASK\"; sleep 1; wait")
        process = subprocess.Popen(
            [self.bgsh, "-c", script], env=scratch.environment, cwd=scratch.path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(self.random.uniform(0.01, 0.3))
        ballast = os.path.join(scratch.state, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass
            time.sleep(self.random.uniform(0.1, 0.6))
        os.unlink(ballast)
        output, errors, lost = self.finish(process)
        lost += self.wait_for_rest(scratch)
        confirmed = {int(line[1:]) for line in output.split()}
        ended = {task["id"]: task for task in self.jobs(scratch)}
        said = {number for number in confirmed if f"@{number} was not started: " in errors}
        lost += len(confirmed - set(ended) - said) + len(set(ended) - confirmed)
        lost += sum(task["exit_code"] not in (0, 7) for task in ended.values()) + self.broken_promises(scratch)
        return lost


    def failing_calls(self):
        """A system call of the supervisor fails, each of them, at each of its occurrences."""
        faults.run(self)


EVERY = (
    "one_session", "alive", "sessions", "subshells", "notices", "typing", "record", "killed_supervisors", "killed_sessions",
    "full_disks", "failing_calls")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, help="the directory of the binaries")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each crowd, for a quick look")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="of the random moments")
    parser.add_argument(
        "--workers", type=int, default=2 * (os.cpu_count() or 1), help="how many sessions with a fault run at once")
    parser.add_argument("--scratch", help="where the scratch directories are made: a local file system")
    parser.add_argument("only", nargs="*", help=f"the parts to run, of {', '.join(EVERY)}; default: all")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    table = Table()
    soak = Soak(options, table)
    for name in options.only or EVERY:
        if name not in EVERY:
            sys.exit(f"soak: no part '{name}'; there are: {', '.join(EVERY)}")
        getattr(soak, name)()
    print(f"\n{table.lost} promises broken" if table.lost else "\nall promises kept")
    return 1 if table.lost else 0


if __name__ == "__main__":
    sys.exit(main())
