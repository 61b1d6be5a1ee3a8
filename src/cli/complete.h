/*
 * Completion scripts for shells, made of the table of commands: what `facteur help
 * --completion SHELL` prints and the build installs. They know commands, their words, options
 * and the choices of an option; all else is completed as file names.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/buf.h"

/* bash, zsh, fish; NULL-ended. */
extern const char *const complete_shells[];

/* Appends the script for shell number `shell`, what it says of commands in French or English.
 * 0 or -E2BIG. */
int complete_write(struct buf *out, int shell, bool french);

#endif
