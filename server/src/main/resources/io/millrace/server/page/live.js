const texts = {
  en: {
    title: "Live", subtitle: "What the language models are doing: the last two minutes, second by second.",
    written: "Tokens written a second", read: "Prompt tokens read a second", first: "First token, median and 95 %", between: "Between tokens, median",
    running: "Requests being written", waiting: "Requests waiting", cache: "Cache in use", shared: "Prompts taken from the cache",
    seconds: (s) => (s < 1 ? `${Math.round(1000 * s)} ms` : `${s.toFixed(1)} s`), none: "No language model is served. Start one with ./millrace serve --model NAME=FOLDER.",
    offline: "The server does not answer. Start it again with ./millrace serve; this page will notice.", up: "answers", down: "does not answer", nothing: "–", other: "Playground",
  },
  zh: {
    title: "实时状态", subtitle: "语言模型最近两分钟的工作情况，逐秒更新。",
    written: "每秒写出词元", read: "每秒读入提示词元", first: "首词元时间：中位数与 95 %", between: "词元间隔：中位数",
    running: "正在写的请求", waiting: "等待的请求", cache: "缓存占用", shared: "取自缓存的提示",
    seconds: (s) => (s < 1 ? `${Math.round(1000 * s)} 毫秒` : `${s.toFixed(1)} 秒`), none: "没有部署语言模型。请用 ./millrace serve --model 名称=文件夹 启动一个。",
    offline: "服务器没有应答。请用 ./millrace serve 重新启动，本页会自动恢复。", up: "正常应答", down: "没有应答", nothing: "–", other: "对话试验台",
  },
};
const KEPT = 120, $ = (id) => document.getElementById(id);
let language = localStorage.getItem("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
const t = (key) => texts[language][key];
const histories = new Map();

function translate() {
  document.documentElement.lang = language;
  document.title = `Millrace – ${t("title")}`;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = t(e.dataset.text);
  for (const b of document.querySelectorAll("[data-lang]")) b.setAttribute("aria-pressed", b.dataset.lang === language);
  show();
}
for (const b of document.querySelectorAll("[data-lang]")) {
  b.onclick = () => { language = b.dataset.lang; localStorage.setItem("lang", language); translate(); };
}

/** Prometheus' lines by model: names to numbers, buckets as lists of [bound, count]. */
function parse(text) {
  const models = new Map();
  for (const line of text.split("\n")) {
    const m = /^millrace:(\w+)\{model_name="([^"]+)"(?:,(\w+)="([^"]+)")?\} (\S+)$/.exec(line);
    if (!m) continue;
    if (!models.has(m[2])) models.set(m[2], { buckets: {} });
    const model = models.get(m[2]);
    if (m[3] === "le") (model.buckets[m[1]] ??= []).push([m[4] === "+Inf" ? Infinity : +m[4], +m[5]]);
    else if (!m[3]) model[m[1]] = +m[5];
  }
  return models;
}

/** Of the values that came between two readings, the one below which so many lie. */
function quantile(now, before, share) {
  if (!now) return null;
  const counts = now.map(([bound, count], i) => [bound, count - (before?.[i]?.[1] ?? 0)]);
  const all = counts.at(-1)[1];
  if (all <= 0) return null;
  let last = 0, known = 0;
  for (const [bound, count] of counts) {
    if (count >= share * all) {
      if (bound === Infinity) return last;
      return last + (bound - last) * ((share * all - known) / (count - known));
    }
    [last, known] = [bound, count];
  }
  return last;
}

function take(models) {
  const time = performance.now() / 1000;
  for (const name of histories.keys()) if (!models.has(name)) histories.delete(name);
  for (const [name, now] of models) {
    const history = histories.get(name) ?? { points: [], raw: [] };
    histories.set(name, history);
    const before = history.raw.at(-1), long = history.raw[0];
    const rate = (key) => (before?.now[key] === undefined || now[key] === undefined ? 0 : Math.max(0, now[key] - before.now[key]) / (time - before.time));
    const past = (key) => long?.now.buckets[key];
    history.points.push({
      up: now.model_up === 1, written: rate("generation_tokens_total"), read: rate("prompt_tokens_total") - rate("prefix_cache_hits_total"),
      first: quantile(now.buckets.time_to_first_token_seconds_bucket, past("time_to_first_token_seconds_bucket"), 0.5),
      slowest: quantile(now.buckets.time_to_first_token_seconds_bucket, past("time_to_first_token_seconds_bucket"), 0.95),
      between: quantile(now.buckets.inter_token_latency_seconds_bucket, past("inter_token_latency_seconds_bucket"), 0.5),
      running: now.num_requests_running ?? 0, waiting: now.num_requests_waiting ?? 0, cache: now.kv_cache_usage_perc ?? 0,
      shared: now.prompt_tokens_total ? now.prefix_cache_hits_total / now.prompt_tokens_total : 0,
    });
    history.raw.push({ time, now });
    if (history.points.length > KEPT) history.points.shift();
    if (history.raw.length > KEPT) history.raw.shift();
  }
}

function line(points, key) {
  const values = points.map((p) => p[key] ?? 0), most = Math.max(...values, key === "cache" || key === "shared" ? 1 : 1e-9);
  const at = (v, i) => `${((KEPT - points.length + i) / (KEPT - 1)) * 100},${34 - (v / most) * 32}`;
  const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), path = document.createElementNS(ns, "path");
  svg.setAttribute("viewBox", "0 0 100 36");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", `M${values.map(at).join("L")}`);
  svg.append(path);
  return svg;
}

function show() {
  const all = $("models");
  all.replaceChildren();
  for (const [name, { points }] of histories) {
    const p = points.at(-1), section = document.createElement("section"), head = document.createElement("h2"), state = document.createElement("span"), list = document.createElement("dl");
    head.textContent = name + " ";
    state.className = p.up ? "muted" : "down";
    state.textContent = p.up ? t("up") : t("down");
    head.append(state);
    list.className = "figures";
    const seconds = (s) => (s == null ? t("nothing") : t("seconds")(s)), percent = (x) => `${Math.round(100 * x)} %`;
    const figures = [
      ["written", p.written.toFixed(1)], ["read", p.read.toFixed(0)], ["first", seconds(p.first), p.slowest == null ? "" : seconds(p.slowest)], ["between", seconds(p.between)],
      ["running", p.running], ["waiting", p.waiting], ["cache", percent(p.cache)], ["shared", percent(p.shared)],
    ];
    for (const [key, value, more] of figures) {
      const one = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = t(key);
      dd.textContent = value;
      if (more) { const small = document.createElement("small"); small.textContent = ` / ${more}`; dd.append(small); }
      one.append(dt, dd, line(points, key));
      list.append(one);
    }
    section.append(head, list);
    all.append(section);
  }
}

async function look() {
  try {
    const answer = await fetch("/metrics");
    if (!answer.ok) throw new Error(answer.status);
    take(parse(await answer.text()));
    $("notice").hidden = histories.size > 0;
    $("notice").textContent = histories.size ? "" : t("none");
  } catch {
    $("notice").hidden = false;
    $("notice").textContent = t("offline");
  }
  show();
  setTimeout(look, 1000);
}
translate();
look();
