// Search over search-index.js, which a page from a disk may load where it may not fetch.
(() => {
  const MOST = 40;
  const root = document.currentScript.dataset.root;
  const form = document.querySelector(".search");
  const input = document.getElementById("search");
  const count = document.getElementById("count");
  const list = document.getElementById("found");
  const LETTERS = {"\u00f8": "o", "\u00e6": "ae", "\u0153": "oe", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00df": "ss"};
  const plain = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase()
    .replace(/['\u2018\u2019\u02bc\u00b4\u0060\uff07]/g, "").replace(/[\u2010-\u2015]/g, "-")
    .replace(/[\u00f8\u00e6\u0153\u0142\u0111\u0131\u00df]/g, (letter) => LETTERS[letter]);
  const index = window.handbookIndex.map((entry) => ({
    ...entry, title_: plain(entry.title), all: plain(entry.title + " " + entry.words),
  }));

  const rank = (entry, query) => {
    if (entry.title_ === query) return 0;
    if (entry.title_.startsWith(query)) return 1;
    if (entry.title_.includes(query)) return 2;
    return 3;
  };

  const find = (typed) => {
    const query = plain(typed.trim());
    const words = query.split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    return index
      .filter((entry) => words.every((word) => entry.all.includes(word)))
      .map((entry, place) => [rank(entry, query), place, entry])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .map((ranked) => ranked[2]);
  };

  const item = (entry) => {
    const link = document.createElement("a");
    link.href = root + entry.at;
    link.textContent = entry.title;
    const kind = document.createElement("small");
    kind.textContent = entry.kind;
    const line = document.createElement("li");
    line.append(link, kind);
    return line;
  };

  const show = () => {
    const found = find(input.value);
    list.replaceChildren(...(found || []).slice(0, MOST).map(item));
    if (!found) count.textContent = "";
    else if (!found.length) count.textContent = "Nothing found. Unknown words are shown to a clinician.";
    else count.textContent = `${found.length} found` + (found.length > MOST ? `, the first ${MOST} shown` : "");
  };

  input.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.altKey || event.metaKey; // not Shift: many keyboards need it for /
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || held || typing) return;
    event.preventDefault();
    input.focus();
  });
  form.hidden = false;
})();
