"use strict";(()=>{var e=Number(document.currentScript?.dataset.seconds);setTimeout(()=>location.reload(),1e3*e);})();
