// The fragment of the address, with the lesson and the session, comes along to the page behind the
// form: browsers pass it on in redirects, but would not send it with a form.
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form");
  if (form) form.action += location.hash;
});
