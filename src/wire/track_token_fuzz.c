/*
 * Laws: a foreign text is refused, and one that is accepted is the text its fields are written
 * as; what is written is read back the same, and refused when a bit of it is changed.
 */
#include "wire/track_token.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
foreign(const struct track_token_box *b, struct str s, struct buf *scratch, struct buf *again)
{
	struct track_token t;

	if (track_token_read(b, s, scratch, &t) != 0)
		return;
	must(track_token_write(again, b, &t) == 0);
	must(str_eq(buf_str(again), s));
}

static struct track_token
token_of(const uint8_t *data, size_t n)
{
	struct track_token t = { .kind = (uint8_t)(n % 5 == 3 ? TRACK_TOKEN_WEB : 1 + n % 3),
		.text = STR_NONE };

	memcpy(&t.message, data, n < 6 ? n : 6);
	if (n > 20) {
		t.flags = data[6] % (TRACK_TOKEN_FLAGS + 1);
		t.stream = data[7];
		memcpy(&t.tenant, data + 8, 4);
		memcpy(&t.accepted, data + 12, 4);
		memcpy(&t.index, data + 16, 2);
		if (t.kind == TRACK_TOKEN_UNSUBSCRIBE)
			t.group = data[18];
	}
	if (t.kind != TRACK_TOKEN_OPEN && t.kind != TRACK_TOKEN_WEB)
		t.text = (struct str){ (const char *)data, n };
	return t;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct track_token_key keys[] = { { 7, { 1, 2, 3, [31] = 9 } },
		{ 6, { 4, 5, 6 } } };
	struct track_token_box *b = track_token_box_new(keys, 2);
	struct track_token t = token_of(data, n), u;
	struct buf scratch, text;

	buf_init(&scratch, TRACK_TOKEN_ROOM);
	buf_init(&text, TRACK_TOKEN_ROOM);
	foreign(b, (struct str){ (const char *)data, n }, &scratch, &text);
	buf_clear(&text);
	if (track_token_write(&text, b, &t) == 0) {
		must(track_token_read(b, buf_str(&text), &scratch, &u) == 0);
		must(u.kind == t.kind && u.flags == t.flags && u.stream == t.stream);
		must(u.tenant == t.tenant && u.accepted == t.accepted && u.index == t.index);
		must(u.message == t.message && str_eq(u.text, t.text) && u.group == t.group);
		text.p[n % text.n] = (char)(text.p[n % text.n] ^ (1 << n % 8));
		must(track_token_read(b, buf_str(&text), &scratch, &u) != 0);
	}
	buf_done(&scratch);
	buf_done(&text);
	track_token_box_free(&b);
	return 0;
}
