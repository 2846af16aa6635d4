
"use strict";
// Searches and filters the answers. All of them are in the page; without this they are all shown.
(() => {
  // Rows laid out at first, and with every wish for more: a browser is slow with thousands.
  const PAGE = 200;
  const STEP = 1000;
  const find = (id) => document.getElementById(id);
  const table = find("rows");
  if (!table) return;
  const form = find("filters"), count = find("count"), more = find("more");
  const controls = ["probe", "category", "outcome"].map(find);
  const search = find("search");
  const rows = Array.from(table.tBodies[0].rows, (row) => ({
    row,
    data: row.dataset,
    outcome: row.dataset.outcome.split(" "),
    text: null, // read when first searched
    shown: true,
  }));
  let limit = PAGE;

  const written = (n) => n.toLocaleString("en");
  const textOf = (item) => (item.text ??= item.row.textContent.toLowerCase());
  const fits = (outcome, wanted) =>
    !wanted || wanted.split(" ").every((word, i) => word === "*" || word === outcome[i]);

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [probe, category, outcome] = controls.map((control) => control.value);
    let found = 0;
    for (const item of rows) {
      const match =
        (!probe || item.data.probe === probe) &&
        (!category || item.data.category === category) &&
        fits(item.outcome, outcome) &&
        words.every((word) => textOf(item).includes(word));
      found += match;
      const shown = match && found <= limit;
      if (shown !== item.shown) item.row.hidden = !shown;
      item.shown = shown;
    }
    const of = found === rows.length ? "" : ` of ${written(rows.length)}`;
    const first = found > limit ? `, the first ${limit} shown` : "";
    count.textContent = `${written(found)}${of} ${rows.length === 1 ? "row" : "rows"}${first}`;
    more.parentElement.hidden = found <= limit;
    more.textContent = `Show ${written(Math.min(found - limit, STEP))} more`;
  }

  function again() {
    limit = PAGE;
    show();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", again);
  more.addEventListener("click", () => {
    limit += STEP;
    show();
  });
  show(); // a browser may have kept what was chosen before a reload
})();
