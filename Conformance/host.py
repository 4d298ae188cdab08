#!/usr/bin/env python3
"""A real host and `bgsh mcp`: gptme, an agent, with a model that is a script. make host

The model is a small HTTP server with fixed answers: it launches a Python package's tests, reads the sources while they
run, is told the failures with the result of something else, mends them, and verifies. What it is sent, the host's own
words around our results, is what a model would see: that is looked at.
"""

import argparse
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT_SECONDS = 120

SOURCE = '''def total(prices, discount=0):
    """The sum, less a discount in percent."""
    return sum(prices) * (100 - discount) // 100


def cheapest(prices):
    return sorted(prices)[-1]


def parse(line):
    name, price = line.split(":")
    return name, float(price)
'''

TESTS = '''import time
import unittest
from prices import cheapest, parse, total


class Prices(unittest.TestCase):
    def test_total(self):
        time.sleep(1)
        self.assertEqual(total([1, 2]), 3)

    def test_discount(self):
        self.assertEqual(total([15], 10), 13.5)

    def test_cheapest(self):
        self.assertEqual(cheapest([3, 1]), 1)

    def test_parse(self):
        self.assertEqual(parse("a:1"), ("a", 1.0))

    def test_parse_strips(self):
        self.assertEqual(parse(" a :1"), ("a", 1.0))


if __name__ == "__main__":
    unittest.main()
'''

MEND = (r"sed -i 's/\[-1\]/[0]/; s%// 100%/ 100%; s/return name, float/return name.strip(), float/' prices.py"
        " && grep return prices.py")

# What the model says, one answer a turn: a tool with its input, or a last word.
TURNS = [
    ("Bash", {"command": "python3 -m unittest -v", "description": "Run full test suite", "run_in_background": True}),
    ("Bash", {"command": "cat prices.py"}),
    # Long enough for the tests to end meanwhile; anything would do.
    ("Bash", {"command": "python3 -c 'import time; time.sleep(3)'; git --version"}),
    ("Bash", {"command": MEND}),
    ("Bash", {"command": "python3 -m unittest", "description": "Run full test suite again", "run_in_background": True}),
    ("Wait", {"timeout": 10000}),
    # The host goes on until the model says that it is done.
    (None, "All five tests pass.\n\n```complete\n```"),
]


class Model(http.server.ThreadingHTTPServer):
    """Answers as an OpenAI-compatible API does, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, value, kind="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer({"object": "list", "data": [{"id": "script", "object": "model"}]})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            # Each turn of the model is one more of its own messages.
            turn = sum(message["role"] == "assistant" for message in request["messages"])
            self.server.requests.append(request)
        tool, value = TURNS[min(turn, len(TURNS) - 1)]
        text = value if tool is None else f"```bgsh.{tool}\n{json.dumps(value)}\n```"
        base = {"id": "1", "created": int(time.time()), "model": "script"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not request.get("stream"):
            return self.answer({
                **base, "object": "chat.completion", "usage": usage,
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]})
        chunks = [
            {**base, "object": "chat.completion.chunk",
             "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
            {**base, "object": "chat.completion.chunk",
             "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        ]
        body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        self.answer(body.encode(), "text/event-stream")


def text_of(message):
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def results(request):
    """What the host has told the model since its first answer, in order."""
    messages = request["messages"]
    first = next((index for index, message in enumerate(messages) if message["role"] == "assistant"), len(messages))
    told, current = [], []
    for message in messages[first:]:
        if message["role"] == "assistant":
            if current:
                told.append("\n".join(current))
            current = []
        else:
            current.append(text_of(message))
    return told + (["\n".join(current)] if current else [])


def drive(gptme, bgsh, show):
    with tempfile.TemporaryDirectory(prefix="bgsh-host-") as home:
        work = os.path.join(home, "prices")
        os.makedirs(os.path.join(home, ".config/gptme"))
        os.makedirs(work)
        for name, text in (("prices.py", SOURCE), ("test_prices.py", TESTS)):
            with open(os.path.join(work, name), "w", encoding="utf8") as file:
                file.write(text)
        with open(os.path.join(home, ".config/gptme/config.toml"), "w", encoding="utf8") as file:
            file.write(f"""
[env]
[mcp]
enabled = true
auto_start = true
[[mcp.servers]]
name = "bgsh"
command = {json.dumps(bgsh)}
args = ["mcp"]
env = {{ BGSH_STATE_DIR = {json.dumps(home + "/state")} }}
""")
        model = Model()
        threading.Thread(target=model.serve_forever, daemon=True).start()
        environment = {
            "PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8", "TERM": "dumb",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{model.server_port}/v1", "OPENAI_API_KEY": "none",
            # There is no network but the model; who looks for one is told at once.
            "HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1",
        }
        # It tells the model the names of all tools, and takes none of its own.
        command = [
            gptme, "--non-interactive", "--no-stream", "--model", "local/script", "--tool-format", "markdown",
            "--no-workspace", "--system", "You are a test.",
            "Mend the tests."]
        said = os.path.join(home, "said")
        start = time.monotonic()
        with open(said, "w", encoding="utf8") as file:
            try:
                subprocess.run(
                    command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                    timeout=TIMEOUT_SECONDS, check=False)
            except subprocess.TimeoutExpired:
                show = True
        seconds = time.monotonic() - start
        model.shutdown()
        with open(said, encoding="utf8") as file:
            text = file.read()
        if show:
            print(text)
        if not model.requests:
            sys.exit(f"host: the host has asked no model: {text}")
        return max((results(request) for request in model.requests), key=len), seconds


def check(told):
    """The promises, in the host's own words."""
    def expect(what, holds):
        print(f"{'ok  ' if holds else 'FAIL'} {what}")
        return holds

    joined = "\n".join(told)
    heading = "[SYSTEM NOTIFICATION - NOT USER INPUT]"
    first = told[0] if told else ""
    before_end = told[1] if len(told) > 1 else ""
    third = told[2] if len(told) > 2 else ""
    last = told[5] if len(told) > 5 else ""
    return all([
        expect("six calls were answered", len(told) >= 6),
        expect("a task is launched at once", "Background task started. ID: 1." in first),
        expect("the sources are read while it runs", "def cheapest" in before_end and heading not in before_end),
        expect("the failures come with the result of something else",
               heading in third and "git version" in third and "<exit-code>1</exit-code>" in third
               and all(name in third for name in ("test_cheapest", "test_discount", "test_parse_strips"))),
        expect("they are told once", joined.count("<task-id>1</task-id>") == 1),
        expect("the shell stays from call to call", "return name.strip(), float(price)" in joined),
        expect("the second run is waited for, and passes", "exit code 0" in last and "OK" in last),
        expect("nothing is told twice", heading not in last),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="directory of the release binaries")
    parser.add_argument("--host", default=shutil.which("gptme"), help="the program gptme")
    parser.add_argument("--show", action="store_true", help="print what the host and the model say")
    options = parser.parse_args()
    if not options.host:
        sys.exit("host: there is no gptme in PATH; 'make host' installs it")
    told, seconds = drive(options.host, os.path.join(os.path.abspath(options.binaries), "bgsh"), options.show)
    if options.show:
        for number, text in enumerate(told, 1):
            print(f"--- {number}\n{text}")
    print(f"gptme has taken {seconds:.1f} s")
    sys.exit(0 if check(told) else 1)


if __name__ == "__main__":
    main()
