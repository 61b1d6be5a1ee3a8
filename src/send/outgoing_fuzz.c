#include "send/outgoing.h"

#include "base/must.h"
#include "wire/address.h"
#include "wire/header.h"

/* Laws: whatever outgoing_check passes, outgoing_compose writes; the header has exactly the
 * fields that were meant, its mailbox fields exactly the addresses that were given, its subject
 * reads back; no line is longer than 998 bytes or ends in anything but CRLF; the size stays
 * below its estimate. */

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

/* ---- laws ---- */

static struct str
field(struct str *rest, const char *name)
{
	struct header_field f;

	must(header_next(rest, &f) == 1);
	must(str_ieq_z(f.name, name));
	return f.value;
}

struct expected {
	const struct outgoing_list *l;
	size_t n;
};

static void
address(void *ctx, struct address a)
{
	struct expected *e = ctx;

	must(e->n < e->l->n);
	must(str_eq(a.text, e->l->at[e->n++].email));
}

static void
check_people(struct str *rest, const char *name, const struct outgoing_list *l)
{
	struct expected e = { l, 0 };

	if (l->n == 0)
		return;
	must(address_list(field(rest, name), address, &e) == 0);
	must(e.n == l->n);
}

static bool
replaced(const struct outgoing *o)
{
	for (size_t i = 0; i < o->nfields; i++)
		if (str_ieq_z(o->fields[i].name, "message-id"))
			return true;
	return false;
}

/* C1 and what else a display has no use for does not come back. */
static bool
plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] == 0xc2 || (unsigned char)s.p[i] == 0xe2 ||
			(unsigned char)s.p[i] == 0xef)
			return false;
	return true;
}

static void
check_header(struct arena *a, const struct outgoing *o, struct str block)
{
	struct outgoing_list from = { &o->from, 1 },
			     sender = { &o->sender, o->sender.email.n > 0 };
	struct str rest = block, value;
	struct header_field f;

	(void)field(&rest, "Date");
	check_people(&rest, "From", &from);
	check_people(&rest, "Sender", &sender);
	check_people(&rest, "Reply-To", &o->reply_to);
	if (o->to.n + o->cc.n == 0)
		(void)field(&rest, "To");
	check_people(&rest, "To", &o->to);
	check_people(&rest, "Cc", &o->cc);
	value = header_decode(a, header_unfold(a, field(&rest, "Subject")), 1u << 20);
	must(!plain(o->subject) || str_eq(value, o->subject));
	if (!replaced(o))
		(void)field(&rest, "Message-ID");
	for (size_t i = 0; i < o->nfields; i++) {
		must(header_next(&rest, &f) == 1);
		must(str_ieq(f.name, o->fields[i].name));
	}
	(void)field(&rest, "MIME-Version");
	(void)field(&rest, "Content-Type");
	if (header_next(&rest, &f) == 1)
		must(str_eq_z(f.name, "Content-Transfer-Encoding") &&
			header_next(&rest, &f) == 0);
}

static void
check_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\0');
		must(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		n = s.p[i] == '\n' ? 0 : n + 1;
		must(n <= 998 + 1);
	}
}

static void
check_message(struct arena *a, const struct outgoing *o)
{
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "seed", 4 } };
	const char *why = NULL;
	struct msg_rcpts rcpts;
	struct buf out;

	buf_init(&out, 64u << 20);
	must(outgoing_rcpts(a, o, &rcpts, NULL) == 0);
	must(rcpts.n > 0);
	must(outgoing_compose(a, o, &stamp, &out, &why) == 0);
	must(out.n <= outgoing_most(o));
	check_lines(buf_str(&out));
	check_header(a, o, str_head(buf_str(&out), header_length(buf_str(&out))));
	buf_done(&out);
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
		check_message(&a, &o);
	arena_done(&a);
	return 0;
}
