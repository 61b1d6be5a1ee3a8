/*
 * Networks that are no hosts of the public Internet: the IANA IPv4 and IPv6 Special-Purpose
 * Address Registries (RFC 6890 with its updates; as of 2025-10) and the multicast, reserved
 * and withdrawn blocks beside them. The first row that fits tells why. Blocks whose "Globally
 * Reachable" is True are left out where they hold hosts; single service addresses inside a
 * block that is False (192.0.0.9, 2001:1::1, ORCHIDv2 …) hold no web server and stay with it.
 *
 * V4(four bytes, bits, what it is)
 * V6(eight groups, bits, what it is)
 */
/* Tables, aligned by hand. */
/* clang-format off */
#define NET_PUBLIC_V4(V4)                                                                      \
	V4(169, 254, 169, 254, 32, "a cloud's metadata address")                               \
	V4(168, 63, 129, 16, 32, "Azure's platform address")                                   \
	V4(0, 0, 0, 0, 8, "\"this network\" (RFC 791)")                                        \
	V4(10, 0, 0, 0, 8, "a private address (RFC 1918)")                                     \
	V4(100, 64, 0, 0, 10, "an address shared behind a carrier's NAT (RFC 6598)")           \
	V4(127, 0, 0, 0, 8, "a loopback address (RFC 1122)")                                   \
	V4(169, 254, 0, 0, 16, "a link-local address (RFC 3927)")                              \
	V4(172, 16, 0, 0, 12, "a private address (RFC 1918)")                                  \
	V4(192, 0, 0, 0, 24, "an address of IETF protocols (RFC 6890)")                        \
	V4(192, 0, 2, 0, 24, "a documentation address (RFC 5737)")                             \
	V4(192, 88, 99, 0, 24, "a withdrawn 6to4 relay address (RFC 7526)")                    \
	V4(192, 168, 0, 0, 16, "a private address (RFC 1918)")                                 \
	V4(198, 18, 0, 0, 15, "a benchmarking address (RFC 2544)")                             \
	V4(198, 51, 100, 0, 24, "a documentation address (RFC 5737)")                          \
	V4(203, 0, 113, 0, 24, "a documentation address (RFC 5737)")                           \
	V4(224, 0, 0, 0, 4, "a multicast address (RFC 5771)")                                  \
	V4(240, 0, 0, 0, 4, "a reserved or broadcast address (RFC 1112, RFC 919)")

#define NET_PUBLIC_V6(V6)                                                                      \
	V6(0, 0, 0, 0, 0, 0, 0, 0, 128, "the unspecified address (RFC 4291)")                  \
	V6(0, 0, 0, 0, 0, 0, 0, 1, 128, "the loopback address (RFC 4291)")                     \
	V6(0, 0, 0, 0, 0, 0, 0, 0, 96, "an IPv4-compatible address (RFC 4291)")                \
	V6(0, 0, 0, 0, 0, 0xffff, 0, 0, 96, "an IPv4-mapped address (RFC 4291)")               \
	V6(0, 0, 0, 0, 0xffff, 0, 0, 0, 96, "an IPv4-translated address (RFC 2765)")           \
	V6(0x64, 0xff9b, 1, 0, 0, 0, 0, 0, 48, "a local NAT64 address (RFC 8215)")             \
	V6(0x100, 0, 0, 0, 0, 0, 0, 0, 64, "a discard-only address (RFC 6666)")                \
	V6(0x100, 0, 0, 1, 0, 0, 0, 0, 64, "a dummy address (RFC 9780)")                       \
	V6(0x2001, 0, 0, 0, 0, 0, 0, 0, 32, "a Teredo address (RFC 4380)")                     \
	V6(0x2001, 2, 0, 0, 0, 0, 0, 0, 48, "a benchmarking address (RFC 5180)")               \
	V6(0x2001, 0, 0, 0, 0, 0, 0, 0, 23, "an address of IETF protocols (RFC 2928)")         \
	V6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0, 32, "a documentation address (RFC 3849)")          \
	V6(0x2002, 0, 0, 0, 0, 0, 0, 0, 16, "a 6to4 address (RFC 3056)")                       \
	V6(0x3ffe, 0, 0, 0, 0, 0, 0, 0, 16, "an address of the former 6bone (RFC 3701)")       \
	V6(0x3fff, 0, 0, 0, 0, 0, 0, 0, 20, "a documentation address (RFC 9637)")              \
	V6(0x5f00, 0, 0, 0, 0, 0, 0, 0, 16, "a segment-routing address (RFC 9602)")            \
	V6(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254, 128, "a cloud's metadata address")             \
	V6(0xfc00, 0, 0, 0, 0, 0, 0, 0, 7, "a private address (RFC 4193)")                     \
	V6(0xfe80, 0, 0, 0, 0, 0, 0, 0, 10, "a link-local address (RFC 4291)")                 \
	V6(0xfec0, 0, 0, 0, 0, 0, 0, 0, 10, "a site-local address (RFC 3879)")                 \
	V6(0xff00, 0, 0, 0, 0, 0, 0, 0, 8, "a multicast address (RFC 4291)")
/* clang-format on */
