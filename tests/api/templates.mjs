// Run by templates.test: templates with the vendors' own libraries. templates.mjs VENDOR
import fs from 'node:fs';
import { assert, basic, check, done, env, host, like, raw, require } from './call.mjs';

const keys = Object.fromEntries(['all', 'read', 'other'].map((name) => [name, JSON.parse(fs.readFileSync(`${env.W}/${name}.json`))]));
// What the service itself has.
const own = async (method, path, body) => (await raw(method, `/v1/templates${path}`, { auth: basic(keys.all.key, keys.all.secret), body,
	headers: { 'Content-Type': 'application/json' } })).json;
const named = async (name, version = 'draft') => own('GET', `/${encodeURIComponent(name)}?version=${version}`);
// Mail of it: the status.
const send = async (template) => (await raw('POST', '/v1/messages', { auth: basic(keys.all.key, keys.all.secret),
	headers: { 'Content-Type': 'application/json' }, body: { from: 'a@shop.test', to: 'ann@else.test', template } })).status;
const fails = async (fn, want) => {
	let answer;
	try {
		answer = await fn();
	} catch (e) {
		like(e, want);
		return;
	}
	assert.fail(`it was taken: ${JSON.stringify(answer?.body ?? answer)}`);
};

/* ---- Mailjet ---- */

