/*
 * Who fetches images and links without being the reader, by what their User-Agent says. Facts,
 * each with where it comes from; docs/reference/tracking.md tells readers the same (a test
 * compares). The first row that fits decides.
 *
 * A(text, where it stands, kind, for which requests, who)
 * Text in lower case. Where: ANYWHERE, START, ALL (it is the whole), END, WORD (no letter or
 * digit behind it).
 *
 * Sources: [g] support.google.com, Gmail's image proxy; [y] help.yahoo.com SLN28749; [a] what
 * senders report of Apple's Mail Privacy Protection, Apple says nothing; [b]
 * bird.com/blog/gmail-prefetching-images (9.8 billion opens); [l] live-direct-marketing, "Bot
 * clicks from security scanners" and "Defender click pattern"; [s] suped.com, "Identify bot
 * user agents in click data"; [i] open lists of robots: isbot, crawler-user-agents,
 * datadome.co; [k] lists in other senders' programs, not confirmed by the vendors; [d] the
 * programs' own documentation.
 */
#ifndef CONTENT_AGENT_TBL_H
#define CONTENT_AGENT_TBL_H

/* Aligned by hand. */
/* clang-format off */
#define AGENT_TABLE(A)                                                                         \
	/* a telephone, no robot [i] */                                                        \
	A("cubot",                ANYWHERE, PERSON,   ANY,    "Cubot telephones")              \
	/* fetch when somebody reads [g] [y] */                                                \
	A("googleimageproxy",     ANYWHERE, PROXY,    ANY,    "Gmail")                         \
	A("yahoomailproxy",       ANYWHERE, PROXY,    ANY,    "Yahoo")                         \
	/* fetch when a message arrives [a] [b] */                                             \
	A("mozilla/5.0",          ALL,      PREFETCH, ANY,    "Apple Mail Privacy Protection") \
	A("edge/12.246 mozilla/5.0", END,   PREFETCH, ANY,    "Gmail, before it shows a message") \
	/* gateways and scanners [l] */                                                        \
	A("barracuda",            ANYWHERE, SCANNER,  ANY,    "Barracuda")                     \
	A("proofpoint",           ANYWHERE, SCANNER,  ANY,    "Proofpoint")                    \
	A("ciscosecureemail",     ANYWHERE, SCANNER,  ANY,    "Cisco")                         \
	A("sophos",               ANYWHERE, SCANNER,  ANY,    "Sophos")                        \
	A("fortinet",             ANYWHERE, SCANNER,  ANY,    "Fortinet")                      \
	/* more of them [k] */                                                                 \
	A("mimecast",             ANYWHERE, SCANNER,  ANY,    "Mimecast")                      \
	A("safelinks",            ANYWHERE, SCANNER,  ANY,    "Microsoft Safe Links")          \
	A("ironport",             ANYWHERE, SCANNER,  ANY,    "Cisco")                         \
	A("symantec",             ANYWHERE, SCANNER,  ANY,    "Symantec")                      \
	A("fortimail",            ANYWHERE, SCANNER,  ANY,    "Fortinet")                      \
	A("trendmicro",           ANYWHERE, SCANNER,  ANY,    "Trend Micro")                   \
	A("trend micro",          ANYWHERE, SCANNER,  ANY,    "Trend Micro")                   \
	A("fireeye",              ANYWHERE, SCANNER,  ANY,    "FireEye")                       \
	A("kaspersky",            ANYWHERE, SCANNER,  ANY,    "Kaspersky")                     \
	A("virustotal",           ANYWHERE, SCANNER,  ANY,    "VirusTotal")                    \
	A("urlscan",              ANYWHERE, SCANNER,  ANY,    "urlscan.io")                    \
	/* Outlook shows images under this name when somebody reads; a click opens a browser,  \
	 * so a click under this name is the check before it [l] */                            \
	A("ms-office",            ANYWHERE, SCANNER,  CLICKS, "Microsoft Office")              \
	A("msoffice",             ANYWHERE, SCANNER,  CLICKS, "Microsoft Office")              \
	A("microsoft office",     ANYWHERE, SCANNER,  CLICKS, "Microsoft Office")              \
	/* previews in chats: somebody passed the link on [s] [i] */                           \
	A("facebookexternal",     ANYWHERE, PREVIEW,  ANY,    "Facebook")                      \
	A("whatsapp/",            START,    PREVIEW,  ANY,    "WhatsApp")                      \
	A("skypeuripreview",      ANYWHERE, PREVIEW,  ANY,    "Skype, Teams")                  \
	A("bingpreview",          ANYWHERE, PREVIEW,  ANY,    "Outlook, Teams")                \
	A("microsoftpreview",     ANYWHERE, PREVIEW,  ANY,    "Outlook, Teams")                \
	A("snap url preview",     ANYWHERE, PREVIEW,  ANY,    "Snapchat")                      \
	A("slackbot",             ANYWHERE, PREVIEW,  ANY,    "Slack")                         \
	A("discordbot",           ANYWHERE, PREVIEW,  ANY,    "Discord")                       \
	A("telegrambot",          ANYWHERE, PREVIEW,  ANY,    "Telegram")                      \
	A("linkedinbot",          ANYWHERE, PREVIEW,  ANY,    "LinkedIn")                      \
	A("twitterbot",           ANYWHERE, PREVIEW,  ANY,    "X")                             \
	/* crawlers, browsers without a screen, libraries, tools [i] [s] [d] */                \
	A("bot",                  WORD,     CRAWLER,  ANY,    "any bot")                       \
	A("crawl",                ANYWHERE, CRAWLER,  ANY,    "any crawler")                   \
	A("spider",               ANYWHERE, CRAWLER,  ANY,    "any spider")                    \
	A("slurp",                ANYWHERE, CRAWLER,  ANY,    "Yahoo's crawler")               \
	A("headless",             ANYWHERE, CRAWLER,  ANY,    "browsers without a screen")     \
	A("phantomjs",            ANYWHERE, CRAWLER,  ANY,    "PhantomJS")                     \
	A("puppeteer",            ANYWHERE, CRAWLER,  ANY,    "Puppeteer")                     \
	A("playwright",           ANYWHERE, CRAWLER,  ANY,    "Playwright")                    \
	A("scrapy",               ANYWHERE, CRAWLER,  ANY,    "Scrapy")                        \
	A("aiohttp",              ANYWHERE, CRAWLER,  ANY,    "Python")                        \
	A("python",               START,    CRAWLER,  ANY,    "Python")                        \
	A("curl/",                START,    CRAWLER,  ANY,    "curl")                          \
	A("wget/",                START,    CRAWLER,  ANY,    "Wget")                          \
	A("java/",                START,    CRAWLER,  ANY,    "Java")                          \
	A("jetty/",               START,    CRAWLER,  ANY,    "Java")                          \
	A("apache-httpclient",    START,    CRAWLER,  ANY,    "Java")                          \
	A("go-http-client",       START,    CRAWLER,  ANY,    "Go")                            \
	A("libwww-perl",          START,    CRAWLER,  ANY,    "Perl")                          \
	A("lua-resty-http",       START,    CRAWLER,  ANY,    "OpenResty")                     \
	A("php",                  START,    CRAWLER,  ANY,    "PHP")                           \
	A("ruby",                 START,    CRAWLER,  ANY,    "Ruby")                          \
	A("axios/",               START,    CRAWLER,  ANY,    "Node")                          \
	A("node-fetch",           START,    CRAWLER,  ANY,    "Node")                          \
	A("undici",               START,    CRAWLER,  ANY,    "Node")                          \
	A("postmanruntime",       START,    CRAWLER,  ANY,    "Postman")                       \
	A("httpie/",              START,    CRAWLER,  ANY,    "HTTPie")
/* clang-format on */

#endif
