/* Options and words of a subcommand. */
#include "base/must.h"
#include "base/text.h"
#include "cli/cli.h"

#include <limits.h>

#define LIKELY_MAX 3 /* edits; more is another word */

const char *
cli_likely(const char *word, const char *const *words)
{
	unsigned best = LIKELY_MAX + 1;
	const char *found = NULL;

	for (; *words; words++) {
		unsigned d = text_distance(str_z(word), str_z(*words));

		/* A short word is not "likely" another one of which nothing is left. */
		if (d < best && d < strlen(*words)) {
			best = d;
			found = *words;
		}
	}
	return found;
}

static int
unknown_option(const struct cli *c, struct str name, const struct cli_opt *opts, size_t n)
{
	const char *names[32] = { "--config", "--json", "--no-color", "--lang", "--state",
		"--help" };
	char word[TEXT_WORD_MAX + 1];
	const char *likely = NULL;
	size_t k = 6;

	for (size_t i = 0; i < n && k + 1 < sizeof names / sizeof *names; i++)
		names[k++] = opts[i].name;
	names[k] = NULL;
	if (str_copy_z(word, sizeof word, name) == 0)
		likely = cli_likely(word, names);
	if (likely)
		return cli_usage(c, "unknown option %.*s; did you mean %s?",
			STR_ARG(str_head(name, 80)), likely);
	return cli_usage(c, "unknown option %.*s; see: facteur help %s",
		STR_ARG(str_head(name, 80)), c->command);
}

static int
take_option(const struct cli *c, const struct cli_opt *o, struct str value, char **next,
	bool *ret_used_next)
{
	*ret_used_next = false;
	if (o->kind == CLI_FLAG) {
		if (value.p)
			return cli_usage(c, "%s takes no value", o->name);
		*o->flag = true;
		return 0;
	}
	if (value.p) {
		*o->text = value.p; /* the end of an argument: NUL-terminated */
		return 0;
	}
	if (*next == NULL)
		return cli_usage(c, "%s needs a value", o->name);
	*o->text = *next;
	*ret_used_next = true;
	return 0;
}

int
cli_options(struct cli *c, int *argc, char **argv, const struct cli_opt *opts, size_t n)
{
	int kept = 1, err = 0;

	for (int i = 1; i < *argc && err == 0; i++) {
		struct str arg = str_z(argv[i]), name = arg, value = { 0 };
		size_t eq = str_find(arg, '='), k = 0;
		bool used = false;

		if (str_eq_z(arg, "--")) {
			while (++i < *argc)
				argv[kept++] = argv[i];
			break;
		}
		if (!str_starts(arg, STR_LIT("-")) || arg.n == 1) {
			argv[kept++] = argv[i];
			continue;
		}
		if (eq < arg.n) {
			name = str_head(arg, eq);
			value = str_from(arg, eq + 1);
		}
		while (k < n && !str_eq_z(name, opts[k].name))
			k++;
		err = k == n ? unknown_option(c, name, opts, n)
		             : take_option(c, &opts[k], value, &argv[i + 1], &used);
		i += used;
	}
	argv[kept] = NULL;
	*argc = kept;
	return err;
}

int
cli_word(struct cli *c, int argc, char **argv, const char *const *words)
{
	struct buf all;
	const char *likely;

	if (argc > 1)
		for (int i = 0; words[i]; i++)
			if (str_eq_z(str_z(argv[1]), words[i]))
				return i;
	buf_init(&all, 4096);
	for (int i = 0; words[i]; i++)
		(void)buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
	likely = argc > 1 ? cli_likely(argv[1], words) : NULL;
	if (likely)
		(void)cli_usage(
			c, "unknown word \"%s\"; did you mean \"%s\"?", argv[1], likely);
	else if (argc > 1)
		(void)cli_usage(c, "unknown word \"%s\"; there is: %.*s", argv[1],
			STR_ARG(buf_str(&all)));
	else
		(void)cli_usage(c, "a word is missing: %.*s", STR_ARG(buf_str(&all)));
	buf_done(&all);
	return -1;
}

int
cli_arguments(struct cli *c, int argc, int want, const char *form)
{
	if (argc - 1 == want)
		return 0;
	return cli_usage(c, "%s; the form is: facteur %s %s",
		argc - 1 < want ? "something is missing" : "there is a word too many",
		c->command, form);
}

int
cli_verb(struct cli *c, int argc, char **argv, const struct cli_verb *verbs)
{
	const char *words[CLI_VERBS + 1] = { NULL };
	int at;

	for (size_t i = 0; verbs[i].word; i++) {
		must(i < CLI_VERBS);
		words[i] = verbs[i].word;
	}
	at = cli_word(c, argc, argv, words);
	if (at >= 0 && cli_arguments(c, argc, verbs[at].arguments, verbs[at].form))
		return -1;
	return at;
}
