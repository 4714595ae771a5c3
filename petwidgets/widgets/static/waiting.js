var r=globalThis.petwidgetsParts??=(()=>{let e;return{coming:new Promise(t=>{e=t}),here:e}})();var a={async render(e){return(await r.coming).PART.render(e)}};export{a as default};
