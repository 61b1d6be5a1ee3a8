/*
 * `facteur demo --traffic`: a day's mail of a French and English shop, within 20 seconds, by
 * HTTP and SMTP, as a customer's programs send it. Its readers are played too: they fetch the
 * images and links of what the sink got. Everything happens when it is said to happen: no fact
 * is written but by the service, and no time is another one.
 */
#ifndef CLI_DEMO_TRAFFIC_H
#define CLI_DEMO_TRAFFIC_H

#include "cli/demo.h"

/* Every message of it has this tag, and one that says what it is. */
#define DEMO_TRAFFIC_TAG "shop-day"

/* A file of examples/templates, "en/newsletter/body.html" (tools/embed). */
struct demo_text {
	const char *name;
	size_t n;
	const char *bytes;
};
extern const struct demo_text demo_texts[];
extern const size_t demo_ntexts;

/* Sends it and says what became of it so far (--json: as one object). 0, or 1 when something
 * of it was not taken, said. */
int demo_traffic(struct demo *d);
/* A recipient worth a look; false: no more than i of them. */
bool demo_traffic_trace(size_t i, char *dst, size_t size);

/* What the readers did. */
struct demo_readers {
	unsigned opened, clicked, left; /* left: unsubscribed */
};
struct demo_http;
/* Reads the mails of the sink behind number `after` as people do: some show the images, fewer
 * follow a link, one unsubscribes. Ends at the monotonic time until. */
void demo_readers(const struct demo *d, struct demo_http *h, uint64_t after, uint64_t until,
	struct demo_readers *ret_r);

#endif
