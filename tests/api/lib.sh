# For the scripts beside it: a service with an HTTP API, its sink and a name server that knows the
# domain shop.test; an SDK's program; what arrived. Sourced by bash:
#
#   . "$(dirname "$0")/lib.sh"
#   api_lab                   # account and key of tests/lib.sh, shop.test verified, all is running
#   sdk mailjet               # runs mailjet.mjs; what it says it sent must be in the sink
#   done_testing
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# A machine that builds meanwhile is slow, not wrong.
START_SECONDS=100

# The packages of tests/interop, once for all scripts.
need_sdks()
{
	local dir=$root/tests/interop
	need node npm flock
	[ -d "$dir/node_modules/mailgun.js" ] || flock "$dir" sh -c "[ -d '$dir/node_modules/mailgun.js' ] ||
		npm ci --prefix '$dir' --silent --no-audit --no-fund --ignore-scripts" >/dev/null 2>&1 ||
		skip_all "npm cannot install the SDKs (no network?)"
}

# verify DOMAIN ACCOUNT: it is the account's, and its records are published.
verify()
{
	facteur domains add "$1" --account "$2" --json >"$W/domain.json" &&
		jq -r '.records[] | "\(.name) \(.type) \(.value)"' "$W/domain.json" >>"$W/zone" &&
		facteur domains verify "$1" --account "$2" --json >"$W/verified.json"
}

api_lab()
{
	need_sdks
	read -r HTTP HTTPS DNS SINK < <(free_ports 4)
	lab "http: { plain: [$HTTP], tls: [$HTTPS] }" \
		"outbound: { retry: [1s, 2s], resolver: '127.0.0.1:$DNS' }" \
		"lab: { deliver_to: '127.0.0.1:$SINK' }"
	: >"$W/zone"
	/usr/bin/python3 "$root/tests/interop/name_server.py" "$DNS" "$W/zone" &
	pids+=($!)
	# Where the service looks for it: GET /v1/sink.
	mkdir -p "$W/state/sink" && ln -s state/sink "$W/sink"
	# Not by the function: the process to end must be the sink, not a shell around it.
	"$FACTEUR" --config "$W/lab.yaml" sink serve --listen "127.0.0.1:$SINK" --dir "$W/sink" >"$W/sink.log" 2>&1 &
	pids+=($!)
	start_facteur
	verify shop.test shop || { cat "$W/domain.json" "$W/verified.json"; exit 1; }
	TOKEN=$(field postmark_token <"$W/key.json")
	BEARER=$(field sendgrid <"$W/key.json")
	export HTTP HTTPS KEY SECRET TOKEN BEARER W
	export NODE_EXTRA_CA_CERTS=$W/cert.pem NODE_NO_WARNINGS=1
}

# sdk NAME: NAME.mjs prints its checks; then the sink has what NAME.mjs wrote to $W/sent.jsonl.
sdk()
{
	local line
	: >"$W/sent.jsonl"
	node "$here/$1.mjs" >"$W/sdk.log" 2>&1 || failures=$((failures + 1))
	while IFS= read -r line; do
		echo "$line"
		case $line in "ok "*) checks=$((checks + 1)) ;; esac
	done <"$W/sdk.log"
	ok "$1: what was sent arrived, and nothing else" \
		/usr/bin/python3 "$here/arrived.py" "$W/sink" "$W/sent.jsonl"
	ok "$1: trace knows each recipient" traced
}

traced()
{
	local address
	for address in $(jq -r 'select(.traced != false) | .envelope[]' "$W/sent.jsonl" | sort -u); do
		wait_for 60 is_delivered "$address" || { echo "$address:"; facteur trace "$address"; return 1; }
	done
}

is_delivered()
{
	facteur trace "$1" --json | jq -e '.recipients | length > 0 and all(.state == "delivered" and .via == "api")'
}
