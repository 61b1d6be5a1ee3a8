#include "sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static in_addr_t
address_of(const char *text)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1 || ntohl(a.s_addr) >> 24 != 127)
		pair_die("%s: an address of 127.0.0.0/8 is wanted", text);
	return a.s_addr;
}

static void
slow_site(struct sink *k, char *text)
{
	char *value = strchr(text, '=');
	struct site *s = &k->site[k->nsites];

	if (!value || k->nsites == SITES)
		pair_die("-S ADDRESS=DELAY_MS, at most %u times", SITES - 1);
	*value = 0;
	s->address = address_of(text);
	s->delay_us = pair_number(value + 1, 1, 86400000) * 1000;
	k->nsites++;
}

void
sink_options(struct sink *k, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "p:d:t:l:rmS:X:")) >= 0)
		switch (o) {
		case 'p':
			k->port = (uint16_t)pair_number(optarg, 1, 65535);
			break;
		case 'd':
			k->site[0].delay_us = pair_number(optarg, 0, 86400000) * 1000;
			break;
		case 't':
			k->tempfail = (unsigned)pair_number(optarg, 0, 1000);
			break;
		case 'l':
			k->site[0].limit = (unsigned)pair_number(optarg, 1, CONNECTIONS);
			break;
		case 'r':
			k->site[0].refuse = true;
			break;
		case 'm':
			k->many = true;
			break;
		case 'S':
			slow_site(k, optarg);
			break;
		case 'X':
			if (k->ndead == SITES)
				pair_die("-X at most %u times", SITES);
			k->dead[k->ndead++] = address_of(optarg);
			break;
		default:
			exit(64);
		}
	if ((k->ndead || k->nsites > 1) && !k->many)
		pair_die("usage: see the head of sink.c");
}

static void
stats(const struct sink *k)
{
	printf("{\"messages\":%llu,\"duplicates\":%llu,\"unnamed\":%llu,\"signed\":%llu,"
	       "\"recipients\":%llu,\"connections\":%llu,\"open\":%u,\"refused\":%llu,\"first_"
	       "us\":%llu,"
	       "\"last_us\":%llu,\"now_us\":%llu,\"cpu_s\":%.3f,\"classes\":[",
		(unsigned long long)k->messages, (unsigned long long)k->duplicates,
		(unsigned long long)k->unnamed, (unsigned long long)k->nsigned,
		(unsigned long long)k->rcpts, (unsigned long long)k->conns, k->site[0].open,
		(unsigned long long)k->refused, (unsigned long long)k->first_us,
		(unsigned long long)k->last_us, (unsigned long long)pair_mono_us(),
		pair_cpu_s());
	for (unsigned i = 0; i < CLASSES; i++) {
		printf("%s{\"messages\":%llu,", i ? "," : "", (unsigned long long)k->class[i]);
		pair_times_json(stdout, "times", &k->times[i]);
		printf("}");
	}
	printf("],\"sites\":[");
	for (unsigned i = 0; i < k->nsites; i++)
		printf("%s{\"messages\":%llu,\"last_us\":%llu}", i ? "," : "",
			(unsigned long long)k->site[i].messages,
			(unsigned long long)k->site[i].last_us);
	printf("]}\n");
	fflush(stdout);
}

static void
set_delay(struct sink *k, uint64_t ms)
{
	struct conn *c;

	k->site[0].delay_us = ms * 1000;
	TAILQ_FOREACH(c, &k->site[0].waiting, link)
	c->due_us = 0;
}

static void
forget(struct sink *k)
{
	k->messages = k->duplicates = k->unnamed = k->nsigned = k->rcpts = 0;
	k->refused = k->conns = k->first_us = k->last_us = 0;
	for (unsigned i = 0; i < k->nsites; i++)
		k->site[i].messages = k->site[i].last_us = 0;
	for (unsigned i = 0; i < CLASSES; i++) {
		k->class[i] = 0;
		memset(&k->times[i], 0, sizeof k->times[i]);
		memset(k->seen[i], 0, IDS / 8);
	}
}

static void
obey(struct sink *k, const char *line)
{
	const char *value = strchr(line, ' ');

	if (!strncmp(line, "delay ", 6))
		set_delay(k, pair_number(value + 1, 0, 86400000));
	else if (!strncmp(line, "limit ", 6))
		k->site[0].limit = (unsigned)pair_number(value + 1, 0, CONNECTIONS);
	else if (!strncmp(line, "refuse ", 7))
		k->site[0].refuse = pair_number(value + 1, 0, 1);
	else if (!strcmp(line, "forget"))
		forget(k);
	else if (strcmp(line, "stats") != 0)
		pair_die("unknown command: %s", line);
	stats(k);
}

bool
sink_commands(struct sink *k)
{
	ssize_t n = read(0, k->command + k->ncommand, sizeof k->command - 1 - k->ncommand);
	char *end;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	k->ncommand += (size_t)n;
	k->command[k->ncommand] = 0;
	while ((end = strchr(k->command, '\n'))) {
		*end = 0;
		obey(k, k->command);
		k->ncommand -= (size_t)(end + 1 - k->command);
		memmove(k->command, end + 1, k->ncommand + 1);
	}
	return true;
}
