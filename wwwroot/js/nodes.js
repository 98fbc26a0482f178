// Nodes made by hand: text stays text.

/** An element with attributes and children (strings become text nodes). */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const svgs = "http://www.w3.org/2000/svg";

/** One of the signs of the page's sprite. */
export function sign(name, size = 14) {
  const svg = document.createElementNS(svgs, "svg");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svgs, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Shows another sign in an svg that has one. */
export function setSign(svg, name) { svg.firstElementChild.setAttribute("href", `#${name}`); }
