#include "io/log.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/utc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES   (16u << 10)
#define LINE_USUAL_BYTES 500
#define FLUSH_BYTES      (64u << 10)
#define HELD_MAX         (1u << 20) /* while the disk takes nothing */

struct log {
	struct clock *clock;
	char *role, *file;
	struct buf out; /* lines of the file, whole */
	uint64_t lost;  /* lines that found out full */
	int fd;         /* -1: no file */
	bool json, mask, quiet;
};

/* All of s, as far as the descriptor takes it; the count written. */
static size_t
write_some(int fd, struct str s)
{
	size_t done = 0;

	while (done < s.n) {
		ssize_t n = write(fd, s.p + done, s.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static int
open_file(const char *file)
{
	int fd;

	do {
		fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

struct log *
log_new(const struct log_conf *conf, struct clock *clock)
{
	struct log *l = MEM_NEW(l);

	l->clock = clock;
	l->role = str_dup_z(str_z(conf->role));
	l->file = conf->file ? str_dup_z(str_z(conf->file)) : NULL;
	l->json = conf->json;
	l->mask = conf->mask;
	l->quiet = conf->quiet;
	l->fd = -1;
	buf_init(&l->out, HELD_MAX);
	(void)log_reopen(l); /* the caller, who wants to know, calls log_reopen itself */
	return l;
}

void
log_free(struct log **pl)
{
	struct log *l = *pl;

	if (!l)
		return;
	log_flush(l);
	if (l->fd >= 0)
		close(l->fd);
	buf_done(&l->out);
	mem_free(l->role);
	mem_free(l->file);
	mem_free(l);
	*pl = NULL;
}

int
log_reopen(struct log *l)
{
	int fd;

	if (!l->file)
		return 0;
	log_flush(l);
	fd = open_file(l->file);
	if (fd < 0)
		return fd; /* the old file goes on */
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	return 0;
}

void
log_style(struct log *l, bool json, bool mask)
{
	l->json = json;
	l->mask = mask;
}

void
log_flush(struct log *l)
{
	uint64_t lost = l->lost;

	if (l->fd < 0)
		return;
	buf_eat(&l->out, write_some(l->fd, buf_str(&l->out)));
	if (lost == 0 || l->out.n > 0)
		return;
	l->lost = 0;
	struct log_line ll = log_op(l, LOG_ERROR, "log-lost");
	log_num(&ll, "lines", (int64_t)lost);
	ll.mail = true;
	log_end(&ll);
}

static void
begin_pair(struct log_line *ll, const char *key)
{
	const char *comma = ll->buf.n == 1 ? "" : ",";

	if (ll->log->json) {
		buf_put_z(&ll->buf, comma);
		buf_put_c(&ll->buf, '"');
		buf_put_z(&ll->buf, key);
		buf_put(&ll->buf, STR_LIT("\":"));
		return;
	}
	if (ll->buf.n)
		buf_put_c(&ll->buf, ' ');
	buf_put_z(&ll->buf, key);
	buf_put_c(&ll->buf, '=');
}

/* A pair that does not fit is left out whole, so that the line stays readable. */
static void
end_pair(struct log_line *ll, size_t before)
{
	if (!ll->buf.full)
		return;
	buf_cut(&ll->buf, before);
	ll->buf.full = false;
}

void
log_str(struct log_line *ll, const char *key, struct str value)
{
	size_t before = ll->buf.n;

	begin_pair(ll, key);
	if (ll->log->json)
		text_json(&ll->buf, value);
	else
		text_logfmt(&ll->buf, value);
	end_pair(ll, before);
}

void
log_z(struct log_line *ll, const char *key, const char *value)
{
	log_str(ll, key, str_z(value));
}

void
log_num(struct log_line *ll, const char *key, int64_t value)
{
	size_t before = ll->buf.n;

	begin_pair(ll, key);
	buf_put_i64(&ll->buf, value);
	end_pair(ll, before);
}

void
log_addr(struct log_line *ll, const char *key, struct str address)
{
	if (ll->log->mask && address.n)
		log_masked(ll, key, address);
	else
		log_str(ll, key, address);
}

void
log_masked(struct log_line *ll, const char *key, struct str address)
{
	size_t at = str_rfind(address, '@');
	struct buf masked;

	buf_init(&masked, LINE_MAX_BYTES);
	/* The first letter tells people apart; half a UTF-8 sequence would tell nothing. */
	if (at > 0 && at < address.n && (unsigned char)address.p[0] < 0x80)
		buf_put_c(&masked, address.p[0]);
	buf_put_z(&masked, "***");
	buf_put(&masked, str_from(address, at));
	log_str(ll, key, buf_str(&masked));
	buf_done(&masked);
}

static struct log_line
begin_line(struct log *l, const char *level, const char *event)
{
	struct log_line ll = { .log = l };
	char when[UTC_TEXT_SIZE];

	buf_init(&ll.buf, LINE_MAX_BYTES);
	(void)buf_room(&ll.buf, LINE_USUAL_BYTES);
	if (l->json)
		buf_put_c(&ll.buf, '{');
	log_z(&ll, "time", utc_rfc3339(when, clock_wall(l->clock)));
	if (level)
		log_z(&ll, "level", level);
	log_z(&ll, "role", l->role);
	log_z(&ll, "event", event);
	return ll;
}

struct log_line
log_op(struct log *l, enum log_level level, const char *event)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };

	struct log_line ll = begin_line(l, names[level], event);

	ll.mute = l->quiet && level < LOG_WARN;
	return ll;
}

struct log_line
log_mail(struct log *l, const char *event)
{
	struct log_line ll = begin_line(l, NULL, event);

	ll.mail = true;
	return ll;
}

void
log_end(struct log_line *ll)
{
	struct log *l = ll->log;

	ll->buf.max += 2;
	buf_put_z(&ll->buf, l->json ? "}\n" : "\n");
	if (ll->mute) {
		buf_done(&ll->buf);
		return;
	}
	if (!ll->mail || l->fd < 0) {
		/* stderr that takes nothing (a full pipe) loses the line: mail does not wait.
		 */
		(void)write_some(STDERR_FILENO, buf_str(&ll->buf));
	} else if (buf_put(&l->out, buf_str(&ll->buf)) < 0) {
		l->out.full = false;
		l->lost++;
	} else if (l->out.n >= FLUSH_BYTES && l->lost == 0) {
		log_flush(l);
	}
	buf_done(&ll->buf);
}
