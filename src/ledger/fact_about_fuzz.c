/* Law: what is read fits, tags are framed and none is empty, and each of them is found; so is
 * the one stream, if there is one. */
#include "base/must.h"
#include "ledger/fact_about.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fact_about a, b;
	struct str rest, tag;

	fact_about_read(&a, str_of(data, size));
	must(a.n <= sizeof a.text);
	must(a.custom_id.n <= FACT_ABOUT_ID_MAX && a.campaign.n <= FACT_ABOUT_ID_MAX);
	must(a.tags.n == 0 || (a.tags.n >= 3 && a.tags.p[a.tags.n - 1] == '\n'));
	rest = str_from(a.tags, 1);
	while (rest.n) {
		tag = str_cut(&rest, '\n');
		must(tag.n > 0 && fact_about_has(a.tags, tag));
	}
	must(fact_about_stream(a.tags).n <= FACT_ABOUT_STREAM_MAX);
	fact_about_copy(&b, (struct str[4]){ a.custom_id, a.campaign, a.template, a.tags });
	must(str_eq(a.tags, b.tags) && str_eq(a.campaign, b.campaign));
	return 0;
}
