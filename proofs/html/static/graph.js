// The graph page: the static picture made movable. Nodes, places and lines are read from its SVG;
// a part of the graph is laid out anew by dagre. Without scripts the picture stays as it is.
"use strict";

(() => {
  const svg = document.querySelector("svg.picture");
  if (!svg || typeof cytoscape === "undefined") return;

  // -- reading the picture -----------------------------------------------------------------------
  // Nodes are in the order in which they were proved: a line leads from a smaller to a larger number.

  const nodes = [...svg.querySelectorAll("a")].map((link) => {
    const box = link.querySelector("rect");
    const at = (name) => Number(box.getAttribute(name));
    return {
      kinds: link.getAttribute("class").split(" "),
      href: link.getAttribute("href"),
      label: link.querySelector("text").textContent,
      says: link.querySelector("title").textContent,
      width: at("width"),
      height: at("height"),
      place: { x: at("x") + at("width") / 2, y: at("y") + at("height") / 2 },
      below: [],
      above: [],
    };
  });
  const bends = new Map();
  for (const path of svg.querySelectorAll("path")) {
    const [low, high] = path.dataset.e.split(" ").map(Number);
    const numbers = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const points = [];
    for (let i = 6; i + 1 < numbers.length - 2; i += 6) points.push({ x: numbers[i], y: numbers[i + 1] });
    nodes[high].below.push(low);
    nodes[low].above.push(high);
    bends.set(`${low} ${high}`, points);
  }

  // -- which part is shown -----------------------------------------------------------------------

  let chosen = -1;
  const finder = document.getElementById("find");
  const essential = document.getElementById("essential");
  const alone = document.getElementById("alone");

  function reach(start, way) {
    const found = new Set();
    const waiting = [start];
    while (waiting.length) {
      for (const next of nodes[waiting.pop()][way]) if (!found.has(next)) { found.add(next); waiting.push(next); }
    }
    return found;
  }

  // Axioms and definitions are always there; of the theorems, the essential ones.
  const serves = (i) => !["goal", "found"].includes(nodes[i].kinds[0]) || nodes[i].kinds.includes("essential");

  function shown() {
    let part = nodes.map((_, i) => i);
    if (essential?.checked) part = part.filter((i) => serves(i) || i === chosen);
    if (alone.checked && chosen >= 0) {
      const near = new Set([chosen, ...reach(chosen, "below"), ...reach(chosen, "above")]);
      part = part.filter((i) => near.has(i));
    }
    return part;
  }

  // Lines through what is hidden; those that follow from others are left out.
  function lines(part) {
    const visible = new Set(part);
    const closure = new Map();
    const result = [];
    for (const high of part) {
      const ends = new Set();
      const seen = new Set();
      const waiting = [...nodes[high].below];
      while (waiting.length) {
        const low = waiting.pop();
        if (seen.has(low)) continue;
        seen.add(low);
        if (visible.has(low)) ends.add(low);
        else waiting.push(...nodes[low].below);
      }
      const through = new Set();
      for (const low of ends) for (const far of closure.get(low)) through.add(far);
      for (const low of ends) if (!through.has(low)) result.push([low, high]);
      closure.set(high, new Set([...through, ...ends]));
    }
    return result;
  }

  // -- places ------------------------------------------------------------------------------------

  const LARGEST = 400; // nodes that dagre lays out while someone waits

  function arranged(part, pairs) {
    const places = new Map(part.map((i) => [i, nodes[i].place]));
    if (part.length === nodes.length) return { places, points: ([a, b]) => bends.get(`${a} ${b}`) ?? [] };
    if (part.length > LARGEST) return { places, points: () => [] };
    const graph = new dagre.graphlib.Graph();
    // From the top down with the longest way to the ground: axioms share the lowest layer.
    graph.setGraph({ rankdir: "TB", ranker: "longest-path", nodesep: 18, ranksep: 36 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const i of part) graph.setNode(String(i), { width: nodes[i].width, height: nodes[i].height });
    for (const [low, high] of pairs) graph.setEdge(String(high), String(low));
    dagre.layout(graph);
    for (const i of part) { const { x, y } = graph.node(String(i)); places.set(i, { x, y }); }
    const points = ([low, high]) => graph.edge(String(high), String(low)).points.slice(1, -1).reverse();
    return { places, points };
  }

  // A line leaves every point upright: two control points for each piece, as (weight, distance)
  // along and beside the straight line between the ends.
  function course(from, to, points) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const chain = [from, ...points, to];
    const weights = [];
    const distances = [];
    for (let i = 0; i + 1 < chain.length; i += 1) {
      const middle = (chain[i].y + chain[i + 1].y) / 2;
      for (const x of [chain[i].x, chain[i + 1].x]) {
        const [px, py] = [x - from.x, middle - from.y];
        weights.push((px * dx + py * dy) / length ** 2);
        distances.push((py * dx - px * dy) / length);
      }
    }
    return { weights: weights.join(" "), distances: distances.join(" ") };
  }

  // -- drawing -----------------------------------------------------------------------------------

  document.body.classList.add("live");
  for (const id of ["stage", "keys"]) document.getElementById(id).hidden = false;
  const canvas = document.getElementById("canvas");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function look() {
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(`--${name}`).trim();
    return [
      { selector: "node", style: {
        shape: "round-rectangle", width: "data(width)", height: "data(height)", label: "data(label)",
        "font-family": getComputedStyle(document.body).fontFamily, "font-size": 13,
        "text-valign": "center", "text-halign": "center", color: colour("ink"),
        "background-color": colour("paper"), "border-width": 1, "border-color": colour("old"),
        "overlay-opacity": 0 } },
      { selector: ".axiom, .definition", style: {
        "background-opacity": 0, "border-width": 0, "font-style": "italic", color: colour("soft") } },
      { selector: ".essential", style: { "border-width": 2, "border-color": colour("ink") } },
      { selector: ".goal", style: { "border-color": colour("link") } },
      { selector: "edge", style: {
        width: 1.3, "line-color": colour("old"), "line-opacity": 0.7, "curve-style": "unbundled-bezier",
        "edge-distances": "node-position", "control-point-weights": "data(weights)",
        "control-point-distances": "data(distances)", "overlay-opacity": 0 } },
      { selector: ".far", style: { opacity: 0.16 } },
      { selector: "edge.near", style: { width: 2, "line-opacity": 1, "line-color": colour("link") } },
      { selector: "node.near", style: { "background-color": colour("new"), "background-opacity": 1 } },
      { selector: "node.chosen", style: {
        "background-color": colour("lit"), "background-opacity": 1, "border-width": 2, "border-color": colour("link") } },
    ];
  }

  const cy = cytoscape({
    container: canvas, style: look(), minZoom: 0.03, maxZoom: 3, boxSelectionEnabled: false,
    autoungrabify: true, autounselectify: true, hideEdgesOnViewport: nodes.length > 400,
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(look()));

  // The library's own fit asks every line where it goes, which takes seconds in a large graph.
  function fit() {
    cy.resize();
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const node of cy.nodes()) {
      const { x, y } = node.position();
      const [w, h] = [node.data("width") / 2, node.data("height") / 2];
      box.left = Math.min(box.left, x - w);
      box.right = Math.max(box.right, x + w);
      box.top = Math.min(box.top, y - h);
      box.bottom = Math.max(box.bottom, y + h);
    }
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    // Lines may swing out beyond the outermost nodes: room for them on both sides.
    let zoom = Math.min((cy.width() - 48) / (width + 60), (cy.height() - 48) / height, 1.25);
    let middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
    // What could not be read is of no use: a small graph on a narrow screen is for panning.
    if (zoom < 0.7 && cy.nodes().length <= 60) {
      zoom = 0.7;
      if (chosen >= 0) middle = cy.$id(String(chosen)).position();
    }
    cy.viewport({ zoom, pan: { x: cy.width() / 2 - middle.x * zoom, y: cy.height() / 2 - middle.y * zoom } });
  }

  function draw() {
    const part = shown();
    const pairs = lines(part);
    const { places, points } = arranged(part, pairs);
    const elements = part.map((i) => {
      const { label, width, height, kinds } = nodes[i];
      return { data: { id: String(i), label, width, height }, position: { ...places.get(i) }, classes: kinds };
    });
    for (const pair of pairs) {
      const [source, target] = pair;
      const { weights, distances } = course(places.get(source), places.get(target), points(pair));
      elements.push({ data: { id: `${source}-${target}`, source: String(source), target: String(target), weights, distances } });
    }
    cy.batch(() => {
      cy.elements().remove();
      cy.add(elements);
    });
    mark();
    fit();
  }

  // -- the selection -----------------------------------------------------------------------------

  const about = document.getElementById("about");

  function element(tag, text, classes) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (classes) made.className = classes;
    return made;
  }

  function listed(heading, near, all) {
    if (!all.size) return [];
    const list = element("p", undefined, "names");
    [...near].sort((a, b) => a - b).forEach((i, k) => {
      if (k) list.append(", ");
      const link = element("a", nodes[i].label);
      link.href = `#n${i}`;
      list.append(link);
    });
    const rest = all.size - near.length;
    if (rest > 0) list.append(`, and ${rest} more behind ${near.length === 1 ? "it" : "them"}`);
    return [element("h2", heading), list];
  }

  function mark() {
    cy.elements().removeClass("far near chosen");
    alone.disabled = chosen < 0;
    if (chosen < 0) {
      about.replaceChildren(element("p", "Select a statement to see what it rests on and what rests on it.", "help"));
      return;
    }
    const { label, says, href, kinds, below, above } = nodes[chosen];
    const [down, up] = [reach(chosen, "below"), reach(chosen, "above")];
    const inside = (i) => i === chosen || down.has(i) || up.has(i);
    for (const node of cy.nodes()) {
      const i = Number(node.id());
      node.addClass(i === chosen ? "chosen" : inside(i) ? "near" : "far");
    }
    for (const edge of cy.edges()) {
      const [low, high] = [Number(edge.source().id()), Number(edge.target().id())];
      const on = (high === chosen || down.has(high)) || (low === chosen || up.has(low));
      edge.addClass(on && inside(low) && inside(high) ? "near" : "far");
    }
    const words = { goal: "Goal", found: "Theorem", axiom: "Axiom", definition: "Definition", essential: "essential" };
    const link = element("a", label);
    link.href = href;
    const name = element("p", undefined, "name");
    name.append(link);
    about.replaceChildren(
      element("p", kinds.map((kind) => words[kind]).join(", "), "kicker"), name, element("p", says, "says"),
      ...listed("Rests on", below, down), ...listed("What rests on it", above, up),
    );
  }

  function choose(i, move = true) {
    const was = chosen;
    chosen = i;
    if (chosen < 0) alone.checked = false;
    const hidden = chosen >= 0 && cy.$id(String(chosen)).empty();
    const kept = essential?.checked && was >= 0 && !serves(was);
    if (hidden || kept || alone.checked || (was >= 0 && chosen < 0 && cy.nodes().length < nodes.length)) draw();
    else mark();
    try { history.replaceState(null, "", chosen < 0 ? location.pathname : `#n${chosen}`); } catch { /* some browsers, from file:// */ }
    if (chosen >= 0 && move) reveal();
  }

  function reveal() {
    if (cy.zoom() < 0.5 && nodes.length > 60) {
      cy.zoom(0.8);
      cy.center(cy.$id(String(chosen)));
      return;
    }
    const box = cy.$id(String(chosen)).renderedBoundingBox();
    if (box.x1 > 8 && box.y1 > 8 && box.x2 < cy.width() - 8 && box.y2 < cy.height() - 8) return;
    if (calm.matches) cy.center(cy.$id(String(chosen)));
    else cy.animate({ center: { eles: cy.$id(String(chosen)) }, duration: 160 });
  }

  cy.on("tap", (event) => {
    if (event.target === cy) choose(-1);
    else if (event.target.isNode()) choose(Number(event.target.id()), false);
  });
  cy.on("dbltap", "node", (event) => { location.href = nodes[Number(event.target.id())].href; });
  // Pointing at a statement shows it; who cannot point selects, and reads it beside the graph.
  const pointed = document.getElementById("pointed");
  cy.on("mouseover", "node", (event) => {
    const { label, says } = nodes[Number(event.target.id())];
    pointed.textContent = `${label}: ${says}`;
    canvas.style.cursor = "pointer";
  });
  cy.on("mouseout", "node", () => {
    pointed.textContent = "";
    canvas.style.cursor = "";
  });

  // -- the keyboard ------------------------------------------------------------------------------

  function neighbour(key) {
    const own = cy.$id(String(chosen)).position();
    const around = { ArrowUp: cy.$id(String(chosen)).outgoers("node"), ArrowDown: cy.$id(String(chosen)).incomers("node") }[key]
      ?? cy.nodes().filter((n) => Math.abs(n.position().y - own.y) < 4
        && (key === "ArrowLeft" ? n.position().x < own.x : n.position().x > own.x));
    let best = null;
    for (const node of around) {
      const off = Math.abs(node.position().x - own.x);
      if (best === null || off < best.off) best = { off, i: Number(node.id()) };
    }
    return best?.i;
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const zooms = { "+": 1.3, "=": 1.3, "-": 1 / 1.3, 0: 0 };
    if (event.key.startsWith("Arrow")) {
      const next = chosen < 0 ? shown().at(-1) : neighbour(event.key);
      if (next !== undefined) choose(next);
    } else if (event.key === "Enter" && chosen >= 0) location.href = nodes[chosen].href;
    else if (event.key === "Escape") choose(-1);
    else if (event.key in zooms) zoom(zooms[event.key]);
    else return;
    event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || document.activeElement === finder || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    finder.focus();
  });

  // -- the tools ---------------------------------------------------------------------------------

  function zoom(factor) {
    if (!factor) { fit(); return; }
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
  essential?.addEventListener("change", draw);
  alone.addEventListener("change", draw);
  document.getElementById("names").append(...nodes.map(({ label }) => {
    const option = document.createElement("option");
    option.value = label;
    return option;
  }));
  function find(exactly) {
    const wanted = finder.value.trim().toLowerCase();
    if (!wanted) return;
    let i = nodes.findIndex(({ label }) => label.toLowerCase() === wanted);
    if (i < 0 && !exactly) i = nodes.findIndex(({ label, says }) => `${label} ${says}`.toLowerCase().includes(wanted));
    if (i >= 0) choose(i);
  }
  finder.addEventListener("input", () => find(true));
  document.getElementById("tools").addEventListener("submit", (event) => { event.preventDefault(); find(false); });

  // -- beginning ---------------------------------------------------------------------------------

  function fromHash() {
    const asked = /^#n(\d+)$/.exec(location.hash);
    if (asked && Number(asked[1]) < nodes.length) choose(Number(asked[1]));
  }
  draw();
  fromHash();
  addEventListener("hashchange", fromHash);
  addEventListener("resize", () => cy.resize());
  window.porismGraph = cy; // for the console, and for tests
})();
