"""The case of templates: a rendered order confirmation beside handlebars on Node, and the mail that it becomes."""
import json
import statistics
import subprocess

import machine
from streams import Wrong
from waits import Case

FIELDS = ["number", "date", "name", "street", "postcode", "town", "country", "phone", "payment", "subtotal", "shipping",
          "vat", "total", "carrier", "day", "tracking_url", "order_url", "help_url", "shop", "address"]
TEXT = ("Thank you for your order. We have received it and are preparing it with care; as soon as the parcel leaves our "
        "house you will get a second message with the number by which you can follow its way to you. ")
CELL = "padding:12px 16px;font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:21px;color:#1a212b;"
BYTES = 30000


def row():
    return (f'<tr><td style="{CELL}width:96px;"><a href="{{{{url}}}}"><img src="{{{{image}}}}" alt="{{{{title}}}}" width="80" '
            f'height="80" style="display:block;border:0;"></a></td><td style="{CELL}"><b>{{{{title}}}}</b><br>'
            f'{{{{sku}}}}{{{{#if gift}}}}<br><i>Gift wrapped</i>{{{{/if}}}}</td><td align="right" style="{CELL}">{{{{count}}}}'
            f'</td><td align="right" style="{CELL}">{{{{price}}}}</td></tr>\n')


def order(bytes_=BYTES):
    """Source and values of a confirmation that has about so many bytes when it is rendered: 20 variables, ten rows."""
    values = {f: f"{f} {i}" for i, f in enumerate(FIELDS)}
    values.update(name="Ann O'Neil & sons", tracking_url="https://carrier.test/t?id=1001&x=2", order_url="https://shop.test/o/1001",
                  help_url="https://shop.test/help", total="€ 129.90")
    values["rows"] = [{"title": f"Tea number {n}", "sku": f"T-{n:05}", "count": n, "price": f"€ {n}.90", "gift": n % 2 == 0,
                       "url": f"https://shop.test/p/{n}?ref=mail", "image": f"https://cdn.shop.test/p/{n}.jpg"}
                      for n in range(1, 11)]
    head = ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{{shop}}: order {{number}}</title></head>\n'
            '<body style="margin:0;background:#f6f7f9;"><table role="presentation" width="600" align="center">\n'
            f'<tr><td style="{CELL}"><h1>Thank you, {{{{name}}}}</h1><p>Order {{{{number}}}} of {{{{date}}}}.</p>'
            f'<p>{{{{street}}}}<br>{{{{postcode}}}} {{{{town}}}}<br>{{{{country}}}}<br>{{{{phone}}}}</p></td></tr>\n'
            '<tr><td><table role="presentation" width="100%">\n{{#each rows}}\n')
    tail = ('{{/each}}\n</table></td></tr>\n'
            f'<tr><td style="{CELL}">Subtotal {{{{subtotal}}}}<br>Shipping {{{{shipping}}}}<br>VAT {{{{vat}}}}<br>'
            f'<b>Total {{{{total}}}}</b>, paid by {{{{payment}}}}</td></tr>\n'
            f'<tr><td style="{CELL}">{{{{carrier}}}} brings it on {{{{day}}}}: <a href="{{{{tracking_url}}}}" style="background:'
            '#1f5fbf;color:#ffffff;padding:12px 24px;display:inline-block;">Follow your parcel</a></td></tr>\n')
    end = (f'<tr><td style="{CELL}"><a href="{{{{order_url}}}}">Your order</a> · <a href="{{{{help_url}}}}">Help</a><br>{{{{shop}}}}, '
           '{{address}}</td></tr>\n</table></body></html>\n')
    block = f'<tr><td style="{CELL}"><p>{TEXT}</p></td></tr>\n'
    fixed = len(head) + len(tail) + len(end) + 10 * len(row())
    return head + row() + tail + block * max(0, (bytes_ - fixed) // len(block)) + end, values


class Template(Case):
    LIMIT_US, LIMIT_TIMES, LIMIT_MAIL_US = 100, 5, 150

    def __init__(self):
        super().__init__("template", "order confirmation of 30 KB, 20 variables, a loop of ten: rendered; then links, MIME, body hash",
                         f"≤ {self.LIMIT_US} µs, ≥ {self.LIMIT_TIMES} × handlebars on Node; ≤ {self.LIMIT_MAIL_US} µs")

    @staticmethod
    def said(argv):
        p = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=600, check=False)
        if p.returncode:
            raise machine.Trouble(f"{argv[0]}: exit {p.returncode}: {p.stderr[-500:]}")
        return json.loads(p.stdout)

    @staticmethod
    def handlebars():
        """The package of tests/interop, once for all; None: there is no Node, or no way to get it."""
        home = machine.root / "tests/interop"
        if not (home / "node_modules/handlebars").exists():
            subprocess.run(["sh", "-c", 'cd "$0" && flock package.json npm ci --silent --no-audit --no-fund --ignore-scripts', home],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        there = (home / "node_modules/handlebars").exists()
        return machine.root / "bench/template_peer.js" if there else None

    def one(self, args, program, peer):
        seconds = 0.2 if args.quick else max(1, args.seconds / 5)
        with machine.folder(args.dir) as home:
            source, values = order()
            (home / "order.json").write_text(json.dumps({"source": source, "vars": values}))
            r = self.said([program, home / "order.json", seconds, home / "ours.html"])
            if peer and not args.alone:
                them = self.said(["node", peer, home / "order.json", seconds, home / "theirs.html"])
                if (home / "ours.html").read_text() != (home / "theirs.html").read_text():
                    raise Wrong("handlebars renders it otherwise")
                r.update(peer_us=them["render_us"], who=f"handlebars {them['version']}, Node {them['node']}")
        if r["html"] < BYTES * 0.9 or r["links"] != 13:
            raise Wrong(f"{r['html']} bytes, {r['links']} links")
        return r

    def run(self, args):
        program, peer = machine.product_program("template_bench"), self.handlebars()
        rounds = []
        for i in range(args.rounds):
            rounds.append(self.one(args, program, peer))
            r = rounds[-1]
            args.say(f"  round {i + 1} {r['render_us']:.1f} µs rendered" +
                     (f" (handlebars {r['peer_us']:.0f})" if "peer_us" in r else "") +
                     f"  {r['mail_us']:.1f} µs links, MIME and hash")
        mid = {k: statistics.median(r[k] for r in rounds) for k in rounds[0] if k != "who"}
        times = mid["peer_us"] / mid["render_us"] if "peer_us" in mid else None
        reached = mid["render_us"] <= self.LIMIT_US and mid["mail_us"] <= self.LIMIT_MAIL_US
        if reached:
            reached = times >= self.LIMIT_TIMES if times else None
        return self.found(
            f"{mid['render_us']:.1f} µs" + (f", {times:.0f} × handlebars" if times else "") + f"; {mid['mail_us']:.1f} µs", reached,
            [f"{mid['html']:,.0f} bytes rendered, {mid['mail']:,.0f} as mail with its text part; CPU time, medians of batches of 50; "
             f"of the mail: {mid['links']:.0f} links with tokens {mid['links_us']:.1f} µs, MIME {mid['compose_us']:.1f} µs, "
             f"SHA-256 of the body {mid['hash_us']:.1f} µs; a text part made of the HTML would be {mid['text_us']:.1f} µs more",
             f"{rounds[0]['who']}: {mid['peer_us']:.1f} µs, the same bytes" if times else "no handlebars to compare with"], rounds)


CASES = [Template()]
