#include "wire/http_answer.h"
#include "base/utc.h"

#include <errno.h>

#define HEAD_ROOM 640u /* most heads are shorter */

static const struct {
	int status;
	const char *reason;
} reasons[] = { { 100, "Continue" }, { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
	{ 204, "No Content" }, { 206, "Partial Content" }, { 301, "Moved Permanently" },
	{ 302, "Found" }, { 303, "See Other" }, { 304, "Not Modified" },
	{ 307, "Temporary Redirect" }, { 308, "Permanent Redirect" }, { 400, "Bad Request" },
	{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 408, "Request Timeout" },
	{ 409, "Conflict" }, { 410, "Gone" }, { 411, "Length Required" },
	{ 412, "Precondition Failed" }, { 413, "Content Too Large" }, { 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
	{ 421, "Misdirected Request" }, { 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
	{ 501, "Not Implemented" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" }, { 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" } };

static const char *
reason_of(int status)
{
	for (size_t n = 0; n < sizeof reasons / sizeof reasons[0]; n++)
		if (reasons[n].status == status)
			return reasons[n].reason;
	return "Unknown";
}

/* A value that could end its line would begin a field of its own. */
static bool
one_line(const char *z)
{
	for (; z && *z; z++)
		if ((unsigned char)*z < 0x20 || *z == 0x7f)
			return false;
	return true;
}

static bool
fields_ok(const struct http_answer *a)
{
	for (size_t i = 0; i < a->nfields; i++) {
		const struct http_field *f = &a->fields[i];

		for (size_t k = 0; k < f->name.n; k++)
			if (!ascii_alnum(f->name.p[k]) && f->name.p[k] != '-')
				return false;
		for (size_t k = 0; k < f->value.n; k++)
			if ((unsigned char)f->value.p[k] < 0x20 || f->value.p[k] == 0x7f)
				return false;
		if (f->name.n == 0)
			return false;
	}
	return true;
}

static void
put_time(struct buf *out, uint64_t v, char behind)
{
	buf_put_padded(out, v, 2);
	buf_put_c(out, behind);
}

/* RFC 9110 5.6.7, fixed form. */
static void
put_date(struct buf *out, int64_t wall)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct utc u = utc_split(wall);

	buf_put_z(out, "Date: ");
	buf_put(out, str_of(days + 3 * u.weekday, 3));
	buf_put_z(out, ", ");
	put_time(out, (uint64_t)u.day, ' ');
	buf_put(out, str_of(months + 3 * (u.month - 1), 3));
	buf_put_c(out, ' ');
	buf_put_padded(out, (uint64_t)u.year, 4);
	buf_put_c(out, ' ');
	put_time(out, (uint64_t)u.hour, ':');
	put_time(out, (uint64_t)u.minute, ':');
	put_time(out, (uint64_t)u.second, ' ');
	buf_put_z(out, "GMT\r\n");
}

static void
put_field(struct buf *out, struct str name, struct str value)
{
	buf_put(out, name);
	buf_put_z(out, ": ");
	buf_put(out, value);
	buf_put_z(out, "\r\n");
}

static void
put_z(struct buf *out, const char *name, const char *value)
{
	put_field(out, str_z(name), str_z(value));
}

static void
put_status(struct buf *out, int status)
{
	buf_put_z(out, "HTTP/1.1 ");
	buf_put_u64(out, (uint64_t)status);
	buf_put_c(out, ' ');
	buf_put_z(out, reason_of(status));
	buf_put_z(out, "\r\n");
}

static void
put_content(struct buf *out, const struct http_answer *a)
{
	/* RFC 9112 6.3: without a length the end of the connection ends it. */
	if (!a->open) {
		buf_put_z(out, "Content-Length: ");
		buf_put_u64(out, a->body.n);
		buf_put_z(out, "\r\n");
	}
	put_z(out, "Content-Type", a->type ? a->type : "text/plain; charset=utf-8");
}

int
http_answer_write(struct buf *out, const struct http_answer *a)
{
	/* RFC 9110 6.4.1, 8.6: these have no content and may not announce any. */
	bool empty = a->status < 200 || a->status == 204 || a->status == 304;

	if (a->status < 100 || a->status > 599 || !one_line(a->type) ||
		!one_line(a->location) || !fields_ok(a))
		return -EINVAL;
	/* Piece by piece, not by printf, and into room taken once: redirects come by the
	 * thousand. */
	(void)buf_room(out, HEAD_ROOM < out->max - out->n ? HEAD_ROOM : 0);
	put_status(out, a->status);
	if (a->status >= 200)
		put_date(out, a->now);
	if (!empty)
		put_content(out, a);
	if (a->location)
		put_z(out, "Location", a->location);
	for (size_t i = 0; i < a->nfields; i++)
		put_field(out, a->fields[i].name, a->fields[i].value);
	if (a->status >= 200)
		put_z(out, "Connection", a->keep_alive && !a->open ? "keep-alive" : "close");
	buf_put_z(out, "\r\n");
	if (!empty && !a->head)
		buf_put(out, a->body);
	return out->full ? -E2BIG : 0;
}
