"""For inbound.py and webhooks.py: a customer with an HTTP server of its own, to which the service posts. HTTP, W, FACTEUR,
KEY, SECRET in the environment."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HTTP, W, FACTEUR = (os.environ[n] for n in ("HTTP", "W", "FACTEUR"))
lock = threading.Condition()  # of what a receiver got; notified when it got more
checks = failed = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status):
        try:
            self.send_response(status)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\n")
        except OSError:
            pass

    def log_message(self, *args):
        pass


def serve(receiver):
    """Runs it on loopback; the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), receiver)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # who posted was killed
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def check(what, good, detail=""):
    global checks, failed
    checks += 1
    failed += not good
    print(("ok    " if good else "FAIL  ") + what + (f": {detail}" if not good else ""), flush=True)


def wait(what, fn, seconds=60):
    """Waits until fn() is true; a check."""
    end = time.monotonic() + seconds
    with lock:
        while not (good := fn()) and time.monotonic() < end:
            lock.wait(0.2)
    check(what, good, f"not within {seconds} s")
    return good


def done():
    print(f"{checks} checks, {failed} failed")
    sys.exit(1 if failed or not checks else 0)


def call(method, path, body=None, fields=None, key=None, secret=None):
    """(status, JSON or bytes); asks again while the service is busy or starts."""
    auth = base64.b64encode(f"{key or os.environ['KEY']}:{secret or os.environ['SECRET']}".encode()).decode()
    fields = {"Content-Type": "application/json", **(fields or {"Authorization": f"Basic {auth}"})}
    request = urllib.request.Request(f"http://127.0.0.1:{HTTP}{path}", method=method, headers=fields,
                                     data=None if body is None else json.dumps(body).encode())
    for _ in range(60):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, value(answer.read())
        except urllib.error.HTTPError as e:
            if e.code != 503:
                return e.code, value(e.read())
        except OSError:
            pass
        time.sleep(0.3)
    return 0, None


def value(text):
    try:
        return json.loads(text or b"null")
    except ValueError:
        return text


def other(method, path, body=None):
    """call() by another account."""
    return call(method, path, body, key=os.environ["OTHER_KEY"], secret=os.environ["OTHER_SECRET"])


def signature(post, secret):
    """Of Standard Webhooks, as it should be; post has fields and body."""
    text = f"{post.fields['webhook-id']}.{post.fields['webhook-timestamp']}.".encode() + post.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def facteur(*args):
    return subprocess.run([FACTEUR, "--config", f"{W}/lab.yaml", *args], stdout=subprocess.PIPE, check=False).stdout


def state():
    """What `facteur status` says; nothing while nobody answers."""
    try:
        return json.loads(facteur("status", "--json"))
    except ValueError:
        return {}


def ready():
    return state().get("ready")


def kill(role):
    """Whether one was there to be killed."""
    pids = [r["pid"] for r in state().get("roles", []) if r["role"].split()[0] == role and r.get("pid")]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return bool(pids)
