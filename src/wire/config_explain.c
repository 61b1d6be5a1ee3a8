#include "wire/config_key.h"

#include <errno.h>

static void
put_word(struct buf *out, struct str s)
{
	bool plain = s.n > 0 && ascii_alnum(s.p[0]);

	for (size_t i = 0; i < s.n; i++)
		plain &= ascii_alnum(s.p[i]) || s.p[i] == '.' || s.p[i] == '-';
	buf_printf(out, plain ? "%.*s" : "\"%.*s\"", STR_ARG(s));
}

static void
put_value(struct buf *out, const struct config_key *k)
{
	struct str rest = str_z(k->def);

	if (k->cap == 0) {
		put_word(out, rest);
		return;
	}
	buf_put_c(out, '[');
	for (bool more = false; rest.n > 0; more = true) {
		if (more)
			buf_put_z(out, ", ");
		put_word(out, str_cut(&rest, ','));
	}
	buf_put_c(out, ']');
}

/* Opens the sections of path that the one before it was not in; returns its depth. */
static int
put_sections(struct buf *out, struct str path, struct str before)
{
	int depth = 0;

	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] != '.')
			continue;
		if (!str_starts(before, str_head(path, i + 1))) {
			size_t from = str_rfind(str_head(path, i), '.');

			from = from < i ? from + 1 : 0;
			buf_printf(out, "%s%*s%.*s:\n", depth ? "" : "\n", depth * 2, "",
				STR_ARG(str_of(path.p + from, i - from)));
		}
		depth++;
	}
	return depth;
}

int
config_explain(struct buf *out, bool french)
{
	struct str before = STR_NONE;

	buf_put_z(out, french ? "# Chaque clé avec sa valeur par défaut. Une variable "
				"FACTEUR_SECTION__KEY remplace une clé.\n"
			      : "# Every key with its default. A variable FACTEUR_SECTION__KEY "
				"overrides a key.\n");
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_keys[i];
		const char *what = french ? k->what_fr : k->what;
		struct str path = str_z(k->path);
		size_t dot = str_rfind(path, '.');
		struct str name = dot < path.n ? str_from(path, dot + 1) : path;
		int indent;

		if (str_find(path, '[') < path.n) {
			buf_printf(out, "%*s#   %.*s: %s%s%s\n",
				str_find(path, '.') < str_find(path, '[') ? 2 : 0, "",
				STR_ARG(name), what,
				!k->def  ? ""
				: french ? " ; par défaut "
					 : "; default ",
				k->def ? k->def : "");
			continue;
		}
		indent = 2 * put_sections(out, path, before);
		buf_printf(
			out, "%*s# %s\n%*s%.*s: ", indent, "", what, indent, "", STR_ARG(name));
		put_value(out, k);
		buf_put_c(out, '\n');
		before = path;
	}
	return out->full ? -E2BIG : 0;
}
