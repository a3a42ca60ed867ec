// The map: accounts as discs, connections as lines. Places, sizes and colours are computed by Tocsin.
//
// Arguments: `map` (its name: another one is another map), `nodes` (rows of key, name, x, y, size,
// place of its colour, whether its name always shows), `edges` (rows of two places in `nodes` and
// a weight from 0 to 1), `colours`, `theme`, `words`, `lang`, `height`, `pointed` (the key of
// whom to show, or "", and a number that is another one each time that somebody is to be shown).
// A click tells Streamlit the key of the account, and nothing else.
import Graph from "graphology";
import Sigma from "sigma";
import { drawHover, labelsOf } from "./drawing.js";
import { setHeight, start, tell } from "./streamlit.js";

const box = document.getElementById("map");
const said = document.getElementById("said");
const zoom = document.getElementById("zoom");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const MOVE = { duration: still ? 0 : 350 };

let renderer = null;
let graph = null;
let drawn = null; // the name of the map that is drawn
let theme = null;
let hovered = null;
let selected = null;
let pointed = null; // the number of the last account that was to be shown

function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2"));
}

function fill(args) {
  graph = new Graph({ type: "undirected" });
  for (const [key, label, x, y, size, colour, named] of args.nodes) {
    graph.addNode(key, { label, x, y, size, color: args.colours[colour], forceLabel: named });
  }
  for (const [a, b, weight] of args.edges) {
    graph.addEdge(args.nodes[a][0], args.nodes[b][0], { size: 0.9 + 2.2 * Math.sqrt(weight) });
  }
}

function restyle(args) {
  for (const [key, , , , size, colour] of args.nodes) {
    graph.mergeNodeAttributes(key, { size, color: args.colours[colour] });
  }
}

// Whose connections are in front: of the account under the pointer, else of the one that is selected.
function focus() {
  return hovered ?? selected;
}

function styleNode(key, data) {
  const centre = focus();
  if (centre === null || key === centre || graph.areNeighbors(key, centre)) {
    const near = centre !== null;
    return { ...data, zIndex: near ? 1 : 0, highlighted: key === selected };
  }
  return { ...data, color: theme.calm, label: "", forceLabel: false, zIndex: 0 };
}

function styleEdge(key, data) {
  const centre = focus();
  if (centre === null) return { ...data, color: theme.line };
  if (graph.hasExtremity(key, centre)) return { ...data, color: theme.near, zIndex: 1 };
  return { ...data, hidden: true };
}

function draw(args) {
  renderer?.kill();
  hovered = null;
  const labels = labelsOf(theme);
  renderer = new Sigma(graph, box, {
    allowInvalidContainer: true,
    defaultEdgeColor: theme.line,
    labelFont: "system-ui, sans-serif",
    labelWeight: "600",
    labelSize: 12,
    labelDensity: 0.6,
    labelGridCellSize: 110,
    labelRenderedSizeThreshold: 7,
    defaultDrawNodeLabel: labels.ask,
    defaultDrawNodeHover: drawHover(theme),
    nodeReducer: styleNode,
    edgeReducer: styleEdge,
    zIndex: true,
    minCameraRatio: 0.02,
    maxCameraRatio: 3,
    stagePadding: 40,
    // the wheel scrolls the page until somebody works with the map
    enableCameraZooming: document.hasFocus(),
  });
  renderer.on("afterRender", labels.draw);
  labels.draw(); // the first drawing is over by now
  renderer.on("enterNode", ({ node }) => point(node));
  renderer.on("leaveNode", () => point(null));
  renderer.on("clickNode", ({ node }) => choose(node));
  renderer.on("clickStage", () => selected !== null && choose(null));
  document.body.setAttribute("data-drawn", args.map);
}

function point(node) {
  hovered = node;
  box.style.cursor = node ? "pointer" : "default";
  renderer.refresh({ skipIndexation: true });
}

function choose(node) {
  selected = node;
  renderer.refresh({ skipIndexation: true });
  tell({ account: node ?? "", at: Date.now() });
}

function show(node) {
  selected = node;
  renderer.refresh({ skipIndexation: true });
  if (node === null) return;
  const { x, y } = renderer.getNodeDisplayData(node);
  const ratio = Math.min(renderer.getCamera().ratio, 0.5);
  renderer.getCamera().animate({ x, y, ratio }, MOVE);
}

function buttons(words) {
  const camera = () => renderer.getCamera();
  const all = [
    ["+", words.zoom_in, () => camera().animatedZoom(MOVE)],
    ["−", words.zoom_out, () => camera().animatedUnzoom(MOVE)],
    ["⟲", words.whole, () => camera().animatedReset(MOVE)],
  ];
  zoom.replaceChildren(
    ...all.map(([sign, label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = label;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", act);
      return button;
    }),
  );
}

function render(args) {
  document.documentElement.lang = args.lang;
  document.title = args.words.label;
  for (const [name, colour] of Object.entries(args.theme)) {
    document.documentElement.style.setProperty(`--${name}`, colour);
  }
  // on a telephone a tall map would keep the thumb from scrolling past it
  setHeight(Math.round(Math.min(args.height, Math.max(360, 1.15 * window.innerWidth))));
  if (!canDraw()) {
    said.textContent = args.words.cannot;
    said.hidden = false;
    return;
  }
  box.setAttribute("aria-label", args.words.label);
  const look = JSON.stringify(args.theme);
  const other = drawn?.map !== args.map || drawn.look !== look;
  theme = args.theme;
  if (other) {
    drawn = { map: args.map, look };
    selected = null;
    fill(args);
    draw(args);
    buttons(args.words);
  } else {
    restyle(args);
  }
  const [key, number] = args.pointed;
  if (other || number !== pointed) {
    pointed = number;
    const asked = key && graph.hasNode(key) ? key : null;
    if (asked !== selected) show(asked);
  }
}

window.addEventListener("focus", () => renderer?.setSetting("enableCameraZooming", true));
window.addEventListener("blur", () => renderer?.setSetting("enableCameraZooming", false));
box.addEventListener("pointerdown", () => window.focus());

// For tests: where an account stands in this frame, in pixels.
window.placeOf = (key) => renderer.graphToViewport(graph.getNodeAttributes(key));

start(render);
