# For scripts of tests/: a service of their own on ports of its own, a remote that keeps what it
# gets, checks. Sourced by bash:
#
#   . "$(dirname "$0")/../lib.sh"
#   lab                                # folder $W, ports, certificate, account, key; nothing runs yet
#   start_remote; start_facteur
#   …
#   wait_delivered 3; ok "what was shown" test 1 = 1; done_testing
#
# Sets W, FACTEUR, PLAIN, STARTTLS, TLS (ports), REMOTE (port), KEY, SECRET. Everything started here
# is ended on exit, whatever the way out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_ROOT=${BUILD_ROOT:-$root/build}
FACTEUR=${FACTEUR:-$BUILD_ROOT/release/facteur}
failures=0
checks=0
pids=()

skip_all()
{
	echo "$*"
	exit 77
}

# need PROGRAM...: they are there or the test is skipped with the reason.
need()
{
	local p
	for p in "$@"; do
		command -v "$p" >/dev/null || skip_all "$p is not installed (tools/deps test)"
	done
}

# need_peer NAME: the MTA that tools/deps unpacked.
need_peer()
{
	[ -d "$root/build/peers/$1" ] || skip_all "$1 is not unpacked (tools/deps test)"
}

# ok WHAT COMMAND...: the command must succeed.
ok()
{
	local what=$1
	shift
	checks=$((checks + 1))
	if "$@" >"$W/ok.log" 2>&1; then
		echo "ok    $what"
	else
		echo "FAIL  $what"
		sed 's/^/      /' "$W/ok.log" | tail -20
		failures=$((failures + 1))
	fi
}

# not COMMAND...: for ok: it must fail.
not()
{
	! "$@"
}

# A crash is no lateness, whatever the checks say. (Who was silent too long on a busy machine dies of KILL.)
crashed()
{
	grep -E 'event=role-died .*signal=(4|6|7|8|11)$' "$W/serve.log"
}

done_testing()
{
	if crashed; then
		echo "FAIL  a role crashed"
		failures=$((failures + 1))
	fi
	if [ $checks -eq 0 ]; then
		echo "nothing was checked"
		exit 1
	fi
	if [ $failures -gt 0 ]; then
		echo "--- the service's log"
		tail -30 "$W/serve.log"
		exit 1
	fi
	exit 0
}

clean_up()
{
	local p
	for p in ${pids[@]+"${pids[@]}"}; do
		kill "$p" 2>/dev/null
	done
	for p in ${pids[@]+"${pids[@]}"}; do
		timeout 10 tail --pid="$p" -f /dev/null 2>/dev/null || kill -9 "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	[ -z "${W:-}" ] || [ -n "${KEEP:-}" ] || rm -rf "$W"
}
trap clean_up EXIT
trap 'exit 143' TERM INT

free_ports()
{
	/usr/bin/python3 - "$1" <<-'END'
	import random, socket, sys
	# Below the range from which the kernel gives to clients: another test's client would take one before it is used.
	held = []
	while len(held) < int(sys.argv[1]):
	    s = socket.socket()
	    try:
	        s.bind(("127.0.0.1", random.randrange(10000, 20000)))
	        held.append(s)
	    except OSError:
	        s.close()
	print(*[s.getsockname()[1] for s in held])
	END
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

facteur()
{
	"$FACTEUR" --config "$W/lab.yaml" "$@"
}

# field NAME: of the JSON object on stdin ("queue.queued" goes in).
field()
{
	jq -er ".$1"
}

# write_config LINE...: the lab's configuration and these lines.
write_config()
{
	cat >"$W/lab.yaml" <<-END
	hostname: mail.lab.test
	state: $W/state
	user: $(id -un)
	listen: [127.0.0.1]
	submission: { starttls: [$STARTTLS], tls: [$TLS], plain: [$PLAIN] }
	tls: [ { cert: $W/cert.pem, key: $W/key.pem } ]
	limits: { disk_reserve: 1MiB }
	END
	printf '%s\n' "$@" >>"$W/lab.yaml"
}

# lab [LINE...]: see the head. Without lines: deliver everything to the remote, all senders allowed.
lab()
{
	need jq openssl
	[ -x "$FACTEUR" ] || { echo "no $FACTEUR"; exit 1; }
	W=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
	mkdir "$W/mail"
	: >"$W/serve.log"
	read -r PLAIN STARTTLS TLS REMOTE < <(free_ports 4)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=mail.lab.test \
		-addext 'subjectAltName=DNS:mail.lab.test,DNS:localhost,IP:127.0.0.1' \
		-keyout "$W/key.pem" -out "$W/cert.pem" 2>/dev/null
	[ $# -gt 0 ] || set -- "lab: { deliver_to: 127.0.0.1:$REMOTE, verified_domains: true }" \
		"outbound: { retry: [1s, 2s] }"
	write_config "$@"
	facteur accounts add shop --json >"$W/account.json" || { cat "$W/account.json"; exit 1; }
	facteur keys add --account shop --json >"$W/key.json" || { cat "$W/key.json"; exit 1; }
	KEY=$(field key <"$W/key.json")
	SECRET=$(field secret <"$W/key.json")
}

answers()
{
	facteur status --json | jq -e .ready
}

start_facteur()
{
	# Not by the function: the process to end must be the service, not a shell around it.
	"$FACTEUR" --config "$W/lab.yaml" serve >>"$W/serve.log" 2>&1 &
	SERVE=$!
	pids+=($SERVE)
	wait_for "${START_SECONDS:-30}" answers && return
	echo "facteur serve does not become ready:"
	tail -20 "$W/serve.log"
	exit 1
}

# start_remote [OPTIONS of tests/torture/remote]
start_remote()
{
	"$root/tests/torture/build" || exit 1
	"$BUILD_ROOT/torture/remote" -p "$REMOTE" -l "$W/remote.log" -o "$W/mail" "$@" &
	pids+=($!)
	wait_for 10 test -f "$W/remote.log"
}

delivered()
{
	find "$W/mail" -name '*.eml' | grep -c '/[0-9]*\.eml$'
}

at_least()
{
	[ "$(delivered)" -ge "$1" ]
}

# wait_delivered N [SECONDS]: messages at the remote.
wait_delivered()
{
	wait_for "${2:-30}" at_least "$1" || echo "only $(delivered) of $1 messages arrived"
	at_least "$1"
}

# got TEXT: the file of the one message kept by the remote that has it.
got()
{
	local found
	found=$(grep -lF -- "$1" "$W"/mail/*.eml) || return 1
	[ "$(echo "$found" | wc -l)" -eq 1 ] && echo "$found"
}

# same_mail SENT TEXT: the message with TEXT arrived as the file SENT, but for fields added above.
same_mail()
{
	local file
	file=$(got "$2") || { echo "not (once) among $(ls "$W/mail")"; return 1; }
	/usr/bin/python3 "$root/tests/same_mail.py" "$1" "$file"
}
