/*
 * In test builds with a plan of faults (io/file_plan): SQLite's own opens, writes, truncations
 * and unlinks count as durable calls of the process and can be hit. Its flushes cannot: SQLite
 * gives no way to put oneself before them. Elsewhere nothing.
 */
#ifndef STORE_SQLITE_FAULT_H
#define STORE_SQLITE_FAULT_H

/* Before the first database of the process is opened; more than once is fine. */
void sqlite_fault_install(void);

#endif
