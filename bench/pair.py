"""The load pair seen from Python: load (sender) and sink (remote)."""
import json
import subprocess
import time

import machine


class Remote(machine.Process):
    """A receiver that answers commands on its standard input."""

    def __init__(self, program, *options):
        super().__init__([machine.own_program(program), *options], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        self.port = self.answer()["port"]

    def answer(self):
        line = self.popen.stdout.readline()
        if not line:
            raise machine.Trouble("the remote ended")
        return json.loads(line)

    def say(self, command):
        self.popen.stdin.write(command + "\n")
        self.popen.stdin.flush()
        return self.answer()

    def stats(self):
        return self.say("stats")

    def stop(self, seconds=20):
        if not self.popen.stdin.closed:
            self.popen.stdin.close()
        super().stop(seconds)
        self.popen.stdout.close()

    def wait(self, n, idle_s=60):
        """Until so many came, as long as they keep coming. The last statistics."""
        last, moved = -1, time.monotonic()
        while True:
            s = self.stats()
            if s[self.counts] >= n:
                return s
            if s[self.counts] != last:
                last, moved = s[self.counts], time.monotonic()
            if time.monotonic() - moved > idle_s:
                return s
            time.sleep(0.05)


class Sink(Remote):
    """bench/sink: takes mail."""
    counts = "messages"

    def __init__(self, *options):
        super().__init__("sink", *options)


class Hooks(Remote):
    """bench/hook_sink: takes webhooks."""
    counts = "distinct"

    def __init__(self):
        super().__init__("hook_sink")


class Load(machine.Process):
    def __init__(self, port, **options):
        """Options of bench/load by letter: s=20, z=4096, T=True."""
        argv = [machine.own_program("load"), "-p", port]
        for letter, value in options.items():
            argv += [f"-{letter}"] if value is True else [f"-{letter}", value]
        super().__init__(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def result(self, seconds=900):
        """Waits for its end."""
        try:
            text, _ = self.popen.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise machine.Trouble(f"the load did not end within {seconds} s") from None
        if self.popen.returncode:
            raise machine.Trouble(f"the load ended with {self.popen.returncode}")
        return json.loads(text)

    def stop(self, seconds=20):
        super().stop(seconds)
        for f in (self.popen.stdin, self.popen.stdout):
            f.close()


def load(port, wait_s=900, **options):
    with Load(port, **options) as p:
        return p.result(wait_s)
