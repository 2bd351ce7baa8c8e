import { texts } from "./texts.js";
import { SIZE, toPixels, showHeat } from "./digit.js";

const $ = (id) => document.getElementById(id);
const paper = $("paper"), pen = paper.getContext("2d", { willReadFrequently: true });
let language = localStorage.getItem("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
let model = null, models = [], pixels = null, last = null, busy = false, again = false;

const t = (key) => texts[language][key];

function show(key) {
  $("notice").hidden = !key;
  $("notice").textContent = key ? t(key) || key : "";
}

function translate() {
  document.documentElement.lang = language;
  document.title = `Millrace – ${t("title")}`;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = t(e.dataset.text);
  for (const e of document.querySelectorAll("[data-label]")) e.setAttribute("aria-label", t(e.dataset.label));
  for (const b of document.querySelectorAll("[data-lang]")) b.setAttribute("aria-pressed", b.dataset.lang === language);
  showAnswer();
  showModels();
}

for (const b of document.querySelectorAll("[data-lang]")) {
  b.onclick = () => {
    language = b.dataset.lang;
    localStorage.setItem("lang", language);
    translate();
  };
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────

let strokes = [], stroke = null;

function place(e) {
  const box = paper.getBoundingClientRect();
  return [((e.clientX - box.left) * paper.width) / box.width, ((e.clientY - box.top) * paper.height) / box.height];
}

function repaint() {
  pen.clearRect(0, 0, paper.width, paper.height);
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = 26;
  pen.strokeStyle = pen.fillStyle = getComputedStyle(paper).color;
  for (const points of strokes) {
    pen.beginPath();
    pen.moveTo(...points[0]);
    for (const p of points) pen.lineTo(...p);
    pen.stroke();
  }
}

paper.onpointerdown = (e) => {
  paper.setPointerCapture(e.pointerId);
  stroke = [place(e)];
  strokes.push(stroke);
  changed();
};
paper.onpointermove = (e) => {
  if (!stroke) return;
  for (const one of e.getCoalescedEvents?.() || [e]) stroke.push(place(one));
  changed();
};
paper.onpointerup = paper.onpointercancel = () => (stroke = null);

function clear() {
  strokes = [];
  stroke = null;
  last = null;
  changed();
}

$("clear").onclick = clear;
document.addEventListener("keydown", (e) => e.key === "Escape" && clear());

function changed() {
  repaint();
  pixels = toPixels(paper);
  showCode();
  ask();
}

// ── asking ──────────────────────────────────────────────────────────────────────────────────────

function request() {
  return { inputs: [{ name: model.signature.inputs[0].name, shape: [1, SIZE, SIZE], datatype: "FP32", data: pixels }] };
}

// One question at a time: while one is under way, only the latest drawing waits.
async function ask() {
  if (!pixels || !model) return showAnswer();
  if (busy) return (again = true);
  busy = true;
  const asked = pixels;
  try {
    const reply = await fetch(`/api/v1/models/${encodeURIComponent(model.name)}/explain`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify(request()),
    });
    const body = await reply.json();
    if (reply.status === 503) {
      show("wait");
      setTimeout(ask, 400);
    } else if (!reply.ok) {
      show(body.error);
    } else {
      show(null);
      const outputs = Object.fromEntries(body.outputs.map((o) => [o.name, o.data]));
      if (pixels) last = { pixels: asked, ...outputs };
    }
  } catch {
    show("offline");
    setTimeout(ask, 1000);
  }
  busy = false;
  showAnswer();
  if (again) {
    again = false;
    ask();
  }
}

const percent = (share) => new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share);

function showAnswer() {
  const classes = model?.signature.outputs[0].classes || [];
  const shares = last?.probabilities || classes.map(() => 0);
  const best = last ? shares.indexOf(Math.max(...shares)) : -1;
  $("said").textContent = last ? t("says")(classes[best], percent(shares[best])) : t("nothing");
  const bars = $("bars");
  while (bars.children.length < classes.length) {
    const line = document.createElement("li");
    line.innerHTML = '<b></b><span class="bar"><i></i></span><span class="share"></span>';
    bars.append(line);
  }
  classes.forEach((name, i) => {
    const line = bars.children[i];
    line.className = i === best ? "best" : "";
    line.children[0].textContent = name;
    line.querySelector("i").style.width = `${shares[i] * 100}%`;
    line.children[2].textContent = last ? percent(shares[i]) : "";
  });
  const heat = $("heat");
  if (last) showHeat(heat, last.pixels, last.attributions);
  else heat.getContext("2d").clearRect(0, 0, SIZE, SIZE);
}

function showCode() {
  if (!model) return;
  const url = `${location.origin}/v2/models/${model.name}/infer`;
  const data = JSON.stringify({ inputs: [{ ...request().inputs[0], data: "…" }] });
  $("curl").textContent = `curl -s ${url} -d '${data.replace('"…"', `[${(pixels || new Array(784).fill(0)).join(",")}]`)}'`;
  $("java").textContent = `import io.millrace.serve.*;

try (Predictor model = Predictor.open(Path.of("${model.name}"))) {
  float[] pixels = new float[784];          // 0 = paper, 255 = ink, row by row
  var answer = model.predict(List.of(Values.of("image", pixels, 1, 28, 28)));
  System.out.println(answer);               // probabilities [1, 10], class [1]
}`;
}

// ── models ──────────────────────────────────────────────────────────────────────────────────────

function showModels() {
  $("models").hidden = !models.length;
  $("rows").replaceChildren(
    ...models.map((m) => {
      const row = document.createElement("tr");
      // Language models have no signature, and figures only where they were trained here.
      const inputs = m.signature ? m.signature.inputs.map((i) => `${i.name} ${i.datatype} [${i.shape}]`).join(", ") : "/v1, /playground";
      const quality = Object.entries(m.metrics || {}).slice(0, 3).map(([k, v]) => `${k} ${v.toFixed(4)}`).join(", ");
      for (const text of [m.name, m.ready ? `✓ ${t("ready")}` : `… ${t("starting")}`, inputs, quality]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }),
  );
}

async function load() {
  try {
    models = (await (await fetch("/api/v1/models")).json()).models;
    model = models.find((m) => m.signature && m.signature.inputs[0].shape.join() === "-1,28,28" && m.signature.outputs[0].classes) || null;
    $("digit").hidden = !model;
    show(models.length ? (models.every((m) => m.ready) ? null : "wait") : "none");
    if (!models.every((m) => m.ready)) setTimeout(load, 500);
    showCode();
    translate();
    if (pixels) ask();
  } catch {
    show("offline");
    setTimeout(load, 1000);
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
translate();
load();
