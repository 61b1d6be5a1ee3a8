function a(t,o,n){const c=URL.createObjectURL(new Blob([n],{type:o})),e=document.createElement("a");e.href=c,e.download=t,e.click(),URL.revokeObjectURL(c)}export{a as s};