async function mailjet() {
	const Mailjet = require('node-mailjet');
	const as = (key) => Mailjet.apiConnect(key.key, key.secret, { config: { host: `localhost:${env.HTTPS}` } });
	const me = as(keys.all);
	const rest = (method, client = me) => client[method]('template', { version: 'v3' });
	// The SDK's objects have no prototype.
	const plain = (o) => JSON.parse(JSON.stringify(o));
	let id;

	await check('mailjet: made', async () => {
		const { response, body } = await rest('post').request({ Name: 'Commande', Author: 'Ann', Categories: ['basic'],
			Purposes: ['transactional'], Locale: 'fr_FR', EditMode: 2, IsStarred: true, OwnerType: 'apikey' });
		assert.equal(response.status, 201);
		like(body, { Count: 1, Total: 1 });
		like(body.Data[0], { Name: 'Commande', Author: 'Ann', Categories: ['basic'], Purposes: ['transactional'], Locale: 'fr_FR',
			EditMode: 2, IsStarred: true, OwnerType: 'apikey', Previews: [], Copyright: '' });
		id = body.Data[0].ID;
		assert.ok(Number.isSafeInteger(id));
		like(await named('Commande'), { dialect: 'mailjet', language: 'fr-FR', published: null });
	});
	await check('mailjet: its content, in force at once', async () => {
		const content = { Headers: { From: 'Boutique <a@shop.test>', Subject: 'Commande {{var:id}}', 'Reply-to': 'help@shop.test', 'X-Kind': 'order' },
			'Html-part': '<p>{{var:name:"toi"}}</p>', 'Text-part': 'Bonjour {{var:name}}', MJMLContent: '' };
		const { response, body } = await rest('post').id(id).action('detailcontent').request(content);
		assert.equal(response.status, 201);
		assert.deepEqual(plain(body.Data[0]), content);
		assert.deepEqual(plain((await rest('get').id(id).action('detailcontent').request()).body.Data[0]), content);
		like(await named('Commande', 'published'), { published: 1, html: content['Html-part'], subject: 'Commande {{var:id}}',
			from: { email: 'a@shop.test', name: 'Boutique' }, reply_to: 'help@shop.test' });
	});
	await check('mailjet: PUT keeps what is not named, POST does not', async () => {
		const put = await rest('put').id(id).action('detailcontent').request({ 'Html-part': '<b>{{var:name}}</b>' });
		like(put.body.Data[0], { 'Html-part': '<b>{{var:name}}</b>', 'Text-part': 'Bonjour {{var:name}}', 'Headers.Subject': 'Commande {{var:id}}' });
		await fails(() => rest('put').id(id).action('detailcontent').request({ 'Html-part': '<b>{{var:name}}</b>' }), { statusCode: 304 });
		await rest('post').id(id).action('detailcontent').request({ 'Html-part': '<i>x</i>', MJMLContent: { tagName: 'mjml' } });
		const { body } = await rest('get').id(id).action('detailcontent').request();
		assert.deepEqual(plain(body.Data[0]), { Headers: {}, 'Html-part': '<i>x</i>', 'Text-part': '', MJMLContent: { tagName: 'mjml' } });
		like(await named('Commande', 'published'), { published: 3, html: '<i>x</i>', text: '' });
	});
	await check('mailjet: without a body nothing is in force', async () => {
		await rest('post').id(id).action('detailcontent').request({ Headers: { Subject: 'x' } });
		like(await named('Commande'), { published: null, html: '', subject: 'x' });
		await rest('post').id(id).action('detailcontent').request({ 'Text-part': 'Voilà.' });
		like(await named('Commande'), { published: 4, text: 'Voilà.' });
	});
	await check('mailjet: changed', async () => {
		like((await rest('put').id(id).request({ Name: 'Order', Locale: 'en_GB' })).body.Data[0], { ID: id, Name: 'Order', Locale: 'en_GB', Author: 'Ann' });
		await fails(() => rest('put').id(id).request({ Name: 'Order', ID: 7 }), { statusCode: 304 });
		like((await rest('get').id('apikey|Order').request()).body, { 'Data.0.ID': id });
	});
	await check('mailjet: what is written here is published by a change of texts alone', async () => {
		const put = (texts) => rest('put').id(id).action('detailcontent').request(texts);
		await own('PATCH', '/Order', { text: 'Bientôt.' });
		like((await rest('put').id(id).request({ Author: 'Bob', Locale: 'en_GB' })).body.Data[0], { Author: 'Bob' });
		like(await named('Order', 'published'), { text: 'Voilà.', changed: true });
		// The draft says so already, and is not in force.
		assert.equal((await put({ 'Text-part': 'Bientôt.' })).response.status, 200);
		like(await named('Order', 'published'), { text: 'Bientôt.', changed: false });
		await fails(() => put({ 'Text-part': 'Bientôt.' }), { statusCode: 304 });
		await put({ 'Text-part': 'Voilà.' });
	});
	await check('mailjet: lists', async () => {
		await rest('post').request({ Name: 'Angebot', Categories: ['sale', 'basic'], OwnerType: 'user' });
		const names = async (query) => (await me.get('template', { version: 'v3' }).request({}, query)).body.Data.map((t) => t.Name);
		assert.deepEqual(await names({}), ['Angebot', 'Order']);
		assert.deepEqual(await names({ Limit: 1, Offset: 1 }), ['Order']);
		assert.deepEqual(await names({ OwnerType: 'user' }), ['Angebot']);
		assert.deepEqual(await names({ Categories: 'sale' }), ['Angebot']);
		assert.deepEqual(await names({ Purposes: 'transactional', EditMode: 2 }), ['Order']);
		assert.deepEqual(await names({ Name: 'none' }), []);
		assert.equal((await me.get('template', { version: 'v3' }).request({}, { countOnly: 1 })).body.Total, 2);
	});
	await check('mailjet: refusals', async () => {
		await fails(() => rest('post').request({}), { statusCode: 400, message: /MJ08 Property Name is invalid: MJ03/ });
		await fails(() => rest('post').request({ Name: 'Order' }), { statusCode: 400, message: /MJ18 A Template resource with value "apikey\|Order"/ });
		await fails(() => rest('post').request({ Name: 'x', Categories: 'y' }), { statusCode: 400, message: /Property Categories is invalid/ });
		await fails(() => rest('put').id(id).action('detailcontent').request({ 'Html-part': 7 }), { statusCode: 400, message: /Property Html-part/ });
		await fails(() => rest('put').id(id).action('detailcontent').request({ 'Html-part': '<p>\n{% if x %}' }),
			{ statusCode: 400, message: /Html-part has a mistake in line 2, column 1/ });
		// Nothing of it was stored.
		like(await named('Order'), { html: '', text: 'Voilà.', published: 7, changed: false });
		await fails(() => rest('get').id(4711).request(), { statusCode: 404, message: /Object not found/ });
		await fails(() => rest('post', as(keys.read)).request({ Name: 'x' }), { statusCode: 403 });
	});
	await check('mailjet: another account, another language', async () => {
		const them = as(keys.other);
		assert.deepEqual((await rest('get', them).request()).body.Data, []);
		for (const fn of [() => rest('get', them).id(id).request(), () => rest('delete', them).id(id).request(),
			() => rest('get', them).id('apikey|Order').request(), () => rest('get', them).id(id).action('detailcontent').request(),
			() => rest('post', them).id(id).action('detailcontent').request({ 'Text-part': 'x' })])
			await fails(fn, { statusCode: 404 });
		await fails(() => rest('get').id('apikey|Own').request(), { statusCode: 404 });
		// By number too: each vendor's templates are those in its language.
		const token = { 'X-Postmark-Server-Token': keys.all.postmark_token, 'Content-Type': 'application/json' };
		const made = await raw('POST', '/templates', { headers: token, body: { Name: 'Nummer', Subject: 'x', TextBody: 'x' } });
		assert.equal(made.status, 200);
		await fails(() => rest('get').id(made.json.TemplateId).request(), { statusCode: 404 });
		like(await raw('GET', `/templates/${id}`, { headers: token }), { status: 422, 'json.ErrorCode': 1101 });
		like(await raw('DELETE', `/templates/${made.json.TemplateId}`, { headers: token }), { status: 200 });
		like(await named('Order'), { text: 'Voilà.' });
	});
	await check('mailjet: removed', async () => {
		assert.equal((await rest('delete').id(id).request()).response.status, 204);
		await fails(() => rest('get').id(id).request(), { statusCode: 404 });
	});
}

/* ---- SendGrid ---- */

