/*
 * Laws: capitals and blanks around change no verdict; a burst is made of hits that there are,
 * grows when hits are added, and does not depend on their order.
 */
#include "content/agent.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_agent(struct str s)
{
	char twin[600] = " \t";
	struct agent_request r = { STR_LIT("GET"), s, STR_NONE, s.n % 2, AGENT_AGE_UNKNOWN };
	const char *who, *again;
	enum agent_kind kind = agent_of(&r, &who);

	must((kind == AGENT_PERSON) == (who[0] == '\0'));
	if (s.n > 500)
		return;
	for (size_t i = 0; i < s.n; i++)
		twin[i + 2] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 32 : s.p[i]);
	r.agent = str_of(twin, s.n + 2);
	must(agent_of(&r, &again) == kind);
	must(again == who);
}

static void
check_burst(const uint8_t *data, size_t n)
{
	struct agent_hit hits[AGENT_HITS_MAX], back[AGENT_HITS_MAX];
	size_t count = n / 2 < AGENT_HITS_MAX ? n / 2 : AGENT_HITS_MAX;
	uint64_t all, fewer, turned;

	for (size_t i = 0; i < count; i++) {
		hits[i].at = (int64_t)data[2 * i] * 100000;
		hits[i].link = data[2 * i + 1] % 8;
		back[count - 1 - i] = hits[i];
	}
	all = agent_burst(hits, count);
	must(count == AGENT_HITS_MAX || all >> count == 0);
	fewer = count > 0 ? agent_burst(hits, count - 1) : 0;
	must((fewer & ~all) == 0);
	turned = agent_burst(back, count);
	for (size_t i = 0; i < count; i++)
		must((all >> i & 1) == (turned >> (count - 1 - i) & 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	check_agent((struct str){ (const char *)data, n });
	check_burst(data, n);
	return 0;
}
