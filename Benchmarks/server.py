"""A server of the Model Context Protocol, as a host uses it."""

import json
import subprocess
import time


class Server:
    """A connection, by one of the versions with a handshake."""

    def __init__(self, arguments, environment):
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        self.number = 0
        client = {"name": "bench", "version": "1"}
        self.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self.start_milliseconds = (time.perf_counter() - self.began) * 1000
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def request(self, method, parameters):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        while (answer := json.loads(self.process.stdout.readline())).get("id") != self.number:
            pass
        return answer["result"]

    def call(self, tool, **arguments):
        """The text of a result, and how many milliseconds it took."""
        began = time.perf_counter()
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        taken = (time.perf_counter() - began) * 1000
        return "\n".join(block["text"] for block in result["content"]), taken

    def leave(self):
        """Ends the input; how many milliseconds it takes until the server has left."""
        began = time.perf_counter()
        self.process.stdin.close()
        self.process.wait()
        return (time.perf_counter() - began) * 1000
