// Forms: nothing typed gets lost, the preview comes without leaving the page,
// and after a round trip to the server the reader stands where they were.

// One policy, for one use: to read a whole page that this server drew, as text,
// into a document that runs nothing. Scripts of such a document never start.
const policy = window.trustedTypes?.createPolicy("lernraum", {
  createHTML: (text) => {
    if (!text.startsWith("<!DOCTYPE html>")) throw new TypeError("no page of the house");
    return text;
  },
});
const parse = async (r) => {
  if (new URL(r.url).origin !== location.origin || !r.headers.get("Content-Type")?.startsWith("text/html")) throw new Error("no page of the house");
  const text = await r.text();
  return new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
};

// Where the reader was when a row was added or removed, from the page before.
const PLACE = "lernraum.place";
const kept = (() => {
  const text = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  const place = text && JSON.parse(text);
  return place && place.path === location.pathname ? place : null;
})();

// A form marked data-form says when something is not saved and warns before it
// is left behind.
export function guard() {
  for (const form of document.querySelectorAll("form[data-form], form[data-guard]")) {
    const state = form.querySelector("[data-save-state]");
    let changed = false;
    let leaving = false;
    const touch = () => {
      if (changed) return;
      changed = true;
      if (state) state.textContent = state.dataset.unsaved || "";
    };
    form.addEventListener("input", touch);
    form.addEventListener("change", touch);
    form.addEventListener("submit", (e) => { leaving = !e.defaultPrevented; });
    window.addEventListener("pageshow", () => { leaving = false; });
    window.addEventListener("beforeunload", (e) => {
      if (changed && !leaving) e.preventDefault();
    });
    // What comes back from the server with a refusal, a preview or another row
    // holds text that is not saved yet.
    if (document.querySelector("#errors, #preview, #conflict") || kept) touch();
  }
}

// The preview button sends the form in the background and takes the preview
// out of the page that comes back. When anything goes wrong, the ordinary
// round trip follows.
export function preview() {
  for (const button of document.querySelectorAll('form[data-form] button[name="do"][value="preview"]')) {
    let plain = false;
    button.addEventListener("click", async (e) => {
      if (plain) return;
      e.preventDefault();
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      const form = button.form;
      try {
        const body = new FormData(form, button);
        const r = await fetch(form.getAttribute("action") || location.href, { method: "POST", body: new URLSearchParams(body) });
        const fresh = (await parse(r)).getElementById("preview-section");
        if (!fresh) throw new Error("no preview");
        const node = document.importNode(fresh, true);
        const old = document.getElementById("preview-section");
        if (old) old.replaceWith(node);
        else form.before(node);
        node.scrollIntoView({ block: "start" });
        node.querySelector("#preview")?.focus({ preventScroll: true });
      } catch {
        plain = true;
        form.requestSubmit(button);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
}

// Adding or removing a row of a list is a round trip. The place on the page is
// kept; the focus goes to the new row, or after removing to the button that adds.
export function keepPlace() {
  document.addEventListener("submit", (e) => {
    const value = e.submitter?.value || "";
    if (e.submitter?.name !== "do" || !/^(add|remove):/.test(value)) return;
    sessionStorage.setItem(PLACE, JSON.stringify({ y: scrollY, value, path: location.pathname }));
  });
  if (!kept) return;
  const [what, name] = kept.value.split(":");
  const add = document.querySelector(`button[value="${CSS.escape(`add:${name}`)}"]`);
  const list = add?.closest("fieldset");
  for (let d = list?.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
  scrollTo({ top: kept.y, behavior: "instant" });
  const row = list && [...list.querySelectorAll(":scope > .lr-list__row")].at(-1);
  const target = (what === "add" && row?.querySelector("input, select, textarea")) || add;
  target?.focus({ preventScroll: what === "remove" });
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
