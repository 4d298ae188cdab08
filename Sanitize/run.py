#!/usr/bin/env python3
"""The library that bash loads, under clang's sanitizers and under valgrind, in sessions that also fail: make sanitize

Every row is a session, under which tool it ran, and how many reports there were in whose stack the library stands. bash
itself is not looked at. A session that does not come to its end counts as a report, too.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LOADABLE = os.path.join(ROOT, "Loadable")
HERE = os.path.join(ROOT, "Sanitize")
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))

from measure import Scratch, Terminal  # noqa: E402

LIBRARY = "libbgsh-bash.so"
SOURCES = sorted(name for name in os.listdir(LOADABLE) if name.endswith(".c"))
PROMPT = b"ready> "
COMPILER = ["clang", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-ISources/CProtocol/include", "-fno-omit-frame-pointer",
            "-Wl,-z,nodelete"]
#: How long a session may take, in seconds; under valgrind all is slow.
PATIENCE = 60
#: Functions that work for their callers.
ALLOCATORS = ("malloc", "calloc", "realloc", "free", "strdup", "strndup", "xmalloc", "xrealloc", "sh_single_quote", "memcpy",
              "memmove", "memcmp", "strlen", "strcmp", "strncmp", "strchr", "strpbrk", "strsep", "strtol", "snprintf",
              "vsnprintf", "write", "send", "scarce_malloc", "scarce_calloc", "scarce_realloc", "scarce_strdup")


class Tool:
    """A way of running bash with the library looked at, and a directory with all that belongs to it."""

    def __init__(self, name, binaries, directory):
        self.name = name
        self.directory = os.path.join(directory, name)
        self.reports = os.path.join(self.directory, "reports")
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.reports)
        for program in ("bgsh", "bgctl", "bgsh-supervisor"):
            shutil.copy2(os.path.join(binaries, program), self.directory)
        library = os.path.join(self.directory, LIBRARY)
        sources = [os.path.join(LOADABLE, name) for name in SOURCES]
        subprocess.run(COMPILER + self.flags + ["-o", library] + sources, check=True, cwd=ROOT)
        self.bgsh = os.path.join(self.directory, "bgsh")
        self.shell = os.path.join(self.directory, "bash")
        with open(self.shell, "w", encoding="utf-8") as wrapper:
            wrapper.write(f"#!/bin/bash\n{self.start}\n")
        os.chmod(self.shell, 0o755)

    def take_reports(self):
        """The reports on the library since the last call."""
        found = []
        for name in sorted(os.listdir(self.reports)):
            path = os.path.join(self.reports, name)
            with open(path, encoding="utf-8", errors="replace") as file:
                found += [part for part in self.parts(file.read()) if self.is_about_library(part)]
            os.remove(path)
        return found

    @staticmethod
    def is_about_library(part):
        """Whether the library stands next to what allocates, copies and compares: what it has bash do is bash's."""
        frames = [line for line in part.splitlines() if re.match(r"\s*(#\d+|at|by) ", line)]
        frames = [line for line in frames if not any(re.search(rf"\b{name}\b", line) for name in ALLOCATORS)]
        nearest = frames[0] if frames else part
        return LIBRARY in nearest or any(re.search(rf"\b{re.escape(source)}:\d", nearest) for source in SOURCES)


class Sanitizers(Tool):
    """AddressSanitizer with leaks, and the sanitizer of undefined behaviour; fresh memory is full of letters."""

    #: What a session does first, so that the programs that it runs are not looked at.
    prologue = "unset -v LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS\n"

    @property
    def flags(self):
        return ["-g", "-fsanitize=address,undefined", "-shared-libasan",
                "-include", os.path.join(HERE, "allocations.h"), os.path.join(HERE, "allocations.c")]

    @property
    def start(self):
        found = subprocess.run(
            ["clang", "-print-file-name=libclang_rt.asan-x86_64.so"], stdout=subprocess.PIPE, check=True, text=True)
        options = (f"log_path={self.reports}/report:exitcode=0:print_summary=0:print_stacktrace=1:"
                   "max_malloc_fill_size=1000000:malloc_fill_byte=97")
        return (f"export LD_PRELOAD={found.stdout.strip()} ASAN_OPTIONS={options} UBSAN_OPTIONS={options}\n"
                'exec /bin/bash "$@"')

    @staticmethod
    def parts(text):
        # Each leak is a part of its own: those of bash are none of ours.
        return re.split(r"\n(?=Direct leak of |Indirect leak of |=====|\S+:\d+:\d+: runtime error)", text)


