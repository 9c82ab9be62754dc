(() => {
  "use strict";
  const framed = window.self !== window.top;
  const say = (text) => { document.getElementById("said").textContent = text; };

  // The clipboard API is refused in sandboxed frames such as MLflow's artifact viewer.
  const copyTheOldWay = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("readonly", "");
    field.style.cssText = "position:fixed;opacity:0";
    document.body.append(field);
    field.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { done = false; }
    field.remove();
    return done;
  };
  const copy = async (text) => {
    if (!framed && window.isSecureContext && navigator.clipboard) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way */ }
    }
    return copyTheOldWay(text);
  };
  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    const name = button.textContent;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.of);
      const done = await copy(source.textContent);
      if (!done) select(source);
      button.textContent = done ? "Copied" : "Selected";
      say(done ? "Copied" : "Selected: copy it with the keyboard");
      button.focus();
      setTimeout(() => { button.textContent = name; }, 1600);
    });
  }

  // A sandboxed frame may not open windows: there a link hands over its address instead.
  for (const link of document.querySelectorAll("a.out")) {
    link.addEventListener("click", async (event) => {
      if (!framed) return;
      event.preventDefault();
      const done = await copy(link.href);
      say(done ? "Address copied" : "Copy the address beside the link");
      link.parentElement.querySelector(".told").textContent =
        done ? " address copied: open it in a new tab" : " open this address in a new tab";
    });
  }

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.value;
    if (given === undefined) return cell.textContent.trim().toLowerCase();
    return given === "" ? NaN : Number(given);
  };
  const compare = (first, second, sign) => {
    if (typeof first === "string") return sign * first.localeCompare(second);
    if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
    return sign * (first - second);
  };
  for (const button of document.querySelectorAll("table.sortable th button")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const rising = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const body = head.closest("table").tBodies[0];
      const rows = [...body.rows].sort((one, two) =>
        compare(valueOf(one, head.cellIndex), valueOf(two, head.cellIndex), rising ? 1 : -1));
      body.append(...rows);
      say(`Sorted by ${button.textContent.trim()}, ${rising ? "rising" : "falling"}`);
    });
  }

  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
