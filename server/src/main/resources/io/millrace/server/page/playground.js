const texts = {
  en: {
    title: "Playground", other: "Live", subtitle: "Talk to a served model; every parameter and every token's probability is in view.",
    say: "Write a message. Enter sends, Shift+Enter begins a new line.", send: "Send", stop: "Stop", again: "Answer again", clear: "Clear",
    how: "How it answers", model: "Model", system: "System message", temperature: "Temperature (empty: as the model recommends)", topP: "Top-p (empty: as recommended)",
    tokens: "Most tokens of an answer", seed: "Seed (empty: any)", hover: "Point at a token of an answer to see what else was likely.", raw: "The same request with curl",
    user: "You", assistant: "Model", speed: (tokens, rate) => `${tokens} tokens, ${rate} a second`, cut: "(ended: as many tokens as allowed)",
    none: "No language model is served. Start one with ./millrace serve --model NAME=FOLDER.", offline: "The server does not answer. Start it again with ./millrace serve.",
  },
  zh: {
    title: "对话试验台", other: "实时状态", subtitle: "与部署的模型对话；每个参数、每个词元的概率都可查看。",
    say: "输入消息。回车发送，Shift+回车换行。", send: "发送", stop: "停止", again: "重新回答", clear: "清除",
    how: "回答方式", model: "模型", system: "系统消息", temperature: "温度（留空：按模型推荐）", topP: "Top-p（留空：按模型推荐）",
    tokens: "回答的最多词元数", seed: "随机种子（留空：任意）", hover: "指向回答中的词元，可看到当时还可能写什么。", raw: "用 curl 发送同样的请求",
    user: "您", assistant: "模型", speed: (tokens, rate) => `${tokens} 个词元，每秒 ${rate} 个`, cut: "（已达到允许的词元数）",
    none: "没有部署语言模型。请用 ./millrace serve --model 名称=文件夹 启动一个。", offline: "服务器没有应答。请用 ./millrace serve 重新启动。",
  },
};
const $ = (id) => document.getElementById(id);
let language = localStorage.getItem("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
let history = [], running = null;
const t = (key) => texts[language][key];

function translate() {
  document.documentElement.lang = language;
  document.title = `Millrace – ${t("title")}`;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = t(e.dataset.text);
  for (const e of document.querySelectorAll("[data-hint]")) e.placeholder = t(e.dataset.hint);
  for (const b of document.querySelectorAll("[data-lang]")) b.setAttribute("aria-pressed", b.dataset.lang === language);
  for (const e of document.querySelectorAll(".said-by")) e.textContent = t(e.dataset.role);
  showRaw();
}
for (const b of document.querySelectorAll("[data-lang]")) {
  b.onclick = () => { language = b.dataset.lang; localStorage.setItem("lang", language); translate(); };
}

function notice(text) {
  $("notice").hidden = !text;
  $("notice").textContent = text || "";
}

// ── the request ─────────────────────────────────────────────────────────────────────────────────

function request() {
  const messages = [...history];
  if ($("system").value.trim()) messages.unshift({ role: "system", content: $("system").value });
  const body = { model: $("model").value, messages, stream: true, stream_options: { include_usage: true }, logprobs: true, top_logprobs: 5 };
  for (const [id, key] of [["temperature", "temperature"], ["topP", "top_p"], ["tokens", "max_tokens"], ["seed", "seed"]]) {
    if ($(id).value !== "") body[key] = Number($(id).value);
  }
  return body;
}

function showRaw() {
  $("raw").textContent = `curl -sN ${location.origin}/v1/chat/completions -d '${JSON.stringify(request(), null, 1).replaceAll("'", "'\\''")}'`;
}
for (const id of ["model", "system", "temperature", "topP", "tokens", "seed"]) $(id).oninput = showRaw;

// ── messages ────────────────────────────────────────────────────────────────────────────────────

function add(role, text) {
  const by = document.createElement("p"), said = document.createElement("p");
  by.className = "said-by";
  by.dataset.role = role === "error" ? "assistant" : role;
  by.textContent = t(by.dataset.role);
  said.className = `message ${role}`;
  said.textContent = text;
  $("messages").append(by, said);
  said.scrollIntoView({ block: "nearest" });
  return said;
}

function addPiece(said, choice) {
  const tokens = choice.logprobs?.content || [];
  const span = document.createElement("span");
  span.textContent = choice.delta.content || "";
  if (tokens.length) {
    span.className = "token";
    span.tabIndex = -1;
    span.tokens = tokens;
  }
  said.append(span);
}

const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);

