// Folding, lighting up, copying, and the search of the index. Every page works without it.
"use strict";

for (const hidden of document.querySelectorAll(".tools, .search")) hidden.hidden = false;

// -- what a step uses lights up ---------------------------------------------------------------

const main = document.getElementById("main");
let lit = [];

function darken() {
  for (const element of lit) element.classList.remove("lit");
  lit = [];
}

function light(step) {
  darken();
  for (const link of step.querySelectorAll("a[href]")) {
    const href = link.getAttribute("href");
    const target = href.startsWith("#")
      ? document.getElementById(href.slice(1))
      : [...document.querySelectorAll(".cited a")].find((a) => a.getAttribute("href") === href)
          ?.closest("li");
    if (target && !step.contains(target)) lit.push(target);
  }
  for (const element of lit) element.classList.add("lit");
}

function edges(node) {
  darken();
  const own = node.id.slice(1);
  for (const path of document.querySelectorAll(".picture path")) {
    const [from, to] = path.dataset.e.split(" ");
    if (from !== own && to !== own) continue;
    lit.push(path, document.querySelector(`.picture #n${from === own ? to : from}`));
  }
  for (const element of lit) element.classList.add("lit");
}

for (const kind of ["mouseover", "focusin"]) {
  main?.addEventListener(kind, (event) => {
    const node = event.target.closest(".picture a");
    if (node) return edges(node);
    const step = event.target.closest(".step, .hyp");
    return step ? light(step) : darken();
  });
}
main?.addEventListener("mouseleave", darken);
main?.addEventListener("focusout", darken);

// -- folding ----------------------------------------------------------------------------------

const parts = [...document.querySelectorAll(".part")];
const folder = document.querySelector("[data-fold]");
if (folder) {
  if (!parts.length) folder.parentElement.hidden = true;
  folder.addEventListener("click", () => {
    const open = !parts.some((part) => part.open);
    for (const part of parts) part.open = open;
    folder.textContent = open ? "Fold all" : "Unfold all";
  });
}

// A link into a folded part opens it.
function reveal() {
  let element = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (; element; element = element.parentElement) if (element.tagName === "DETAILS") element.open = true;
}
addEventListener("hashchange", reveal);
reveal();
addEventListener("beforeprint", () => parts.forEach((part) => { part.open = true; }));

// -- copying ----------------------------------------------------------------------------------

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Some browsers deny the clipboard to pages from file://.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
  button.addEventListener("click", async () => {
    const from = button.dataset.copyFrom;
    await copy(from ? document.getElementById(from).textContent : button.dataset.copy);
    const text = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = text; }, 1200);
  });
}

// -- search -----------------------------------------------------------------------------------
// A query is read as a shape where it parses as one with an operator or an application in it;
// rows whose name or text contains the query are found in any case.

const SPELLINGS = { "∀": "forall", "∃": "exists", "→": "->", "↔": "<->", "∨": "or", "∧": "and",
  "¬": "not", "≠": "!=", "≤": "<=", "≥": ">=", "∈": "in", "∪": "\\/", "∩": "/\\", "∘": "@", "·": "*", "×": "*" };
const LEVELS = { "<->": 1, "->": 2, or: 3, and: 4, "*": 8, "/": 8, "^": 9,
  "+": 7, "-": 7, "++": 7, "\\/": 7, "/\\": 7, "@": 7 };
const RELATION = 6;
const SYMMETRIC = new Set(["=", "<->"]);

function tokens(text) {
  const spelled = text.replace(/[∀∃→↔∨∧¬≠≤≥∈∪∩∘·×]/g, (mark) => ` ${SPELLINGS[mark]} `);
  return spelled.match(/\?[\p{L}\p{N}_']+|[\p{L}\p{N}_']+|[-+*/\\^<>=!&|~@%:]+|\S/gu) ?? [];
}

