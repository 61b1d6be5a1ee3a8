// For templates.test: makes templates out of pieces, renders each with the engines of npm and
// with ours, and tells where the results differ.
//   node templates_compare.js RENDERER [COUNT [SEED]]
// handlebars is the measure of our Handlebars; mustache that of Mustachio, where the two agree:
// values, comments, sections of objects and truth, inverted sections.
'use strict';
const { spawnSync } = require('child_process');
const handlebars = require('handlebars');
const mustache = require('mustache');

const [renderer, count = '3000', seed = '1'] = process.argv.slice(2);

// xorshift32: the same templates for the same seed.
let state = Number(seed) >>> 0 || 1;
function random(n) {
	state ^= state << 13; state >>>= 0;
	state ^= state >>> 17;
	state ^= state << 5; state >>>= 0;
	return state % n;
}
// Not asked for, since handlebars.js has its own mind there: a scope that equals the one around
// it is none for "../"; inside of a block, false and null as a scope become objects, which are
// true; two raw numbers side by side are added; "~" before the end of a block with "else if" takes
// white space from other branches too.
const pick = (list) => list[random(list.length)];

const vars = {
	a: 1, b: '<b>&"\'`=é', e: '', z: 0, f: false, t: true, n: null, g: 1.5, h: 1e21, s: -0.000001,
	o: { a: 'oa', b: { c: 'obc' }, l: [1, 2] },
	l: ['x', 'y', 3],
	m: [{ a: 1, l: ['p'] }, { a: 2, l: [] }, { b: 'mb' }],
	q: [],
};

// What SendGrid adds to Handlebars.
const hb = handlebars.create();
const bool = (test) => function (...args) {
	const options = args.pop();
	const yes = test(...args);
	if (!options.fn) return yes;
	return yes ? options.fn(this) : options.inverse(this);
};
const truth = (v) => !handlebars.Utils.isEmpty(v) && v !== 0;
hb.registerHelper('equals', bool((x, y) => x == y));
hb.registerHelper('notEquals', bool((x, y) => x != y));
hb.registerHelper('greaterThan', bool((x, y) => x > y));
hb.registerHelper('lessThan', bool((x, y) => x < y));
hb.registerHelper('and', bool((...v) => v.every(truth)));
hb.registerHelper('or', bool((...v) => v.some(truth)));
hb.registerHelper('length', (v) => (v && v.length !== undefined ? v.length : 0));

const spaces = () => pick(['', '', ' ', '\n', '\n  ', '  \n', '\r\n', '\t', ' x ', 'x']);
const path = () => pick(['a', 'b', 'e', 'z', 'f', 't', 'n', 'g', 'h', 's', 'o.a', 'o.b.c', 'o/a', 'none', 'none.x', 'this.a',
	'./a', '../a', '../b', '@root.b', 'l.[1]', 'l.length', 'q.length', '[a]', 'this', '.', '@index', '@key', '@first',
	'@last', '../../a', 'l', 'o.l']);
const printable = () => pick(['a', 'b', 'e', 'z', 'f', 't', 'n', 'g', 'h', 's', 'o.a', 'o.b.c', 'none', '@root.b', 'l.[0]',
	'l', 'o', '@index', '@key', '@first', '@last', '../a', 'this', 'this.a']);
const raw = () => pick(['b', 'e', 'o.a', 'o.b.c', 'none', '@root.b', 'l']);
const number = () => pick(['a', 'z', 'g', '1', '2', '-1', '1.5', '(length l)', '(length q)', '@root.m.length']);
const tilde = () => (random(12) ? '' : '~');
const open = (body) => `{{${tilde()}#${body}${tilde()}}}`;
const close = (name, chain) => `{{${chain ? '' : tilde()}/${name}${tilde()}}}`;

function block(depth, name, params) {
	let other = '', chain = false;
	if (random(2))
		other = `{{${tilde()}${pick(['else', 'else', '^'])}${tilde()}}}${pieces(depth)}`;
	if (random(4) === 0) {
		chain = true;
		other = `{{${tilde()}else if ${path()}${tilde()}}}${pieces(depth)}${other}`;
	}
	return open(`${name} ${params}`) + pieces(depth) + other + close(name, chain);
}