async function sendgrid() {
	const { Client } = require('@sendgrid/client');
	const as = (key) => {
		const client = new Client();
		client.setApiKey(key.sendgrid);
		client.setDefaultRequest('baseUrl', `http://${host}/`);
		return async (method, url, body, qs) => {
			const [response] = await client.request({ method, url: `/v3/templates${url}`, body, qs });
			return { status: response.statusCode, body: response.body };
		};
	};
	const ask = as(keys.all), they = as(keys.other);
	const ID = /^d-[0-9a-f]{32}$/, UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
	const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
	const missing = { code: 404, 'response.body.errors.0.message': 'not found' };
	let id, one, two;

	await check('sendgrid: made', async () => {
		const made = await ask('POST', '', { name: 'Order', generation: 'dynamic' });
		like(made, { status: 201, 'body.id': ID, 'body.name': 'Order', 'body.generation': 'dynamic', 'body.versions': [], 'body.updated_at': TIME });
		id = made.body.id;
		like(await ask('GET', `/${id}`), { status: 200, 'body.id': id, 'body.name': 'Order' });
		assert.equal((await ask('GET', `/${id.toUpperCase().replace('D-', 'd-')}`)).status, 200);
		like(await named('Order'), { dialect: 'handlebars', published: null });
	});
	await check('sendgrid: versions', async () => {
		const first = await ask('POST', `/${id}/versions`, { name: 'One', subject: 'Order {{id}}', html_content: '<p>{{name}}</p>',
			plain_content: 'Hello {{name}}', active: 0, editor: 'code', test_data: '{"id":7}', generate_plain_content: false });
		// The first one is active whatever is said.
		like(first, { status: 201, 'body.id': UUID, 'body.template_id': id, 'body.active': 1, 'body.name': 'One', 'body.subject': 'Order {{id}}',
			'body.html_content': '<p>{{name}}</p>', 'body.plain_content': 'Hello {{name}}', 'body.editor': 'code',
			'body.test_data': '{"id":7}', 'body.generate_plain_content': false, 'body.updated_at': TIME });
		one = first.body.id;
		const second = await ask('POST', `/${id}/versions`, { name: 'Two', subject: 'Order', html_content: '<p>two</p>', active: 0 });
		like(second, { status: 201, 'body.active': 0, 'body.plain_content': '', 'body.generate_plain_content': true, 'body.test_data': '' });
		two = second.body.id;
		assert.notEqual(one, two);
		like(await named('Order', 'published'), { html: '<p>{{name}}</p>', text: 'Hello {{name}}' });
		const got = (await ask('GET', `/${id}`)).body.versions;
		assert.deepEqual(got.map((v) => [v.id, v.active, v.name, v.html_content]), [[one, 1, 'One', '<p>{{name}}</p>'], [two, 0, 'Two', '<p>two</p>']]);
	});
	await check('sendgrid: activate', async () => {
		like(await ask('POST', `/${id}/versions/${two}/activate`), { status: 200, 'body.id': two, 'body.active': 1 });
		like(await ask('GET', `/${id}/versions/${one}`), { status: 200, 'body.active': 0 });
		like(await named('Order', 'published'), { html: '<p>two</p>', text: '' });
	});
	await check('sendgrid: a version that is changed keeps its id; what was published never changes', async () => {
		const before = await named('Order', 'published');
		like(await ask('PATCH', `/${id}/versions/${two}`, { html_content: '<p>zwei</p>' }),
			{ status: 200, 'body.id': two, 'body.active': 1, 'body.html_content': '<p>zwei</p>', 'body.name': 'Two', 'body.subject': 'Order' });
		like(await named('Order', 'published'), { html: '<p>zwei</p>' });
		like(await named('Order', before.published), { html: '<p>two</p>' });
		like(await ask('PATCH', `/${id}/versions/${one}`, { name: 'Eins', subject: 'Eins {{id}}' }),
			{ status: 200, 'body.id': one, 'body.active': 0, 'body.name': 'Eins', 'body.subject': 'Eins {{id}}', 'body.html_content': '<p>{{name}}</p>',
				'body.test_data': '{"id":7}' });
		like(await named('Order', 'published'), { html: '<p>zwei</p>' });
		const { versions } = await named('Order');
		like(await ask('PATCH', `/${id}/versions/${one}`, { name: 'One' }), { status: 200, 'body.name': 'One' });
		assert.equal((await named('Order')).versions, versions, 'a name makes no version');
	});
	await check('sendgrid: renamed; two of one name', async () => {
		assert.equal(await send('Order'), 202);
		like(await ask('PATCH', `/${id}`, { name: 'Commande' }), { status: 200, 'body.id': id, 'body.name': 'Commande', 'body.versions.length': 2 });
		// What writes the mail knows it at once.
		assert.deepEqual([await send('Order'), await send('Commande')], [422, 202]);
		const twin = await ask('POST', '', { name: 'Commande', generation: 'dynamic' });
		like(twin, { status: 201, 'body.name': 'Commande', 'body.id': ID });
		assert.notEqual(twin.body.id, id);
		like(await named('Commande 2'), { dialect: 'handlebars' });
		like(await ask('DELETE', `/${twin.body.id}`), { status: 204 });
	});
	await check('sendgrid: one that was made here has its published version', async () => {
		const all = (await ask('GET', '', undefined, { generations: 'dynamic', page_size: 50 })).body.result;
		const mine = all.find((t) => t.name === 'Own');
		like(mine, { 'versions.length': 1, 'versions.0.active': 1, 'versions.0.name': 'Version 1', 'versions.0.subject': 'Own {{who}}' });
		const { id: face } = mine.versions[0];
		like(await ask('PATCH', `/${mine.id}/versions/${face}`, { plain_content: 'Own {{who}}' }),
			{ status: 200, 'body.id': face, 'body.active': 1, 'body.html_content': '<p>{{who}}</p>', 'body.plain_content': 'Own {{who}}' });
		like(await named('Own'), { published: 2, versions: 2, changed: false });
		// Published here again: that is one more of theirs.
		await own('PATCH', '/Own', { text: 'third' });
		await own('POST', '/Own/publish', {});
		const [a, b] = (await ask('GET', `/${mine.id}`)).body.versions;
		like(a, { id: face, active: 0 });
		like(b, { active: 1, plain_content: 'third' });
	});
	await check('sendgrid: a layout of ours is tried as well', async () => {
		const deep = (n) => '{{#if a}}'.repeat(n) + 'x' + '{{/if}}'.repeat(n);
		await own('POST', '', { name: 'Frame', dialect: 'handlebars', html: deep(30).replace('x', '{{{@content}}}') });
		like(await own('PATCH', '/Own', { layout: 'Frame' }), { layout: 'Frame' });
		const { id: of, versions } = (await ask('GET', '', undefined, { generations: 'dynamic', page_size: 50 })).body.result.find((t) => t.name === 'Own');
		const face = versions.find((v) => v.active).id, before = await named('Own');
		const change = (html) => ask('PATCH', `/${of}/versions/${face}`, { html_content: html });
		await fails(() => change('<p>laid</p>'), { code: 400, 'response.body.errors.0.message': /layout is not published/ });
		await own('POST', '/Frame/publish', {});
		await fails(() => change(deep(25)), { code: 400, 'response.body.errors.0.message': /^html_content has a mistake/ });
		like(await named('Own'), { html: before.html, versions: before.versions });
		assert.equal((await change('<p>laid</p>')).status, 200);
		like(await named('Own', 'published'), { layout: 'Frame', layout_version: 1, html: '<p>laid</p>' });
		like(await own('PATCH', '/Own', { layout: null }), { layout: null });
		await raw('DELETE', '/v1/templates/Frame', { auth: basic(keys.all.key, keys.all.secret) });
	});
	await check('sendgrid: copied', async () => {
		const copy = await ask('POST', `/${id}`, { name: 'Copy' });
		like(copy, { status: 201, 'body.id': ID, 'body.name': 'Copy', 'body.versions.length': 2 });
		assert.notEqual(copy.body.id, id);
		assert.deepEqual(copy.body.versions.map((v) => [v.name, v.active, v.html_content]), [['One', 0, '<p>{{name}}</p>'], ['Two', 1, '<p>zwei</p>']]);
		assert.ok(copy.body.versions.every((v) => v.id !== one && v.id !== two && v.template_id === copy.body.id));
		like(await ask('POST', `/${id}`), { status: 201, 'body.name': 'Duplicate: Commande' });
		// With what only this service has.
		const more = { from: { email: 'a@shop.test', name: 'Shop' }, reply_to: 'r@shop.test', preheader: 'Soon {{x}}', stream: 'broadcast', language: 'fr', layout: 'Copied' };
		await own('POST', '', { name: 'Copied', dialect: 'handlebars', html: '<b>{{{@content}}}</b>' });
		await own('POST', '/Copied/publish', {});
		await own('PATCH', '/Copy', more);
		const again = await ask('POST', `/${copy.body.id}`, { name: 'Again' });
		like(await named('Again', 'published'), { ...Object.fromEntries(Object.entries(more).filter(([name]) => name !== 'from')), 'from.email': 'a@shop.test', 'from.name': 'Shop' });
		assert.equal((await ask('DELETE', `/${again.body.id}`)).status, 204);
		await own('PATCH', '/Copy', { layout: null });
		await raw('DELETE', '/v1/templates/Copied', { auth: basic(keys.all.key, keys.all.secret) });
		like(await ask('PATCH', `/${id}/versions/${one}`, { html_content: '<p>new</p>' }), { status: 200 });
		like(await ask('GET', `/${copy.body.id}`), { 'body.versions.0.html_content': '<p>{{name}}</p>' });
	});
	await check('sendgrid: a copy is whole or none', async () => {
		const deep = (n) => '{{#if a}}'.repeat(n) + 'x' + '{{/if}}'.repeat(n), name = 'É'.repeat(50);
		const { body: { id: of } } = await ask('POST', '', { name, generation: 'dynamic' });
		await ask('POST', `/${of}/versions`, { name: 'x', html_content: deep(25) });
		const copy = await ask('POST', `/${of}`);
		like(copy, { status: 201, 'body.name': `Duplicate: ${name}` });
		assert.equal((await ask('DELETE', `/${copy.body.id}`)).status, 204);
		await own('POST', '', { name: 'Deep', dialect: 'handlebars', html: deep(30).replace('x', '{{{@content}}}') });
		await own('POST', '/Deep/publish', {});
		await own('PATCH', `/${encodeURIComponent(name)}`, { layout: 'Deep' });
		await fails(() => ask('POST', `/${of}`), { code: 400, 'response.body.errors.0.message': /^html_content has a mistake/ });
		assert.equal((await named(`Duplicate: ${name}`)).name, undefined);
		assert.equal((await ask('DELETE', `/${of}`)).status, 204);
		await raw('DELETE', '/v1/templates/Deep', { auth: basic(keys.all.key, keys.all.secret) });
	});
	await check('sendgrid: pages and generations', async () => {
		const whole = (await ask('GET', '', undefined, { generations: 'legacy,dynamic', page_size: 200 })).body;
		assert.deepEqual(whole.result.map((t) => t.name), ['Commande', 'Copy', 'Duplicate: Commande', 'Own']);
		assert.equal(whole._metadata.count, 4);
		assert.equal(whole._metadata.next, undefined);
		assert.equal(whole.result[0].versions[0].html_content, undefined);
		const first = (await ask('GET', '', undefined, { generations: 'dynamic', page_size: 3 })).body;
		assert.equal(first.result.length, 3);
		const token = new URL(first._metadata.next).searchParams.get('page_token');
		const second = (await ask('GET', '', undefined, { generations: 'dynamic', page_size: 3, page_token: token })).body;
		assert.deepEqual(second.result.map((t) => t.name), ['Own']);
		assert.ok(second._metadata.prev);
		assert.deepEqual((await ask('GET', '', undefined, { generations: 'legacy', page_size: 3 })).body.result, []);
		assert.equal((await ask('GET', '')).body.templates.length, 4);
		await fails(() => ask('GET', '', undefined, { page_size: 1000 }), { code: 400 });
	});
	await check('sendgrid: refusals', async () => {
		const first = 'response.body.errors.0.message';
		await fails(() => ask('POST', '', {}), { code: 400, [first]: 'name is required' });
		await fails(() => ask('POST', '', { name: 'x', generation: 'legacy' }), { code: 400, [first]: /^generation must be dynamic/ });
		await fails(() => ask('POST', '', { name: 'x'.repeat(101), generation: 'dynamic' }), { code: 400 });
		await fails(() => ask('POST', `/${id}/versions`, { subject: 'x' }), { code: 400, [first]: 'name is required' });
		await fails(() => ask('POST', `/${id}/versions`, { name: 'x', html_content: 7 }), { code: 400, [first]: /^html_content/ });
		for (const active of ['1', 2, []])
			await fails(() => ask('PATCH', `/${id}/versions/${two}`, { active }), { code: 400, [first]: /^active/ });
		like(await ask('GET', `/${id}/versions/${two}`), { 'body.active': 1 });
		const { versions } = await named('Commande');
		await fails(() => ask('POST', `/${id}/versions`, { name: 'x', html_content: '<p>\n{{#if a}}' }),
			{ code: 400, [first]: /html_content has a mistake in line 2, column 1/ });
		await fails(() => ask('PATCH', `/${id}/versions/${two}`, { subject: '{{#if a}}' }), { code: 400, [first]: /^subject has a mistake/ });
		assert.equal((await named('Commande')).versions, versions, 'nothing of it is stored');
		const empty = (await ask('POST', `/${id}/versions`, { name: 'Empty', subject: 'x' })).body;
		like(empty, { active: 0 });
		await fails(() => ask('POST', `/${id}/versions/${empty.id}/activate`), { code: 400, [first]: /neither html_content nor plain_content/ });
		assert.equal((await ask('DELETE', `/${id}/versions/${empty.id}`)).status, 204);
		for (const path of ['/d-0000000000000000000000000000000f', '/x', `/${id}/versions/x`, `/${id}/versions/${empty.id}`])
			await fails(() => ask('GET', path), missing);
		await fails(() => as(keys.read)('POST', '', { name: 'x', generation: 'dynamic' }), { code: 403 });
		assert.equal((await as(keys.read)('GET', `/${id}`)).status, 200);
	});
	await check('sendgrid: another account', async () => {
		assert.deepEqual((await they('GET', '', undefined, { generations: 'dynamic', page_size: 10 })).body.result, []);
		const theirs = (await they('POST', '', { name: 'Theirs', generation: 'dynamic' })).body.id;
		for (const [method, path, body] of [['GET', ''], ['POST', ''], ['PATCH', '', { name: 'x' }], ['DELETE', ''], ['POST', '/versions', { name: 'x' }],
			['GET', `/versions/${one}`], ['PATCH', `/versions/${one}`, { name: 'x' }], ['DELETE', `/versions/${one}`], ['POST', `/versions/${one}/activate`]])
			await fails(() => they(method, `/${id}${path}`, body), missing);
		// A version's id is of its template alone.
		await fails(() => they('GET', `/${theirs}/versions/${one}`), missing);
		like(await ask('GET', `/${id}/versions/${one}`), { status: 200, 'body.name': 'One' });
	});
	await check('sendgrid: removed', async () => {
		assert.equal((await ask('DELETE', `/${id}/versions/${two}`)).status, 204);
		like(await named('Commande'), { published: null });
		assert.deepEqual((await ask('GET', `/${id}`)).body.versions.map((v) => [v.id, v.active]), [[one, 0]]);
		assert.equal((await ask('DELETE', `/${id}`)).status, 204);
		await fails(() => ask('GET', `/${id}`), missing);
		await fails(() => ask('GET', `/${id}/versions/${one}`), missing);
	});
}

