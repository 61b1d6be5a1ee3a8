/*
 * May this address be that of a host of the public Internet? A table of facts from the IANA
 * registries (wire/net_public_tbl.h): what a tenant may let us connect to (SSRF).
 */
#ifndef WIRE_NET_PUBLIC_H
#define WIRE_NET_PUBLIC_H

#include <stddef.h>
#include <stdint.h>

/* bytes: 4 of IPv4 or 16 of IPv6, network order. NULL when it is public, else what it is
 * instead: "a private address (RFC 1918)". Constant texts. An IPv4 address inside IPv6 is
 * public only behind the well-known NAT64 prefix, and when itself is. */
const char *net_public_why_not(const uint8_t *bytes, size_t n);

#endif
