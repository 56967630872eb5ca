// What pages do better with script. Each of them works without it.

"use strict";

// A password can be looked at while it is typed.
for (const button of document.querySelectorAll("[data-reveals]")) {
  const field = document.getElementById(button.dataset.reveals);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.firstChild.data = shown ? "Hide" : "Show";
    field.focus();
  });
  // What is sent, and what a browser keeps of the form, is a password.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}

// Times are those of the reader's clock; UTC stands beside them. Pages of administration are in UTC throughout.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]:not([data-utc])")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.title = time.textContent;
    time.textContent = local.format(at);
  }
}

// The link of a letter brings its code behind the "#", which no server sees; it goes into its field, out of the address.
const takeCode = () => {
  const mailed = /^#code=([0-9A-Za-z-]{1,64})$/.exec(location.hash);
  const field = document.getElementById("code");
  if (mailed && field) {
    field.value = mailed[1];
    history.replaceState(null, "", location.pathname + location.search);
  }
};
takeCode();
addEventListener("hashchange", takeCode);

// Whoever sent a form that was not right is led to what is to be done.
document.querySelector("[data-focus]")?.focus();

// A sentence that was said once is not said again when the page is loaded anew.
const here = new URL(location.href);
if (here.searchParams.has("said")) {
  here.searchParams.delete("said");
  history.replaceState(null, "", here);
}

// A page that the browser kept shows what was; after signing out that is nobody's any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});
