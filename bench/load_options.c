#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSIONS_MAX 20000u
#define BYTES_MAX    (8u << 20)
#define KEYS_MAX     10000u

static void
make_body(struct load *l)
{
	uint64_t rng = 1;

	l->nbody = l->bytes + 3;
	l->body = malloc(l->nbody + 1);
	if (!l->body)
		exit(71);
	for (size_t i = 0; i < l->bytes; i++) {
		size_t column = (l->bytes - 1 - i) % 76;

		rng = rng * 6364136223846793005u + 1442695040888963407u;
		l->body[i] = (char)(column == 0   ? '\n'
				    : column == 1 ? '\r'
						  : 'a' + (char)((rng >> 33) % 26));
	}
	memcpy(l->body + l->bytes, ".\r\n", 4);
}

static void
read_keys(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");

	l->key = calloc(KEYS_MAX, sizeof *l->key);
	if (!f || !l->key)
		pair_die("%s: %s", path, strerror(errno));
	while (l->nkeys < KEYS_MAX && fgets(l->key[l->nkeys], KEY_MAX, f)) {
		char *key = l->key[l->nkeys++];

		key[strcspn(key, "\n")] = 0;
		if (!strchr(key, ' '))
			pair_die("%s: USER SECRET is wanted", path);
	}
	fclose(f);
}

static void
option_number(struct load *l, int o)
{
	switch (o) {
	case 'p':
		l->port = (uint16_t)pair_number(optarg, 1, 65535);
		break;
	case 's':
		l->nsessions = (unsigned)pair_number(optarg, 1, SESSIONS_MAX);
		break;
	case 'n':
		l->messages = pair_number(optarg, 1, 1u << 23);
		break;
	case 'e':
		l->seconds = (double)pair_number(optarg, 1, 86400);
		break;
	case 'c':
		l->per_conn = pair_number(optarg, 1, UINT32_MAX);
		break;
	case 'z':
		l->bytes = pair_number(optarg, 400, BYTES_MAX);
		break;
	case 'r':
		l->rate = pair_number(optarg, 1, 1000000);
		break;
	case 'g':
		l->class = (unsigned)pair_number(optarg, 0, 3);
		break;
	case 'd':
		l->domains = (unsigned)pair_number(optarg, 1, 1000000);
		break;
	case 'D':
		l->per_key = (unsigned)pair_number(optarg, 1, 1000000);
		break;
	case 'B':
		l->addresses = (unsigned)pair_number(optarg, 1, 60000);
		break;
	default:
		exit(64);
	}
}

void
load_options(struct load *l, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "p:s:n:e:c:z:r:g:d:D:TK:f:B:i")) >= 0)
		switch (o) {
		case 'T':
			l->tls = true;
			break;
		case 'i':
			l->idle = true;
			break;
		case 'K':
			read_keys(l, optarg);
			break;
		case 'f':
			l->sender = optarg;
			break;
		default:
			option_number(l, o);
		}
	if (!l->per_key)
		l->per_key = l->domains;
	if (!l->port || l->per_key > l->domains)
		pair_die("usage: see the head of load.c");
	make_body(l);
	if (l->tls)
		pair_tls_init(&l->client);
}
