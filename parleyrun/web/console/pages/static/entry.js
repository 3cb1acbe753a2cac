// The entry: an address with a token behind its # lets in by itself, and whoever is in already goes on.
const form = document.querySelector("form");
const name = document.querySelector("#name");
const KNOWN = "parleyrun-console-name";

/** Take the token out of the address line, and so out of what the browser remembers; say whether there was one. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return false;
  history.replaceState(null, "", location.pathname);
  document.querySelector("#token").value = token;
  // Whose browser it is, is known from the last time.
  name.value ||= localStorage.getItem(KNOWN) ?? "";
  if (name.value) form.requestSubmit();
  else name.focus();
  return true;
}

form.addEventListener("submit", () => localStorage.setItem(KNOWN, name.value));
addEventListener("hashchange", takeToken);

if (!takeToken() && !document.querySelector(".wrong").textContent) {
  // Who came by a link elsewhere has not sent their cookie along; a page of ours does.
  const me = await fetch("api/me");
  if (me.ok) location.replace("./");
}
