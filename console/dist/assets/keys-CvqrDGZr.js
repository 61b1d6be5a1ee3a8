import{w as u,d,g,a as e,O as $,$ as m,W as v,H,m as M,E as j,S as F,L as q,z as B,b as f,v as L,s as K,M as Y,N as Q,J as z,F as P,I as _,C as J,k as A,D as E,B as y,Q as G}from"./index-CtYXoHB1.js";import{u as x}from"./load-CMJ9AX4L.js";import{u as R}from"./reason-BZnoABtX.js";import{T as V}from"./tabs-4TuUY543.js";const b=[["curl",t=>`curl ${t.origin}/v1/messages --user '${t.user}:${t.password}' --json '{
  "from": "${t.from}", "to": "you@example.org",
  "subject": "Bonjour", "text": "1, 2, 3" }'`],["Laravel",t=>`# .env
MAIL_MAILER=smtp
MAIL_HOST=${t.host}
MAIL_PORT=587
MAIL_USERNAME=${t.user}
MAIL_PASSWORD="${t.password}"
MAIL_FROM_ADDRESS=${t.from}`],["Symfony",t=>`# .env
MAILER_DSN=smtp://${encodeURIComponent(t.user)}:${encodeURIComponent(t.password)}@${t.host}:587`],["Django",t=>`# settings.py
EMAIL_HOST = "${t.host}"
EMAIL_PORT = 587
EMAIL_USE_TLS = True
EMAIL_HOST_USER = "${t.user}"
EMAIL_HOST_PASSWORD = "${t.password}"
DEFAULT_FROM_EMAIL = "${t.from}"`],["Nodemailer",t=>`const transport = nodemailer.createTransport({
  host: "${t.host}", port: 587, requireTLS: true,
  auth: { user: "${t.user}", pass: "${t.password}" },
});
await transport.sendMail({ from: "${t.from}", to: "you@example.org", subject: "Bonjour", text: "1, 2, 3" });`],["WordPress",t=>`// wp-config.php, with the plugin WP Mail SMTP
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', '${t.host}' );
define( 'WPMS_SMTP_PORT', 587 );
define( 'WPMS_SSL', 'tls' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', '${t.user}' );
define( 'WPMS_SMTP_PASS', '${t.password}' );
define( 'WPMS_MAIL_FROM', '${t.from}' );`],["Postfix",t=>`# /etc/postfix/main.cf
relayhost = [${t.host}]:587
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = verify
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt

# /etc/postfix/sasl_passwd (chmod 600, then: postmap /etc/postfix/sasl_passwd)
[${t.host}]:587 ${t.user}:${t.password}`],["Thunderbird, Outlook",t=>`${t.host}
SMTP  465  SSL/TLS
${t.user}
${t.password}`],["swaks",t=>`swaks --server ${t.host}:587 --tls --auth PLAIN \\
  --auth-user ${t.user} --auth-password '${t.password}' \\
  --from ${t.from} --to you@example.org`]];function T(t){return`openssl s_client -connect ${t}:587 -starttls smtp -quiet
openssl s_client -connect ${t}:465 -quiet
openssl s_client -connect ${t}:2525 -starttls smtp -quiet
openssl s_client -connect ${t}:25 -starttls smtp -quiet`}const X=[["587","STARTTLS","p587"],["465","TLS","p465"],["2525","STARTTLS","p2525"],["25","STARTTLS","p25"]];function Z({host:t}){const r=u().keys;return e("section",{class:"card",children:[e("h2",{children:r.ports}),e(v,{label:r.ports,children:e("table",{children:[e("thead",{children:e("tr",{children:[e("th",{children:r.port}),e("th",{children:r.encryption}),e("th",{children:r.choose})]})}),e("tbody",{children:X.map(([o,s,n])=>e("tr",{children:[e("td",{class:"mono",children:o}),e("td",{children:s}),e("td",{children:r.port_why[n]})]},o))})]})}),e("p",{class:"small muted",children:r.port_note}),e("h3",{children:r.test_ports}),e("div",{class:"copyline",children:[e("pre",{tabIndex:0,role:"group","aria-label":r.test_ports,children:T(t)}),e($,{text:T(t),label:r.test_ports})]})]})}function ee({fresh:t}){const r=u().keys,o=b.map(([l])=>[l,l]),[s,n]=d(b[0]?.[0]??""),a=x(l=>g("/v1/domains",{limit:50},l),"settings").data?.data.find(l=>l.verified)?.domain??"shop.example",i=b.find(([l])=>l===s)?.[1]({host:location.hostname,origin:location.origin,from:`hello@${a}`,user:t?.smtp.user??"YOUR_KEY",password:t?.smtp.password??"YOUR_SECRET"})??"";return e(m,{children:[e("section",{class:"card",children:[e("h2",{children:r.settings}),e("p",{class:"muted",children:t?r.settings_filled:r.settings_intro}),e(V,{label:r.client,tabs:o,chosen:s,choose:n,children:e("div",{class:"copyline",children:[e("pre",{tabIndex:0,role:"group","aria-label":s,children:i}),e($,{text:i,label:s})]})})]}),e(Z,{host:location.hostname})]})}const te=["send","read","manage","suppress"];function se({close:t,made:r}){const o=u(),s=o.keys,[n,c]=d(""),[a,i]=d(["send"]),[l,h]=d("transactional"),[w,I]=d(""),[S,O]=d(""),[C,W]=d(!1),k=R(o.common.why),D=async()=>{if(W(!a.length),!a.length)throw new G;r(await f("POST","/v1/keys",{label:n,scopes:a.join(","),stream:l,networks:w.trim()||void 0,expires:S.trim()||void 0},{reason:k.take()}))};return e(E,{title:s.make,close:t,children:e(P,{submit:D,buttons:p=>e(m,{children:[e("button",{type:"button",onClick:t,children:o.common.cancel}),e("button",{type:"submit",class:"primary",disabled:p,children:s.make})]}),children:[e(_,{label:s.label,hint:s.label_hint,value:n,set:c,autofocus:!0}),e("fieldset",{children:[e("legend",{children:s.scopes}),te.map(p=>e(J,{checked:a.includes(p),set:U=>i(U?[...a,p]:a.filter(N=>N!==p)),children:[e("code",{children:p})," ",s.scope[p]]},p)),C&&e("p",{class:"wrong",role:"alert",children:s.scopes_needed})]}),e(A,{label:s.stream,value:l,set:h,options:[["transactional",o.activity.transactional],["broadcast",o.activity.broadcast]]}),e(_,{label:s.networks,hint:s.networks_hint,value:w,set:I,mono:!0}),e(_,{label:s.expires,hint:s.expires_hint,value:S,set:O,mono:!0}),k.field]})})}function ne({k:t,close:r,made:o}){const s=u(),n=s.keys,[c,a]=d("24h"),i=R(s.common.why);return e(E,{title:n.roll_title,close:r,children:e(P,{submit:async()=>o(await f("POST",`/v1/keys/${L(t.key)}/roll`,{grace:c},{reason:i.take()})),buttons:l=>e(m,{children:[e("button",{type:"button",onClick:r,children:s.common.cancel}),e("button",{type:"submit",class:"primary",disabled:l,children:n.roll})]}),children:[e("p",{children:n.roll_ask}),e(A,{label:n.grace,value:c,set:a,options:[["1h","1 h"],["24h","24 h"],["168h","7 × 24 h"]]}),i.field]})})}function re({k:t,done:r}){const o=u().keys,s=[[o.user,t.smtp.user],[o.password,t.smtp.password],[o.postmark,t.postmark_token],[o.sendgrid,t.sendgrid]];return e(Q,{tone:"warn",children:[e("h2",{children:o.new_key}),e("p",{children:e("strong",{children:o.once})}),e("dl",{class:"facts secret",children:s.filter(([,n])=>n).map(([n,c])=>e(m,{children:[e("dt",{children:n},n+"t"),e("dd",{children:e(Y,{text:c,label:n})},n)]}))}),e("button",{type:"button",onClick:r,children:o.stored})]})}function oe(t){const r=u().keys;return t.enabled?t.expires&&Date.parse(t.expires)<Date.now()?e(y,{tone:"plain",children:r.over}):e(y,{tone:"ok",children:r.on}):e(y,{tone:"plain",children:r.off})}function le({rows:t,revoke:r,roll:o}){const s=u().keys;return e(v,{label:s.table,children:e("table",{children:[e("thead",{children:e("tr",{children:[e("th",{children:s.label}),e("th",{children:s.key}),e("th",{children:s.scopes}),e("th",{children:s.state}),e("th",{children:s.used}),e("th",{children:e("span",{class:"visually-hidden",children:s.revoke})})]})}),e("tbody",{children:t.map(n=>e("tr",{children:[e("td",{class:"break",children:n.label||"–"}),e("td",{children:e("code",{class:"nowrap",children:[n.key.slice(0,16),"…"]})}),e("td",{children:n.scopes}),e("td",{children:oe(n)}),e("td",{children:[e(z,{at:n.last_used}),n.last_client&&e("div",{class:"small muted",children:s.last_from(n.last_client)})]}),e("td",{children:n.enabled&&M("manage")&&e("span",{class:"actions",children:[e("button",{type:"button",onClick:()=>o(n),children:[s.roll,e("span",{class:"visually-hidden",children:[" ",n.label||n.key]})]}),e("button",{type:"button",class:"danger",onClick:()=>r(n),children:[s.revoke,e("span",{class:"visually-hidden",children:[" ",n.label||n.key]})]})]})})]},n.key))})]})})}function he(){const t=u().keys,r=x(h=>g("/v1/keys",{},h),"keys"),[o,s]=d(null),[n,c]=d(null),a=h=>{c(h),s(null),r.reload(),scrollTo(0,0)},i=r.data?.data??[],l=()=>s(null);return e(m,{children:[e(H,{title:t.title,intro:t.intro,children:M("manage")&&e("button",{type:"button",class:"primary",onClick:()=>s({what:"make"}),children:t.make})}),n&&e(re,{k:n,done:()=>c(null)}),e(j,{error:r.error,retry:r.reload}),!r.data&&!r.error&&e(F,{}),r.data&&!i.length&&e(q,{text:t.none,command:"facteur keys add --account NAME"}),i.length>0&&e(le,{rows:[...i].reverse(),revoke:h=>s({what:"revoke",key:h}),roll:h=>s({what:"roll",key:h})}),e(ee,{fresh:n}),o?.what==="make"&&e(se,{close:l,made:a}),o?.what==="roll"&&e(ne,{k:o.key,close:l,made:a}),o?.what==="revoke"&&e(B,{title:t.revoke_title,verb:t.revoke,close:l,act:async()=>{await f("DELETE",`/v1/keys/${L(o.key.key)}`),K(t.revoked),r.reload()},children:e("p",{children:t.revoke_ask(o.key.label||o.key.key)})})]})}export{he as default};
