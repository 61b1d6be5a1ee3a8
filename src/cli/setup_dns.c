#include "cli/setup.h"

#include "io/machine.h"

#include <netinet/in.h>

#define ZONE_MAX 65536
#define TTL      3600

struct records {
	const struct cli *c;
	json_t *list;
	struct buf zone;
};

static void
add_row(struct records *r, const json_t *row, const char *why)
{
	json_array_append_new(r->list,
		json_pack("{s:s, s:s, s:s, s:s}", "name", cli_text(row, "name"), "type",
			cli_text(row, "type"), "value", cli_text(row, "value"), "why", why));
}

static void
add(struct records *r, const char *name, const char *type, const char *value, const char *why)
{
	bool txt = strcmp(type, "TXT") == 0, host = strcmp(type, "MX") == 0;

	json_array_append_new(r->list, json_pack("{s:s, s:s, s:s, s:s}", "name", name, "type",
					       type, "value", value, "why", why));
	(void)buf_printf(&r->zone, "%s. %d IN %s %s%s%s%s\n", name, TTL, type, txt ? "\"" : "",
		value, txt ? "\"" : "", host ? "." : "");
}

static void
add_address(struct records *r, const char *host, const struct net_addr *a)
{
	char text[NET_TEXT_MAX];

	add(r, host, a->u.sa.sa_family == AF_INET ? "A" : "AAAA", net_text(text, a),
		CLI_T(r->c, "the server's name", "le nom du serveur"));
}

/* Those mail leaves from: configured, else the kernel's; a private one is nobody's business. */
static void
add_addresses(struct records *r, const char *host)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct config *cf = r->c->config;
	struct net_addr a;

	for (size_t i = 0; i < cf->outbound.naddresses; i++)
		if (net_parse(cf->outbound.addresses[i], 0, &a) == 0 && !net_not_public(&a))
			add_address(r, host, &a);
	for (size_t i = 0; i < 2 && cf->outbound.naddresses == 0; i++)
		if (machine_source(families[i], &a) == 0 && !net_not_public(&a))
			add_address(r, host, &a);
}

static void
add_bounces(struct records *r, const char *host)
{
	char name[SETUP_TEXT], value[SETUP_TEXT];

	if (!config_paths(r->c->config) ||
		str_copy_z(name, sizeof name, r->c->config->bounce_domain) < 0)
		return;
	snprintf(value, sizeof value, "10 %s", host);
	add(r, name, "MX", value,
		CLI_T(r->c, "late bounces come back here",
			"les rejets tardifs reviennent ici"));
	snprintf(value, sizeof value, "v=spf1 a:%s -all", host);
	add(r, name, "TXT", value,
		CLI_T(r->c, "who may send with this return path",
			"qui peut envoyer avec ce chemin de retour"));
}

json_t *
setup_dns(struct cli *c, const json_t *domain)
{
	struct records r = { .c = c, .list = json_array() };
	char host[SETUP_TEXT];
	json_t *row, *dns;
	size_t i;

	buf_init(&r.zone, ZONE_MAX);
	if (str_copy_z(host, sizeof host, c->config->hostname) == 0 && host[0]) {
		add_addresses(&r, host);
		add_bounces(&r, host);
	}
	json_array_foreach(json_object_get(domain, "records"), i, row)
		add_row(&r, row, cli_text(row, "purpose"));
	(void)buf_put_z(&r.zone, cli_text(domain, "zone"));
	dns = json_pack("{s:o, s:s%}", "records", r.list, "zone", buf_str(&r.zone).p, r.zone.n);
	buf_done(&r.zone);
	return dns;
}

void
setup_dns_put(const struct cli *c, const json_t *dns)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	puts(CLI_T(c, "\nPublish these records in the DNS:\n",
		"\nPubliez ces enregistrements dans le DNS :\n"));
	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, "TYPE");
	cli_cell(&t, CLI_T(c, "VALUE", "VALEUR"));
	json_array_foreach(json_object_get(dns, "records"), i, row)
	{
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_text(row, "type"));
		cli_cell(&t, cli_text(row, "value"));
	}
	cli_table_put(c, &t);
	puts(CLI_T(c,
		"\nA domain has one SPF record: if there is one already, add the part with a: "
		"to it.\nThe reverse name (PTR) of the address is set where the machine is "
		"rented.\n\nThe same as a zone file:\n",
		"\nUn domaine a un seul enregistrement SPF : s'il y en a déjà un, ajoutez-y la "
		"partie a:.\nLe nom inverse (PTR) de l'adresse se règle chez l'hébergeur de la "
		"machine.\n\nLes mêmes en fichier de zone :\n"));
	fputs(cli_text(dns, "zone"), stdout);
}
