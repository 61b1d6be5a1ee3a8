#include "report/trace.h"
#include "base/text.h"
#include "cli/cli.h"

#define STORY_MAX (4u << 20)

static void
put_transcript(const struct cli *c, const json_t *event)
{
	const char *text = cli_text(json_object_get(event, "transcript"), "text");
	struct str rest = str_z(text);

	if (rest.n == 0)
		return;
	printf(CLI_T(c, "\n  Conversation of attempt %" JSON_INTEGER_FORMAT ":\n",
		       "\n  Conversation de l'essai %" JSON_INTEGER_FORMAT " :\n"),
		cli_number(event, "attempt"));
	while (rest.n) {
		struct str line = str_trim_all(str_cut(&rest, '\n'));
		struct buf b;

		buf_init(&b, line.n * 8 + 16);
		(void)text_safe(&b, line);
		printf("    %.*s\n", STR_ARG(buf_str(&b)));
		buf_done(&b);
	}
}

static void
put_story(const struct cli *c, const json_t *story, bool transcript)
{
	json_t *event;
	struct buf b;
	size_t i;

	buf_init(&b, STORY_MAX);
	(void)trace_text(&b, story, c->french, c->colour);
	(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
	if (b.n && b.p[b.n - 1] != '\n')
		putchar('\n');
	buf_done(&b);
	if (transcript)
		json_array_foreach(json_object_get(story, "timeline"), i, event)
			put_transcript(c, event);
}

int
cli_trace(struct cli *c, int argc, char **argv)
{
	const char *limit = NULL, *cursor = NULL;
	bool transcript = false;
	const struct cli_opt opts[] = {
		{ "--limit", CLI_TEXT, NULL, &limit },
		{ "--cursor", CLI_TEXT, NULL, &cursor },
		{ "--transcript", CLI_FLAG, &transcript, NULL },
	};
	json_t *body, *answer, *story;
	uint32_t n = 50;
	size_t i;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	err = err ? err : cli_arguments(c, argc, 1, "ADDRESS|MESSAGE-ID|ID");
	if (err)
		return err;
	if (limit && (str_u32(str_z(limit), &n) < 0 || n == 0 || n > 1000))
		return cli_usage(c, "--limit is a number from 1 to 1000");
	body = json_pack("{s:s,s:I,s:s}", "what", argv[1], "limit", (json_int_t)n, "cursor",
		cursor ? cursor : "");
	if (!body)
		return cli_usage(c, "an address, Message-ID or id is text in UTF-8");
	err = cli_ask(c, "trace", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	json_array_foreach(json_object_get(answer, "recipients"), i, story)
	{
		if (i)
			puts("");
		put_story(c, story, transcript);
	}
	if (json_is_string(json_object_get(answer, "next")))
		printf(CLI_T(c, "\nMore recipients: --cursor %s\n",
			       "\nD'autres destinataires : --cursor %s\n"),
			cli_text(answer, "next"));
	json_decref(answer);
	return EX_OK;
}