$("messages").addEventListener("pointerover", (e) => {
  const tokens = e.target.tokens;
  tip.hidden = !tokens;
  if (!tokens) return;
  const table = document.createElement("table");
  for (const token of tokens) {
    const isChosen = (one) => one.token === token.token && one.logprob === token.logprob; // pieces of characters all look alike
    const rows = token.top_logprobs.some(isChosen) ? token.top_logprobs : [token, ...token.top_logprobs];
    for (const one of rows) {
      const row = table.insertRow();
      row.className = isChosen(one) ? "chosen" : "";
      row.insertCell().textContent = JSON.stringify(one.token).slice(1, -1);
      row.insertCell().textContent = `${(100 * Math.exp(one.logprob)).toFixed(1)} %`;
    }
  }
  tip.replaceChildren(table);
  const box = e.target.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${box.bottom + tip.offsetHeight + 6 < innerHeight ? box.bottom + 6 : box.top - tip.offsetHeight - 6}px`;
});
$("messages").addEventListener("pointerleave", () => (tip.hidden = true));

// ── the answer ──────────────────────────────────────────────────────────────────────────────────

async function answer() {
  running = new AbortController();
  $("send").hidden = true;
  $("stop").hidden = false;
  showRaw();
  const said = add("assistant", "");
  let text = "", finish = null, begun = 0, count = 0;
  try {
    const response = await fetch("/v1/chat/completions", { method: "POST", body: JSON.stringify(request()), headers: { "Accept-Language": language }, signal: running.signal });
    if (!response.ok) throw new Error((await response.json()).error.message);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      held += part.value;
      const events = held.split("\n\n");
      held = events.pop();
      for (const event of events) {
        if (!event.startsWith("data: {")) continue;
        const data = JSON.parse(event.slice(6));
        if (data.error) throw new Error(data.error.message);
        if (data.usage) count = data.usage.completion_tokens;
        for (const choice of data.choices || []) {
          if (choice.delta.content) {
            begun ||= performance.now();
            text += choice.delta.content;
            addPiece(said, choice);
            said.scrollIntoView({ block: "nearest" });
          }
          finish = choice.finish_reason || finish;
        }
      }
    }
    if (finish === "length") said.append(` ${t("cut")}`);
    if (count > 1 && begun) $("speed").textContent = t("speed")(count, ((count - 1) / ((performance.now() - begun) / 1000)).toFixed(1));
  } catch (e) {
    if (e.name !== "AbortError") {
      if (!text) { said.previousSibling.remove(); said.remove(); }
      add("error", e.message === "Failed to fetch" ? t("offline") : e.message);
    }
  } finally {
    running = null;
    $("send").hidden = false;
    $("stop").hidden = true;
    if (text) history.push({ role: "assistant", content: text });
    showRaw();
  }
}

function send() {
  const text = $("say").value;
  if (running || !text.trim()) return;
  history.push({ role: "user", content: text });
  add("user", text);
  $("say").value = "";
  answer();
}

$("form").onsubmit = (e) => { e.preventDefault(); send(); };
$("say").onkeydown = (e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); send(); } };
$("stop").onclick = () => running?.abort();
$("clear").onclick = () => { running?.abort(); history = []; $("messages").replaceChildren(); showRaw(); };
$("again").onclick = () => {
  if (running || !history.length) return;
  if (history.at(-1).role === "assistant") {
    history.pop();
    const said = [...document.querySelectorAll(".message")].at(-1);
    said.previousSibling.remove();
    said.remove();
  }
  answer();
};

async function begin() {
  translate();
  try {
    const models = (await (await fetch("/v1/models")).json()).data;
    for (const one of models) $("model").add(new Option(one.id, one.id));
    notice(models.length ? null : t("none"));
  } catch {
    notice(t("offline"));
  }
  showRaw();
}
begin();
