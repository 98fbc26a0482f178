// <line-chart src="/api/…" label="Loss" version="17">: one figure of a run, drawn by uPlot.
// The answer of src is JSON: { "steps": [1, 2, …], "series": [{ "name": "Loss", "values": [0.69, …] }], "checkpoints": [100, 200] }
// (null where a step lacks a value). A change of `version` fetches again; the canvas stays and only its data change.

import { t } from "./words.js";

const colours = ["--right", "--wrong", "--accent", "--wait"];
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const styles = ["solid", "dashed", "dotted", "dashed"]; // the same in the line of values
const smoothFrom = 40; // points from which a smoothed line is drawn over the raw one
const height = 180;

class LineChart extends HTMLElement {
  static observedAttributes = ["src", "version"];
  #plot = null;
  #values = null;
  #data = null;
  #request = null;
  #resize = new ResizeObserver(() => this.#plot?.setSize({ width: this.#width(), height }));
  #theme = new MutationObserver(() => this.#draw());
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #redraw = () => this.#draw();

  connectedCallback() {
    this.tabIndex = 0;
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", t`${this.#label()}: being read`);
    this.addEventListener("keydown", this.#moveCursor);
    this.#resize.observe(this);
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    this.#scheme.addEventListener("change", this.#redraw);
    this.#load();
  }

  disconnectedCallback() {
    this.removeEventListener("keydown", this.#moveCursor);
    this.#resize.disconnect();
    this.#theme.disconnect();
    this.#scheme.removeEventListener("change", this.#redraw);
    this.#request?.abort();
    this.#plot?.destroy();
    this.#plot = null;
  }

  attributeChangedCallback(name, before, now) {
    if (this.isConnected && before !== now) this.#load();
  }

  async #load() {
    const src = this.getAttribute("src");
    if (!src) return;
    this.#request?.abort();
    this.#request = new AbortController();
    try {
      const answer = await fetch(src, { signal: this.#request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return this.#say(t`${this.#label()}: the figures could not be read (${answer.status}).`);
      this.#data = await answer.json();
      await this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") this.#say(t`${this.#label()}: the site does not answer.`);
    }
  }

  async #draw() {
    if (!this.#data || !this.isConnected) return;
    const { default: uPlot } = await import("../lib/uplot/uPlot.esm.js");
    if (!this.isConnected) return;
    const { steps, series } = this.#data;
    this.setAttribute("aria-label", describe(this.#label(), this.#data));
    this.#plot?.destroy();
    this.#values = null;
    this.replaceChildren();
    if (steps.length === 0) return this.#say(t`${this.#label()}: no step has been recorded yet.`);
    const drawn = series.flatMap((one, i) => lines(one, i, this.#colour.bind(this)));
    this.#plot = new uPlot(this.#options(drawn), [steps, ...drawn.map(line => line.values)], this);
  }

  #options(drawn) {
    const last = this.#data.steps.length - 1;
    const axis = { stroke: this.#colour("--ink3"), font: `12px ${getComputedStyle(document.body).fontFamily}`, grid: { stroke: this.#colour("--border"), width: 1 }, ticks: { show: false } };
    return {
      width: this.#width(),
      height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 6 } },
      scales: { x: { time: false } },
      axes: [{ ...axis, size: 28 }, { ...axis, size: 56, values: (_, ticks) => ticks.map(figure) }],
      series: [{ label: t("Step") }, ...drawn.map(({ values, ...line }) => line)],
      hooks: { draw: [plot => this.#markCheckpoints(plot)], ready: [() => this.#tell(last)], setCursor: [plot => this.#tell(plot.cursor.idx ?? last)] },
    };
  }

  // The line under the figure: the step under the cursor, else the newest, and what each curve was there.
  #tell(at) {
    this.#values ??= this.appendChild(Object.assign(document.createElement("p"), { className: "label num values" }));
    this.#values.replaceChildren(t`Step ${this.#data.steps[at]}`, ...this.#data.series.map(({ name, values }, i) => {
      const one = document.createElement("span"), key = document.createElement("i");
      key.style.borderTopColor = this.#colour(colours[i % colours.length]);
      key.style.borderTopStyle = styles[i % styles.length];
      one.append(key, `${name} ${figure(values[at])}`);
      return one;
    }));
  }

  #markCheckpoints(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = this.#colour("--ink2");
    for (const step of this.#data.checkpoints ?? []) {
      const x = plot.valToPos(step, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x - 4, bbox.top + bbox.height);
      ctx.lineTo(x + 4, bbox.top + bbox.height);
      ctx.lineTo(x, bbox.top + bbox.height - 7);
      ctx.fill();
    }
    ctx.restore();
  }

  #moveCursor = event => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!move || !this.#plot) return;
    event.preventDefault();
    const last = this.#data.steps.length - 1;
    const at = Math.min(last, Math.max(0, (this.#plot.cursor.idx ?? (move < 0 ? last + 1 : -1)) + move));
    this.#plot.setCursor({ left: this.#plot.valToPos(this.#data.steps[at], "x"), top: 10 });
    this.setAttribute("aria-label", t`Step ${this.#data.steps[at]}: ` + `${this.#data.series.map(s => `${s.name} ${figure(s.values[at])}`).join(", ")}`);
  };

  #say(words) {
    this.#plot?.destroy();
    this.#plot = null;
    const note = document.createElement("p");
    note.className = "label";
    note.textContent = words;
    this.replaceChildren(note);
    this.setAttribute("aria-label", words);
  }

  #label() { return this.getAttribute("label") ?? t("Figure"); }
  #width() { return Math.max(200, this.clientWidth); }

  // A canvas knows no CSS variables, and light-dark() is resolved only where a property uses it.
  #colour(token) {
    this.style.setProperty("caret-color", `var(${token})`);
    return getComputedStyle(this).caretColor;
  }
}

function lines({ name, values }, i, colour) {
  const stroke = colour(colours[i % colours.length]);
  const line = { label: name, stroke, dash: dashes[i % dashes.length], values, value: (_, v) => figure(v), points: { show: values.length < 2 } };
  if (values.length < smoothFrom) return [{ ...line, width: 2 }];
  return [{ ...line, label: `${name}, raw`, stroke: faded(stroke), width: 1 }, { ...line, values: smoothed(values), width: 2 }];
}

const faded = rgb => rgb.replace(/^rgb\((.*)\)$/, "rgba($1, .4)");

// An exponential mean, corrected for its start (as TensorBoard draws it).
function smoothed(values) {
  const weight = Math.max(0.6, 1 - 25 / values.length);
  let mean = 0, seen = 0;
  return values.map(v => {
    if (v === null) return null;
    mean = mean * weight + v * (1 - weight);
    return mean / (1 - weight ** ++seen);
  });
}

function describe(label, { steps, series, checkpoints }) {
  if (steps.length === 0) return t`${label}: no step yet`;
  const told = series.map(({ name, values }) => {
    const known = values.map((v, i) => [v, steps[i]]).filter(([v]) => v !== null);
    if (known.length === 0) return t`${name}: no value yet`;
    const low = known.reduce((a, b) => b[0] < a[0] ? b : a), high = known.reduce((a, b) => b[0] > a[0] ? b : a), [last, at] = known.at(-1);
    return t`${name}: ${figure(last)} at step ${at}, lowest ${figure(low[0])} at step ${low[1]}, highest ${figure(high[0])} at step ${high[1]}`;
  });
  const kept = checkpoints?.length ? t` Checkpoints at steps ${checkpoints.join(", ")}.` : "";
  return t`${label}. ${told.join(t(". "))}.${kept} Arrow keys read the values.`;
}

function figure(value) {
  if (value === null || value === undefined) return t("none");
  return value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6) ? value.toExponential(3).replace(/\.?0+e/, "e") : String(Number(value.toPrecision(5)));
}

customElements.define("line-chart", LineChart);
