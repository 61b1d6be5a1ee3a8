#include "send/outgoing_law.h"

/* Law: whatever outgoing_check passes keeps the laws of outgoing_law.h. */

#define MANY 6u

/* ---- from bytes to a message ---- */

struct input {
	const uint8_t *p;
	size_t n;
	struct arena *arena;
};

static uint8_t
byte(struct input *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

/* A length, and the text; above 200 it is repeated, to come to limits. */
static struct str
text(struct input *in)
{
	size_t n = byte(in), times = 1, used = 0;
	char *to;

	if (n > 200) {
		times = (n - 200) * 20;
		n = byte(in) % 16;
	}
	n = n < in->n ? n : in->n;
	to = arena_alloc(in->arena, n * times + 1);
	must(to);
	for (size_t i = 0; i < times; i++, used += n)
		memcpy(to + used, in->p, n);
	in->p += n;
	in->n -= n;
	return str_of(to, used);
}

static struct outgoing_address
person(struct input *in)
{
	static const struct {
		const char *email, *name;
	} known[] = { { "a@x.test", "" }, { "\"a<,\\\"b\"@y.test", "A, \"B\" <c@d.test>" } };
	uint8_t kind = byte(in) & 3;
	struct outgoing_address a;

	if (kind < 2)
		return (struct outgoing_address){ str_z(known[kind].email),
			str_z(known[kind].name) };
	a.email = kind == 2 ? text(in) : str_z(known[0].email);
	a.name = text(in);
	return a;
}

static struct outgoing_list
people(struct input *in)
{
	size_t n = byte(in) % MANY;
	struct outgoing_address *at = arena_alloc(in->arena, (n + 1) * sizeof *at);

	must(at);
	for (size_t i = 0; i < n; i++)
		at[i] = person(in);
	return (struct outgoing_list){ at, n };
}

static void
lists(struct input *in, struct outgoing *o)
{
	struct compose_header *fields = arena_alloc(in->arena, MANY * sizeof *fields);
	struct compose_file *files = arena_alloc(in->arena, MANY * sizeof *files);
	struct compose_part *others = arena_alloc(in->arena, MANY * sizeof *others);

	must(fields && files && others);
	o->nfields = byte(in) % MANY;
	o->nfiles = byte(in) % MANY;
	o->nothers = byte(in) % MANY;
	for (size_t i = 0; i < o->nfields; i++) {
		fields[i].name = text(in);
		fields[i].value = text(in);
	}
	for (size_t i = 0; i < o->nfiles; i++) {
		files[i].name = text(in);
		files[i].type = text(in);
		files[i].content_id = text(in);
		files[i].bytes = text(in);
	}
	for (size_t i = 0; i < o->nothers; i++) {
		others[i].type = text(in);
		others[i].text = text(in);
	}
	o->fields = fields;
	o->files = files;
	o->others = others;
}

static struct outgoing
message(struct input *in)
{
	struct outgoing o = { .from = person(in), .about = STR_NONE };

	o.sender = (struct outgoing_address){ STR_NONE, STR_NONE };
	if (byte(in) & 1)
		o.sender = person(in);
	o.to = people(in);
	o.cc = people(in);
	o.bcc = people(in);
	o.reply_to = people(in);
	o.subject = text(in);
	o.text = text(in);
	o.html = text(in);
	lists(in, &o);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct outgoing_limits limits = { .recipients = 50, .bytes = 1u << 20 };
	static struct outgoing_problems found;
	struct arena a;
	struct input in = { data, size, &a };
	struct outgoing o;

	arena_init(&a, 64u << 20);
	o = message(&in);
	found.n = found.dropped = 0;
	if (outgoing_check(&o, &limits, 0, &found))
		(void)outgoing_law_message(&a, &o);
	arena_done(&a);
	return 0;
}
