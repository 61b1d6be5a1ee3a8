/* One question to the running service over its control socket: HTTP/1.1, blocking, bounded. */
#include "cli/cli.h"
#include "io/net.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_S     30 /* the engine has 10 s, a DNS check about as much */
#define ANSWER_MAX (20u << 20)

static int
send_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		s = str_from(s, (size_t)n);
	}
	return 0;
}

/* To the end: the question says Connection: close. */
static int
receive_all(int fd, struct buf *b)
{
	for (;;) {
		char *at = buf_room(b, 65536);
		ssize_t n;

		if (!at)
			return -EPROTO;
		n = recv(fd, at, 65536, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return 0;
		buf_added(b, (size_t)n);
	}
}

/* "HTTP/1.1 200 …" CRLF fields CRLF CRLF body: our own service's answers only. */
static int
take_apart(struct str all, int *ret_status, struct str *ret_body)
{
	size_t end = str_find_str(all, STR_LIT("\r\n\r\n"));
	uint32_t status;

	if (end == all.n || !str_starts(all, STR_LIT("HTTP/1.1 ")) || all.n < 12 ||
		str_u32(str_of(all.p + 9, 3), &status) < 0)
		return -EPROTO;
	*ret_status = (int)status;
	*ret_body = str_from(all, end + 4);
	return 0;
}

static int
converse(int fd, const char *verb, const json_t *body, struct buf *in)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct buf out;
	int err;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	buf_init(&out, 4u << 20);
	(void)buf_printf(&out,
		"POST /v1/control/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		verb, text ? strlen(text) : 0, text ? text : "");
	free(text); /* jansson's own allocation */
	err = out.full ? -E2BIG : send_all(fd, buf_str(&out));
	buf_done(&out);
	/* A refusal may come before all was sent: it is read all the same. */
	return err == 0 || err == -EPIPE ? receive_all(fd, in) : err;
}

int
client_call(const char *socket, const char *verb, const json_t *body, json_t **ret_answer)
{
	int fd = net_connect_unix(socket), status = 0, err;
	struct str text;
	struct buf in;
	json_t *j;

	if (fd < 0)
		return fd == -ENOENT ? -ECONNREFUSED : fd == -EPERM ? -EACCES : fd;
	buf_init(&in, ANSWER_MAX);
	err = converse(fd, verb, body, &in);
	close(fd);
	if (err == 0)
		err = take_apart(buf_str(&in), &status, &text);
	if (err == 0) {
		j = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
		if (!j) /* metrics are text */
			j = json_stringn(text.p, text.n);
		if (j)
			*ret_answer = j;
		else
			err = -EPROTO;
	}
	buf_done(&in);
	return err < 0 ? err : status;
}
