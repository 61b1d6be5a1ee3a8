#include "role/sink_store.h"

#include "base/text.h"
#include "base/utc.h"
#include "io/file.h"
#include "wire/header.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>

#define NUMBER_TRIES 16u /* others take numbers too */

void
sink_store_path(const struct sink_store *s, uint64_t n, const char *ending, char ret_p[600])
{
	snprintf(ret_p, 600, "%s/%06" PRIu64 "%s", s->dir, n, ending);
}

/* "000012.json" → 12 */
static bool
number_of(const char *name, uint64_t *ret_n)
{
	struct str s = str_z(name);
	size_t dot = str_find(s, '.');

	return str_u64(str_head(s, dot), ret_n) == 0 &&
	       (str_eq_z(str_from(s, dot), ".json") || str_eq_z(str_from(s, dot), ".eml"));
}

static uint64_t
size_of(const struct sink_store *s, const char *name)
{
	char path[800];
	int64_t size;
	int fd;

	snprintf(path, sizeof path, "%s/%s", s->dir, name);
	fd = file_open(path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	size = file_size(fd);
	(void)file_close(fd);
	return size > 0 ? (uint64_t)size : 0;
}

static int
see(void *ctx, const char *name)
{
	struct sink_store *s = ctx;
	uint64_t n;

	if (!number_of(name, &n))
		return 0;
	if (str_ends(str_z(name), STR_LIT(".eml")))
		s->bytes += size_of(s, name);
	if (n > s->last)
		s->last = n;
	if (s->oldest == 0 || n < s->oldest)
		s->oldest = n;
	return 0;
}

/* Others add too. Numbers go on when the folder was emptied. */
static int
look(struct sink_store *s)
{
	int err;

	s->oldest = s->bytes = s->added = 0;
	err = file_each(s->dir, see, s);
	if (s->oldest == 0)
		s->oldest = s->last + 1;
	return err;
}

int
sink_store_open(struct sink_store *s, const char *dir)
{
	int err;

	*s = (struct sink_store){ 0 };
	if (str_copy_z(s->dir, sizeof s->dir, str_z(dir)) < 0)
		return -ENAMETOOLONG;
	err = file_mkdirs(dir, 0700);
	return err ? err : look(s);
}

static void
remove_one(struct sink_store *s, uint64_t n)
{
	char path[600];

	sink_store_path(s, n, ".json", path); /* first: it is what readers look for */
	(void)file_unlink(path);
	sink_store_path(s, n, ".eml", path);
	(void)file_unlink(path);
}

static void
remove_oldest(struct sink_store *s)
{
	char name[40];
	uint64_t size;

	snprintf(name, sizeof name, "%06" PRIu64 ".eml", s->oldest);
	size = size_of(s, name);
	remove_one(s, s->oldest++);
	s->bytes -= size < s->bytes ? size : s->bytes;
}

/* A name that is there is another one's: -EEXIST. */
static int
write_file(const char *path, struct str prefix, struct str bytes)
{
	int fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600), err = 0;

	if (fd < 0)
		return fd;
	if (prefix.n)
		err = file_pwrite(fd, prefix.p, prefix.n, 0);
	if (err >= 0)
		err = file_pwrite(fd, bytes.p, bytes.n, prefix.n);
	(void)file_close(fd);
	return err < 0 ? err : 0;
}

static void
pair(struct buf *b, const char *name, struct str value)
{
	(void)buf_printf(b, ",\"%s\":", name);
	(void)text_json(b, value);
}

