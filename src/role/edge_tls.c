/* The certificates of the configuration, as an edge serves them. */
#include "role/edge_priv.h"

#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* File names in the configuration count from its own folder. */
static void
beside_config(char dst[PATH_MAX], const struct config *cf, struct str name)
{
	size_t slash = str_rfind(cf->file, '/');
	struct str dir = slash < cf->file.n ? str_head(cf->file, slash + 1) : STR_NONE;

	if (name.n > 0 && name.p[0] == '/')
		dir = STR_NONE;
	snprintf(dst, PATH_MAX, "%.*s%.*s", STR_ARG(dir), STR_ARG(name));
}

static int
open_pairs(const struct config *cf, struct tls_server **ret_t, char why[TLS_PAIR_WHY_MAX])
{
	char(*names)[2][PATH_MAX] = mem_new(cf->ncerts, sizeof *names);
	struct tls_pair pairs[CONFIG_LIST_MAX];
	int err;

	for (size_t i = 0; i < cf->ncerts; i++) {
		beside_config(names[i][0], cf, cf->certs[i].cert);
		beside_config(names[i][1], cf, cf->certs[i].key);
		pairs[i] = (struct tls_pair){ names[i][0], names[i][1] };
	}
	err = tls_server_new(pairs, cf->ncerts, ret_t, why);
	mem_free(names);
	return err;
}

static int
open_self(const struct role_env *env, struct tls_server **ret_t, char why[TLS_PAIR_WHY_MAX])
{
	char names[2][PATH_MAX];
	const struct tls_pair pair = { names[0], names[1] };
	int err = tls_self_signed(env->paths->tls, env->config->hostname);

	if (err < 0) {
		snprintf(why, TLS_PAIR_WHY_MAX, "no self-signed certificate could be made");
		return err;
	}
	snprintf(names[0], PATH_MAX, "%s/self.pem", env->paths->tls);
	snprintf(names[1], PATH_MAX, "%s/self.key", env->paths->tls);
	return tls_server_new(&pair, 1, ret_t, why);
}

int
edge_tls(const struct role_env *env, struct tls_server **ret_t)
{
	char why[TLS_PAIR_WHY_MAX] = "";
	int err = env->config->ncerts ? open_pairs(env->config, ret_t, why)
	                              : open_self(env, ret_t, why);

	if (err < 0) {
		struct log_line ll = log_op(env->log, LOG_ERROR, "tls");

		log_z(&ll, "error", why);
		log_end(&ll);
	}
	return err;
}

int
edge_try(const struct role_env *env)
{
	struct tls_server *tls = NULL;
	int err = edge_tls(env, &tls);

	tls_server_free(&tls);
	return err;
}

int
edge_certificates(const struct config *cf, char ret_why[TLS_PAIR_WHY_MAX])
{
	struct tls_server *tls = NULL;
	int err = cf->ncerts ? open_pairs(cf, &tls, ret_why) : 0;

	tls_server_free(&tls);
	return err;
}
