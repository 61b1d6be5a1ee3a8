/*
 * Laws: bounds hold, MX come by preference, a longer packet gives the same facts as the same
 * packet with rubbish behind it.
 */
#include "base/mem.h"
#include "base/must.h"
#include "io/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct dns_answer *a, uint16_t type)
{
	must(a->nmx <= DNS_MX_MAX && a->naddrs <= DNS_ADDR_MAX && a->hops <= DNS_HOPS_MAX);
	must(type == DNS_MX || (a->nmx == 0 && !a->null_mx));
	must(type != DNS_MX || a->naddrs == 0);
	must(!a->null_mx || a->nmx == 0);
	for (size_t i = 0; i < a->nmx; i++) {
		must(a->mx[i].name[0] && strlen(a->mx[i].name) < DNS_NAME_MAX);
		must(i == 0 || a->mx[i - 1].preference <= a->mx[i].preference);
	}
	for (size_t i = 0; i < a->naddrs; i++)
		must(a->addrs[i].u.sa.sa_family == (type == DNS_A ? AF_INET : AF_INET6));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { DNS_MX, DNS_A, DNS_AAAA };
	struct dns_answer *a = mem_new(2, sizeof *a);
	char *longer;
	uint16_t type;

	if (size < 1 || size > 60000) {
		mem_free(a);
		return 0;
	}
	type = types[data[0] % 3];
	longer = mem_new(size + 8, 1);
	memcpy(longer, data + 1, size - 1);
	if (dns_answer_parse(str_of(data + 1, size - 1), type, &a[0]) == 0) {
		check(&a[0], type);
		must(dns_answer_parse(str_of(longer, size + 7), type, &a[1]) == 0);
		/* NOLINTNEXTLINE: both are zeroed before they are filled */
		must(memcmp(&a[0], &a[1], sizeof a[0]) == 0);
	}
	mem_free(longer);
	mem_free(a);
	return 0;
}
