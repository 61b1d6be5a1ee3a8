/*
 * Logs: one fact a line, logfmt or JSON. Operations go to stderr; mail facts to a file of
 * their own, buffered and reopened on SIGHUP. Foreign text is escaped here.
 * Only role/, api/ and cli/ log.
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include "base/buf.h"
#include "io/clock.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log;

struct log_conf {
	const char *role; /* "engine", "edge 1" */
	const char *file; /* mail facts; NULL = stderr */
	bool json, mask;  /* mask: a***@domain */
	bool quiet;       /* operations: only warnings and errors */
};

struct log *log_new(const struct log_conf *conf, struct clock *clock);
void log_free(struct log **l);
/* Reopens the file. 0 or -errno. */
int log_reopen(struct log *l);
void log_flush(struct log *l);
/* From the next line on. */
void log_style(struct log *l, bool json, bool mask);

/* One line being built: event name first, then pairs, then log_end. */
struct log_line {
	struct log *log;
	struct buf buf;
	bool mail, mute; /* mute: dropped at its end */
};
/* Begins a line for operations / for mail facts. */
struct log_line log_op(struct log *l, enum log_level level, const char *event);
struct log_line log_mail(struct log *l, const char *event);
void log_str(struct log_line *ll, const char *key, struct str value);
void log_z(struct log_line *ll, const char *key, const char *value);
void log_num(struct log_line *ll, const char *key, int64_t value);
/* An e-mail address: masked when the configuration says so. */
void log_addr(struct log_line *ll, const char *key, struct str address);
/* Masked whatever it says: a stranger's text of that shape, which may be a secret. */
void log_masked(struct log_line *ll, const char *key, struct str address);
void log_end(struct log_line *ll);

#endif
