# Sourced by the scripts beside it: a service of its own in a scratch folder, on free ports.
# Gives: $dir, $lab (configuration), f (the command with that configuration), serve, stop, want.
set -u
: "${FACTEUR:?the binary to test}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/cli.XXXXXX")
lab=$dir/lab.yaml
pid=
unset LANG LC_ALL LC_MESSAGES
export NO_COLOR=1 TZ=UTC

port=$(/usr/bin/python3 - <<'END'
import socket
# Six free ports in a row, below the range the kernel gives to clients.
import random
while True:
    base = random.randrange(20000, 32000, 8)
    socks = []
    try:
        for p in range(base, base + 6):
            s = socket.socket()
            s.bind(("127.0.0.1", p))
            socks.append(s)
        print(base)
        break
    except OSError:
        pass
    finally:
        for s in socks:
            s.close()
END
)
cat >"$lab" <<END
hostname: mail.lab.test
state: $dir/state
listen: [127.0.0.1]
submission: { starttls: [$port], tls: [$((port + 1))], plain: [$((port + 2))] }
http: { plain: [$((port + 3))], tls: [$((port + 4))] }
lab: { deliver_to: 127.0.0.1:$((port + 5)), private_webhooks: true, verified_domains: true }
END

f() {
	"$FACTEUR" --config "$lab" "$@"
}

# A crash is no lateness, and no success when another one goes on. (Who was silent too long dies of KILL.)
crashed() {
	[ -f "$dir/serve.log" ] && grep -E 'event=role-died .*signal=(4|6|7|8|11)$' "$dir/serve.log"
}

fail() {
	echo "FAILED: $*"
	crashed
	[ -f "$dir/serve.log" ] && tail -20 "$dir/serve.log"
	exit 1
}

# want CODE COMMAND…: runs it; output in $out, errors in $err.
want() {
	local code=$1 got=0
	shift
	"$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	out=$(cat "$dir/out") err=$(cat "$dir/err")
	[ "$got" = "$code" ] || fail "$* gave $got instead of $code: $out $err"
}

# has TEXT PART
has() {
	case "$1" in *"$2"*) ;; *) fail "no \"$2\" in: $1" ;; esac
}

# json EXPRESSION: of $out, as Python's j
json() {
	printf '%s' "$out" | /usr/bin/python3 -c "import json,sys; j=json.load(sys.stdin); print(($1))" ||
		fail "$1 of $out"
}

serve() {
	"$FACTEUR" --config "$lab" serve "$@" >"$dir/serve.log" 2>&1 &
	pid=$!
	for _ in $(seq 200); do
		f status --json >/dev/null 2>&1 && return
		kill -0 "$pid" 2>/dev/null || fail "serve ended"
		sleep 0.1
	done
	fail "not ready within 20 s"
}

stop() {
	[ -n "$pid" ] || return 0
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
	code=$?
	pid=
	[ "$code" = 0 ] || fail "serve ended with $code"
	! crashed >/dev/null || fail "a role crashed"
}

trap 'if [ -n "$pid" ]; then kill -TERM "$pid"; wait "$pid"; fi; rm -rf "$dir"' EXIT