static void
facts_json(struct buf *b, uint64_t n, const struct sink_facts *f)
{
	struct header_facts h;
	char at[UTC_TEXT_SIZE];

	header_scan(str_head(f->message, header_length(f->message)), &h);
	(void)buf_printf(b, "{\"n\":%" PRIu64 ",\"at\":\"%s\"", n, utc_rfc3339(at, f->at));
	pair(b, "client", f->client);
	pair(b, "helo", f->helo);
	pair(b, "from", f->from);
	(void)buf_put_z(b, ",\"to\":[");
	for (size_t i = 0; i < f->nto; i++) {
		(void)buf_put_z(b, i ? "," : "");
		(void)text_json(b, f->to[i]);
	}
	(void)buf_printf(b, "],\"bytes\":%zu", f->prefix.n + f->message.n);
	pair(b, "message_id", str_trim_all(h.message_id_value));
	pair(b, "subject", str_trim_all(h.subject_value));
	if (f->rcpt)
		(void)buf_printf(b, ",\"tenant\":%u,\"rcpt\":%" PRIu64 ",\"stream\":%u",
			(unsigned)f->tenant, f->rcpt, (unsigned)f->stream);
	(void)buf_printf(b, ",\"outcome\":\"%s\"}\n", f->outcome);
}

/* The message under the next number that is free. */
static int
put_message(struct sink_store *s, const struct sink_facts *f, uint64_t *ret_n)
{
	char path[600];
	int err = -EEXIST;

	for (unsigned i = 0; i < NUMBER_TRIES && err == -EEXIST; i++) {
		*ret_n = s->last + 1;
		sink_store_path(s, *ret_n, ".eml", path);
		err = write_file(path, f->prefix, f->message);
		if (err == -EEXIST)
			(void)look(s);
	}
	return err;
}

static void
make_room(struct sink_store *s, uint64_t added)
{
	s->bytes += added;
	s->added += added;
	if (s->added > SINK_RECOUNT)
		(void)look(s);
	while (s->oldest < s->last &&
		(s->last - s->oldest >= SINK_KEEP || s->bytes > SINK_BYTES))
		remove_oldest(s);
}

int
sink_store_add(struct sink_store *s, const struct sink_facts *f, uint64_t *ret_n)
{
	char path[600], temporary[600];
	uint64_t n;
	struct buf b;
	int err = put_message(s, f, &n);

	if (err == -EEXIST)
		return err;
	buf_init(&b, 4u << 20);
	facts_json(&b, n, f);
	sink_store_path(s, n, ".tmp", temporary);
	/* What a crash left there. */
	(void)file_unlink(temporary);
	if (err == 0)
		err = write_file(temporary, STR_NONE, buf_str(&b));
	sink_store_path(s, n, ".json", path);
	if (err == 0)
		err = file_rename(temporary, path);
	buf_done(&b);
	if (err < 0) {
		(void)file_unlink(temporary);
		remove_one(s, n);
		return err;
	}
	s->last = n;
	make_room(s, f->prefix.n + f->message.n);
	*ret_n = n;
	return 0;
}

static int64_t
time_of(const struct sink_store *s, uint64_t n)
{
	char path[600];
	struct buf b;
	json_t *j = NULL;
	int64_t at = 0;
	const char *z;

	sink_store_path(s, n, ".json", path);
	buf_init(&b, 4u << 20);
	if (file_read(path, &b) == 0)
		j = json_loadb(b.p, b.n, 0, NULL);
	z = json_string_value(json_object_get(j, "at"));
	if (!z || utc_parse(str_z(z), &at) < 0)
		at = 0;
	json_decref(j);
	buf_done(&b);
	return at;
}

void
sink_store_purge(struct sink_store *s, int64_t before)
{
	(void)look(s);
	while (s->oldest <= s->last) {
		int64_t at = time_of(s, s->oldest);

		/* The last one may be half written. */
		if (at >= before || (at == 0 && s->oldest == s->last))
			return;
		remove_oldest(s);
	}
}

int
sink_store_clear(struct sink_store *s, uint64_t *ret_n)
{
	char path[600];
	uint64_t count = 0;
	char dir[sizeof s->dir];
	int err;

	snprintf(dir, sizeof dir, "%s", s->dir);
	err = sink_store_open(s, dir);
	if (err < 0)
		return err;
	for (; s->oldest <= s->last; s->oldest++) {
		int fd;

		sink_store_path(s, s->oldest, ".json", path);
		fd = file_open(path, O_RDONLY, 0);
		if (fd >= 0) {
			(void)file_close(fd);
			count++;
		}
		remove_one(s, s->oldest);
	}
	*ret_n = count;
	return 0;
}
