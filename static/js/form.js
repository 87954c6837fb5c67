// Forms: nothing typed gets lost, the preview comes without leaving the page,
// and after a round trip to the server the reader stands where they were.

// One policy, for one use: to read a whole page of this server, as text, into
// a document that runs nothing. Scripts of such a document never start.
const policy = window.trustedTypes?.createPolicy("lernraum", { createHTML: (s) => s });
const parse = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");

const PLACE = "lernraum.place";

// A form marked data-guard warns before its changes are left behind.
export function guard() {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    // A form that comes back from the server with a refusal or a preview
    // holds text that is not saved yet.
    let changed = form.dataset.guard === "changed" || Boolean(document.querySelector("#errors, #preview, #conflict"));
    let leaving = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("change", () => { changed = true; });
    form.addEventListener("submit", (e) => { leaving = !e.defaultPrevented; });
    window.addEventListener("pageshow", () => { leaving = false; });
    window.addEventListener("beforeunload", (e) => {
      if (changed && !leaving) e.preventDefault();
    });
  }
}

// The preview button sends the form in the background and takes the preview
// out of the page that comes back. When anything goes wrong, the ordinary
// round trip follows.
export function preview() {
  for (const button of document.querySelectorAll("button[data-preview]")) {
    button.addEventListener("click", async (e) => {
      const form = button.form;
      if (!form || button.dataset.plain) return;
      e.preventDefault();
      e.stopPropagation();
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      try {
        const body = new FormData(form, button);
        const type = form.enctype === "multipart/form-data";
        const r = await fetch(form.action, { method: "POST", body: type ? body : new URLSearchParams(body) });
        const fresh = parse(await r.text()).getElementById("preview");
        if (!fresh) throw new Error("no preview");
        const old = document.getElementById("preview");
        const node = document.importNode(fresh, true);
        if (old) old.replaceWith(node);
        else (form.querySelector("[data-preview-here]") || button.closest("fieldset, .lr-savebar") || button).before(node);
        node.tabIndex = -1;
        node.scrollIntoView({ block: "start" });
        node.focus({ preventScroll: true });
      } catch {
        button.dataset.plain = "1";
        form.requestSubmit(button);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
}

// Adding or removing a row is a round trip. The place on the page is kept, and
// the fragment in the address says which row gets the focus.
export function keepPlace() {
  document.addEventListener("submit", (e) => {
    if (/^(add|remove):/.test(e.submitter?.value || "")) {
      const name = e.submitter.value.split(":")[1];
      sessionStorage.setItem(PLACE, JSON.stringify({ y: scrollY, value: e.submitter.value, name, path: location.pathname }));
    }
  });
  const kept = sessionStorage.getItem(PLACE);
  if (!kept) return;
  sessionStorage.removeItem(PLACE);
  const { y, value, name } = JSON.parse(kept);
  scrollTo({ top: y, behavior: "instant" });
  const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const rows = [...document.querySelectorAll("[data-row]")].filter((r) => r.dataset.row === name);
  const target = value.startsWith("add:")
    ? (row || rows.at(-1))?.querySelector("input, select, textarea")
    : document.querySelector(`button[value="${CSS.escape(`add:${name}`)}"]`);
  target?.focus({ preventScroll: value.startsWith("remove:") });
}

// After a refusal the summary of errors gets the focus. Its links go to the
// field itself, also when that lies in a closed group.
export function focusErrors() {
  const box = document.getElementById("errors");
  if (!box) return;
  box.tabIndex = -1;
  box.focus();
  box.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    e.preventDefault();
    for (let d = field.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    field.scrollIntoView({ block: "center" });
    (field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea") || field).focus({ preventScroll: true });
  });
}
