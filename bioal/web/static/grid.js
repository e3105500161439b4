/* Typing into a plate: Enter goes down the column, arrows move, a block pasted into a well fills its neighbours.
   Without this script the page works all the same: Tab, the buttons, and the field for a block. */
"use strict";
(function () {
  const table = document.getElementById("grid"), form = document.getElementById("plate");
  if (!table || !form) { return; }
  const told = document.getElementById("told");
  const wells = Array.from(table.querySelectorAll("input[data-row]"));
  const place = (input) => [Number(input.dataset.row), Number(input.dataset.column)];
  const key = (row, column) => row + " " + column;
  const at = new Map(wells.map((input) => [key(...place(input)), input]));
  const down = wells.slice().sort((a, b) => place(a)[1] - place(b)[1] || place(a)[0] - place(b)[0]);
  let typed = false, sending = false;

  function go(input) {
    if (input) { input.focus(); input.select(); input.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }

  function beside(input, step) {
    const next = down.indexOf(input) + step;
    return down[(next + down.length) % down.length];
  }

  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!at.has(key(...place(input))) || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
    const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); go(beside(input, step)); }
  });

  table.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, "") : "";
    if (!/[\t\n]/.test(text)) { return; }
    event.preventDefault();
    const [row, column] = place(event.target);
    let filled = 0, lost = 0;
    text.split("\n").forEach((line, i) => line.split("\t").forEach((value, j) => {
      const input = at.get(key(row + i, column + j));
      if (!value.trim()) { return; }
      if (input) { input.value = value.trim(); filled += 1; } else { lost += 1; }
    }));
    typed = true;
    told.textContent = filled + " pasted values stand in the plate now; nothing is recorded yet."
      + (lost ? " " + lost + " fell on places without a sample and were left out." : "");
  });

  table.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => { if (typed && !sending) { event.preventDefault(); } });
  const wrong = wells.find((input) => input.getAttribute("aria-invalid") === "true");
  go(wrong || wells.find((input) => !input.value) || wells[0]);
})();
