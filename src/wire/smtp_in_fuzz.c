#include "wire/smtp_in_script.h"

/* Laws: any cut of the input gives the same replies and facts; a body never holds a bare CR,
 * a bare LF or NUL, and stuffed again it is found in the input as it was sent. */

static void
message(struct script *sc)
{
	struct str body = buf_str(&sc->body);
	const struct str *input = sc->ctx;
	struct buf again;

	buf_init(&again, 2 * body.n + 8);
	must(body.n == 0 || str_ends(body, STR_LIT("\r\n")));
	for (size_t i = 0; i < body.n; i++) {
		char prev = i > 0 ? body.p[i - 1] : '\0';
		must(body.p[i] != '\0');
		must((body.p[i] == '\n') == (prev == '\r'));
		if (body.p[i] == '.' && (i == 0 || prev == '\n'))
			buf_put_c(&again, '.');
		buf_put_c(&again, body.p[i]);
	}
	buf_put_z(&again, ".\r\n");
	/* A line like ".x" need not have been stuffed by the client: then lengths differ. */
	struct str want = buf_str(&again);
	struct str start = STR_LIT("\n.");
	if (str_find_str(*input, start) == input->n)
		must(str_find_str(*input, want) < input->n);
	buf_done(&again);
}

static void
play(struct script *sc, const struct smtp_in_conf *conf, struct str bytes, uint32_t seed)
{
	script_init(sc, conf, false);
	sc->message = message;
	sc->ctx = &bytes;
	for (struct str in = bytes; in.n > 0 && !sc->closed;) {
		size_t n = in.n;
		if (seed) {
			seed = seed * 1664525u + 1013904223u;
			n = seed >> 31 ? 1 : 1 + (seed >> 16) % 97;
		}
		/* Here the handshake loses nothing: what is lost depends on the cut. */
		size_t used = script_feed(sc, str_head(in, n));
		in = str_from(in, used);
		if (sc->starttls)
			script_tls(sc);
	}
	sc->ctx = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script whole, cut;

	if (size < 2)
		return 0;
	struct smtp_in_conf conf = {
		.hostname = STR_LIT("mail.test"),
		.starttls = data[0] & 1,
		.auth = data[0] & 2,
		.plain_auth = data[0] & 4,
		.auth_required = data[0] & 8,
		.utf8 = data[0] & 16,
		.size_max = data[0] & 32 ? 40 : 0,
		.errors_max = data[0] & 64 ? 3 : 0,
		.transactions_max = data[0] & 128 ? 2 : 0,
		.rcpt_max = 3,
	};
	struct str bytes = str_of(data + 2, size - 2);
	play(&whole, &conf, bytes, 0);
	play(&cut, &conf, bytes, data[1] + 1u);
	must(str_eq(buf_str(&whole.text), buf_str(&cut.text)));
	script_done(&whole);
	script_done(&cut);
	return 0;
}