// Pattern nodes: {any: name} for ?a, {name: x} for an undeclared name, else as in shapes.
function parse(text, data) {
  const symbols = new Set(data.symbols);
  const input = tokens(text);
  let at = 0;
  const fail = () => { throw new SyntaxError("not a shape"); };
  const isOperator = (t) => t !== undefined && (/^[-+*/\\^<>=!&|~@%:]+$/.test(t) || t in LEVELS || t === "in");
  const level = (t) => LEVELS[t] ?? RELATION;

  function expression(least) {
    let left = prefix();
    for (;;) {
      const mark = input[at];
      if (!isOperator(mark) || level(mark) < least) return left;
      at += 1;
      const right = expression(["->", "or", "and", "^"].includes(mark) ? level(mark) : level(mark) + 1);
      left = mark === "!=" ? ["not", ["=", left, right]] : [mark, left, right];
    }
  }
  function prefix() {
    const token = input[at];
    if (token === "not") { at += 1; return ["not", expression(5)]; }
    if (token === "forall" || token === "exists") {
      while (at < input.length && input[at] !== ".") at += 1;
      at += 1;
      const body = expression(0);
      return token === "exists" ? ["some", body] : body;
    }
    return primary();
  }
  function primary() {
    const token = input[at++];
    if (token === undefined || token === ")" || token === ",") fail();
    if (token === "(") {
      if (isOperator(input[at]) && input[at + 1] === ")") { at += 2; return applied(input[at - 2]); }
      const inner = expression(0);
      if (input[at++] !== ")") fail();
      return inner;
    }
    if (token.startsWith("?")) return { any: token };
    if (/^\d+$/.test(token) && data.numerals && !symbols.has(token)) {
      if (Number(token) > 1000) fail();
      let node = data.numerals[1];
      for (let i = 0; i < Number(token); i += 1) node = [data.numerals[0], node];
      return node;
    }
    if (!/^[\p{L}\p{N}_']+$/u.test(token)) fail();
    return applied(token);
  }
  function applied(name) {
    if (input[at] !== "(") return symbols.has(name) || name === "true" || name === "false" ? name : { name };
    at += 1;
    const args = [];
    do args.push(expression(0)); while (input[at++] === ",");
    if (input[at - 1] !== ")") fail();
    return [name, ...args];
  }

  const result = expression(0);
  if (at !== input.length) fail();
  return Array.isArray(result) ? result : null;
}

const same = (a, b) => Array.isArray(a)
  ? Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]))
  : a === b;

// All ways to match would be exponential in nested equations; formulas have few.
function matches(pattern, node, bound, then) {
  if (pattern.any !== undefined || pattern.name !== undefined) {
    const key = pattern.any ?? pattern.name;
    if (pattern.name !== undefined && typeof node !== "number") return false;
    if (key in bound) return same(bound[key], node) && then(bound);
    if (pattern.name !== undefined && Object.values(bound).includes(node)) return false;
    return then({ ...bound, [key]: node });
  }
  if (!Array.isArray(pattern)) return pattern === node && then(bound);
  if (!Array.isArray(node) || node.length !== pattern.length || node[0] !== pattern[0]) return false;
  const all = (i, args, b) => i === args.length ? then(b)
    : matches(pattern[i + 1], args[i], b, (more) => all(i + 1, args, more));
  const args = node.slice(1);
  return all(0, args, bound) || (SYMMETRIC.has(node[0]) && all(0, args.reverse(), bound));
}

function occurs(pattern, node) {
  return matches(pattern, node, Object.create(null), () => true)
    || (Array.isArray(node) && node.slice(1).some((child) => occurs(pattern, child)));
}

const box = document.getElementById("q");
if (box) {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.theorems.map(([id, name, text, tree]) => ({
    row: document.getElementById(id), text: `${name} ${text}`.toLowerCase().replace(/\s+/g, ""), tree,
  }));
  const count = document.getElementById("q-count");
  const groups = [...document.querySelectorAll(".group")];

  const search = () => {
    const query = box.value.trim();
    const plain = query.toLowerCase().replace(/\s+/g, "");
    let pattern = null;
    try { pattern = query ? parse(query, data) : null; } catch { /* text, not a shape */ }
    let found = 0;
    for (const { row, text, tree } of rows) {
      const hit = text.includes(plain) || (pattern !== null && occurs(pattern, tree));
      row.hidden = !hit;
      found += hit;
    }
    for (const group of groups) group.hidden = !group.querySelector("li:not([hidden])");
    count.textContent = query ? `${found} of ${rows.length} theorems` : "";
  };
  box.addEventListener("input", search);
  box.form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      search();
    }
  });
  if (box.value) search();
}
