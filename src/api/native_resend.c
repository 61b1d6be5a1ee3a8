#include "api/native_resend.h"

#include "account/control_stream.h"

#include <errno.h>

static struct str
text_of(const json_t *j)
{
	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

/* Of what events tell: the group, or stream, that whoever unsubscribes leaves, and the TLS that
 * was asked for, without which it would go in plain text now. */
static void
wish_of(struct arena *a, struct outgoing *o)
{
	struct str s;

	json_t *j = o->about.n ? json_loadb(o->about.p, o->about.n, 0, NULL) : NULL;

	if (str_u32(text_of(json_object_get(j, "group")), &o->group) < 0)
		o->group = 0;
	s = text_of(json_object_get(j, "stream"));
	if (s.n && control_stream_ok(s))
		o->own_stream = arena_keep(a, s);
	o->tls = api_about_tls_need(text_of(json_object_get(j, "tls")));
	json_decref(j);
}

static int
to_of(struct api_send *s, const json_t *list, struct outgoing_list *ret_to)
{
	size_t n = json_array_size(list);
	struct outgoing_address *at = arena_alloc(s->arena, (n + 1) * sizeof *at);

	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		at[i] = (struct outgoing_address){ text_of(json_array_get(list, i)), STR_NONE };
	*ret_to = (struct outgoing_list){ at, n };
	return n ? 0 : -EBADMSG;
}

int
native_resend_read(struct api_send *s, struct str body, struct str *ret_message)
{
	size_t end = str_find(body, '\n');
	struct outgoing *o;
	json_int_t stream;

	s->together = true;
	s->root = json_loadb(body.p, end, 0, NULL);
	if (end == body.n || !json_is_object(s->root))
		return -EBADMSG;
	if (api_send_items(s, 1) < 0)
		return -E2BIG;
	o = &s->items[0].mail;
	o->from = (struct outgoing_address){ text_of(json_object_get(s->root, "sender")),
		STR_NONE };
	o->sender = (struct outgoing_address){ STR_NONE, STR_NONE };
	o->subject = o->text = o->html = STR_NONE;
	o->about = text_of(json_object_get(s->root, "about"));
	wish_of(s->arena, o);
	stream = json_integer_value(json_object_get(s->root, "stream"));
	o->stream = stream == STREAM_BROADCAST ? STREAM_BROADCAST : STREAM_TRANSACTIONAL;
	o->opens = o->clicks = o->unsubscribe = OUTGOING_OFF;
	*ret_message = str_from(body, end + 1);
	return to_of(s, json_object_get(s->root, "to"), &o->to);
}
