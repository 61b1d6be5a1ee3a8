#include "wire/smtp_in_script.h"

/* Laws: any cut of the input gives the same replies and facts; a body never holds a bare CR,
 * a bare LF or NUL; it is what a plain reading of the input, line by line, gives. */

static void
message(struct script *sc)
{
	struct str body = buf_str(&sc->body);
	struct str input = *(const struct str *)sc->ctx;
	struct str rest = str_from(str_head(input, sc->taken), sc->data);

	for (size_t i = 0; i < body.n; i++) {
		must(body.p[i] != '\0');
		must((body.p[i] == '\n') == (i > 0 && body.p[i - 1] == '\r'));
	}
	for (;;) {
		size_t n = str_find_str(rest, STR_LIT("\r\n"));
		must(n < rest.n);
		struct str line = str_head(rest, n);
		rest = str_from(rest, n + 2);
		if (str_eq_z(line, "."))
			break;
		if (line.n > 0 && line.p[0] == '.')
			line = str_from(line, 1);
		must(str_starts(body, line));
		body = str_from(body, line.n);
		must(str_starts(body, STR_LIT("\r\n")));
		body = str_from(body, 2);
	}
	must(rest.n == 0 && body.n == 0);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
		.inbound = data[1] & 128,
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
