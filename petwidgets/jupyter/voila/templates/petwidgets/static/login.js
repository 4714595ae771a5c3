"use strict";(()=>{addEventListener("DOMContentLoaded",()=>{let o=document.querySelector("form");o&&(o.action+=location.hash)});})();
