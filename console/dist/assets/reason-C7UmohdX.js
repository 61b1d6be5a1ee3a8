<<<<<<<< HEAD:console/dist/assets/reason-C7UmohdX.js
import{w,d as s,Q as h,b as m,I as c,K as d}from"./index-DInQxcsc.js";const f=10;function _(o,r=d()){const t=w(),[e,a]=s(""),[i,u]=s("");return r?{field:m(c,{label:o,hint:t.message.reason_hint,value:e,set:a,wrong:i,maxLength:500}),take:()=>{const n=[...e.trim()].length<f;if(u(n?t.common.why_needed:""),n)throw new h;return e}}:{field:null,take:()=>{}}}export{_ as u};
========
import{w,d as s,Q as h,b as m,I as c,K as d}from"./index-Dh4iO7G9.js";const f=10;function _(o,r=d()){const t=w(),[e,a]=s(""),[i,u]=s("");return r?{field:m(c,{label:o,hint:t.message.reason_hint,value:e,set:a,wrong:i,maxLength:500}),take:()=>{const n=[...e.trim()].length<f;if(u(n?t.common.why_needed:""),n)throw new h;return e}}:{field:null,take:()=>{}}}export{_ as u};
>>>>>>>> h1:console/dist/assets/reason-Cwtvb_4s.js
