#!/usr/bin/env python3
"""GNU bash's own tests, run by bash and by bgsh: make bash-tests

Each test is run by both, with the same files, environment and standard input, and what they write is compared. What may
differ stands in `expected`, with its reason; nothing else does, and nothing of that has gone unnoticed.
"""

import argparse
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys

#: How long a test may take, in seconds.
PATIENCE = 180
#: How often a test that differs is run: some of bash's tests race, and what differs by chance is no difference.
TRIES = 3

#: How much of a difference is shown.
MOST_LINES, MOST_COLUMNS = 60, 200

#: What stands before the first line of every file in the mode `task`: bgsh has to look at it, and nothing is launched.
MENTION = b"if false; then true &bg; fi; "

#: What is another number each time, also in bash.
VARYING = ((r"process group \(\d+\)", "process group (PID)"), (r"\b\d+: Bad file", "FD: Bad file"))

SCRIPTS = re.compile(r".*\.(tests|sub|sh)$|execscript$|dollar-at-star\d*$|array-at-star$|test-glue-functions$|version")


class Shell:
    """One of the two, with a directory of its own."""

    def __init__(self, name, program, work):
        self.name = name
        self.root = os.path.join(work, name)
        self.program = program

    def prepare(self, tests, mode):
        shutil.rmtree(self.root, ignore_errors=True)
        for directory in ("bin", "home", "state", "tmp"):
            os.makedirs(os.path.join(self.root, directory), mode=0o700)
        os.symlink(self.program, os.path.join(self.root, "bin", "bash"))
        shutil.copytree(tests, os.path.join(self.root, "tests"), symlinks=True)
        for name in os.listdir(os.path.join(self.root, "tests")):
            path = os.path.join(self.root, "tests", name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    text = file.read()
                changed = change(name, text, mode)
                if changed != text:
                    with open(path, "wb") as file:
                        file.write(changed)

    def environment(self, bash):
        return {
            "BASH_TSTOUT": os.path.join(self.root, "tmp", "out"), "BGSH_NOTIFY": "off", "BGSH_SHELL": bash,
            "BGSH_STATE_DIR": os.path.join(self.root, "state"), "BUILD_DIR": self.root,
            "HOME": os.path.join(self.root, "home"), "LANG": "C.UTF-8", "LOGNAME": "user", "PATH": ".:/usr/bin:/bin",
            "SHELL": "/bin/bash", "TERM": "dumb", "THIS_SH": os.path.join(self.root, "bin", "bash"),
            "TMPDIR": os.path.join(self.root, "tmp"), "USER": "user",
        }

    def run(self, test, bash):
        """What the test writes, line by line, with this shell's own names made the same for both."""
        process = subprocess.Popen(
            ["sh", test], cwd=os.path.join(self.root, "tests"), env=self.environment(bash), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            output += b"\n(did not end)\n"
        text = output.decode("utf8", "backslashreplace").replace(self.root, "ROOT")
        for pattern, name in VARYING:
            text = re.sub(pattern, name, text)
        return text.splitlines()


def change(name, text, mode):
    """A file of the tests as it is run in that mode."""
    if name.startswith("run-"):
        # What the test writes is compared here, and not with what another machine wrote.
        text = re.sub(rb"(?m)^diff .*?(\$\{?(?:BASH_TSTOUT|TEST_FILE)\}?).*$", rb"cat \1; rm -f \1", text)
        text = re.sub(rb"(?m)^TEST_FILE=.*$", b"TEST_FILE=${BASH_TSTOUT}", text)
    elif SCRIPTS.match(name) and mode == "task":
        text = MENTION + text
    if mode == "input" and (name.startswith("run-") or SCRIPTS.match(name)):
        ending = rb"(?=[ \t]*(?:$|[;|]|2?>))" if name.startswith("run-") else rb"(?=[ \t]*$)"
        call = rb"^([ \t]*\$\{?THIS_SH\}?)[ \t]+(\./[\w.-]+|\./\$\{TEST_NAME\}\.tests)"
        text = re.sub(rb"(?m)" + call + ending, rb"\1 < \2", text)
    return text


class Expectations:
    """The file `expected`: a line `mode test`, lines of a reason behind `# `, and the lines that differ, `-` bash's and
    `+` bgsh's; or `*`, where they are too many to be named.
    """

    def __init__(self, path):
        self.path = path
        self.differences = {}
        key = None
        with open(path, encoding="utf8") as file:
            for line in file.read().splitlines():
                if line.startswith(("-", "+", "*")) and key:
                    self.differences[key].append(line)
                elif line and not line.startswith("#"):
                    key = tuple(line.split())
                    self.differences[key] = []


    def are_met(self, key, found):
        wanted = self.differences.get(key, [])
        return found == wanted or (wanted == ["*"] and found)


def difference(bash, bgsh):
    lines = difflib.unified_diff(bash, bgsh, lineterm="", n=0)
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binaries", required=True, help="the directory of bgsh")
    parser.add_argument("--tests", required=True, help="bash's tests, with the programs that they need")
    parser.add_argument("--work", required=True, help="a directory for what the tests leave")
    parser.add_argument("--mode", action="append", choices=("plain", "input", "task"))
    parser.add_argument("names", nargs="*", help="tests, as run-trap; all of them where none is named")
    options = parser.parse_args()
    bash = shutil.which("bash", path="/usr/bin:/bin")
    expected = Expectations(os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected"))
    work = os.path.abspath(options.work)
    # The names are as long as one another: some of what is written is aligned.
    shells = (
        Shell("bash", bash, work), Shell("bgsh", os.path.abspath(os.path.join(options.binaries, "bgsh")), work))
    others = {"run-all", "run-minimal", "run-gprof"}
    names = options.names or sorted(
        name for name in os.listdir(options.tests) if name.startswith("run-") and name not in others)
    failures = 0
    for mode in options.mode or ("plain", "input", "task"):
        for shell in shells:
            shell.prepare(options.tests, mode)
        for name in names:
            for _ in range(TRIES):
                found = difference(*(shell.run(name, bash) for shell in shells))
                if expected.are_met((mode, name), found):
                    break
            else:
                failures += 1
                print(f"{mode} {name}: not as expected", flush=True)
                wanted = expected.differences.get((mode, name), [])
                lines = list(difflib.unified_diff(wanted, found, "expected", "found", lineterm="", n=0))
                for line in lines[:MOST_LINES]:
                    print(f"  {line[:MOST_COLUMNS]}", flush=True)
    count = len(names) * len(options.mode or (1, 2, 3))
    print(f"{count} runs of bash's tests, {len(expected.differences)} known differences, {failures} not as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
