#include "cli/form.h"

#include "base/text.h"

const struct form_command form_commands[FORM_COMMANDS] = {
#define CLI_COMMAND(word, fn, form, what, what_fr) { word, form, what, what_fr },
#include "cli/cli_tbl.h"
#undef CLI_COMMAND
};

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* "html|text": lower case, at least two where `several`. */
static bool
are_words(struct str s, bool several)
{
	struct str rest = s, one;
	size_t n = 0;

	while (rest.p) {
		one = str_cut(&rest, '|');
		n++;
		if (one.n == 0 || one.p[0] < 'a' || one.p[0] > 'z')
			return false;
		for (size_t i = 0; i < one.n; i++)
			if (!is_word_char(one.p[i]))
				return false;
	}
	return n > several;
}

bool
form_next(struct str *rest, struct form *ret_f)
{
	struct form f = { 0 };

	if (rest->n == 0)
		return false;
	f.line = str_cut(rest, '\n');
	f.words = str_head(f.line, str_find(f.line, ' '));
	if (!are_words(f.words, false))
		f.words = STR_NONE;
	*ret_f = f;
	return true;
}

bool
form_has(const struct form *f, struct str word)
{
	struct str rest = f->words;

	while (rest.n)
		if (str_eq(str_cut(&rest, '|'), word))
			return true;
	return false;
}

/* Where an option begins: a dash behind what ends a word. */
static size_t
find_option(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		size_t at = i;

		if (s.p[i] != '-' || (i > 0 && !memchr(" [|", s.p[i - 1], 3)))
			continue;
		while (at < s.n && s.p[at] == '-')
			at++;
		if (at - i <= 2 && at < s.n && ascii_alnum(s.p[at]))
			return i;
	}
	return s.n;
}

static struct str
take_value(struct str s)
{
	size_t n = 0;
	bool quoted = false;

	/* " [" and " | " begin what is not this option's. */
	if (s.n < 2 || s.p[0] != ' ' || memchr("[|-", s.p[1], 3))
		return STR_NONE;
	s = str_from(s, 1);
	while (n < s.n && (quoted || !memchr(" ]", s.p[n], 2)) &&
		!(s.p[n] == '|' && n + 1 < s.n && s.p[n + 1] == '-')) {
		quoted ^= s.p[n] == '\'';
		n++;
	}
	return str_head(s, n);
}

bool
form_option(struct str *rest, struct form_option *ret_o)
{
	struct form_option o = { 0 };
	struct str s = str_from(*rest, find_option(*rest));
	size_t n = 0;

	while (n < s.n && (is_word_char(s.p[n]) || ascii_alnum(s.p[n])))
		n++;
	if (n == 0)
		return false;
	o.name = str_head(s, n);
	s = str_from(s, n);
	o.value = take_value(s);
	o.choice = are_words(o.value, true);
	*rest = o.value.n ? str_from(s, o.value.n + 1) : s;
	*ret_o = o;
	return true;
}
