"use strict";
// Comfort only: everything can be read without this script.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    if (tag === "button") element.type = "button";
    return element;
  };

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copy = async (code, button) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      select(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  };
  for (const block of all(".code")) {
    const code = block.querySelector("code");
    const button = make("button", "Copy", "copy");
    button.setAttribute("aria-label", "Copy the statement");
    button.addEventListener("click", () => copy(code, button));
    block.classList.add("copyable");
    block.append(button);
  }

  const key = (row, column) => {
    const cell = row.cells[Math.min(column, row.cells.length - 1)];
    const given = cell.dataset.sort;
    const number = given === undefined ? Number.parseFloat(cell.textContent.replace(/,/g, "")) : given === "" ? NaN : Number(given);
    return Number.isNaN(number) ? cell.textContent.trim().toLowerCase() : number;
  };
  const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? 1 : -1);
  const sort = (table, header, column) => {
    const descending = header.getAttribute("aria-sort") !== "descending";
    for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [key(row, column), row]);
    keyed.sort((a, b) => compare(a[0], b[0]) * (descending ? -1 : 1));
    body.append(...keyed.map(([, row]) => row));
  };
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((header, column) => {
      const button = make("button", header.textContent, "");
      header.replaceChildren(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
  }

  for (const table of all("table.filterable")) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 8) continue;
    const bar = make("div", "", "filter");
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "Filter queries";
    input.setAttribute("aria-label", "Filter queries");
    const shown = make("span", "", "shown");
    shown.setAttribute("aria-live", "polite");
    const verdicts = new Map();
    for (const row of rows) {
      const verdict = row.dataset.verdict;
      if (verdict) verdicts.set(verdict, (verdicts.get(verdict) || 0) + 1);
    }
    const select = document.createElement("select");
    select.setAttribute("aria-label", "Filter by verdict");
    select.append(new Option("all verdicts", ""));
    for (const [verdict, count] of verdicts) select.append(new Option(`${verdict} (${count})`, verdict));
    const long = table.classList.contains("short");
    const more = make("button", `Show all ${rows.length}`, "toggle");
    more.addEventListener("click", () => {
      table.classList.remove("short");
      more.remove();
    });
    let texts;
    const apply = () => {
      texts ||= new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
      const wanted = input.value.trim().toLowerCase();
      let count = 0;
      for (const row of rows) {
        const keep = (!select.value || row.dataset.verdict === select.value) && texts.get(row).includes(wanted);
        row.hidden = !keep;
        count += keep ? 1 : 0;
      }
      shown.textContent = count === rows.length ? "" : `${count} of ${rows.length}`;
      if (long) table.classList.toggle("short", count === rows.length && more.isConnected);
    };
    input.addEventListener("input", apply);
    select.addEventListener("change", apply);
    bar.append(input);
    if (verdicts.size > 1) bar.append(select);
    bar.append(shown);
    if (long) bar.append(more);
    table.parentElement.before(bar);
  }

  for (const plan of all(".plan")) {
    const nodes = all(".node:not(.leaf)", plan);
    if (nodes.length < 3) continue;
    const button = make("button", "Collapse", "toggle");
    button.addEventListener("click", () => {
      const close = button.textContent === "Collapse";
      nodes.slice(1).forEach((node) => { node.open = !close; });
      button.textContent = close ? "Expand" : "Collapse";
    });
    plan.querySelector("h4").append(" ", button);
  }

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let element = target; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") element.open = true;
    }
    if (!target) return;
    document.body.classList.add("arriving");
    const arrive = () => target.scrollIntoView({ behavior: "instant" });
    arrive();
    // Once more when everything above has its final height.
    requestAnimationFrame(() => requestAnimationFrame(arrive));
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  // The same link again changes no address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal();
  });
})();
