/*
 * Providers of mailboxes, and what stands before them, that people ask for by name.
 *
 * SITE_PROVIDERS(P): P(id, names, domains of their own), lists with a space between
 * SITE_ENDINGS(E):   E(ending of their servers' names, id), in the order of their bytes. Where
 *                    a provider has several kinds of servers the longest ending tells them
 * apart.
 */
#ifndef LEDGER_SITE_TBL_H
#define LEDGER_SITE_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define SITE_PROVIDERS(P) \
	P(GMAIL, "gmail google", "gmail.com googlemail.com") \
	P(YAHOO, "yahoo aol", \
		"yahoo.com yahoo.fr yahoo.co.uk ymail.com rocketmail.com " \
		"aol.com aim.com verizon.net sky.com") \
	P(OUTLOOK, "outlook hotmail", \
		"outlook.com outlook.fr hotmail.com hotmail.fr hotmail.co.uk " \
		"live.com live.fr msn.com") \
	P(OFFICE365, "office365 microsoft365", "") \
	P(ICLOUD, "icloud apple", "icloud.com me.com mac.com privaterelay.appleid.com") \
	P(ORANGE, "orange wanadoo", "orange.fr wanadoo.fr voila.fr") \
	P(LAPOSTE, "laposte", "laposte.net") \
	P(SFR, "sfr", \
		"sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr " \
		"noos.fr 9online.fr 9business.fr") \
	P(FREE, "free", \
		"free.fr freesbee.fr libertysurf.fr aliceadsl.fr infonie.fr worldonline.fr") \
	P(BOUYGUES, "bouygues", "bbox.fr") \
	P(GMX, "gmx", "gmx.de gmx.net gmx.at gmx.ch gmx.fr web.de mail.com") \
	P(IONOS, "ionos", "") \
	P(TONLINE, "tonline", "t-online.de magenta.de") \
	P(FREENET, "freenet", "freenet.de") \
	P(MAILRU, "mailru", "mail.ru inbox.ru list.ru bk.ru internet.ru") \
	P(YANDEX, "yandex", "yandex.ru yandex.com ya.ru narod.ru") \
	P(QQ, "qq", "qq.com foxmail.com") \
	P(NETEASE, "netease", "163.com 126.com yeah.net") \
	P(YAHOOJP, "yahoojp", "yahoo.co.jp ybb.ne.jp") \
	P(COMCAST, "comcast xfinity", "comcast.net") \
	P(CHARTER, "charter spectrum", \
		"charter.net spectrum.net rr.com twc.com brighthouse.com") \
	P(COX, "cox", "cox.net") \
	P(ATT, "att", \
		"att.net sbcglobal.net bellsouth.net pacbell.net prodigy.net swbell.net") \
	P(BT, "bt", "btinternet.com btopenworld.com talk21.com") \
	P(PROXIMUS, "proximus", "skynet.be proximus.be telenet.be") \
	P(LIBERO, "libero", "libero.it virgilio.it iol.it inwind.it blu.it giallo.it") \
	P(SEZNAM, "seznam", "seznam.cz email.cz post.cz") \
	P(PROTON, "proton", "proton.me protonmail.com pm.me") \
	P(ZOHO, "zoho", "zoho.com zohomail.com zohomail.eu") \
	P(FASTMAIL, "fastmail", "fastmail.com fastmail.fm") \
	P(OVH, "ovh", "ovh.fr") \
	P(GANDI, "gandi", "") \
	P(INFOMANIAK, "infomaniak", "ik.me etik.com") \
	P(GODADDY, "godaddy", "") \
	P(RACKSPACE, "rackspace", "") \
	P(MIMECAST, "mimecast", "") \
	P(PROOFPOINT, "proofpoint", "") \
	P(BARRACUDA, "barracuda", "") \
	P(CISCO, "cisco ironport", "")

#define SITE_ENDINGS(E) \
	E("att.net", ATT) \
	E("barracudanetworks.com", BARRACUDA) \
	E("bbox.fr", BOUYGUES) \
	E("bouyguestelecom.fr", BOUYGUES) \
	E("btinternet.com", BT) \
	E("charter.net", CHARTER) \
	E("cloudfilter.net", COX) \
	E("comcast.net", COMCAST) \
	E("cox.net", COX) \
	E("cpcloud.co.uk", BT) \
	E("emailsrvr.com", RACKSPACE) \
	E("ess.barracuda.com", BARRACUDA) \
	E("free.fr", FREE) \
	E("freenet.de", FREENET) \
	E("gandi.net", GANDI) \
	E("gmx.net", GMX) \
	E("google.com", GMAIL) \
	E("googlemail.com", GMAIL) \
	E("gpphosted.com", PROOFPOINT) \
	E("icloud.com", ICLOUD) \
	E("infomaniak.ch", INFOMANIAK) \
	E("infomaniak.com", INFOMANIAK) \
	E("iol.it", LIBERO) \
	E("ionos.com", IONOS) \
	E("ionos.de", IONOS) \
	E("ionos.fr", IONOS) \
	E("iphmx.com", CISCO) \
	E("kundenserver.de", IONOS) \
	E("laposte.net", LAPOSTE) \
	E("libero.it", LIBERO) \
	E("mail.com", GMX) \
	E("mail.protection.outlook.com", OFFICE365) \
	E("mail.ru", MAILRU) \
	E("mail.yahoo.co.jp", YAHOOJP) \
	E("messagingengine.com", FASTMAIL) \
	E("mimecast-offshore.com", MIMECAST) \
	E("mimecast.co.za", MIMECAST) \
	E("mimecast.com", MIMECAST) \
	E("mx.microsoft", OFFICE365) \
	E("netease.com", NETEASE) \
	E("olc.protection.outlook.com", OUTLOOK) \
	E("orange.fr", ORANGE) \
	E("ovh.net", OVH) \
	E("perfora.net", IONOS) \
	E("ppe-hosted.com", PROOFPOINT) \
	E("pphosted.com", PROOFPOINT) \
	E("prodigy.net", ATT) \
	E("proton.me", PROTON) \
	E("protonmail.ch", PROTON) \
	E("proxad.net", FREE) \
	E("proximus.be", PROXIMUS) \
	E("qq.com", QQ) \
	E("rr.com", CHARTER) \
	E("secureserver.net", GODADDY) \
	E("seznam.cz", SEZNAM) \
	E("sfr.fr", SFR) \
	E("skynet.be", PROXIMUS) \
	E("spectrum.net", CHARTER) \
	E("t-online.de", TONLINE) \
	E("telenet-ops.be", PROXIMUS) \
	E("virgilio.it", LIBERO) \
	E("wanadoo.fr", ORANGE) \
	E("web.de", GMX) \
	E("yahoodns.net", YAHOO) \
	E("yandex.net", YANDEX) \
	E("yandex.ru", YANDEX) \
	E("zoho.com", ZOHO) \
	E("zoho.eu", ZOHO)
/* clang-format on */

#endif
