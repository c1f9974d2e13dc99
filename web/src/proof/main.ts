import { hashOf, type Proof, readKey, verifyFile } from "./verify";
import { type Language, say, type Word } from "./words";
import "./page.css";

const LARGEST = 20 * 1024 * 1024;
const given = document.querySelector<HTMLMetaElement>('meta[name="ledger-key"]')?.content ?? "";
/** The language chosen in the console on this device, else the browser's. */
function preferred(): Language {
  try {
    const chosen = localStorage.getItem("yufang.language");
    if (chosen === "zh" || chosen === "en") return chosen;
  } catch {
    // Storage is barred: the browser's own language has to do.
  }
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

const state = {
  language: preferred(),
  key: given.startsWith("%") ? "" : given,
  witnesses: "",
  file: "",
  text: null as string | null,
  problem: null as Word | null,
  attachments: [] as { name: string; sha256: string }[],
};

function t(word: Word, values: Record<string, string | number> = {}): string {
  return say(state.language, word, values);
}

type Child = Node | string | null | false;

function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const child of children) if (child) made.append(child);
  return made;
}

/** The parts that change with what is typed and chosen; inputs stay, so that nobody loses their place. */
const result = el("section", { "aria-live": "polite", id: "result" });
const keyProblem = el("p", { class: "problem", role: "alert", id: "key-problem" });

function area(id: string, label: Word, why: Word, value: string, rows: string, set: (text: string) => void) {
  const input = el("textarea", {
    id,
    rows,
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": `${id}-why`,
  });
  input.value = value;
  input.addEventListener("input", () => {
    set(input.value);
    show();
  });
  return el(
    "div",
    { class: "field" },
    el("label", { for: id }, t(label)),
    input,
    el("small", { id: `${id}-why` }, t(why)),
  );
}

function picker(id: string, word: Word, many: boolean, take: (files: File[]) => void) {
  const input = el("input", { type: "file", id, ...(many ? { multiple: "" } : {}) });
  input.addEventListener("change", () => take([...(input.files ?? [])]));
  // The browser's own button speaks the browser's language: the label is the button, the input keeps the keyboard.
  return el("div", { class: "pick" }, input, el("label", { for: id }, t(word)));
}

async function takeFile(file: File | undefined) {
  if (!file) return;
  state.file = file.name;
  state.text = null;
  state.problem = file.size > LARGEST ? "tooLarge" : null;
  if (!state.problem) state.text = await file.text();
  show();
}

async function takeAttachments(files: File[]) {
  state.attachments = await Promise.all(
    files.map(async (file) => ({ name: file.name, sha256: hashOf(await file.arrayBuffer()) })),
  );
  show();
}

function when(at: Date | string): string {
  const date = typeof at === "string" ? new Date(at) : at;
  if (Number.isNaN(date.getTime())) return String(at);
  return date.toLocaleString(state.language === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
  });
}

function pair(word: Word, ...value: Child[]) {
  return el("div", { class: "pair" }, el("dt", {}, t(word)), el("dd", {}, ...value));
}

function card(proof: Proof) {
  const holds = proof.failure === null;
  const { leaf } = proof;
  return el(
    "li",
    { class: holds ? "proof holds" : "proof fails" },
    el(
      "h3",
      {},
      el("span", { class: "mark", "aria-hidden": "true" }, holds ? "✓" : "✗"),
      proof.index < 0 ? "" : t("entry", { n: proof.index }),
    ),
    !holds && proof.failure && el("p", { class: "problem" }, t(proof.failure, { origin: proof.origin })),
    leaf &&
      el(
        "dl",
        {},
        pair("record", leaf.subject),
        pair("what", el("code", {}, leaf.action)),
        pair("at", when(leaf.at)),
        leaf.path ? pair("where", el("code", {}, leaf.path)) : null,
        pair("facts", el("pre", {}, JSON.stringify(leaf.facts, null, 1))),
      ),
    proof.size > 0 && el("p", { class: "muted" }, t("ofLog", { origin: proof.origin, size: proof.size })),
    ...proof.witnesses.map((one) =>
      el("p", { class: "muted" }, t("cosigned", { name: one.name, at: when(one.at) })),
    ),
    proof.others > 0 && el("p", { class: "muted" }, t("others", { n: proof.others })),
    proof.text !== "" && el("details", {}, el("summary", {}, t("raw")), el("pre", {}, proof.text)),
  );
}

function attachment(one: { name: string; sha256: string }, proofs: Proof[]) {
  const named = proofs.find((proof) => proof.failure === null && proof.text.includes(`"${one.sha256}"`));
  return el(
    "p",
    { class: named ? "holds" : "problem" },
    named ? t("named", { file: one.name, n: named.index }) : t("notNamed", { file: one.name }),
  );
}

function verdict(proofs: Proof[]): string {
  const bad = proofs.filter((proof) => proof.failure !== null).length;
  if (bad > 0) return t("someFail", { n: proofs.length, bad });
  return proofs.length === 1 ? t("oneHolds") : t("allHold", { n: proofs.length });
}

function show() {
  const log = readKey(state.key);
  const lines = state.witnesses.split("\n").filter((line) => line.trim() !== "");
  const wanted = lines.map(readKey);
  const wrong = (state.key.trim() !== "" && log === null) || wanted.includes(null);
  keyProblem.textContent = wrong ? t("keyWrong") : "";
  result.replaceChildren();
  if (state.problem) result.append(el("p", { class: "problem" }, t(state.problem)));
  if (state.text === null || log === null || wrong) return;
  const proofs = verifyFile(
    state.text,
    log,
    wanted.filter((key) => key !== null),
  );
  if (proofs === null) {
    result.append(el("p", { class: "problem" }, t("notProof")));
    return;
  }
  const whole = proofs.every((proof) => proof.failure === null);
  result.append(
    el("h2", { class: whole ? "verdict holds" : "verdict fails" }, verdict(proofs)),
    el("p", { class: "muted" }, state.file),
    ...state.attachments.map((one) => attachment(one, proofs)),
    el("ol", { class: "proofs" }, ...proofs.map(card)),
    el("p", { class: "muted" }, t("means")),
  );
}

function page() {
  const root = document.getElementById("root");
  if (!root) throw new Error("proof.html has no #root");
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  const other = el("button", { type: "button", lang: state.language === "zh" ? "en" : "zh-CN" });
  other.textContent = state.language === "zh" ? "English" : "中文";
  other.addEventListener("click", () => {
    state.language = state.language === "zh" ? "en" : "zh";
    page();
  });
  const zone = el(
    "div",
    { class: "drop" },
    picker("file", "file", false, (files) => void takeFile(files[0])),
    el("span", { class: "muted" }, t("drop")),
  );
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    void takeFile(event.dataTransfer?.files[0]);
  });
  root.replaceChildren(
    el("header", {}, el("h1", {}, t("title")), other),
    el("p", {}, t("lead")),
    area("key", "key", "keyFromHere", state.key, "3", (text) => {
      state.key = text;
    }),
    area("witnesses", "witnesses", "witnessesWhy", state.witnesses, "2", (text) => {
      state.witnesses = text;
    }),
    keyProblem,
    zone,
    el(
      "div",
      { class: "field" },
      picker("attachments", "attachments", true, (files) => void takeAttachments(files)),
      el("small", {}, t("attachmentsWhy")),
    ),
    result,
    el("footer", { class: "muted" }, t("script")),
  );
  show();
}

page();
