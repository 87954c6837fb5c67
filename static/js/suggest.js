// Suggestions under a text field, after the ARIA pattern for a combobox with a
// list: up and down choose, Enter takes, Escape closes. The field stays an
// ordinary field; when the server does not answer, nothing happens.

const WAIT = 120; // ms of rest before asking
let count = 0;

export function suggestions() {
  for (const input of document.querySelectorAll("input[data-search], input[data-lookup]")) combobox(input);
}

function combobox(input) {
  const lookup = input.dataset.lookup;
  const kinds = input.dataset.kinds;
  const list = document.createElement("ul");
  list.id = `lr-suggest-${++count}`;
  list.className = "lr-suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || input.name);
  list.hidden = true;
  const status = document.createElement("span");
  status.className = "kern-sr-only";
  status.setAttribute("role", "status");
  input.after(list, status);
  const place = input.parentElement;
  if (getComputedStyle(place).position === "static") place.classList.add("lr-suggest-place");

  set(input, { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });

  let items = [], at = -1, timer = 0, asked = "", call = null;

  const close = () => {
    list.hidden = true;
    at = -1;
    set(input, { "aria-expanded": "false" });
    input.removeAttribute("aria-activedescendant");
  };
  const stop = () => {
    clearTimeout(timer);
    call?.abort();
    close();
  };
  const mark = (i) => {
    at = i;
    [...list.children].forEach((li, n) => li.setAttribute("aria-selected", String(n === i)));
    if (i < 0) return input.removeAttribute("aria-activedescendant");
    set(input, { "aria-activedescendant": list.children[i].id });
    list.children[i].scrollIntoView({ block: "nearest" });
  };
  const take = (i) => {
    const it = items[i];
    stop();
    if (!it) return;
    if (lookup) {
      input.value = it.ref || it.title;
      asked = input.value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    location.assign(it.url);
  };
  const show = (found, said) => {
    items = found;
    list.replaceChildren(...found.map((it, n) => option(it, `${list.id}-${n}`, () => take(n))));
    list.hidden = found.length === 0;
    set(input, { "aria-expanded": String(found.length > 0) });
    mark(-1);
    status.textContent = said || String(found.length); // the server says it in the reader's language
  };
  const ask = async () => {
    const q = input.value.trim();
    if (q === asked) return;
    asked = q;
    call?.abort();
    if (q.length < 2) return close();
    const mine = (call = new AbortController());
    const url = new URL(lookup || "/suggest", location.href);
    url.searchParams.set("q", q);
    if (kinds) url.searchParams.set("kind", kinds);
    try {
      const r = await fetch(url, { signal: mine.signal, headers: { Accept: "application/json" } });
      if (!r.ok) return close();
      const answer = await r.json();
      if (document.activeElement === input && !mine.signal.aborted) show((answer.items || []).slice(0, 8), answer.status);
    } catch {
      if (!mine.signal.aborted) close();
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (e) => {
    const n = list.hidden ? 0 : items.length;
    if (e.key === "Escape" && n) {
      e.preventDefault(); // a search field would lose its text
      e.stopPropagation();
      stop();
    } else if (e.key === "Enter") {
      if (n && at >= 0) {
        e.preventDefault();
        take(at);
      } else stop();
    } else if (e.key === "Tab") {
      stop();
    } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      if (!n) {
        asked = "";
        if (e.key === "ArrowDown") ask();
        return;
      }
      e.preventDefault();
      const step = e.key === "ArrowDown" ? 1 : -1;
      mark(at < 0 && step < 0 ? n - 1 : at + step >= n ? -1 : at + step);
    }
  });
  input.addEventListener("blur", stop);
}

function option(it, id, take) {
  const li = document.createElement("li");
  li.id = id;
  li.className = "lr-suggest__item";
  set(li, { role: "option", "aria-selected": "false" });
  const title = document.createElement("span");
  title.textContent = it.title;
  li.append(title);
  if (it.kind) {
    const kind = document.createElement("span");
    kind.className = "lr-kind";
    kind.textContent = ` ${it.kind}`;
    li.append(kind);
  }
  // The field must not lose the focus before the click counts.
  li.addEventListener("pointerdown", (e) => e.preventDefault());
  li.addEventListener("click", take);
  return li;
}

function set(el, attributes) {
  for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
}
