// For the case `template`: handlebars of npm renders the same template, compiled once.
//   node template_peer.js FILE SECONDS OUT
// CPU µs of one rendering as UTF-8 bytes, which is what a mail is written from (its text alone is a tree of pieces that V8
// has not joined yet): the median of batches, once the compiler of Node has settled.
'use strict';
const fs = require('fs');
const path = require('path');
const handlebars = require(path.join(__dirname, '../tests/interop/node_modules/handlebars'));

const [file, seconds, out] = process.argv.slice(2);
const { source, vars } = JSON.parse(fs.readFileSync(file, 'utf8'));
const render = handlebars.compile(source);
const BATCH = 50;
const bytes = Buffer.alloc(1 << 20);

function batch() {
	const began = process.cpuUsage();
	let n = 0;
	for (let i = 0; i < BATCH; i++) n += bytes.write(render(vars), 0, 'utf8');
	const used = process.cpuUsage(began);
	return n ? (used.user + used.system) / BATCH : NaN;
}

fs.writeFileSync(out, render(vars));
for (const end = Date.now() + 1000 * Math.min(2, seconds); Date.now() < end;) batch();
const took = [];
for (const end = Date.now() + 1000 * seconds; !took.length || Date.now() < end;) took.push(batch());
took.sort((a, b) => a - b);
console.log(JSON.stringify({ render_us: took[took.length >> 1], version: handlebars.VERSION, node: process.version }));
