globalThis.petwidgetsParts??={};var r=globalThis.petwidgetsParts;r.coming??=new Promise(e=>{r.here=e});var t=r;var o={async render(e){return(await t.coming).PART.render(e)}};export{o as default};
