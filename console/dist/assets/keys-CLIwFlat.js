import{w as _,d as u,k as Y,a as R,g as M,l as K,b as t,$ as S,X as V,W as x,B as f,O as Q,m as k,E as I,H as z,S as X,z as G,P as J,c as v,t as O,s as Z,V as ee,N as te,x as se,F as N,I as $,C as ne,q as C,D,Q as re}from"./index-PoLhKDq1.js";import{u as W}from"./reason-BoGQ2v5H.js";import{T as oe}from"./tabs-DC0EJkgQ.js";const w=[587,465,2525,588,25,80],L=e=>(w.indexOf(Number(e.number))+w.length+1)%(w.length+1);function le(e){const r=(o,n)=>o.map(s=>({number:String(s),encryption:n}));return[...r(e.plain,"–"),...[...r(e.starttls,"STARTTLS"),...r(e.tls,"TLS")].sort((o,n)=>L(o)-L(n))]}const y=e=>e.tls?"SSL/TLS":e.none?e.french?"Aucune":"None":"STARTTLS";function A(e){const r=Math.max(...e.map(([o])=>[...o].length));return e.map(([o,n])=>n?`${o.padEnd(r)}  ${n}`:o).join(`
`)}const T=[["curl",e=>`curl ${e.origin}/v1/messages --user '${e.user}:${e.password}' --json '{
  "from": "${e.from}", "to": "you@example.org",
  "subject": "Bonjour", "text": "1, 2, 3" }'`],["Laravel",e=>`# .env
MAIL_MAILER=smtp
MAIL_SCHEME=${e.tls?"smtps":"smtp"}
# Laravel 10: MAIL_ENCRYPTION=${e.tls?"ssl":e.none?"null":"tls"}
MAIL_HOST=${e.host}
MAIL_PORT=${e.port}
MAIL_USERNAME=${e.user}
MAIL_PASSWORD="${e.password}"
MAIL_FROM_ADDRESS=${e.from}`],["Symfony",e=>`# .env
MAILER_DSN=${e.tls?"smtps":"smtp"}://${encodeURIComponent(e.user)}:${encodeURIComponent(e.password)}@${e.host}:${e.port}`],["Django",e=>`# settings.py
EMAIL_HOST = "${e.host}"
EMAIL_PORT = ${e.port}
EMAIL_USE_${e.tls?"SSL":"TLS"} = ${e.none?"False":"True"}
EMAIL_HOST_USER = "${e.user}"
EMAIL_HOST_PASSWORD = "${e.password}"
DEFAULT_FROM_EMAIL = "${e.from}"`],["Nodemailer",e=>`const transport = nodemailer.createTransport({
  host: "${e.host}", port: ${e.port}, ${e.tls?"secure: true":e.none?"secure: false":"requireTLS: true"},
  auth: { user: "${e.user}", pass: "${e.password}" },
});
await transport.sendMail({ from: "${e.from}", to: "you@example.org", subject: "Bonjour", text: "1, 2, 3" });`],["WordPress",e=>`// wp-config.php, with the plugin WP Mail SMTP
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', '${e.host}' );
define( 'WPMS_SMTP_PORT', ${e.port} );
define( 'WPMS_SSL', '${e.tls?"ssl":e.none?"":"tls"}' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', '${e.user}' );
define( 'WPMS_SMTP_PASS', '${e.password}' );
define( 'WPMS_MAIL_FROM', '${e.from}' );`],["PrestaShop",e=>`# ${e.french?"Paramètres avancés > E-mail > Définir mes propres paramètres SMTP":"Advanced Parameters > E-mail > Set my own SMTP parameters"}
for set in \\
  'PS_MAIL_METHOD 2' 'PS_MAIL_SERVER ${e.host}' \\
  'PS_MAIL_SMTP_PORT ${e.port}' 'PS_MAIL_SMTP_ENCRYPTION ${e.tls?"ssl":e.none?"off":"tls"}' \\
  'PS_MAIL_USER ${e.user}' 'PS_MAIL_PASSWD ${e.password}' \\
  'PS_SHOP_EMAIL ${e.from}'
do php bin/console prestashop:config set "\${set%% *}" --value "\${set#* }"; done`],["Postfix",e=>`# /etc/postfix/main.cf
relayhost = [${e.host}]:${e.port}
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = ${e.none?"none":`verify${e.tls?`
smtp_tls_wrappermode = yes`:""}
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt`}

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
  hosts_require_auth = *${e.none?`
  hosts_avoid_tls = *`:`${e.tls?`
  protocol = smtps`:`
  hosts_require_tls = *`}
  tls_verify_certificates = system
  tls_verify_cert_hostnames = *`}

# begin authenticators
facteur_auth:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${e.user}^${e.password}`],["Exchange",e=>e.tls?`# Exchange speaks STARTTLS only: choose another port than ${e.port}.`:`# Exchange Management Shell
$secret = ConvertTo-SecureString '${e.password}' -AsPlainText -Force
New-SendConnector -Name Facteur -AddressSpaces '*' -DNSRoutingEnabled $false \`
  -SmartHosts ${e.host} -Port ${e.port} \`
  -SmartHostAuthMechanism ${e.none?"BasicAuth -RequireTLS $false":"BasicAuthRequireTLS -RequireTLS $true -TlsAuthLevel CertificateValidation"} \`
  -AuthenticationCredential (New-Object PSCredential '${e.user}', $secret)`],["Outlook",e=>A(e.french?[["Serveur de courrier sortant (SMTP)",e.host],["Port",String(e.port)],["Type de connexion chiffrée",y(e)],["Mon serveur sortant (SMTP) requiert une authentification",""],["Nom d’utilisateur",e.user],["Mot de passe",e.password]]:[["Outgoing mail server (SMTP)",e.host],["Port",String(e.port)],["Type of encrypted connection",y(e)],["My outgoing server (SMTP) requires authentication",""],["User Name",e.user],["Password",e.password]])],["Thunderbird",e=>A(e.french?[["Nom du serveur",e.host],["Port",String(e.port)],["Sécurité de la connexion",y(e)],["Méthode d’authentification","Mot de passe normal"],["Nom d’utilisateur",e.user],["Mot de passe, au premier envoi",e.password]]:[["Server Name",e.host],["Port",String(e.port)],["Connection security",y(e)],["Authentication method","Normal password"],["User Name",e.user],["Password, when you send first",e.password]])],["swaks",e=>`swaks --server ${e.host}:${e.port} ${e.tls?"--tls-on-connect ":e.none?"":"--tls "}--auth PLAIN \\
  --auth-user ${e.user} --auth-password '${e.password}' \\
  --from ${e.from} --to you@example.org`]];function ie(e,r){return r.encryption==="–"?`telnet ${e} ${r.number}`:`openssl s_client -connect ${e}:${r.number}${r.encryption==="TLS"?"":" -starttls smtp"} -quiet`}const ce=e=>`facteur doctor ports ${e}`;function g({text:e,label:r}){return t("div",{class:"copyline",children:[t("pre",{tabIndex:0,role:"group","aria-label":r,children:e}),t(V,{text:e,label:r})]})}const E={ok:"ok",warn:"warn",fail:"bad",unknown:"plain"};function ae(e){const[r,o]=u([]),[n,s]=u(!1),[i,l]=u(null),c=async()=>{s(!0),l(null);try{o((await M("/v1/doctor",{only:"port"})).checks)}catch(d){l(d)}finally{s(!1)}},a=r.filter(d=>!e.some(p=>p.number===d.subject));return{of:d=>r.find(p=>p.subject===d.number),others:a,look:()=>void c(),busy:n,error:i}}function de({host:e,ports:r,port:o,choose:n}){const s=_().keys,i=ae(r);return t("section",{class:"card",children:[t("h2",{children:s.ports}),t("p",{class:"muted",children:s.ports_intro}),t(x,{label:s.ports,children:t("table",{children:[t("thead",{children:t("tr",{children:[t("th",{children:s.port}),t("th",{children:s.encryption}),t("th",{children:s.choose})]})}),t("tbody",{children:r.map(l=>{const c=i.of(l);return t("tr",{children:[t("td",{children:t("label",{class:"nowrap mono",children:[t("input",{type:"radio",name:"port",checked:l.number===o.number,onChange:()=>n(l)})," ",l.number]})}),t("td",{children:l.encryption}),t("td",{children:[l.encryption==="–"?s.port_plain:s.port_why[`p${l.number}`]??s.port_other,c&&t("div",{class:"small",children:[t(f,{tone:E[c.state],children:c.found})," ",c.todo]})]})]},l.number)})})]})}),t("p",{class:"small muted",children:[s.port_note," ",t(Q,{topic:"doctor-port",about:s.ports})]}),t("h3",{children:s.test_port(o.number)}),t("p",{class:"small muted",children:s.test_port_why}),t(g,{text:ie(e,o),label:s.test_port(o.number)}),t("h3",{children:s.test_ports}),t(g,{text:ce(e),label:s.test_ports}),k("operate")&&t("button",{type:"button",disabled:i.busy,onClick:i.look,children:s.ask_server}),t(I,{error:i.error}),i.others.map(l=>t("p",{class:"small",children:[t(f,{tone:E[l.state],children:l.found})," ",l.todo]},l.subject))]})}function he({fresh:e}){const r=_().keys,o=T.map(([h])=>[h,h]),[n,s]=u(T[0]?.[0]??""),i=le(Y.value?.submission??{starttls:[],tls:[],plain:[]}),[l,c]=u(""),a=i.find(h=>h.number===l)??i[0]??{number:"587",encryption:"STARTTLS"},p=R(h=>M("/v1/domains",{limit:50},h),"settings").data?.data.find(h=>h.verified)?.domain??"shop.example",b=T.find(([h])=>h===n)?.[1]({host:location.hostname,port:Number(a.number),tls:a.encryption==="TLS",none:a.encryption==="–",origin:location.origin,from:`hello@${p}`,user:e?.smtp.user??"YOUR_KEY",password:e?.smtp.password??"YOUR_SECRET",french:K.value==="fr"})??"";return t(S,{children:[t("section",{class:"card",children:[t("h2",{children:r.settings}),t("p",{class:"muted",children:[e?r.settings_filled:r.settings_intro," ",r.settings_port(a.number)]}),t(oe,{label:r.client,tabs:o,chosen:n,choose:s,children:t(g,{text:b,label:n})})]}),t(de,{host:location.hostname,ports:i,port:a,choose:h=>c(h.number)})]})}const ue=["send","read","manage","suppress"];function pe({close:e,made:r}){const o=_(),n=o.keys,[s,i]=u(""),[l,c]=u(["send"]),[a,d]=u("transactional"),[p,b]=u(""),[h,H]=u(""),[U,j]=u(!1),P=W(o.common.why),q=async()=>{if(j(!l.length),!l.length)throw new re;r(await v("POST","/v1/keys",{label:s,scopes:l.join(","),stream:a,networks:p.trim()||void 0,expires:h.trim()||void 0},{reason:P.take()}))};return t(D,{title:n.make,close:e,children:t(N,{submit:q,buttons:m=>t(S,{children:[t("button",{type:"button",onClick:e,children:o.common.cancel}),t("button",{type:"submit",class:"primary",disabled:m,children:n.make})]}),children:[t($,{label:n.label,hint:n.label_hint,value:s,set:i,autofocus:!0}),t("fieldset",{children:[t("legend",{children:n.scopes}),ue.map(m=>t(ne,{checked:l.includes(m),set:F=>c(F?[...l,m]:l.filter(B=>B!==m)),children:[t("code",{children:m})," ",n.scope[m]]},m)),U&&t("p",{class:"wrong",role:"alert",children:n.scopes_needed})]}),t(C,{label:n.stream,value:a,set:d,options:[["transactional",o.activity.transactional],["broadcast",o.activity.broadcast]]}),t($,{label:n.networks,hint:n.networks_hint,value:p,set:b,mono:!0}),t($,{label:n.expires,hint:n.expires_hint,value:h,set:H,mono:!0}),P.field]})})}function me({k:e,close:r,made:o}){const n=_(),s=n.keys,[i,l]=u("24h"),c=W(n.common.why);return t(D,{title:s.roll_title,close:r,children:t(N,{submit:async()=>o(await v("POST",`/v1/keys/${O(e.key)}/roll`,{grace:i},{reason:c.take()})),buttons:a=>t(S,{children:[t("button",{type:"button",onClick:r,children:n.common.cancel}),t("button",{type:"submit",class:"primary",disabled:a,children:s.roll})]}),children:[t("p",{children:s.roll_ask}),t(C,{label:s.grace,value:i,set:l,options:[["1h","1 h"],["24h","24 h"],["168h","7 × 24 h"]]}),c.field]})})}function _e({k:e,done:r}){const o=_().keys,n=[[o.user,e.smtp.user],[o.password,e.smtp.password],[o.postmark,e.postmark_token],[o.sendgrid,e.sendgrid]];return t(te,{tone:"warn",children:[t("h2",{children:o.new_key}),t("p",{children:t("strong",{children:o.once})}),t("dl",{class:"facts secret",children:n.filter(([,s])=>s).map(([s,i])=>t(S,{children:[t("dt",{children:s},s+"t"),t("dd",{children:t(ee,{text:i,label:s})},s)]}))}),t("button",{type:"button",onClick:r,children:o.stored})]})}function fe(e){const r=_().keys;return e.enabled?e.expires&&Date.parse(e.expires)<Date.now()?t(f,{tone:"plain",children:r.over}):t(f,{tone:"ok",children:r.on}):t(f,{tone:"plain",children:r.off})}function Se({rows:e,revoke:r,roll:o}){const n=_().keys;return t(x,{label:n.table,children:t("table",{children:[t("thead",{children:t("tr",{children:[t("th",{children:n.label}),t("th",{children:n.key}),t("th",{children:n.scopes}),t("th",{children:n.state}),t("th",{children:n.used}),t("th",{children:t("span",{class:"visually-hidden",children:n.revoke})})]})}),t("tbody",{children:e.map(s=>t("tr",{children:[t("td",{class:"break",children:s.label||"–"}),t("td",{children:t("code",{class:"nowrap",children:[s.key.slice(0,16),"…"]})}),t("td",{children:s.scopes}),t("td",{children:fe(s)}),t("td",{children:[t(se,{at:s.last_used}),s.last_client&&t("div",{class:"small muted",children:n.last_from(s.last_client)})]}),t("td",{children:s.enabled&&k("manage")&&t("span",{class:"actions",children:[t("button",{type:"button",onClick:()=>o(s),children:[n.roll,t("span",{class:"visually-hidden",children:[" ",s.label||s.key]})]}),t("button",{type:"button",class:"danger",onClick:()=>r(s),children:[n.revoke,t("span",{class:"visually-hidden",children:[" ",s.label||s.key]})]})]})})]},s.key))})]})})}function we(){const e=_().keys,r=R(d=>M("/v1/keys",{},d),"keys"),[o,n]=u(null),[s,i]=u(null),l=d=>{i(d),n(null),r.reload(),scrollTo(0,0)},c=r.data?.data??[],a=()=>n(null);return t(S,{children:[t(z,{title:e.title,intro:e.intro,children:k("manage")&&t("button",{type:"button",class:"primary",onClick:()=>n({what:"make"}),children:e.make})}),s&&t(_e,{k:s,done:()=>i(null)}),t(I,{error:r.error,retry:r.reload}),!r.data&&!r.error&&t(X,{}),r.data&&!c.length&&t(G,{text:e.none,command:"facteur keys add --account NAME"}),c.length>0&&t(Se,{rows:[...c].reverse(),revoke:d=>n({what:"revoke",key:d}),roll:d=>n({what:"roll",key:d})}),t(he,{fresh:s}),o?.what==="make"&&t(pe,{close:a,made:l}),o?.what==="roll"&&t(me,{k:o.key,close:a,made:l}),o?.what==="revoke"&&t(J,{title:e.revoke_title,verb:e.revoke,close:a,act:async()=>{await v("DELETE",`/v1/keys/${O(o.key.key)}`),Z(e.revoked),r.reload()},children:t("p",{children:e.revoke_ask(o.key.label||o.key.key)})})]})}export{we as default};