/* ---- Postmark ---- */

async function postmark() {
	const { Errors, ServerClient } = require('postmark');
	const as = (key) => new ServerClient(key.postmark_token, { useHttps: false, requestHost: host, timeout: 60 });
	const client = as(keys.all), them = as(keys.other);
	const no = (code, message) => ({ code, statusCode: 422, message });
	const body = { Subject: 'Welcome {{name}}', HtmlBody: '<p>{{name}}</p>{{#each lines}}<i>{{title}}</i>{{/each}}', TextBody: 'Hello {{{name}}}' };
	let id;

	await check('postmark: made', async () => {
		const made = await client.createTemplate({ Name: 'Welcome mail', Alias: 'welcome-v1', ...body });
		like(made, { Name: 'Welcome mail', Alias: 'welcome-v1', Active: true, TemplateType: 'Standard', LayoutTemplate: null });
		id = made.TemplateId;
		assert.ok(Number.isSafeInteger(id));
		like(await named('welcome-v1', 'published'), { dialect: 'mustachio', published: 1, subject: body.Subject, html: body.HtmlBody, text: body.TextBody });
	});
	await check('postmark: read by id and by alias', async () => {
		for (const name of [id, 'welcome-v1', 'Welcome-V1'])
			like(await client.getTemplate(name), { TemplateId: id, Name: 'Welcome mail', Alias: 'welcome-v1', ...body, Active: true,
				TemplateType: 'Standard', LayoutTemplate: null });
	});
	await check('postmark: changed', async () => {
		like(await client.editTemplate(id, { Subject: 'Bienvenue {{name}}' }), { TemplateId: id, Name: 'Welcome mail', Alias: 'welcome-v1' });
		like(await client.getTemplate(id), { Subject: 'Bienvenue {{name}}', HtmlBody: body.HtmlBody, TextBody: body.TextBody });
		like(await named('welcome-v1'), { published: 2, changed: false });
		like(await client.editTemplate('welcome-v1', { Name: 'Welcome', Alias: 'hello' }), { TemplateId: id, Name: 'Welcome', Alias: 'hello' });
		// Clients with fixed members write null for what stays.
		like(await client.editTemplate(id, { Name: null, Alias: null, Subject: null, HtmlBody: null, TextBody: null, LayoutTemplate: null }),
			{ TemplateId: id, Name: 'Welcome', Alias: 'hello' });
		like(await client.getTemplate(id), { Subject: 'Bienvenue {{name}}', HtmlBody: body.HtmlBody, TextBody: body.TextBody });
		like(await client.editTemplate(id, { Alias: '' }), { TemplateId: id, Name: 'Welcome', Alias: null });
		await fails(() => client.getTemplate('hello'), no(1101, /^The Template's 'Alias' associated with this request is not valid or was not found\.$/));
		like(await client.editTemplate(id, { Alias: 'welcome' }), { Alias: 'welcome', Name: 'Welcome' });
	});
	await check('postmark: a new name publishes nothing', async () => {
		await own('PATCH', '/welcome', { text: 'later' });
		like(await client.editTemplate(id, { Name: 'Welcome', Alias: 'welcome' }), { Alias: 'welcome' });
		like(await named('welcome', 'published'), { text: body.TextBody, changed: true });
		await client.editTemplate(id, { TextBody: body.TextBody });
		like(await named('welcome', 'published'), { text: body.TextBody, changed: false });
	});
	await check('postmark: two aliases that differ in case', async () => {
		const { TemplateId } = await client.createTemplate({ Name: 'x', Alias: 'WELCOME', Subject: 'x', TextBody: 'x' });
		like(await client.getTemplate('WELCOME'), { TemplateId });
		like(await client.getTemplate('welcome'), { TemplateId: id });
		like(await client.deleteTemplate('WELCOME'), { Message: `Template ${TemplateId} removed.` });
	});
	await check('postmark: one name, no alias', async () => {
		const made = [];
		for (let i = 0; i < 2; i++)
			made.push(await client.createTemplate({ Name: 'Receipt', Subject: 'x', TextBody: `${i}` }));
		for (const t of made)
			like(t, { Name: 'Receipt', Alias: null });
		assert.notEqual(made[0].TemplateId, made[1].TemplateId);
		like(await client.getTemplate(made[1].TemplateId), { TextBody: '1', HtmlBody: '' });
		await fails(() => client.getTemplate('Receipt'), no(1101, /Alias/));
		// Its name here is no alias that another one could not have.
		const { TemplateId } = await client.createTemplate({ Name: 'R', Alias: 'Receipt', Subject: 'x', TextBody: 'third' });
		like(await client.getTemplate('Receipt'), { TemplateId, Name: 'R', TextBody: 'third' });
		like(await client.getTemplate(made[0].TemplateId), { Name: 'Receipt', Alias: null, TextBody: '0' });
		like(await named('Receipt 3'), { number: made[0].TemplateId, text: '0' });
		await fails(() => client.createTemplate({ Name: 'R', Alias: 'Receipt', Subject: 'x', TextBody: 'x' }), no(1122, /'Receipt' is that of another/));
		like(await client.deleteTemplate('Receipt'), { ErrorCode: 0 });
	});
	await check('postmark: lists', async () => {
		const all = await client.getTemplates({ count: 10, offset: 0 });
		like(all, { TotalCount: 3 });
		assert.deepEqual(all.Templates.map((t) => t.Name), ['Receipt', 'Receipt', 'Welcome']);
		assert.deepEqual(Object.keys(all.Templates[0]).sort(), ['Active', 'Alias', 'LayoutTemplate', 'Name', 'TemplateId', 'TemplateType']);
		assert.deepEqual((await client.getTemplates({ count: 1, offset: 2 })).Templates.map((t) => t.TemplateId), [id]);
		like(await client.getTemplates({ templateType: 'Layout' }), { TotalCount: 0, Templates: [] });
		await fails(() => client.getTemplates({ count: 501, offset: 0 }), no(1100, /count/));
	});
	await check('postmark: validate', async () => {
		const got = await client.validateTemplate({ Subject: 'Hi {{name}}', HtmlBody: '{{#company}}<p>{{phone}}</p>{{/company}}{{#each lines}}{{title}} {{/each}}',
			TextBody: '{{name}} {{&name}}', TestRenderModel: { name: 'A & B', company: { phone: '1<2' } } });
		assert.equal(got.AllContentIsValid, true);
		assert.deepEqual(got.Subject, { ContentIsValid: true, ValidationErrors: [], RenderedContent: 'Hi A & B' });
		assert.deepEqual(got.HtmlBody, { ContentIsValid: true, ValidationErrors: [], RenderedContent: '<p>1&lt;2</p>title_Value ' });
		assert.equal(got.TextBody.RenderedContent, 'A & B A & B');
		assert.deepEqual(got.SuggestedTemplateModel, { name: 'A & B', company: { phone: '1<2' }, lines: [{ title: 'title_Value' }] });
		const bad = await client.validateTemplate({ Subject: 'Hi', HtmlBody: 'a\n{{#x}}', TestRenderModel: {} });
		like(bad, { AllContentIsValid: false, 'Subject.ContentIsValid': true, 'Subject.RenderedContent': 'Hi', 'HtmlBody.ContentIsValid': false,
			'HtmlBody.RenderedContent': null, 'HtmlBody.ValidationErrors.0.Line': 2, 'HtmlBody.ValidationErrors.0.CharacterPosition': 1,
			'HtmlBody.ValidationErrors.0.Message': /./, 'TextBody.RenderedContent': '' });
		await fails(() => client.validateTemplate({}), no(1109, /^No template data received\.$/));
		await fails(() => client.validateTemplate({ Subject: 'x', TestRenderModel: 'x' }), no(1122, /TestRenderModel/));
	});
	const frame = { Name: 'Main frame', TemplateType: 'Layout', HtmlBody: '<b>{{shop}}</b>{{{@content}}}', TextBody: '{{shop}} {{{ @content }}}' };
	const sent = async (alias) => (await client.validateTemplate({ ...(await client.getTemplate(alias)), TestRenderModel: { shop: 'S', name: 'A' } })).HtmlBody.RenderedContent;
	const count = async (query) => (await client.getTemplates({ count: 100, offset: 0, ...query })).TotalCount;
	// Mail of it, as it was written.
	const mail = async (template) => {
		const auth = basic(keys.all.key, keys.all.secret), headers = { 'Content-Type': 'application/json' };
		const { json } = await raw('POST', '/v1/messages', { auth, headers, body: { from: 'a@shop.test', to: 'ann@else.test', template, variables: { shop: 'S', name: 'A' } } });
		return (await raw('GET', `/v1/messages/${json.data[0].id}/source`, { auth })).text;
	};
	let layout, laid;
	await check('postmark: a layout, and what has it', async () => {
		layout = await client.createTemplate(frame);
		like(layout, { Name: 'Main frame', Alias: 'main-frame', TemplateType: 'Layout', LayoutTemplate: null, Active: true });
		like(await client.createTemplate(frame), { Alias: 'main-frame-2' });
		like(await client.deleteTemplate('main-frame-2'), { ErrorCode: 0 });
		like(await named('main-frame'), { dialect: 'mustachio', published: 1, html: frame.HtmlBody });
		laid = await client.createTemplate({ Name: 'Laid', Alias: 'laid', ...body, LayoutTemplate: 'Main-Frame' });
		like(laid, { TemplateType: 'Standard', LayoutTemplate: 'main-frame' });
		like(await client.getTemplate('laid'), { TemplateType: 'Standard', LayoutTemplate: 'main-frame', HtmlBody: body.HtmlBody });
		like(await client.getTemplate('main-frame'), { TemplateType: 'Layout', LayoutTemplate: null, Subject: '' });
		like(await named('laid', 'published'), { layout: 'main-frame', layout_version: 1 });
		assert.equal(await sent('laid'), '<b>S</b><p>A</p><i>title_Value</i>');
		assert.match(await mail('laid'), /<b>S<\/b><p>A<\/p>/);
	});
	await check('postmark: lists of types, and of what has a layout', async () => {
		const all = await count({});
		assert.deepEqual([await count({ templateType: 'Layout' }), await count({ templateType: 'Standard' }), await count({ templateType: 'All' })], [1, all - 1, all]);
		const { Templates: [one], TotalCount } = await client.getTemplates({ count: 1, offset: 0, LayoutTemplate: 'main-frame' });
		assert.equal(TotalCount, 1);
		like(one, { Alias: 'laid', TemplateType: 'Standard', LayoutTemplate: 'main-frame' });
		assert.equal(await count({ LayoutTemplate: 'nobody' }), 0);
		like((await client.getTemplates({ templateType: 'Layout' })).Templates[0], { TemplateId: layout.TemplateId, TemplateType: 'Layout' });
	});
	await check('postmark: a layout that is changed is in force with what has it', async () => {
		like(await client.editTemplate('main-frame', { HtmlBody: '<u>{{shop}}</u>{{{@content}}}', TemplateType: 'Layout' }), { TemplateType: 'Layout' });
		like(await named('laid', 'published'), { published: 2, layout_version: 2, changed: false });
		assert.equal(await sent('laid'), '<u>S</u><p>A</p><i>title_Value</i>');
		assert.match(await mail('laid'), /<u>S<\/u><p>A<\/p>/);
		like(await client.editTemplate(layout.TemplateId, { Alias: 'frame' }), { Alias: 'frame' });
		like(await client.getTemplate('laid'), { LayoutTemplate: 'frame' });
		// What has it would have a mistake: nothing is stored.
		const deep = (n) => '{{#a}}{{#b}}'.repeat(n / 2) + 'x' + '{{/b}}{{/a}}'.repeat(n / 2);
		await client.editTemplate('laid', { HtmlBody: deep(30) });
		await fails(() => client.editTemplate('frame', { HtmlBody: deep(30).replace('x', '{{{@content}}}') }), no(1122, /"laid" has this layout, and a mistake/));
		like(await client.getTemplate('frame'), { HtmlBody: '<u>{{shop}}</u>{{{@content}}}' });
		like(await named('frame'), { changed: false });
	});
	await check('postmark: the place of the content', async () => {
		const place = no(1131, /The layout content placeholder must be present/);
		await fails(() => client.createTemplate({ ...frame, HtmlBody: 'x' }), place);
		await fails(() => client.createTemplate({ ...frame, TextBody: '{{{@content}}}{{{@content}}}' }), place);
		await fails(() => client.editTemplate('frame', { HtmlBody: 'Html content' }), place);
		await fails(() => client.editTemplate('laid', { HtmlBody: '{{{@content}}}' }), no(1131, /'HtmlBody'/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: '{{{@content}}}', TextBody: 'x' }), no(1131, /'Subject'/));
		await fails(() => client.createTemplate({ ...frame, Subject: 'x' }), no(1123, /'Subject'/));
		await fails(() => client.createTemplate({ ...frame, LayoutTemplate: 'frame' }), no(1123, /'LayoutTemplate'/));
		await fails(() => client.editTemplate('laid', { TemplateType: 'Layout' }), no(1123, /does not change/));
		await fails(() => client.editTemplate('frame', { HtmlBody: '', TextBody: '' }), no(1120, /'HtmlBody' or 'TextBody'/));
		await fails(() => client.createTemplate({ TemplateType: 'Layout', Name: 'x' }), no(1120, /'HtmlBody' or 'TextBody'/));
		for (const LayoutTemplate of ['laid', 'nobody'])
			await fails(() => client.editTemplate('welcome', { LayoutTemplate }), no(1101, /LayoutTemplate/));
		await fails(() => them.createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x', LayoutTemplate: 'frame' }), no(1101, /LayoutTemplate/));
	});
	await check('postmark: validate with a layout', async () => {
		const got = await client.validateTemplate({ Subject: 'S', TextBody: 'Mr. Jones', LayoutTemplate: 'frame', TestRenderModel: { shop: 'X' } });
		like(got, { AllContentIsValid: true, 'TextBody.RenderedContent': 'X Mr. Jones', 'HtmlBody.RenderedContent': '', 'SuggestedTemplateModel.shop': 'X' });
		like(await client.validateTemplate({ ...frame, TestRenderModel: {} }), { AllContentIsValid: true, 'HtmlBody.RenderedContent': '<b>shop_Value</b>' });
		like(await client.validateTemplate({ ...frame, TextBody: 'x' }), { AllContentIsValid: false, 'HtmlBody.ContentIsValid': true,
			'TextBody.ContentIsValid': false, 'TextBody.ValidationErrors.0.Message': /must be present exactly once/ });
		like(await client.validateTemplate({ Subject: 'x', HtmlBody: '{{{@content}}}' }), { AllContentIsValid: false, 'HtmlBody.ContentIsValid': false });
		await fails(() => client.validateTemplate({ TextBody: 'x', LayoutTemplate: 'nobody' }), no(1101, /LayoutTemplate/));
	});
	await check('postmark: a layout in use stays', async () => {
		await fails(() => client.deleteTemplate('frame'), no(1130, /^The layout template cannot be deleted because it has dependent templates using it\.$/));
		// As the .NET client takes a layout off.
		like(await client.editTemplate('laid', { Name: null, LayoutTemplate: '' }), { Name: 'Laid', LayoutTemplate: null });
		like(await named('laid', 'published'), { layout: null, changed: false });
		like(await client.editTemplate('laid', { LayoutTemplate: 'frame' }), { LayoutTemplate: 'frame' });
		for (const alias of ['laid', 'frame'])
			like(await client.deleteTemplate(alias), { ErrorCode: 0 });
	});
	await check('postmark: refusals', async () => {
		await fails(() => client.createTemplate({}), no(1109, /^No template data received\.$/));
		await fails(() => client.createTemplate({ Subject: 'x', TextBody: 'x' }), no(1120, /'Name'/));
		await fails(() => client.createTemplate({ Name: 'x', TextBody: 'x' }), no(1120, /'Subject'/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x' }), no(1120, /'HtmlBody' or 'TextBody'/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', TextBody: 7 }), no(1122, /'TextBody' must be a text/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x', Alias: '1x' }), no(1122, /'Alias'/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x', Alias: 'welcome' }), no(1122, /'welcome' is that of another/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x'.repeat(1048577) }), no(1121, /bytes/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x', TemplateType: 'Other' }), no(1122, /'TemplateType' is Standard or Layout/));
		await fails(() => client.createTemplate({ Name: 'x', Subject: 'x', HtmlBody: 'a\n{{first name}}' }),
			no(1122, /'HtmlBody' has a mistake in line 2, column 1/));
		await fails(() => client.editTemplate(id, { TextBody: '{{#x}}' }), no(1122, /'TextBody' has a mistake/));
		like(await client.getTemplates({ count: 10, offset: 0 }), { TotalCount: 3 });
		like(await client.getTemplate(id), { TextBody: body.TextBody });
		await fails(() => client.getTemplate(4711), no(1101, /^The 'TemplateId' associated with this request is not valid or was not found\.$/));
		await fails(() => as(keys.read).createTemplate({ Name: 'x', Subject: 'x', TextBody: 'x' }), { statusCode: 401 });
		assert.ok(Errors.ApiInputError);
	});
	await check('postmark: another account', async () => {
		like(await them.getTemplates({ count: 10, offset: 0 }), { TotalCount: 0, Templates: [] });
		for (const name of [id, 'welcome'])
			for (const fn of [() => them.getTemplate(name), () => them.editTemplate(name, { Subject: 'x' }), () => them.deleteTemplate(name)])
				await fails(fn, no(1101, /not valid or was not found/));
		like(await client.getTemplate('welcome'), { Subject: 'Bienvenue {{name}}' });
		// An alias is of its account.
		like(await them.createTemplate({ Name: 'x', Alias: 'welcome', Subject: 'x', TextBody: 'x' }), { Alias: 'welcome' });
	});
	await check('postmark: removed', async () => {
		like(await client.deleteTemplate('welcome'), { ErrorCode: 0, Message: `Template ${id} removed.` });
		await fails(() => client.getTemplate(id), no(1101, /TemplateId/));
		await fails(() => client.deleteTemplate(id), no(1101, /TemplateId/));
	});
}

await { mailjet, sendgrid, postmark }[process.argv[2]]();
done();
