// For the case `template`: handlebars of npm renders the same template, compiled once.
//   node template_peer.js FILE SECONDS OUT
// CPU µs of one rendering, the median of batches, once the compiler of Node has settled.
'use strict';
const fs = require('fs');
const path = require('path');
const handlebars = require(path.join(__dirname, '../tests/interop/node_modules/handlebars'));

const [file, seconds, out] = process.argv.slice(2);
const { source, vars } = JSON.parse(fs.readFileSync(file, 'utf8'));
const render = handlebars.compile(source);
const BATCH = 50;

function batch() {
	const began = process.cpuUsage();
	let bytes = 0;
	for (let i = 0; i < BATCH; i++) bytes += render(vars).length;
	const used = process.cpuUsage(began);
	return bytes ? (used.user + used.system) / BATCH : NaN;
}

fs.writeFileSync(out, render(vars));
for (const end = Date.now() + 1000 * Math.min(2, seconds); Date.now() < end;) batch();
const took = [];
for (const end = Date.now() + 1000 * seconds; !took.length || Date.now() < end;) took.push(batch());
took.sort((a, b) => a - b);
console.log(JSON.stringify({ render_us: took[took.length >> 1], version: handlebars.VERSION, node: process.version }));
