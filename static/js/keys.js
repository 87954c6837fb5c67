// Keys for the whole house: "/" jumps to the search, Escape closes what is open.

const typing = (el) => el instanceof HTMLElement &&
  (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

// "/" focuses the search box, except while somebody writes.
export function searchKey() {
  document.addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
    const box = document.querySelector("main [data-search]") || document.querySelector("[data-search]");
    if (!box) return;
    e.preventDefault();
    box.focus();
    box.select();
  });
}

// Menus made of details close with Escape (the focus goes back to their
// button), with a click elsewhere and when the focus leaves them.
export function disclosures() {
  const menus = document.querySelectorAll("details.lr-more, details.lr-menu");
  for (const d of menus) {
    const panel = d.matches(".lr-menu") ? d.nextElementSibling : null;
    const inside = (n) => n && (d.contains(n) || panel?.contains(n));
    const close = (back) => {
      if (!d.open) return;
      d.open = false;
      if (back) d.querySelector("summary").focus();
    };
    document.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && d.open && inside(e.target)) close(true);
    });
    document.addEventListener("click", (e) => { if (!inside(e.target)) close(false); });
    document.addEventListener("focusin", (e) => { if (!inside(e.target)) close(false); });
  }
}

// Up and down go through the hits while one of them has the focus.
export function hits() {
  for (const list of document.querySelectorAll("[data-hits]")) {
    list.addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      const links = [...list.querySelectorAll(".lr-hit__link")];
      const at = links.indexOf(document.activeElement);
      if (!step || at < 0 || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || !links[at + step]) return;
      e.preventDefault();
      links[at + step].focus();
    });
  }
}
