#include "wire/http_answer.h"
#include "base/utc.h"

#include <errno.h>

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

/* RFC 9110 5.6.7, fixed form. */
static void
put_date(struct buf *out, int64_t wall)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct utc u = utc_split(wall);

	buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
		days + 3 * u.weekday, u.day, months + 3 * (u.month - 1), u.year, u.hour,
		u.minute, u.second);
}

int
http_answer_write(struct buf *out, const struct http_answer *a)
{
	/* RFC 9110 6.4.1, 8.6: these have no content and may not announce any. */
	bool empty = a->status < 200 || a->status == 204 || a->status == 304;

	if (a->status < 100 || a->status > 599 || !one_line(a->type) ||
		!one_line(a->location) || !fields_ok(a))
		return -EINVAL;
	buf_printf(out, "HTTP/1.1 %d %s\r\n", a->status, reason_of(a->status));
	if (a->status >= 200)
		put_date(out, a->now);
	if (!empty)
		buf_printf(out, "Content-Length: %zu\r\nContent-Type: %s\r\n", a->body.n,
			a->type ? a->type : "text/plain; charset=utf-8");
	if (a->location)
		buf_printf(out, "Location: %s\r\n", a->location);
	for (size_t i = 0; i < a->nfields; i++)
		buf_printf(out, "%.*s: %.*s\r\n", STR_ARG(a->fields[i].name),
			STR_ARG(a->fields[i].value));
	if (a->status >= 200)
		buf_printf(out, "Connection: %s\r\n", a->keep_alive ? "keep-alive" : "close");
	buf_put_z(out, "\r\n");
	if (!empty && !a->head)
		buf_put(out, a->body);
	return out->full ? -E2BIG : 0;
}
