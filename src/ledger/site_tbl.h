/*
 * Providers of mailboxes, and what stands before them, that people ask for by name: names,
 * their own domains, the endings of their servers' names. Where a provider has several kinds of
 * servers the longest ending tells them apart.
 *
 * S(names, domains, endings): lists with a space between, small letters
 */
#ifndef LEDGER_SITE_TBL_H
#define LEDGER_SITE_TBL_H

/* A table, aligned by hand. */
/* clang-format off */
#define SITE_TABLE(S) \
	S("gmail google", "gmail.com googlemail.com", "google.com googlemail.com") \
	S("yahoo aol", "yahoo.com yahoo.fr yahoo.co.uk ymail.com rocketmail.com aol.com aim.com verizon.net sky.com", \
		"yahoodns.net") \
	S("outlook hotmail", \
		"outlook.com outlook.fr hotmail.com hotmail.fr hotmail.co.uk live.com live.fr msn.com", \
		"olc.protection.outlook.com") \
	S("office365 microsoft365", "", "mail.protection.outlook.com mx.microsoft") \
	S("icloud apple", "icloud.com me.com mac.com privaterelay.appleid.com", "icloud.com") \
	S("orange wanadoo", "orange.fr wanadoo.fr voila.fr", "orange.fr wanadoo.fr") \
	S("laposte", "laposte.net", "laposte.net") \
	S("sfr", "sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr noos.fr 9online.fr 9business.fr", "sfr.fr") \
	S("free", "free.fr freesbee.fr libertysurf.fr aliceadsl.fr infonie.fr worldonline.fr", "free.fr proxad.net") \
	S("bouygues", "bbox.fr", "bbox.fr bouyguestelecom.fr") \
	S("gmx", "gmx.de gmx.net gmx.at gmx.ch gmx.fr web.de mail.com", "gmx.net web.de mail.com") \
	S("ionos", "", "kundenserver.de perfora.net ionos.com ionos.de ionos.fr") \
	S("tonline", "t-online.de magenta.de", "t-online.de") \
	S("freenet", "freenet.de", "freenet.de") \
	S("mailru", "mail.ru inbox.ru list.ru bk.ru internet.ru", "mail.ru") \
	S("yandex", "yandex.ru yandex.com ya.ru narod.ru", "yandex.ru yandex.net") \
	S("qq", "qq.com foxmail.com", "qq.com") \
	S("netease", "163.com 126.com yeah.net", "netease.com") \
	S("yahoojp", "yahoo.co.jp ybb.ne.jp", "mail.yahoo.co.jp") \
	S("comcast xfinity", "comcast.net", "comcast.net") \
	S("charter spectrum", "charter.net spectrum.net rr.com twc.com brighthouse.com", "charter.net rr.com spectrum.net") \
	S("cox", "cox.net", "cox.net cloudfilter.net") \
	S("att", "att.net sbcglobal.net bellsouth.net pacbell.net prodigy.net swbell.net", "prodigy.net att.net") \
	S("bt", "btinternet.com btopenworld.com talk21.com", "cpcloud.co.uk btinternet.com") \
	S("proximus", "skynet.be proximus.be telenet.be", "skynet.be proximus.be telenet-ops.be") \
	S("libero", "libero.it virgilio.it iol.it inwind.it blu.it giallo.it", "libero.it virgilio.it iol.it") \
	S("seznam", "seznam.cz email.cz post.cz", "seznam.cz") \
	S("proton", "proton.me protonmail.com pm.me", "protonmail.ch proton.me") \
	S("zoho", "zoho.com zohomail.com zohomail.eu", "zoho.com zoho.eu") \
	S("fastmail", "fastmail.com fastmail.fm", "messagingengine.com") \
	S("ovh", "ovh.fr", "ovh.net") \
	S("gandi", "", "gandi.net") \
	S("infomaniak", "ik.me etik.com", "infomaniak.ch infomaniak.com") \
	S("godaddy", "", "secureserver.net") \
	S("rackspace", "", "emailsrvr.com") \
	S("mimecast", "", "mimecast.com mimecast.co.za mimecast-offshore.com") \
	S("proofpoint", "", "pphosted.com ppe-hosted.com gpphosted.com") \
	S("barracuda", "", "barracudanetworks.com ess.barracuda.com") \
	S("cisco ironport", "", "iphmx.com")
/* clang-format on */

#endif