function piece(depth) {
	const kind = random(depth > 0 ? 16 : 6);
	if (kind < 2) return spaces();
	if (kind < 4) return `{{${tilde()}${pick(['', ' '])}${printable()}${tilde()}}}`;
	if (kind === 4) return pick([`{{{${raw()}}}}`, `{{&${raw()}}}`, `{{~{${raw()}}~}}`]);
	if (kind === 5) return pick(['{{! c }}', '{{!-- }} --}}', '{{~! c ~}}', '\\{{a}}', '\\\\{{a}}', '{ ', ' }}']);
	if (kind < 8) return block(depth - 1, 'if', path());
	if (kind === 8) return block(depth - 1, 'unless', path());
	if (kind < 12) return block(depth - 1, 'each', pick(['l', 'm', 'o', 'q', 'n', 'none', 'this.l', 'o.l']));
	if (kind === 12) return block(depth - 1, 'with', pick(['o', 'o.b', 'q', 'b', 'e', 'none']));
	if (kind === 13) return block(depth - 1, pick(['greaterThan', 'lessThan']), `${number()} ${number()}`);
	if (kind === 14) return block(depth - 1, pick(['and', 'or']), `${path()} ${path()}`);
	const name = pick(['o', 'l', 'm', 't', 'f', 'q', 'none', 'o.b']);
	return pick(['#', '^']) === '#' ? `{{#${name}}}${pieces(depth - 1)}{{/${name}}}` : `{{^${name}}}${pieces(depth - 1)}{{/${name}}}`;
}

function pieces(depth) {
	let text = '';
	for (let n = random(4); n >= 0; n--) text += piece(depth);
	return text;
}

// Where mustache and Mustachio agree: no lists, no dotted names in sections, no white space of
// lines (a letter stands around each section), truths of texts and objects alone.
function simple(depth) {
	const kind = random(depth > 0 ? 8 : 5);
	if (kind < 2) return pick(['x', ' ', 'y z', '<p>']);
	if (kind === 2) return `{{${pick(['a', 'e', 'n', 'g', 'o.a', 'o.b.c', 'none'])}}}`;
	if (kind === 3) return pick(['{{{b}}}', '{{&b}}', '{{{a}}}', '{{& o.a}}']);
	if (kind === 4) return 'x{{! comment }}x';
	const name = pick(['e', 'f', 'n', 'none', 'q']);
	return `x{{^${name}}}x${pick(['x', 'y', '<', ''])}{{/${name}}}x`;
}

function task(i) {
	if (i % 4 === 3) {
		let source = '';
		for (let n = random(8); n >= 0; n--) source += simple(2);
		return { dialect: 'mustachio', source, vars };
	}
	return { dialect: 'handlebars', source: pieces(3), vars };
}

function theirs(t) {
	try {
		return { out: t.dialect === 'handlebars' ? hb.compile(t.source)(t.vars) : mustache.render(t.source, t.vars) };
	} catch (e) {
		return { why: String(e.message).split('\n').join(' ') };
	}
}

const tasks = [];
for (let i = 0; i < Number(count); i++) tasks.push(task(i));
const run = spawnSync(renderer, { input: tasks.map((t) => JSON.stringify(t)).join('\n') + '\n', maxBuffer: 1 << 30 });
if (run.status !== 0) {
	console.log(`the renderer failed: ${run.status} ${run.signal} ${run.stderr}`);
	process.exit(1);
}
const answers = run.stdout.toString().trim().split('\n').map((l) => JSON.parse(l));
const bad = [];
let wrong = 0;
tasks.forEach((t, i) => {
	const want = theirs(t), got = answers[i];
	if (want.out === undefined) wrong++;
	if (want.out !== got.out) bad.push({ t, want, got });
});
bad.sort((x, y) => x.t.source.length - y.t.source.length);
for (const { t, want, got } of bad.slice(0, 10)) {
	console.log(`${t.dialect}: ${JSON.stringify(t.source)}`);
	console.log(`  theirs ${JSON.stringify(want)}\n  ours   ${JSON.stringify(got)}`);
}
console.log(`${tasks.length} templates, ${wrong} refused by npm's engine, ${bad.length} differ`);
process.exit(bad.length ? 1 : 0);
