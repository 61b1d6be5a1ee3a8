import{w as m,d as c,a as L,g as $,l as Y,b as t,$ as f,X as K,W as E,B as _,O as V,m as M,E as x,H as Q,S as z,z as X,P as G,c as g,t as I,s as J,V as Z,N as ee,x as te,F as R,I as y,C as se,q as O,D as C,Q as re}from"./index-Bf4LkztA.js";import{u as N}from"./reason-KLIpscTQ.js";import{T as oe}from"./tabs-OIn9sRYh.js";const D=["587","465","2525","588","25","80"],P=e=>e==="465",S=e=>e.tls?"SSL/TLS":"STARTTLS";function v(e){const o=Math.max(...e.map(([n])=>[...n].length));return e.map(([n,s])=>s?`${n.padEnd(o)}  ${s}`:n).join(`
`)}const w=[["curl",e=>`curl ${e.origin}/v1/messages --user '${e.user}:${e.password}' --json '{
  "from": "${e.from}", "to": "you@example.org",
  "subject": "Bonjour", "text": "1, 2, 3" }'`],["Laravel",e=>`# .env
MAIL_MAILER=smtp
MAIL_SCHEME=${e.tls?"smtps":"smtp"}
# Laravel 10: MAIL_ENCRYPTION=${e.tls?"ssl":"tls"}
MAIL_HOST=${e.host}
MAIL_PORT=${e.port}
MAIL_USERNAME=${e.user}
MAIL_PASSWORD="${e.password}"
MAIL_FROM_ADDRESS=${e.from}`],["Symfony",e=>`# .env
MAILER_DSN=${e.tls?"smtps":"smtp"}://${encodeURIComponent(e.user)}:${encodeURIComponent(e.password)}@${e.host}:${e.port}`],["Django",e=>`# settings.py
EMAIL_HOST = "${e.host}"
EMAIL_PORT = ${e.port}
EMAIL_USE_${e.tls?"SSL":"TLS"} = True
EMAIL_HOST_USER = "${e.user}"
EMAIL_HOST_PASSWORD = "${e.password}"
DEFAULT_FROM_EMAIL = "${e.from}"`],["Nodemailer",e=>`const transport = nodemailer.createTransport({
  host: "${e.host}", port: ${e.port}, ${e.tls?"secure: true":"requireTLS: true"},
  auth: { user: "${e.user}", pass: "${e.password}" },
});
await transport.sendMail({ from: "${e.from}", to: "you@example.org", subject: "Bonjour", text: "1, 2, 3" });`],["WordPress",e=>`// wp-config.php, with the plugin WP Mail SMTP
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', '${e.host}' );
define( 'WPMS_SMTP_PORT', ${e.port} );
define( 'WPMS_SSL', '${e.tls?"ssl":"tls"}' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', '${e.user}' );
define( 'WPMS_SMTP_PASS', '${e.password}' );
define( 'WPMS_MAIL_FROM', '${e.from}' );`],["PrestaShop",e=>`# ${e.french?"Paramètres avancés > E-mail > Définir mes propres paramètres SMTP":"Advanced Parameters > E-mail > Set my own SMTP parameters"}
for set in \\
  'PS_MAIL_METHOD 2' 'PS_MAIL_SERVER ${e.host}' \\
  'PS_MAIL_SMTP_PORT ${e.port}' 'PS_MAIL_SMTP_ENCRYPTION ${e.tls?"ssl":"tls"}' \\
  'PS_MAIL_USER ${e.user}' 'PS_MAIL_PASSWD ${e.password}' \\
  'PS_SHOP_EMAIL ${e.from}'
do php bin/console prestashop:config set "\${set%% *}" --value "\${set#* }"; done`],["Postfix",e=>`# /etc/postfix/main.cf
relayhost = [${e.host}]:${e.port}
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = verify${e.tls?`
smtp_tls_wrappermode = yes`:""}
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt

# /etc/postfix/sasl_passwd (chmod 600, then: postmap /etc/postfix/sasl_passwd)
[${e.host}]:${e.port} ${e.user}:${e.password}`],["Exim",e=>`# exim.conf, begin routers (the first one for mail that leaves)
facteur:
  driver = manualroute
  domains = ! +local_domains
  transport = facteur_smtp
  route_list = * ${e.host}::${e.port} byname
  no_more

# begin transports
facteur_smtp:
  driver = smtp
  hosts_require_auth = *${e.tls?`
  protocol = smtps`:`
  hosts_require_tls = *`}
  tls_verify_certificates = system
  tls_verify_cert_hostnames = *

# begin authenticators
facteur_auth:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${e.user}^${e.password}`],["Exchange",e=>e.tls?"# Exchange speaks STARTTLS only: choose another port than 465.":`# Exchange Management Shell
$secret = ConvertTo-SecureString '${e.password}' -AsPlainText -Force
New-SendConnector -Name Facteur -AddressSpaces '*' -DNSRoutingEnabled $false \`
  -SmartHosts ${e.host} -Port ${e.port} \`
  -SmartHostAuthMechanism BasicAuthRequireTLS -RequireTLS $true \`
  -TlsAuthLevel CertificateValidation \`
  -AuthenticationCredential (New-Object PSCredential '${e.user}', $secret)`],["Outlook",e=>v(e.french?[["Serveur de courrier sortant (SMTP)",e.host],["Port",String(e.port)],["Type de connexion chiffrée",S(e)],["Mon serveur sortant (SMTP) requiert une authentification",""],["Nom d’utilisateur",e.user],["Mot de passe",e.password]]:[["Outgoing mail server (SMTP)",e.host],["Port",String(e.port)],["Type of encrypted connection",S(e)],["My outgoing server (SMTP) requires authentication",""],["User Name",e.user],["Password",e.password]])],["Thunderbird",e=>v(e.french?[["Nom du serveur",e.host],["Port",String(e.port)],["Sécurité de la connexion",S(e)],["Méthode d’authentification","Mot de passe normal"],["Nom d’utilisateur",e.user],["Mot de passe, au premier envoi",e.password]]:[["Server Name",e.host],["Port",String(e.port)],["Connection security",S(e)],["Authentication method","Normal password"],["User Name",e.user],["Password, when you send first",e.password]])],["swaks",e=>`swaks --server ${e.host}:${e.port} ${e.tls?"--tls-on-connect":"--tls"} --auth PLAIN \\
  --auth-user ${e.user} --auth-password '${e.password}' \\
  --from ${e.from} --to you@example.org`]];function ne(e,o){return`openssl s_client -connect ${e}:${o}${P(o)?"":" -starttls smtp"} -quiet`}const le=e=>`facteur doctor ports ${e}`;function b({text:e,label:o}){return t("div",{class:"copyline",children:[t("pre",{tabIndex:0,role:"group","aria-label":o,children:e}),t(K,{text:e,label:o})]})}const A={ok:"ok",warn:"warn",fail:"bad",unknown:"plain"};function ie(){const[e,o]=c([]),[n,s]=c(!1),[r,l]=c(null),i=async()=>{s(!0),l(null);try{o((await $("/v1/doctor",{only:"port"})).checks)}catch(a){l(a)}finally{s(!1)}},h=e.filter(a=>!D.includes(a.subject));return{of:a=>e.find(d=>d.subject===a),others:h,look:()=>void i(),busy:n,error:r}}function ae({host:e,port:o,choose:n}){const s=m().keys,r=ie();return t("section",{class:"card",children:[t("h2",{children:s.ports}),t("p",{class:"muted",children:s.ports_intro}),t(E,{label:s.ports,children:t("table",{children:[t("thead",{children:t("tr",{children:[t("th",{children:s.port}),t("th",{children:s.encryption}),t("th",{children:s.choose})]})}),t("tbody",{children:D.map(l=>{const i=r.of(l);return t("tr",{children:[t("td",{children:t("label",{class:"nowrap mono",children:[t("input",{type:"radio",name:"port",checked:l===o,onChange:()=>n(l)})," ",l]})}),t("td",{children:P(l)?"TLS":"STARTTLS"}),t("td",{children:[s.port_why[`p${l}`],i&&t("div",{class:"small",children:[t(_,{tone:A[i.state],children:i.found})," ",i.todo]})]})]},l)})})]})}),t("p",{class:"small muted",children:[s.port_note," ",t(V,{topic:"doctor-port",about:s.ports})]}),t("h3",{children:s.test_port(o)}),t("p",{class:"small muted",children:s.test_port_why}),t(b,{text:ne(e,o),label:s.test_port(o)}),t("h3",{children:s.test_ports}),t(b,{text:le(e),label:s.test_ports}),M("operate")&&t("button",{type:"button",disabled:r.busy,onClick:r.look,children:s.ask_server}),t(x,{error:r.error}),r.others.map(l=>t("p",{class:"small",children:[t(_,{tone:A[l.state],children:l.found})," ",l.todo]},l.subject))]})}function ce({fresh:e}){const o=m().keys,n=w.map(([p])=>[p,p]),[s,r]=c(w[0]?.[0]??""),[l,i]=c("587"),a=L(p=>$("/v1/domains",{limit:50},p),"settings").data?.data.find(p=>p.verified)?.domain??"shop.example",d=w.find(([p])=>p===s)?.[1]({host:location.hostname,port:Number(l),tls:P(l),origin:location.origin,from:`hello@${a}`,user:e?.smtp.user??"YOUR_KEY",password:e?.smtp.password??"YOUR_SECRET",french:Y.value==="fr"})??"";return t(f,{children:[t("section",{class:"card",children:[t("h2",{children:o.settings}),t("p",{class:"muted",children:[e?o.settings_filled:o.settings_intro," ",o.settings_port(l)]}),t(oe,{label:o.client,tabs:n,chosen:s,choose:r,children:t(b,{text:d,label:s})})]}),t(ae,{host:location.hostname,port:l,choose:i})]})}const de=["send","read","manage","suppress"];function he({close:e,made:o}){const n=m(),s=n.keys,[r,l]=c(""),[i,h]=c(["send"]),[a,d]=c("transactional"),[p,W]=c(""),[k,H]=c(""),[U,j]=c(!1),T=N(n.common.why),q=async()=>{if(j(!i.length),!i.length)throw new re;o(await g("POST","/v1/keys",{label:r,scopes:i.join(","),stream:a,networks:p.trim()||void 0,expires:k.trim()||void 0},{reason:T.take()}))};return t(C,{title:s.make,close:e,children:t(R,{submit:q,buttons:u=>t(f,{children:[t("button",{type:"button",onClick:e,children:n.common.cancel}),t("button",{type:"submit",class:"primary",disabled:u,children:s.make})]}),children:[t(y,{label:s.label,hint:s.label_hint,value:r,set:l,autofocus:!0}),t("fieldset",{children:[t("legend",{children:s.scopes}),de.map(u=>t(se,{checked:i.includes(u),set:F=>h(F?[...i,u]:i.filter(B=>B!==u)),children:[t("code",{children:u})," ",s.scope[u]]},u)),U&&t("p",{class:"wrong",role:"alert",children:s.scopes_needed})]}),t(O,{label:s.stream,value:a,set:d,options:[["transactional",n.activity.transactional],["broadcast",n.activity.broadcast]]}),t(y,{label:s.networks,hint:s.networks_hint,value:p,set:W,mono:!0}),t(y,{label:s.expires,hint:s.expires_hint,value:k,set:H,mono:!0}),T.field]})})}function pe({k:e,close:o,made:n}){const s=m(),r=s.keys,[l,i]=c("24h"),h=N(s.common.why);return t(C,{title:r.roll_title,close:o,children:t(R,{submit:async()=>n(await g("POST",`/v1/keys/${I(e.key)}/roll`,{grace:l},{reason:h.take()})),buttons:a=>t(f,{children:[t("button",{type:"button",onClick:o,children:s.common.cancel}),t("button",{type:"submit",class:"primary",disabled:a,children:r.roll})]}),children:[t("p",{children:r.roll_ask}),t(O,{label:r.grace,value:l,set:i,options:[["1h","1 h"],["24h","24 h"],["168h","7 × 24 h"]]}),h.field]})})}function ue({k:e,done:o}){const n=m().keys,s=[[n.user,e.smtp.user],[n.password,e.smtp.password],[n.postmark,e.postmark_token],[n.sendgrid,e.sendgrid]];return t(ee,{tone:"warn",children:[t("h2",{children:n.new_key}),t("p",{children:t("strong",{children:n.once})}),t("dl",{class:"facts secret",children:s.filter(([,r])=>r).map(([r,l])=>t(f,{children:[t("dt",{children:r},r+"t"),t("dd",{children:t(Z,{text:l,label:r})},r)]}))}),t("button",{type:"button",onClick:o,children:n.stored})]})}function me(e){const o=m().keys;return e.enabled?e.expires&&Date.parse(e.expires)<Date.now()?t(_,{tone:"plain",children:o.over}):t(_,{tone:"ok",children:o.on}):t(_,{tone:"plain",children:o.off})}function _e({rows:e,revoke:o,roll:n}){const s=m().keys;return t(E,{label:s.table,children:t("table",{children:[t("thead",{children:t("tr",{children:[t("th",{children:s.label}),t("th",{children:s.key}),t("th",{children:s.scopes}),t("th",{children:s.state}),t("th",{children:s.used}),t("th",{children:t("span",{class:"visually-hidden",children:s.revoke})})]})}),t("tbody",{children:e.map(r=>t("tr",{children:[t("td",{class:"break",children:r.label||"–"}),t("td",{children:t("code",{class:"nowrap",children:[r.key.slice(0,16),"…"]})}),t("td",{children:r.scopes}),t("td",{children:me(r)}),t("td",{children:[t(te,{at:r.last_used}),r.last_client&&t("div",{class:"small muted",children:s.last_from(r.last_client)})]}),t("td",{children:r.enabled&&M("manage")&&t("span",{class:"actions",children:[t("button",{type:"button",onClick:()=>n(r),children:[s.roll,t("span",{class:"visually-hidden",children:[" ",r.label||r.key]})]}),t("button",{type:"button",class:"danger",onClick:()=>o(r),children:[s.revoke,t("span",{class:"visually-hidden",children:[" ",r.label||r.key]})]})]})})]},r.key))})]})})}function we(){const e=m().keys,o=L(d=>$("/v1/keys",{},d),"keys"),[n,s]=c(null),[r,l]=c(null),i=d=>{l(d),s(null),o.reload(),scrollTo(0,0)},h=o.data?.data??[],a=()=>s(null);return t(f,{children:[t(Q,{title:e.title,intro:e.intro,children:M("manage")&&t("button",{type:"button",class:"primary",onClick:()=>s({what:"make"}),children:e.make})}),r&&t(ue,{k:r,done:()=>l(null)}),t(x,{error:o.error,retry:o.reload}),!o.data&&!o.error&&t(z,{}),o.data&&!h.length&&t(X,{text:e.none,command:"facteur keys add --account NAME"}),h.length>0&&t(_e,{rows:[...h].reverse(),revoke:d=>s({what:"revoke",key:d}),roll:d=>s({what:"roll",key:d})}),t(ce,{fresh:r}),n?.what==="make"&&t(he,{close:a,made:i}),n?.what==="roll"&&t(pe,{k:n.key,close:a,made:i}),n?.what==="revoke"&&t(G,{title:e.revoke_title,verb:e.revoke,close:a,act:async()=>{await g("DELETE",`/v1/keys/${I(n.key.key)}`),J(e.revoked),o.reload()},children:t("p",{children:e.revoke_ask(n.key.label||n.key.key)})})]})}export{we as default};
