/* A template as a folder of files, so that it can live in git; tests of it. Part of
 * cli/templates. */
#ifndef CLI_TEMPLATES_H
#define CLI_TEMPLATES_H

#include "cli/cli.h"

/*
 *   template.json  name, dialect, stream, language, layout, subject, from, reply_to, preheader
 *   body.html, body.txt, body.mjml   where there is one
 *   values.json    {"NAME":{"vars":{…},"contact":{…}}}, where there are sets of values
 */

/* Writes the folder. Bodies and values that are not there lose their file. t, values: answers
 * of templates.get and templates.values; values NULL: none. 0 or an exit code, said. */
int templates_write(struct cli *c, const char *dir, const json_t *t, const json_t *values);
/* Reads it: the question of templates.put but the account, and the sets of values (an object,
 * or NULL). New references. 0 or an exit code, said. */
int templates_read(struct cli *c, const char *dir, json_t **ret_question, json_t **ret_values);
/* A file of JSON that must be an object. */
int templates_json(struct cli *c, const char *file, json_t **ret_object);
/* Is this a set of values? name: of the set in that file, or "". 0 or an exit code, said. */
int templates_set(const struct cli *c, const char *file, const char *name, const json_t *set);

/* Sends a test: question is that of templates.test. The exit code. */
int templates_test(struct cli *c, const json_t *question);
/* Adds or removes a tester (NULL: neither), and tells all of them. The exit code. */
int templates_testers(struct cli *c, const char *account, const char *add, const char *remove);

#endif
