/*
 * Domains that the advice knows: free mailboxes, shorteners, endings of names; brands that
 * phishing likes to name, as folded words (wire/fold) with the label of their domain.
 *
 * D(domain) B(words of a name, label)
 */
#ifndef CONTENT_ADVICE_DOMAIN_TBL_H
#define CONTENT_ADVICE_DOMAIN_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define ADVICE_FREE_MAIL(D) \
	D("gmail.com") D("googlemail.com") D("yahoo.com") D("yahoo.fr") D("yahoo.co.uk") \
	D("ymail.com") D("rocketmail.com") D("aol.com") D("outlook.com") D("outlook.fr") \
	D("hotmail.com") D("hotmail.fr") D("hotmail.co.uk") D("live.com") D("live.fr") \
	D("msn.com") D("icloud.com") D("me.com") D("mac.com") D("proton.me") \
	D("protonmail.com") D("gmx.com") D("gmx.de") D("gmx.net") D("gmx.fr") D("web.de") \
	D("t-online.de") D("orange.fr") D("wanadoo.fr") D("free.fr") D("sfr.fr") \
	D("neuf.fr") D("laposte.net") D("bbox.fr") D("numericable.fr") D("aliceadsl.fr") \
	D("club-internet.fr") D("libero.it") D("mail.ru") D("yandex.ru") D("yandex.com") \
	D("zoho.com") D("mail.com") D("skynet.be") D("bluewin.ch") D("comcast.net") D("qq.com")

#define ADVICE_SHORTENERS(D) \
	D("bit.ly") D("bitly.com") D("tinyurl.com") D("goo.gl") D("t.co") D("ow.ly") D("is.gd") \
	D("v.gd") D("buff.ly") D("rebrand.ly") D("cutt.ly") D("t.ly") D("shorturl.at") \
	D("tiny.cc") D("rb.gy") D("s.id") D("lnkd.in") D("fb.me") D("youtu.be") D("amzn.to") \
	D("dlvr.it") D("soo.gd") D("clck.ru") D("urlz.fr") D("bl.ink") D("short.io") \
	D("shorte.st") D("adf.ly") D("ouo.io") D("trib.al") D("qr.ae") D("x.co") D("u.to")

#define ADVICE_ENDINGS(D) \
	D("com") D("net") D("org") D("fr") D("eu") D("io") D("co") D("uk") D("de") D("es") \
	D("it") D("be") D("ch") D("ca") D("us") D("nl") D("pt") D("lu") D("at") D("pl") \
	D("info") D("biz") D("shop") D("store") D("app") D("dev") D("online") D("site") \
	D("club") D("pro") D("me") D("tv") D("ai") D("test") D("example") D("paris") D("bzh") \
	D("au") D("jp") D("br") D("in") D("gouv") D("gov") D("edu")

#define ADVICE_BRANDS(B) \
	B("paypal", "paypal") B("amazon", "amazon") B("apple", "apple") B("icloud", "apple") \
	B("google", "google") B("gmail", "google") B("microsoft", "microsoft") \
	B("office 365", "microsoft") B("netflix", "netflix") B("facebook", "facebookmail") \
	B("instagram", "instagram") B("whatsapp", "whatsapp") B("linkedin", "linkedin") \
	B("spotify", "spotify") B("dropbox", "dropbox") B("docusign", "docusign") \
	B("dhl", "dhl") B("fedex", "fedex") B("chronopost", "chronopost") \
	B("colissimo", "laposte") B("la poste", "laposte") B("mondial relay", "mondialrelay") \
	B("ameli", "ameli") B("assurance maladie", "ameli") B("impots", "impots") \
	B("bnp paribas", "bnpparibas") B("credit agricole", "credit-agricole") \
	B("societe generale", "societegenerale") B("caisse d'epargne", "caisse-epargne") \
	B("la banque postale", "labanquepostale") B("boursobank", "boursobank") \
	B("credit mutuel", "creditmutuel") B("leboncoin", "leboncoin") B("vinted", "vinted") \
	B("doctolib", "doctolib") B("sncf", "sncf") B("edf", "edf") B("ebay", "ebay") \
	B("binance", "binance") B("coinbase", "coinbase")
/* clang-format on */

#endif