class Valgrind(Tool):
    """Memory that is read before it is written: the sanitizers do not see that in a program that they have not built."""

    prologue = ""
    # Debian's valgrind reads no newer form.
    flags = ["-gdwarf-4"]

    @property
    def start(self):
        return (f"exec valgrind --quiet --log-file={self.reports}/report.%p --leak-check=full --num-callers=40 "
                '--show-leak-kinds=definite,indirect /bin/bash "$@"')

    @staticmethod
    def parts(text):
        lines = [re.sub(r"^==\d+== ?", "", line) for line in text.splitlines() if re.match(r"==\d+==", line)]
        return "\n".join(lines).split("\n\n")


class Unfinished(Exception):
    """A session has not come to its end."""


class Session:
    """A bgsh whose bash runs under a tool."""

    def __init__(self, tool, scratch):
        self.tool = tool
        self.scratch = scratch
        self.environment = {**scratch.environment, "BGSH_SHELL": tool.shell}

    def run(self, script, how="-c", **variables):
        """Runs a script as `-c`, as a file or as standard input; returns what it printed."""
        script = f"{self.tool.prologue}{script}\necho finished\n"
        arguments, given = [self.tool.bgsh, "-c", script], b""
        if how == "file":
            path = os.path.join(self.scratch.home, "script")
            with open(path, "w", encoding="utf-8") as file:
                file.write(script)
            arguments = [self.tool.bgsh, path]
        elif how == "input":
            arguments, given = [self.tool.bgsh, "-s"], script.encode()
        done = subprocess.run(
            arguments, env={**self.environment, **variables}, input=given, cwd=self.scratch.home,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        return done.stdout.decode(errors="replace")

    def finish(self, script, how="-c", **variables):
        output = self.run(script, how, **variables)
        if "finished" not in output:
            raise Unfinished(output[-600:])

    def terminal(self, startup=""):
        with open(os.path.join(self.scratch.home, ".bashrc"), "w", encoding="utf-8") as file:
            file.write(f"{self.tool.prologue}PS1='{PROMPT.decode()}' PS2=$PS1\n{startup}\n")
        terminal = Terminal([self.tool.bgsh], self.environment, self.scratch.home)
        terminal.expect(PROMPT)
        return terminal


# MARK: Without a terminal

LAUNCHES = r"""
sleep 0 &bg
(exit 3) &bg --name "n$((1 + 1))" --desc 'what it is' --timeout 5m --kill-after 1s --limit 1M --quiet
{ echo "it's"; echo err >&2; } | cat &bg --split
cat <<END &bg
body $HOME
END
f() { for i in 1 2 3; do echo $i &bg
done; }; declare -f f >/dev/null; f
(true &bg
); x=$(true &bg
); trap 'echo $BASH_COMMAND >/dev/null' DEBUG; true &bg
trap - DEBUG
y='a b'; true &bg --name $y
true &bg --name $none --desc $y
true &bg --timeout "$y"
BGSH_KEEP=1d; true &bg
BGSH_OUTPUT_LIMIT=2M; true &bg
BGSH_KEEP=nothing; true &bg
unset BGSH_KEEP BGSH_OUTPUT_LIMIT
shopt -s extdebug; trap '[[ $BASH_COMMAND != no* ]]' DEBUG; no &bg
trap - DEBUG; shopt -u extdebug
hook() { : &bg
}; trap hook DEBUG; true &bg
trap - DEBUG
__bgsh_launch; __bgsh_launch "$?" a a '' "$_"
wait; rerun @1; output @1; why @2 >/dev/null; notifications; wait @@
"""

COMMANDS = r"""
sleep 100 & sleep 100 &bg --name a
kill @a $!; wait @a $!; wait -- @a; jobs -a >/dev/null; jobs -- @a %1; jobs @nobody; kill -s INT -- @a; kill -l | head -1
(exit 4) &bg
(exit 5) & wait -n; wait -n; wait -n
(exit 4) &bg
(exit 5) & wait -fnp v @@ $!; wait -n -p v @@; wait -p v @@; wait -p 7 @@
sleep 0.1 &bg
(exit 2) & wait -f @@ $!; wait --timeout 1s @@; wait --json @@ >/dev/null
old=$HOME; export HOME=/nowhere BGSH_STATE_DIR=/nowhere; true &bg
wait; HOME=$old; set -m; true &bg
wait; jobs | cat; (jobs) | cat; echo $(jobs | wc -l); fg @a; rerun -h >/dev/null; rerun @nobody; prune --older-than 1d
trap 'echo usr' USR1; sleep 1 &bg
(sleep 0.2; kill -USR1 $$) & wait @@; wait
"""

OTHERS = r"""
eval 'true &bg'
printf 'true &bg\n' >sourced; . ./sourced
wait; if false; then x &bg
fi
exit_later() { exit 0; }
"""


def sources(session):
    for how in ("-c", "file", "input"):
        for script in (LAUNCHES, COMMANDS, OTHERS):
            session.finish(script, how)


#: The supervisor, and bgsh above it, if it is they.
KILL_SUPERVISOR = '[[ $(ps -o comm= $PPID) == bgsh-supervis* ]] && kill -9 $PPID\n'
KILL_BGSH = 'p=$(ps -o ppid= $PPID); [[ $(ps -o comm= $PPID,$p) == *bgsh*bgsh-supervis* ]] && kill -9 $p\n'

FAILURES = {
    "no ids": 'rm "$BGSH_STATE_DIR"/run/*/ids; true &bg\ntrue &bg --name x\nwait; wait -n; jobs; kill @1; fg',
    "no output directory": 'mv "$BGSH_STATE_DIR"/output "$BGSH_STATE_DIR"/gone; true &bg\ntrue &bg --split\nwait',
    "no state directory": 'true &bg\nwait; rm -r "$BGSH_STATE_DIR"; true &bg\nwait; jobs; output @1',
    "no supervisor": KILL_SUPERVISOR + 'for i in 1 2 3; do true &bg --name "x$i"\nwait; done',
    "no bgsh": KILL_BGSH + 'true &bg --name "x$((1 + 1))"\nwait; true &bg\nwait',
    "few files": "for n in 10 11 12 14 16 24; do (ulimit -n $n; true &bg --split\nwait; jobs); done",
    "a directory that is gone": "mkdir d; cd d; true &bg\nwait; cd ..; rmdir d; rerun @1",
    "standard error closed": "true &bg\nexec 2>&-; true &bg\nwait",
    "all other files closed": 'for ((n = 3; n < 256; n++)); do eval "exec $n>&-"; done; true &bg --name "x$((1))"\nwait',
    "no program": "true &bg\nwait @$(printf %0200000d 1); fg @$(printf %0200000d 1)",
    "a child without memory": "(ulimit -v 100; true &bg\nwait); true &bg\nwait",
}


def failures(session):
    for name, script in FAILURES.items():
        with Scratch() as scratch:
            output = Session(session.tool, scratch).run(script)
            # bash ends with its bgsh, and may not read on when all is closed.
            if "finished" not in output and name not in ("no bgsh", "all other files closed"):
                raise Unfinished(f"{name}: {output[-600:]}")


def full_disk(session):
    """Needs root, for a small file system."""
    if os.geteuid() != 0:
        return
    directory = os.path.join(session.scratch.path, "small")
    os.mkdir(directory)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", directory], check=True)
    try:
        session.finish(
            'true &bg\nwait; dd if=/dev/zero of="$BGSH_STATE_DIR"/zeros; true &bg --name x\nwait\n'
            'rm "$BGSH_STATE_DIR"/zeros; true &bg\nwait', BGSH_STATE_DIR=directory)
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


def scarce_memory(session):
    """Each allocation of the library's fails once. What follows it works again, and nothing runs that was not typed."""
    scripts = (
        'true &bg --name "x$((1))" --timeout 5m\n', "true &bg\nwait\n", "jobs @@; kill @@ $!\n", "true & wait -n @1 $!\n",
        "rerun @1\n", "jobs | cat; fg @1\n", "trap 'x=$BASH_COMMAND' DEBUG; true &bg\ntrap - DEBUG; wait @@ $!\n")
    for script in scripts:
        number, has_failed = 0, True
        while has_failed:
            number += 1
            output = session.run(
                # Read as a whole, before there is too little.
                f"true &bg\nwait; {{ FAIL_ALLOCATION={number}\n{script}FAIL_ALLOCATION=\n}}\n"
                "(exit 7) &bg\nwait @@; echo status $?; echo failed $ALLOCATION_FAILED")
            if "status 7" not in output or "command not found" in output:
                raise Unfinished(f"{script!r} without allocation {number}: {output[-600:]}")
            has_failed = "failed yes" in output


# MARK: On a terminal

TYPED = [
    "true &bg", "sleep 100 & sleep 100 &bg --name it", "jobs", "jobs | cat; (jobs) | cat; echo $(jobs | wc -l)",
    "kill @it %1", "for i in 1 2", "do echo $i &bg", "done", "cat <<E &bg --name b", "body", "E", "echo a \\", "b &bg",
    "echo !!", "bgecho", "y='a b'; true &bg --name $y", "true &bg --nmae x", "eval 'true &bg'", "wait", "wait -n",
    "echo 'it", "is' &bg", "set +o emacs", "true &bg", "set -o vi", "true &bg", "set -o emacs", "__bgsh_launch",
    "__bgsh_start x", "f() { true &bg", "}", "f; f", "trap 'echo $BASH_COMMAND' DEBUG", "true &bg", "trap - DEBUG",
    "rerun @1", "output @1 @2", "wait; notifications", "shopt -u expand_aliases", "history 5", "LC_ALL=C true &bg",
]
KEYS = [
    b"true &bg --ti\t\x03", b"fg @i\t\t\x03", b"sleep 100\r", b"\x03", b"sleep 100 &bg\r", b"wait\r", b"\x03", b"wait -n\r",
    b"\x03", b"fg\r", b"\x03", b"sleep 50 &bg\r", b"kill @@\r", b"echo 'open\r", b"\x03",
]


def leave(terminal):
    # Something may have come too early to be heeded.
    for _ in range(3):
        terminal.send(b"\x03")
        time.sleep(0.5)
    terminal.buffer = b""
    terminal.send(b"\rkill $(jobs -p); wait; echo fin''ished\r")
    terminal.expect(b"finished\r\n")
    terminal.send(b"exit\rexit\r")
    terminal.close()


def typed(session):
    terminal = session.terminal("alias bgecho='echo x &bg'\nPROMPT_COMMAND='n=$BGSH_RUNNING'")
    for line in TYPED:
        terminal.send(line.encode() + b"\r")
        terminal.expect(PROMPT)
    for keys in KEYS:
        terminal.send(keys)
        time.sleep(0.5)
    leave(terminal)


def without_answer(session):
    """bgsh does not answer, and the user has had enough."""
    terminal = session.terminal()
    for line in ("echo plain", 'true &bg --name "x$((1))"', "true &bg"):
        os.kill(terminal.process, signal.SIGSTOP)
        terminal.send(line.encode() + b"\r")
        time.sleep(0.5)
        terminal.send(b"\x03")
        time.sleep(0.5)
        os.kill(terminal.process, signal.SIGCONT)
        terminal.send(b"\r")
        time.sleep(0.5)
    terminal.send(b"true &bg\r")
    leave(terminal)


SESSIONS = (sources, failures, full_disk, typed, without_answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", required=True, help="where bgsh, bgctl and bgsh-supervisor are")
    parser.add_argument("--directory", default=".build-sanitize", help="where the library is built, and its reports stand")
    parser.add_argument("names", nargs="*", help="only these sessions")
    options = parser.parse_args()
    directory = os.path.abspath(options.directory)
    count = 0
    for kind, sessions in ((Sanitizers, SESSIONS + (scarce_memory,)), (Valgrind, SESSIONS)):
        tool = kind(kind.__name__.lower(), options.binaries, directory)
        for run in sessions:
            if options.names and run.__name__ not in options.names:
                continue
            found = []
            with Scratch() as scratch:
                try:
                    run(Session(tool, scratch))
                except (Unfinished, SystemExit, subprocess.TimeoutExpired) as failure:
                    found.append(f"not finished: {failure}")
            found += tool.take_reports()
            print(f"{run.__name__.replace('_', ' '):<20} {tool.name:<12} {len(found)}", flush=True)
            for report in found:
                print("  " + report.strip().replace("\n", "\n  "), flush=True)
            count += len(found)
    print("sanitize: nothing reported" if count == 0 else f"sanitize: {count} reported")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
