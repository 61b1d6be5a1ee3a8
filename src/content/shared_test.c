#include "content/shared.h"

#include "base/test.h"

#include <errno.h>

#define TENANT  3
#define MESSAGE 5
#define NOTE    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct track_token_key keys[] = { { 7, { 1, 2, 3, [31] = 9 } },
	{ 6, { 4, 5, 6, [31] = 9 } } };

/* In a text: %o, %c, %u, %g, %w of this message, %O, %C, %U, %W, as they are for others; %x of
 * another message, %y of another account. */
static const struct {
	char letter;
	struct track_token t;
} tokens[] = {
	{ 'o', { TRACK_TOKEN_OPEN, 1, 1, 0, TENANT, 9, MESSAGE, STR_NONE, 0 } },
	{ 'O', { TRACK_TOKEN_OPEN, 0, 1, 0, TENANT, 9, MESSAGE, STR_NONE, 0 } },
	{ 'c', { TRACK_TOKEN_CLICK, 1, 1, 0, TENANT, 9, MESSAGE, STR_LIT("http://a/"), 0 } },
	{ 'C', { TRACK_TOKEN_CLICK, 0, 1, 0, TENANT, 9, MESSAGE, STR_LIT("http://a/"), 0 } },
	{ 'u', { TRACK_TOKEN_UNSUBSCRIBE, 1, 1, 0, TENANT, 9, MESSAGE, STR_LIT("a@b"), 0 } },
	{ 'g', { TRACK_TOKEN_CHOICE, 1, 1, 0, TENANT, 9, MESSAGE, STR_LIT("\1\0\0\0\7a@b"),
		       7 } },
	{ 'w', { TRACK_TOKEN_WEB, 1, 1, 0, TENANT, 9, MESSAGE, STR_NONE, 0 } },
	{ 'W', { TRACK_TOKEN_WEB, 3, 1, 0, TENANT, 9, MESSAGE, STR_NONE, 0 } },
	{ 'x', { TRACK_TOKEN_OPEN, 1, 1, 0, TENANT, 9, MESSAGE + 2, STR_NONE, 0 } },
	{ 'y', { TRACK_TOKEN_OPEN, 1, 1, 0, TENANT + 1, 9, MESSAGE, STR_NONE, 0 } },
};

static const struct {
	const char *name, *html, *want; /* NULL: as it is */
} table[] = {
	{ "nothing", "", NULL },
	{ "no token", "<a href='http://h/c/" NOTE "/x'>/ // /c/ /c/x /", NULL },
	{ "the image", "<img src=\"https://h/o/%o/p.gif\">",
		"<img src=\"https://h/o/%O/p.gif\">" },
	{ "a link", "<a href=https://h/c/%c/x>", "<a href=https://h/c/%C/x>" },
	{ "to leave", "https://h/u/%u/x /u/%g", "https://h/u/-/x /u/-" },
	{ "to the page", "<a href=\"/w/%w/x\">", "<a href=\"/w/%W/x\">" },
	{ "in a URL of another", "https://n.test/?u=https:/c/%c",
		"https://n.test/?u=https:/c/%C" },
	{ "behind slashes", "///c/%c//c/%c", "///c/%C//c/%C" },
	{ "for others already", "/o/%O /c/%C /w/%W /u/-", NULL },
	{ "of another message, of another account", "/o/%x /o/%y", NULL },
	{ "more behind it", "/o/%oA", NULL },
};

static struct str
spell(struct buf *out, const struct track_token_box *box, const char *text)
{
	buf_clear(out);
	for (; *text; text++) {
		if (*text != '%') {
			buf_put_c(out, *text);
			continue;
		}
		text++;
		for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
			if (tokens[i].letter == *text)
				assert_int_equal(track_token_write(out, box, &tokens[i].t), 0);
	}
	return buf_str(out);
}

static void
texts(void **state)
{
	struct track_token_box *box = track_token_box_new(keys, 2),
			       *old = track_token_box_new(keys + 1, 1);
	struct buf html, want, got;

	(void)state;
	buf_init(&html, 65536);
	buf_init(&want, 65536);
	buf_init(&got, 65536);
	TEST_EACH(row, table)
	{
		spell(&html, box, row->html);
		spell(&want, box, row->want ? row->want : row->html);
		buf_clear(&got);
		assert_int_equal(shared_html(&got, buf_str(&html), box, TENANT, MESSAGE), 0);
		assert_str_eq(buf_str(&got), buf_str(&want));
		/* Once more changes nothing. */
		buf_clear(&html);
		assert_int_equal(shared_html(&html, buf_str(&got), box, TENANT, MESSAGE), 0);
		assert_str_eq(buf_str(&html), buf_str(&want));
	}
	/* What an older key sealed, the newest one seals anew. */
	buf_clear(&got);
	assert_int_equal(
		shared_html(&got, spell(&html, old, "/c/%c"), box, TENANT, MESSAGE), 0);
	assert_str_eq(buf_str(&got), spell(&want, box, "/c/%C"));
	buf_done(&html);
	buf_done(&want);
	buf_done(&got);
	track_token_box_free(&box);
	track_token_box_free(&old);
}

static void
room(void **state)
{
	struct track_token_box *box = track_token_box_new(keys, 2);
	struct buf html, got;

	(void)state;
	buf_init(&html, 4096);
	buf_init(&got, 60);
	buf_put_z(&got, "before");
	spell(&html, box, "/c/%c/c/%c");
	assert_int_equal(shared_html(&got, buf_str(&html), box, TENANT, MESSAGE), -E2BIG);
	assert_str_eq(buf_str(&got), STR_LIT("before"));
	buf_done(&html);
	buf_done(&got);
	track_token_box_free(&box);
}

TEST_MAIN(TEST(texts), TEST(room))
